"""Where modules are, and what a name in one of them leads to; nothing is imported.

A module is the project's own if it lies below one of the roots, or if Python would find it on
its path outside of the standard library and of every installed distribution, as an editable
install is.
"""

from __future__ import annotations

import ast
import builtins
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from tilth.errors import DataError, DefinitionError
from tilth.fingerprint.analysis import analysed
from tilth.fingerprint.canonical import Fingerprint, of_bytes
from tilth.fingerprint.file import FileFingerprints
from tilth.fingerprint.module import Facts
from tilth.installed import Installed, Memo
from tilth.record import record

# Part of each key in the memory: raise it whenever what is remembered changes its form.
_VERSION = 2

_BUILT_BY_PYTHON = frozenset(
    [
        "__name__",
        "__file__",
        "__doc__",
        "__package__",
        "__spec__",
        "__loader__",
        "__path__",
        "__builtins__",
        "__annotations__",
        "__cached__",
        "__class__",
        "__debug__",
        "__dict__",
    ]
)

_BUILTINS = frozenset(dir(builtins))

_NATIVE = (".so", ".pyd")

# Never the user's own code, also where it is installed for editing.
_OURSELVES = __name__.partition(".")[0]


@record
class Place:
    """Where a module is.

    Attributes:
        kind: Whose it is; `missing` if Python would not find it.
        file: Its source, or for a `native` one its library; None for a namespace.
        package: Whether names below it are its modules.
    """

    kind: Literal["project", "native", "standard", "installed", "missing"]
    file: Path | None = None
    package: bool = False


class Item(NamedTuple):
    """Something that code can mention.

    Attributes:
        kind: `part` of a module, a whole `module`, something `outside` the project, or what is
            `missing` where it is looked for.
    """

    kind: Literal["part", "module", "outside", "missing"]
    module: str
    name: str = ""


