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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol

# Part of each key in the memory: raise it whenever what is remembered changes its form.
_VERSION = 2

_CODE_SUFFIXES = (".py", ".so", ".pyd")


class Memo(Protocol):
    """A memory of bytes by key that may forget anything at any time."""

    def get(self, key: str) -> bytes | None:
        """What was put there, or None."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Remember it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
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
                found = _by_prefix(import_name, self._slow[site]["modules"], held)
            if found is not None:
                return found.name, found.version
        return None

    def entry_points(self, group: str) -> tuple[EntryPoint, ...]:
        """What the distributions offer in a group; the first of a name wins."""
        offered: dict[str, EntryPoint] = {}
        for facts in self._slow.values():
            for name, target, distribution in facts["entry_points"].get(group, ()):
                point = EntryPoint(name=name, target=target, distribution=distribution)
                offered.setdefault(name, point)
        return tuple(offered.values())

    @cached_property
    def _slow(self) -> dict[str, dict[str, Any]]:
        return {site: self._facts(site, held) for site, held in self.sites.items()}

    def _facts(self, site: str, held: Mapping[str, Distribution]) -> dict[str, Any]:
        """What needs files to be read, from the memory where it has it."""
        key = f"installed:{_VERSION}:{site}:{Path(site).stat().st_mtime_ns}"
        known = self._memo.get(key) if self._memo else None
        if known is not None:
            facts: dict[str, Any] = json.loads(known)
            return facts
        facts = {"modules": _modules(held.values()), "entry_points": _offers(held.values())}
        if self._memo:
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
    folder = Path(distribution.folder)
    record = _read(folder / "RECORD")
    if not record:
        return set(_read(folder / "top_level.txt").split())
    paths = [line.split(",", 1)[0].strip('"') for line in record.splitlines()]
    files = {path for path in paths if path.endswith(_CODE_SUFFIXES) and path[0] not in "./_"}
    files |= {path for path in paths if path.endswith(_CODE_SUFFIXES) and _is_private_module(path)}
    return {module for path in files if (module := _shortest_package(path, files))}


def _is_private_module(path: str) -> bool:
    return path.startswith("_") and not path.startswith(("__pycache__", "__editable__"))


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
