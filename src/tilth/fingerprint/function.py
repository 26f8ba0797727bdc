"""What a user's function is, told from source files alone; nothing of the user's is imported.

A function is the closure of the project's own code that it can reach: its syntax tree, and
likewise each function, class and constant that it names, directly or through others. A helper
that changes changes what uses it and nothing else; comments, docstrings, layout and the order of
definitions do not count. Code of installed distributions counts by their versions, which are
told apart from the fingerprint, and the standard library by Python's, which the caller adds.

What names cannot tell is not seen: a registry that other modules fill when they are imported,
a module that changes another's constant, the class of a value that comes in without being
named. Where code hides on purpose what it reaches (`eval`, a computed import), it is refused.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

from tilth.errors import DefinitionError, UnknownNameError
from tilth.fingerprint.canonical import Fingerprint, combine
from tilth.fingerprint.closure import Refused, closure
from tilth.fingerprint.file import FileFingerprints
from tilth.fingerprint.modules import Item, Modules
from tilth.fingerprint.runtime import code_of_object, name_of
from tilth.fingerprint.signature import (
    ClassFields,
    Signature,
    fields_from_source,
    signature_from_source,
)
from tilth.installed import Installed, Memo
from tilth.record import field, record


@record
class FunctionCode:
    """What a function is.

    Attributes:
        ref: `module:qualname`, where the function is defined or, for an object without a name,
            where the code is that made it.
        fingerprint: Of all the project's code that it reaches; neither versions of
            distributions nor Python's are in it.
        parts: Full name -> digest, such as `flights.features.haversine`; a whole module is
            `flights.features.*`, a file `file:queries/late.sql`.
        distributions: Name -> version of the installed ones that the closure uses directly.
        refused: Places where code does what cannot be known; empty if `depends_on` was given.
        file: Its source, below the project's folder; None if it has none.
        line: The first line of its definition, decorators included.
        doc: Its docstring.
    """

    ref: str
    fingerprint: Fingerprint
    parts: Mapping[str, str]
    distributions: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()
    file: str | None = None
    line: int | None = None
    doc: str | None = None


@record
class PartText:
    """The source of a part as it stands now.

    Attributes:
        line: The first line.
        text: All its statements, in order.
    """

    file: str
    line: int
    text: str


class _Where(TypedDict):
    file: str | None
    line: int | None
    doc: str | None


class Sources:
    """The source files of a project, and what can be told from them.

    It is a view of the moment in which it is asked first; make a new one to see changes.
    """

    def __init__(
        self,
        roots: Sequence[Path],
        memo: Memo | None = None,
        files: FileFingerprints | None = None,
        *,
        folder: Path | None = None,
        installed: Installed | None = None,
        path: Sequence[str] | None = None,
    ) -> None:
        """Read a project's sources.

        Args:
            roots: Folders below which the project's modules lie, such as `src`.
            memo: Remembers what each file says, by its content.
            files: Fingerprints of files, shared with whoever else needs them.
            folder: What the globs of `depends_on` are relative to; the first root if not given.
            installed: The distributions; those on Python's path if not given.
            path: Where else Python looks; `sys.path` if not given.
        """
        self._files = files or FileFingerprints(memo)
        self._folder = Path(folder) if folder else Path(roots[0])
        where = tuple(sys.path if path is None else path)
        self._modules = Modules(
            roots, memo, self._files, installed or Installed(where, memo), where
        )
        self._found: dict[tuple[str, tuple[str, ...]], FunctionCode] = {}

    def function(self, ref: str, *, depends_on: Sequence[str] = ()) -> FunctionCode:
        """What a function is.

        Args:
            ref: `pkg.module:qualname` or `pkg.module.qualname`.
            depends_on: What else it depends on: functions, modules, or globs of files. With
                it, nothing is refused.

        Raises:
            UnknownNameError: There is no such module, or no such name in it.
            DefinitionError: A file that it reaches is not Python.
        """
        key = ref, tuple(depends_on)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._function(ref, tuple(depends_on))
        return found

    def closure_of_type(self, ref: str, *, depends_on: Sequence[str] = ()) -> FunctionCode:
        """What a class is: its own code and that of its bases, and all that they reach."""
        return self.function(ref, depends_on=depends_on)

    def of_object(
        self, function: Callable[..., object], *, depends_on: Sequence[str] = ()
    ) -> FunctionCode:
        """What a callable is that has no name to find it by, or that has.

        Takes lambdas, functions made by other functions, `functools.partial`, bound methods and
        instances that can be called. What they hold counts by its canonical form.

        Raises:
            FingerprintError: It holds a value that has no canonical form.
        """
        ref = name_of(self._modules, function)
        if ref is not None:
            return self.function(ref, depends_on=depends_on)
        told = code_of_object(self._modules, function)
        items, extra = self._declared(depends_on)
        reached = closure(self._modules, [*told.items, *items])
        parts = {**reached.parts, **told.parts, **extra}
        return FunctionCode(
            ref=told.ref,
            fingerprint=combine("code", *told.identity, *_flat(parts)),
            parts=parts,
            distributions={**told.distributions, **reached.distributions},
            refused=() if depends_on else (*told.refused, *reached.refused),
            file=told.file,
            line=told.line,
            doc=told.doc,
        )

    def signature(self, ref: str) -> Signature:
        """What a function takes and returns."""
        module, chain = self.split(ref)
        return signature_from_source(self._modules, module, chain)

    def fields(self, ref: str) -> ClassFields:
        """The fields of a class."""
        module, chain = self.split(ref)
        return fields_from_source(self._modules, module, chain)

    def text(self, part: str) -> PartText:
        """The source of a part, by the name it has in `FunctionCode.parts`.

        Raises:
            UnknownNameError: No part has the name.
        """
        if part.startswith("file:"):
            return self._text_of_file(part.removeprefix("file:"))
        module, _, name = part.rpartition(".")
        place = self._modules.place(module)
        if place.kind != "project" or place.file is None:
            raise UnknownNameError("part", part, self._modules.names())
        # Not by `splitlines`, which also splits at characters that are no line ends to Python.
        source = self._modules.source(module).decode("utf-8", "replace")
        lines = re.split(r"\r\n|\r|\n", source)
        shown = self._modules.shown(place.file)
        if name == "*":
            return PartText(file=shown, line=1, text="\n".join(lines).strip("\n"))
        facts = self._modules.facts(module)
        if name not in facts.names:
            raise UnknownNameError("part", part, [f"{module}.{each}" for each in facts.names])
        spans = facts.part(name).spans
        texts = ["\n".join(lines[first - 1 : last]) for first, last in spans]
        return PartText(file=shown, line=spans[0][0] if spans else 1, text="\n".join(texts))

    def _text_of_file(self, name: str) -> PartText:
        path = self._folder / name
        if not path.is_file():
            raise UnknownNameError("part", f"file:{name}", ())
        return PartText(file=name, line=1, text=path.read_text("utf-8", "replace"))

    def read_as(self, code: FunctionCode) -> dict[str, Fingerprint]:
        """Module -> fingerprint of its source, for the modules that a function reaches."""
        modules = dict.fromkeys([code.ref.partition(":")[0], *map(_module_of, code.parts)])
        found = ((module, self._modules.read_as(module)) for module in modules)
        return {module: digest for module, digest in found if digest is not None}

    def split(self, ref: str) -> tuple[str, tuple[str, ...]]:
        """The module and the names in it that a reference means.

        Raises:
            UnknownNameError: No module is there.
        """
        module, colon, name = ref.partition(":")
        if colon:
            self._check_module(module, ref)
            return module, tuple(name.split("."))
        parts = ref.split(".")
        for length in range(len(parts) - 1, 0, -1):
            place = self._modules.place(".".join(parts[:length]))
            if place.file is not None or place.kind in ("standard", "installed"):
                return ".".join(parts[:length]), tuple(parts[length:])
        self._check_module(".".join(parts[:-1]) or ref, ref)
        return ".".join(parts[:-1]), tuple(parts[-1:])

    def _check_module(self, module: str, ref: str) -> None:
        if self._modules.place(module).kind == "missing":
            known = list(self._modules.names())
            raise UnknownNameError("module", module, known, where=f"`{ref}`")

    def _function(self, ref: str, depends_on: tuple[str, ...]) -> FunctionCode:
        module, chain = self.split(ref)
        entries = self._entries(module, chain, ref)
        items, extra = self._declared(depends_on)
        reached = closure(self._modules, [*entries, *items])
        parts = {**reached.parts, **extra}
        start = [f"{each.module}.{each.name}" for each in entries]
        return FunctionCode(
            ref=f"{module}:{'.'.join(chain)}",
            fingerprint=combine("code", *start, *chain[1:], "", *_flat(parts)),
            parts=parts,
            distributions=reached.distributions,
            refused=() if depends_on else reached.refused,
            **self._place_of(entries),
        )

    def _entries(self, module: str, chain: Sequence[str], ref: str) -> list[Item]:
        """The parts that a reference leads to; there must be one."""
        entries = self._modules.inside(module, chain)
        missing = [each for each in entries if each.kind == "missing"]
        if missing and len(missing) == len(entries):
            facts = self._modules.facts(module)
            if chain[1:] and chain[0] not in facts.names and self._modules.place(module).package:
                below = f"{module}.{chain[0]}"
                raise UnknownNameError("module", below, self._modules.names(), where=f"`{ref}`")
            file = self._modules.place(module).file
            where = self._modules.shown(file) if file else f"`{ref}`"
            known = [each for each in facts.names if facts.part(each).own]
            raise UnknownNameError("function", ".".join(chain), known, where=where)
        if any(each.kind == "module" for each in entries) and not chain[1:]:
            place = self._modules.place(f"{module}.{chain[0]}")
            if place.kind == "project":
                raise DefinitionError(
                    f"`{ref}` is a module, not a function",
                    hint=f"name a function in it, such as `{ref}.run`",
                )
        return entries

    def _place_of(self, entries: Sequence[Item]) -> _Where:
        for item in entries:
            file = self._modules.place(item.module).file
            if item.kind == "part" and file is not None:
                part = self._modules.facts(item.module).part(item.name)
                line = part.spans[0][0] if part.spans else 1
                doc = part.interface.get("doc") if part.interface else None
                return _Where(file=self._modules.shown(file), line=line, doc=doc)
        return _Where(file=None, line=None, doc=None)

    def _declared(self, depends_on: Sequence[str]) -> tuple[list[Item], dict[str, str]]:
        """What `depends_on` names: items of the project, and files with their digests."""
        items: list[Item] = []
        files: dict[str, str] = {}
        for each in depends_on:
            matches = self._files_of(each)
            if matches:
                files.update(matches)
            else:
                items += self._named(each)
        return items, files

    def _files_of(self, pattern: str) -> dict[str, str]:
        is_pattern = any(sign in pattern for sign in "*?[/")
        if not is_pattern and not (self._folder / pattern).is_file():
            return {}
        found = sorted(each for each in self._folder.glob(pattern) if each.is_file())
        if not found:
            raise DefinitionError(
                f"`depends_on` names `{pattern}`, but no file in `{self._folder}` matches"
            )
        return {
            f"file:{each.relative_to(self._folder).as_posix()}": self._files.of_file(each)
            for each in found
        }

    def _named(self, name: str) -> list[Item]:
        dotted = name.replace(":", ".")
        place = self._modules.place(dotted)
        if place.kind in ("project", "native"):
            below = self._modules.names() if place.package else ()
            inner = [Item("module", each) for each in below if each.startswith(f"{dotted}.")]
            return [Item("module", dotted), *inner]
        if place.kind in ("standard", "installed"):
            return [Item("outside", dotted)]
        module, chain = self.split(name)
        return self._entries(module, chain, name)


def _module_of(part: str) -> str:
    return part.rpartition(".")[0]


def _flat(parts: Mapping[str, str]) -> list[str]:
    return [text for name in sorted(parts) for text in (name, parts[name])]
