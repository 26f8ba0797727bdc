"""What a name in a module leads to, through imports, re-exports and star imports."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from tilth.errors import DataError, DefinitionError
from tilth.fingerprint.analysis import analysed
from tilth.fingerprint.canonical import Fingerprint, of_bytes
from tilth.fingerprint.file import FileFingerprints
from tilth.fingerprint.module import Facts
from tilth.fingerprint.places import Places
from tilth.installed import Installed, Memo

# Part of each key in the memory: raise it whenever what is remembered changes its form.
_VERSION = 5

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
        self._places = Places(roots, installed, path)
        self.roots = self._places.roots
        self.place = self._places.place
        self.names = self._places.names
        self.module_of = self._places.module_of
        self.shown = self._places.shown
        self.installed = installed
        self._memo = memo
        self._files = files
        self._facts: dict[str, Facts] = {}
        self._read_as: dict[Path, Fingerprint] = {}
        self._edges: dict[tuple[str, str], tuple[Item, ...]] = {}

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
        if facts.stars:  # also where the module has the name itself: the later one wins
            stars = self._from_stars(module, chain)
            found += [each for each in stars if not found or each.kind != "outside"]
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
            elif (source, f"* {chain[0]}") not in self._way and self._gives(source, chain[0]):
                self._way.append((source, f"* {chain[0]}"))
                inner = self.attribute(source, chain)
                self._way.pop()
                found += [each for each in inner if each != ("missing", source, chain[0])]
        return found

    def _gives(self, source: str, name: str) -> bool:
        """Whether a star import from a module of the project brings a name."""
        if self._modules.place(source).kind != "project":
            return False
        facts = self._modules.facts(source)
        if not facts.starred(name):
            return False
        return name in facts.names or bool(facts.stars) or facts.exported(name)

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


_NO_FACTS = analysed(b"", "")
