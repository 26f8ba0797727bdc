"""From the source of a module to its facts."""

from __future__ import annotations

import ast
import builtins
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tilth.errors import DefinitionError
from tilth.fingerprint.changes import (
    COMPOUND,
    DEFINITIONS,
    grown,
    hears_of_subclasses,
    origins_in,
    parents,
    statements_in,
    touched_by_expressions,
)
from tilth.fingerprint.interface import alias_of, interface_of
from tilth.fingerprint.module import Facts
from tilth.fingerprint.names import Mentions, bound_names, import_targets, mentions, root
from tilth.fingerprint.syntax import digest, without_idle
from tilth.fingerprint.unknowable import risks
from tilth.record import field, record

_BUILTINS = frozenset(dir(builtins))


def parsed(source: bytes, file: str) -> ast.Module:
    """The syntax tree of a file.

    Raises:
        DefinitionError: It is not Python; names the line and shows it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python tells them when the module is imported
            return ast.parse(source, file)
    except SyntaxError as error:
        shown = f"\n    {error.text.strip()}" if error.text and error.text.strip() else ""
        raise DefinitionError(
            f"{file}:{error.lineno or 1}: {error.msg}{shown}",
            hint="correct the syntax; Tilth reads functions from their source",
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise DefinitionError(f"{file}:1: it cannot be read as Python: {error}") from None


def analysed(source: bytes, file: str) -> Facts:
    """Read a file's facts.

    Raises:
        DefinitionError: It is not Python.
    """
    try:
        return Facts(_Analysis(parsed(source, file)).raw())
    except RecursionError:
        raise DefinitionError(f"{file}:1: its code is nested too deeply to be read") from None


@record(frozen=False)
class _Entry:
    """One statement of the top level, and what it does to which names."""

    node: ast.stmt
    digest: str
    found: Mentions
    binds: set[str]
    touches: set[str] = field(default_factory=set)
    imports: dict[str, list[str]] = field(default_factory=dict)
    pure_import: bool = False

    @property
    def names(self) -> set[str]:
        return self.binds | self.touches

    @property
    def span(self) -> tuple[int, int]:
        decorators = getattr(self.node, "decorator_list", [])
        first = min([self.node.lineno, *(each.lineno for each in decorators)])
        return first, self.node.end_lineno or first

    def mentioned(self, known: frozenset[str]) -> set[str]:
        soft = {each for each in self.found.soft if root(each) is None or root(each) in known}
        return self.found.all() | soft


@record
class _Around:
    """The conditions that a statement stands under."""

    trees: tuple[ast.expr, ...] = ()
    marks: tuple[str, ...] = ()


def _flat(body: Iterable[ast.stmt], around: _Around) -> Iterator[tuple[ast.stmt, _Around]]:
    """The statements of the top level, those under an `if` each by itself.

    What stands under `if __name__ == "__main__"` never happens when the module is imported.
    """
    for statement in without_idle(body):
        if not isinstance(statement, ast.If):
            yield statement, around
            continue
        for mark, inner in (("if", statement.body), ("else", statement.orelse)):
            if mark == "if" and _asks_for_main(statement.test):
                continue
            yield from _flat(
                inner,
                _Around(trees=(*around.trees, statement.test), marks=(*around.marks, mark)),
            )


def _asks_for_main(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and len(test.ops) == 1
        and isinstance(test.ops[0], ast.Eq)
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value == "__main__"
    )


def _without_repeats(entries: Iterable[_Entry]) -> list[_Entry]:
    """Of imports that say the same, such as the `pkg` in `import pkg.a, pkg.b`, only the last."""
    kept: list[_Entry] = []
    seen: set[tuple[str, ...]] = set()
    for entry in reversed(list(entries)):
        key = entry.digest, *entry.binds
        if entry.pure_import and key in seen:
            continue
        seen.add(key)
        kept.append(entry)
    return kept[::-1]


class _Analysis:
    """Turns a syntax tree into facts."""

    def __init__(self, tree: ast.Module) -> None:
        self._stars: list[str] = []
        self._changers: dict[str, set[str]] = {}
        self._exports: list[str] | None = None
        self._any_export = False
        self._entries = _without_repeats(
            entry
            for statement, around in _flat(tree.body, _Around())
            for entry in self._entries_of(statement, around)
        )
        self._own = {
            name for entry in self._entries for name in entry.binds if not entry.pure_import
        }
        self._note_touches()
        self._known = frozenset(
            name for entry in self._entries for name in entry.names | entry.found.declared
        )
        self._imports = self._all_imports()

    def raw(self) -> dict[str, Any]:
        also = self._changed_elsewhere()
        self._mark_order()
        by_name: dict[str, list[_Entry]] = {name: [] for name in sorted(self._known)}
        for entry in self._entries:
            for name in entry.names:
                by_name[name].append(entry)
        parts = {
            name: self._part(name, entries, also.get(name, ())) for name, entries in by_name.items()
        }
        nameless = [entry for entry in self._entries if not entry.names]
        return {
            "parts": parts,
            "rest": self._part("", nameless, ()),
            "stars": self._stars,
            "exports": "any" if self._any_export else self._exports,
            "dynamic": [
                risk
                for entry in self._entries
                if not isinstance(entry.node, DEFINITIONS)
                for risk in risks(entry.found, self._imports_of)[0]
            ],
        }

    # From statements to entries

    def _entries_of(self, node: ast.stmt, around: _Around) -> Iterator[_Entry]:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from self._import_entries(node, around)
            return
        self._note_exports(node)
        found = mentions([*around.trees, node])
        entry = _Entry(
            node=node,
            digest=digest(*around.trees, node, marks=around.marks),
            found=found,
            binds=bound_names([node]) - {"*"},
            imports=_imports_inside(node),
        )
        self._stars += entry.imports.pop("*", [])
        yield entry

    def _import_entries(
        self, node: ast.Import | ast.ImportFrom, around: _Around
    ) -> Iterator[_Entry]:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            return
        for name, target in import_targets(node).items():
            if name == "*":
                self._stars.append(target.removesuffix("*"))
                continue
            yield _Entry(
                node=node,
                digest=digest(*around.trees, marks=(*around.marks, "import", target)),
                found=mentions(around.trees),
                binds={name},
                imports={name: [target]},
                pure_import=True,
            )

    def _note_exports(self, node: ast.stmt) -> None:
        """`__all__`, where it is a plain list; with anything else, any name may be exported."""
        if not any(isinstance(each, ast.Name) and each.id == "__all__" for each in ast.walk(node)):
            return
        plain = isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
        try:
            value = ast.literal_eval(getattr(node, "value", None) or "") if plain else None
            names = None if value is None else [str(each) for each in value]
        except (ValueError, TypeError):
            names = None
        self._any_export = self._any_export or names is None
        self._exports = (self._exports or []) + (names or [])

    def _note_touches(self) -> None:
        """What else a statement changes; a method call counts only for the module's own values."""
        bound = {name for entry in self._entries for name in entry.binds}
        for entry in self._entries:
            found = entry.found
            kept = found.changed & bound | found.mutated & self._own | found.declared
            if isinstance(entry.node, DEFINITIONS):
                found.changed = kept
                self._changers.setdefault(entry.node.name, set()).update(kept)
            else:
                entry.touches = kept
        functions = self._only_functions()
        for entry in self._entries:
            if not isinstance(entry.node, DEFINITIONS):
                entry.touches |= touched_by_expressions(entry.node, functions) & bound
                for name in {root(each) for each in entry.found.all()} & self._changers.keys():
                    entry.touches |= self._changers[name or ""]
        self._spread_touches(self._own - functions)

    def _spread_touches(self, values: set[str]) -> None:
        """What is changed under one name is changed under each name that it was taken from."""
        origins: dict[str, set[str]] = {}
        for entry in self._entries:
            for name, sources in origins_in(entry.node).items():
                origins.setdefault(name, set()).update(sources & values)
        for entry in self._entries:
            changed = entry.touches | grown(entry.node)
            waiting = list(changed & origins.keys())
            while waiting:
                new = origins.get(waiting.pop(), set()) - changed
                changed |= new
                waiting += new
            entry.touches |= changed - entry.binds

    def _only_functions(self) -> set[str]:
        """Names that stand for a function and nothing else; handing one on does not change it."""
        others = {
            name
            for entry in self._entries
            if not isinstance(entry.node, ast.FunctionDef | ast.AsyncFunctionDef)
            for name in entry.binds
        }
        return {name for entry in self._entries for name in entry.binds} - others

    def _all_imports(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for entry in self._entries:
            for name, targets in entry.imports.items():
                found.setdefault(name, []).extend(targets)
        return found

    def _imports_of(self, name: str) -> list[str] | None:
        return self._imports.get(name, []) if name in self._known else None

    # From entries to parts

    def _changed_elsewhere(self) -> dict[str, set[str]]:
        """Name -> the functions and classes by which it may change after its definition."""
        also: dict[str, set[str]] = {}
        for changer, names in self._changers.items():
            for name in names - {changer}:
                also.setdefault(name, set()).add(changer)
        for entry in self._entries:
            if isinstance(entry.node, DEFINITIONS):
                for name in self._registered_with(entry.node) - {entry.node.name}:
                    also.setdefault(name, set()).add(entry.node.name)
        told = self._told_of_subclasses()
        for entry in self._entries:
            if told and isinstance(entry.node, ast.ClassDef):
                for name in parents(entry.node) & told:
                    also.setdefault(name, set()).add(entry.node.name)
        return also

    def _told_of_subclasses(self) -> set[str]:
        """Classes that hear of each that is derived from them, and may keep a list of these."""
        classes = [each.node for each in self._entries if isinstance(each.node, ast.ClassDef)]
        told = {each.name for each in classes if hears_of_subclasses(each)}
        while more := {each.name for each in classes if told & parents(each)} - told:
            told |= more
        return told

    def _registered_with(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    ) -> set[str]:
        """What a definition's decorators change: `@table.add`, or `@listed` that adds to a list."""
        found: set[str] = set()
        for decorator in node.decorator_list:
            for mention in mentions([decorator]).all():
                name = root(mention)
                if name is None or name not in self._own:
                    continue
                found |= self._changers.get(name, set())
                if "." in mention:  # of a function as well: `@describe.register`
                    found.add(name)
        return found

    def _mark_order(self) -> None:
        """Where a name has several bindings, it counts which of them a statement comes after."""
        total = Counter(name for entry in self._entries for name in entry.names)
        if not any(count > 1 for count in total.values()):
            return
        seen: Counter[str] = Counter()
        for entry in self._entries:
            if not isinstance(entry.node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._mark_one(entry, total, seen)
            seen.update(entry.names)

    def _mark_one(self, entry: _Entry, total: Counter[str], seen: Counter[str]) -> None:
        roots = {root(each) for each in entry.found.all()} - entry.names
        marks = sorted(f"{name}@{seen[name]}" for name in roots if name and total[name] > 1)
        if marks:
            entry.digest = digest(marks=[entry.digest, *marks])

    def _part(self, name: str, entries: list[_Entry], also: Iterable[str]) -> list[Any]:
        mentioned: set[str] = set(also)
        risky: list[tuple[str, int]] = []
        for entry in entries:
            mentioned |= entry.mentioned(self._known)
            told, imported = risks(entry.found, self._imports_of)
            risky += told
            mentioned |= imported
        mentioned.discard(name)
        mentioned = {each for each in mentioned if self._counts(each)}
        digests = [entry.digest for entry in entries]
        return [
            digests[0] if len(digests) == 1 else digest(marks=digests),
            [entry.span for entry in entries],
            sorted(mentioned),
            sorted({target for entry in entries for target in entry.imports.get(name, [])}),
            any(not entry.pure_import for entry in entries),
            sorted(risky, key=lambda risk: risk[1]),
            interface_of(name, [entry.node for entry in entries if name in entry.binds]),
            alias_of(name, [entry.node for entry in entries]),
        ]

    def _counts(self, mention: str) -> bool:
        """Whether a mention can lead anywhere: builtins do not, unless a star may hide them."""
        name = root(mention)
        return name is None or name in self._known or bool(self._stars) or name not in _BUILTINS


def _imports_inside(node: ast.stmt) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if isinstance(node, COMPOUND):
        for inner in statements_in(node):
            if isinstance(inner, ast.Import | ast.ImportFrom):
                for name, target in import_targets(inner).items():
                    starred = name == "*"
                    kept = target.removesuffix("*") if starred else target
                    found.setdefault(name, []).append(kept)
    return found
