"""What distributions are installed, told from directory listings.

The standard library's importlib.metadata takes longer to import than this takes to answer, and
reads files whose contents the names of directories already tell: `numpy-2.4.6.dist-info` is a
name and a version. Only two things need files: which distribution an import name belongs to
(`yaml` to `pyyaml`) and the entry points; both are remembered by the site directory's path and
modification time, where there is a memory.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol

from tilth.record import record

# Part of each key in the memory: raise it whenever what is remembered changes its form.
_VERSION = 2

_CODE_SUFFIXES = (".py", ".so", ".pyd")
_TOP_PACKAGE = re.compile(r"^([A-Za-z_]\w*)/__init__\.py,", re.MULTILINE)
_TOP_MODULE = re.compile(
    r"^(?!__editable__)([A-Za-z_]\w*)\.(?:[\w-]+\.)*(?:py|so|pyd),", re.MULTILINE
)
_FOLDER = re.compile(r"^(?!__pycache__)([A-Za-z_]\w*)/", re.MULTILINE)


class Memo(Protocol):
    """A memory of bytes by key that may forget anything at any time."""

    def get(self, key: str) -> bytes | None:
        """What was put there, or None."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Remember it."""
        ...


@record
class Distribution:
    """An installed distribution.

    Attributes:
        name: Normalised as the package index does: small letters and single dashes.
        version: As written in the name of its directory.
        folder: Its `.dist-info` or `.egg-info`.
    """

    name: str
    version: str
    folder: str


@record
class EntryPoint:
    """A thing that a distribution offers under a name.

    Attributes:
        target: `module:attribute`.
    """

    name: str
    target: str
    distribution: str


def version_of(import_name: str) -> tuple[str, str] | None:
    """The distribution, and its version, that a module belongs to; None where none does."""
    return _here(tuple(sys.path)).version_of(import_name)


def entry_points(group: str) -> tuple[EntryPoint, ...]:
    """What the installed distributions offer in a group."""
    return _here(tuple(sys.path)).entry_points(group)


def environment() -> Mapping[str, str]:
    """Each installed distribution's name and version."""
    return _here(tuple(sys.path)).environment


@lru_cache(maxsize=4)
def _here(path: tuple[str, ...]) -> Installed:
    return Installed(path)


class Installed:
    """The distributions on a search path.

    It is a view of the moment in which it is first asked.
    """

    def __init__(self, path: Sequence[str] | None = None, memo: Memo | None = None) -> None:
        """Look at a search path.

        Args:
            path: Directories; those of `sys.path` if not given.
            memo: Remembers what had to be read from files.
        """
        self._path = tuple(sys.path if path is None else path)
        self._memo = memo
        self._found: dict[str, tuple[str, str] | None] = {}

    @cached_property
    def sites(self) -> Mapping[str, Mapping[str, Distribution]]:
        """Site directory -> its distributions by name; directories without any are left out."""
        sites = {}
        for entry in dict.fromkeys(self._path):
            held = {each.name: each for each in _distributions(entry or os.curdir)}
            if held:
                sites[entry] = held
        return sites

    @cached_property
    def environment(self) -> Mapping[str, str]:
        """Each distribution's name and version; the first on the path wins, as in an import."""
        versions: dict[str, str] = {}
        for held in self.sites.values():
            for each in held.values():
                versions.setdefault(each.name, each.version)
        return dict(sorted(versions.items()))

    def version_of(self, import_name: str) -> tuple[str, str] | None:
        """The distribution, and its version, that a module belongs to; None where none does.

        Args:
            import_name: A module's full name or any beginning of it: `sklearn.tree`.
        """
        if import_name not in self._found:
            self._found[import_name] = self._version_of(import_name)
        return self._found[import_name]

    def _version_of(self, import_name: str) -> tuple[str, str] | None:
        for site, held in self.sites.items():
            found = _by_own_name(import_name, held)
            if found is None:
                found = _by_prefix(import_name, self._modules_of[site], held)
            if found is not None:
                return found.name, found.version
        return None

    def entry_points(self, group: str) -> tuple[EntryPoint, ...]:
        """What the distributions offer in a group; the first of a name wins."""
        offered: dict[str, EntryPoint] = {}
        for offers in self._offers_of.values():
            for name, target, distribution in offers.get(group, ()):
                point = EntryPoint(name=name, target=target, distribution=distribution)
                offered.setdefault(name, point)
        return tuple(offered.values())

    # Apart, since who asks for entry points, as `--help` does, must not wait for the modules:
    # these take the list of every installed file.

    @cached_property
    def _modules_of(self) -> dict[str, dict[str, str]]:
        return {site: self._facts("modules", site, _modules) for site in self.sites}

    @cached_property
    def _offers_of(self) -> dict[str, dict[str, list[tuple[str, str, str]]]]:
        return {site: self._facts("entry points", site, _offers) for site in self.sites}

    def _facts(self, what: str, site: str, read: Callable[[Iterable[Distribution]], Any]) -> Any:
        """What needs files to be read, from the memory where it has it."""
        key = f"installed:{_VERSION}:{what}:{site}:{Path(site).stat().st_mtime_ns}"
        known = self._memo.get(key) if self._memo is not None else None
        if known is not None:
            return json.loads(known)
        facts = read(self.sites[site].values())
        if self._memo is not None:
            self._memo.put(key, json.dumps(facts).encode())
        return facts