class Modules:
    """Finds modules, reads their facts and follows names through them."""

    def __init__(
        self,
        roots: Sequence[Path],
        memo: Memo | None,
        files: FileFingerprints,
        installed: Installed,
        path: Sequence[str],
    ) -> None:
        """Look below some roots first, then along Python's path."""
        self.roots = tuple(Path(root) for root in roots)
        self.installed = installed
        self._memo = memo
        self._files = files
        self._path = tuple(path)
        self._homes: dict[str, Place | tuple[Path, ...]] = {}
        self._places: dict[str, Place] = {}
        self._facts: dict[str, Facts] = {}
        self._read_as: dict[Path, Fingerprint] = {}
        self._edges: dict[tuple[str, str], tuple[Item, ...]] = {}
        self._mapped: dict[str, Path] | None = None
        self._shown: dict[Path, str] = {}

    # Where a module is

    def place(self, module: str) -> Place:
        """Where a module is, by its full name."""
        found = self._places.get(module)
        if found is None:
            found = self._places[module] = self._find(module)
        return found

    def _find(self, module: str) -> Place:
        top, *rest = module.split(".")
        if not all(each.isidentifier() for each in (top, *rest)):
            return Place(kind="missing")
        home = self._homes.get(top)
        if home is None:
            home = self._homes[top] = self._home(top)
        if isinstance(home, Place):
            return home
        if rest and not self.place(module.rpartition(".")[0]).package:
            return Place(kind="missing")
        return next(_at(home, [top, *rest]), Place(kind="missing"))

    def _home(self, top: str) -> Place | tuple[Path, ...]:
        """The folders in which a project's package lies, or whose else it is."""
        roots = [root for root in self.roots if _is_regular(root, top)]
        if roots and top not in sys.builtin_module_names:
            return (roots[0],)
        if top in sys.stdlib_module_names:
            return Place(kind="standard")
        if top == _OURSELVES:
            return Place(kind="installed")
        return self._home_on_path(top) or self._home_of_namespace(top)

    def _home_on_path(self, top: str) -> Place | tuple[Path, ...] | None:
        for entry in self._path:
            if not _is_regular(Path(entry), top):
                continue
            if entry in self.installed.sites and self.installed.version_of(top):
                return Place(kind="installed")
            return (Path(entry),)
        mapped = self._editable().get(top)
        return (mapped.parent,) if mapped is not None else None

    def _home_of_namespace(self, top: str) -> Place | tuple[Path, ...]:
        folders = [root for root in self.roots if (root / top).is_dir()]
        if folders:
            return tuple(folders)
        for entry in self._path:
            if (Path(entry) / top).is_dir():
                if entry in self.installed.sites:
                    return Place(kind="installed")
                return (Path(entry),)
        return Place(kind="missing")

    def _editable(self) -> dict[str, Path]:
        """Packages that setuptools' import hook takes from elsewhere, told by the hook's file."""
        if self._mapped is None:
            self._mapped = {}
            for site in self.installed.sites:
                for hook in Path(site).glob("__editable__*_finder.py"):
                    self._mapped.update(_mapping_in(hook))
        return self._mapped

    def names(self) -> Iterator[str]:
        """The names of all modules below the roots."""
        for root in self.roots:
            for folder, folders, files in os.walk(root):
                folders[:] = sorted(each for each in folders if each.isidentifier())
                inside = Path(folder).relative_to(root).parts
                for file in sorted(files):
                    if file.endswith(".py") and all(each.isidentifier() for each in inside):
                        stem = file.removesuffix(".py")
                        yield ".".join(inside if stem == "__init__" else (*inside, stem))

    def module_of(self, file: str | os.PathLike[str]) -> str | None:
        """The name under which Python would import a file, if it is a module that we know."""
        path = Path(file).resolve()
        for root in (*self.roots, *map(Path, self._path)):
            if not path.is_relative_to(root.resolve()):
                continue
            inside = path.relative_to(root.resolve()).with_suffix("").parts
            name = ".".join(inside[:-1] if inside[-1] == "__init__" else inside)
            found = self.place(name).file if name else None
            if found is not None and found.resolve() == path:
                return name
        return None

    # What a module says

    def facts(self, module: str) -> Facts:
        """What a module of the project says; nothing for a namespace.

        Raises:
            DefinitionError: Its file cannot be read as Python.
        """
        found = self._facts.get(module)
        if found is None:
            file = self.place(module).file
            found = self._facts[module] = self._read(file) if file else _NO_FACTS
        return found

    def source(self, module: str) -> bytes:
        """A module's text, as it lies there."""
        file = self.place(module).file
        return _bytes_of(file) if file else b""

    def _read(self, file: Path) -> Facts:
        known = self._memo.get(_key(self._digest(file))) if self._memo is not None else None
        if known is not None:
            return Facts.from_bytes(known)
        content = _bytes_of(file)
        facts = analysed(content, self.shown(file))
        # By what was read: the file may have changed since its digest was taken.
        digest = self._read_as[file] = of_bytes(content)
        if self._memo is not None:
            self._memo.put(_key(digest), facts.to_bytes())
        return facts

    def _digest(self, file: Path) -> Fingerprint:
        try:
            digest = self._read_as[file] = self._files.of_file(file)
        except DataError as error:
            raise DefinitionError(str(error), hint=error.hint) from error
        return digest

    def read_as(self, module: str) -> Fingerprint | None:
        """What the source of a module below a root was when it was read."""
        file = self.place(module).file
        if file is None or not any(file.is_relative_to(root) for root in self.roots):
            return None
        return self._read_as.get(file)

    def digest_of_file(self, file: Path) -> str:
        """The digest of a file that is no source, such as a compiled module."""
        return self._files.of_file(file)

    def shown(self, file: Path) -> str:
        """A file's path as errors name it: below the folder that holds its root, if it is."""
        found = self._shown.get(file)
        if found is None:
            found = self._shown[file] = _below(self.roots, file)
        return found

    # What a name leads to

    def edges(self, module: str, name: str) -> tuple[Item, ...]:
        """What a part mentions."""
        found = self._edges.get((module, name))
        if found is None:
            part = self.facts(module).part(name)
            found = self._edges[module, name] = self.leads(module, part.mentions)
        return found

    def leads(self, module: str, mentions: Sequence[str]) -> tuple[Item, ...]:
        """What mentions in a module lead to, each once and in order."""
        found: dict[Item, None] = {}
        for mention in mentions:
            found.update(dict.fromkeys(_Trail(self, module).follow(mention)))
        return tuple(found)

    def inside(self, module: str, chain: Sequence[str]) -> list[Item]:
        """What `module.chain` leads to, seen from outside."""
        return _Trail(self, module).attribute(module, list(chain))

    def absolute(self, module: str, relative: str) -> str:
        """The full name of a module that an import names."""
        stem = relative.lstrip(".")
        level = len(relative) - len(stem)
        if not level:
            return stem
        package = module.split(".") if self.place(module).package else module.split(".")[:-1]
        above = package[: len(package) - (level - 1)]
        return ".".join([*above, stem]).strip(".")


class _Trail:
    """Follows one mention; remembers the way it came, as re-exports may go in circles."""

    def __init__(self, modules: Modules, module: str) -> None:
        self._modules = modules
        self._module = module
        self._way: list[tuple[str, str]] = []

    def follow(self, mention: str) -> list[Item]:
        if mention.startswith(">"):
            return self._target(self._module, mention[1:], [])
        return self._global(self._module, mention.split("."))

    def _global(self, module: str, chain: list[str]) -> list[Item]:
        """A name of a module as its own code sees it."""
        name, rest = chain[0], chain[1:]
        facts = self._modules.facts(module)
        found: list[Item] = []
        if name in facts.names:
            part = facts.part(name)
            inner = [each for target in part.imports for each in self._target(module, target, rest)]
            outside = any(each.kind in ("outside", "missing") for each in inner)
            if part.own or outside or len(part.spans) > 1:
                found.append(Item("part", module, name))
            found += inner
        else:
            found += self._from_stars(module, chain)
        if found or name in _BUILT_BY_PYTHON or name in _BUILTINS:
            return found
        return [Item("missing", module, name)]

    def _from_stars(self, module: str, chain: list[str]) -> list[Item]:
        found: list[Item] = []
        for target in self._modules.facts(module).stars:
            source = self._modules.absolute(module, target.partition("|")[0])
            kind = self._modules.place(source).kind
            if kind in ("standard", "installed"):
                found.append(Item("outside", source))
            elif kind == "native":
                found.append(Item("module", source))
            elif (source, chain[0]) not in self._way and self._gives(source, chain[0]):
                self._way.append((source, chain[0]))
                found += self._global(source, chain)
                self._way.pop()
        return found

    def _gives(self, source: str, name: str) -> bool:
        """Whether a star import from a module of the project brings a name."""
        if self._modules.place(source).kind != "project":
            return False
        facts = self._modules.facts(source)
        if not facts.starred(name):
            return False
        return name in facts.names or bool(facts.stars)

    def _target(self, module: str, target: str, rest: list[str]) -> list[Item]:
        """What an import leads to, and the attributes after it."""
        base, _, attributes = target.partition("|")
        chain = [*(attributes.split(".") if attributes else []), *rest]
        return self.attribute(self._modules.absolute(module, base), chain)

    def attribute(self, module: str, chain: list[str]) -> list[Item]:
        """What `module.chain` leads to."""
        place = self._modules.place(module)
        if place.kind in ("standard", "installed"):
            return [Item("outside", ".".join([module, *chain]))]
        if place.kind == "missing":
            return [Item("missing", ".".join([module, *chain]))]
        if not chain or place.kind == "native":
            return [Item("module", module)]
        return self._attribute_of_project(module, chain)

    def _attribute_of_project(self, module: str, chain: list[str]) -> list[Item]:
        name = chain[0]
        facts = self._modules.facts(module)
        if name in _BUILT_BY_PYTHON and name not in facts.names:
            return [Item("module", module)] if name == "__dict__" else []
        again = (module, name) in self._way
        if name in facts.names and not again:
            self._way.append((module, name))
            found = self._global(module, chain)
            self._way.pop()
            return found
        below = self._modules.place(f"{module}.{name}")
        if below.kind in ("project", "native"):
            return self.attribute(f"{module}.{name}", chain[1:])
        found = [] if again else self._from_stars(module, chain)
        if found:
            return found
        if "__getattr__" in facts.names:
            return [Item("module", module)]
        return [Item("missing", module, name)]


def _key(content: Fingerprint) -> str:
    return f"module:{_VERSION}:{sys.version_info[0]}.{sys.version_info[1]}:{content}"


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DefinitionError(f"`{file}` cannot be read: {error.strerror}") from error


def _below(roots: Sequence[Path], file: Path) -> str:
    for root in roots:
        if file.is_relative_to(root):
            base = root.parent if root.name == "src" else root
            return str(file.relative_to(base))
    return str(file)


def _is_regular(folder: Path, top: str) -> bool:
    if (folder / f"{top}.py").is_file() or (folder / top / "__init__.py").is_file():
        return True
    return next(_native(folder, top), None) is not None


def _native(folder: Path, stem: str) -> Iterator[Path]:
    for suffix in _NATIVE:
        yield from sorted(folder.glob(f"{stem}.*{suffix}"))
        yield from sorted(folder.glob(f"{stem}{suffix}"))


def _at(folders: Sequence[Path], parts: Sequence[str]) -> Iterator[Place]:
    """The places in order of Python's preference."""
    for folder in folders:
        base = folder.joinpath(*parts)
        if (base / "__init__.py").is_file():
            yield Place(kind="project", file=base / "__init__.py", package=True)
        source = base.with_name(f"{parts[-1]}.py")
        if source.is_file():
            yield Place(kind="project", file=source)
        for library in _native(base.parent, parts[-1]):
            yield Place(kind="native", file=library)
    if any(folder.joinpath(*parts).is_dir() for folder in folders):
        yield Place(kind="project", package=True)


def _mapping_in(hook: Path) -> dict[str, Path]:
    try:
        found = re.search(r"^MAPPING[^=]*= *(\{.*?\})", hook.read_text("utf-8"), re.M | re.S)
        mapping = ast.literal_eval(found.group(1)) if found else {}
    except (OSError, ValueError, SyntaxError):
        return {}
    return {str(name): Path(path) for name, path in mapping.items()}


_NO_FACTS = analysed(b"", "")