def normalised(name: str) -> str:
    """A distribution's name as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _distributions(site: str) -> Iterator[Distribution]:
    try:
        names = sorted(os.listdir(site))  # noqa: PTH208 (names are all that is needed)
    except OSError:
        return  # a search path may name what is not there, or a zip file
    for entry in names:
        stem, dot, suffix = entry.rpartition(".")
        if suffix == "dist-info" and "-" in stem:
            name, _, version = stem.partition("-")
            yield Distribution(
                name=normalised(name), version=version, folder=str(Path(site, entry))
            )
        elif suffix == "egg-info" and dot:
            yield from _egg(site, entry)


def _egg(site: str, entry: str) -> Iterator[Distribution]:
    """What the older form tells: inside PKG-INFO, as the name may lack the version."""
    folder = Path(site, entry)
    text = _read(folder / "PKG-INFO") if folder.is_dir() else _read(folder)
    fields = dict(re.findall(r"^(Name|Version): *(\S+)", text, flags=re.MULTILINE))
    if "Name" in fields and "Version" in fields:
        yield Distribution(
            name=normalised(fields["Name"]), version=fields["Version"], folder=str(folder)
        )


def _read(path: Path | str) -> str:
    try:
        return Path(path).read_text("utf-8", "replace")
    except OSError:
        return ""


def _by_own_name(import_name: str, held: Mapping[str, Distribution]) -> Distribution | None:
    """The usual case, told from one file: the distribution has its package's name."""
    top = import_name.partition(".")[0]
    candidate = held.get(normalised(top))
    if candidate is None:
        return None
    record = "\n" + _read(Path(candidate.folder, "RECORD"))
    owned = (f"\n{top}/__init__.py,", f"\n{top}.py,")
    return candidate if any(each in record for each in owned) else None


def _by_prefix(
    import_name: str, modules: Mapping[str, str], held: Mapping[str, Distribution]
) -> Distribution | None:
    parts = import_name.split(".")
    for length in range(len(parts), 0, -1):
        owner = modules.get(".".join(parts[:length]))
        if owner is not None:
            return held.get(owner)
    return None


def _modules(distributions: Iterable[Distribution]) -> dict[str, str]:
    """Import name -> distribution; a namespace's members are listed each by itself."""
    owners: dict[str, str] = {}
    for each in distributions:
        for module in _recorded(each):
            owners.setdefault(module, each.name)
    return owners


def _recorded(distribution: Distribution) -> set[str]:
    """The modules that a distribution's list of files shows.

    Real packages are found by one expression, as lists have thousands of lines; only the files
    of namespaces, which several distributions may share, are looked at one by one.
    """
    folder = Path(distribution.folder)
    record = _read(folder / "RECORD")
    if not record:
        return set(_read(folder / "top_level.txt").split())
    tops = set(_TOP_PACKAGE.findall(record))
    found = tops | set(_TOP_MODULE.findall(record))
    spaces = set(_FOLDER.findall(record)) - tops
    if spaces:
        paths = [line.split(",", 1)[0] for line in record.splitlines()]
        files = {path for path in paths if path.partition("/")[0] in spaces}
        found |= {
            module
            for path in files
            if path.endswith(_CODE_SUFFIXES) and (module := _shortest_package(path, files))
        }
    return found


def _shortest_package(path: str, files: set[str]) -> str | None:
    """The outermost real package that a file is in, or the module that it is."""
    folders = path.split("/")[:-1]
    for length in range(1, len(folders) + 1):
        package = "/".join(folders[:length])
        if f"{package}/__init__.py" in files:
            return package.replace("/", ".")
    stem = path.rsplit("/", 1)[-1].partition(".")[0]
    dotted = ".".join([*folders, stem])
    return dotted if all(part.isidentifier() for part in dotted.split(".")) else None


def _offers(distributions: Iterable[Distribution]) -> dict[str, list[tuple[str, str, str]]]:
    """Group -> (name, target, distribution) of our own groups only."""
    offers: dict[str, list[tuple[str, str, str]]] = {}
    for each in distributions:
        group = ""
        for line in _read(Path(each.folder, "entry_points.txt")).splitlines():
            text = line.partition("#")[0].strip()
            if text.startswith("["):
                group = text.strip("[] ")
            elif "=" in text and group.startswith("tilth."):
                name, _, target = text.partition("=")
                offers.setdefault(group, []).append((name.strip(), target.strip(), each.name))
    return offers
