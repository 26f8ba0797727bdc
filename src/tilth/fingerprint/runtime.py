"""What a callable object is that has no name by which its source could be found.

A lambda, or a function that another function made, is the syntax tree of the very expression
that made it, what that names, and the values that it holds: its defaults and the variables of
the functions around it. Two lambdas in one line are told apart by their columns.
"""

from __future__ import annotations

import ast
import functools
import linecache
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tilth.errors import FingerprintError
from tilth.fingerprint.analysis import parsed
from tilth.fingerprint.canonical import Fingerprint, combine, of_value
from tilth.fingerprint.closure import Refused
from tilth.fingerprint.modules import Item, Modules
from tilth.fingerprint.names import mentions, root
from tilth.fingerprint.syntax import digest
from tilth.fingerprint.unknowable import risks
from tilth.record import field, record


@record
class Told:
    """What an object is, before the closure of what it mentions.

    Attributes:
        identity: What tells it from other objects, in order.
        items: What it mentions in source files.
        parts: Name -> digest of its own code and of what it holds.
    """

    ref: str
    identity: tuple[str, ...]
    items: tuple[Item, ...]
    parts: Mapping[str, str]
    distributions: Mapping[str, str]
    refused: tuple[Refused, ...]
    file: str | None = None
    line: int | None = None
    doc: str | None = None


def code_of_object(modules: Modules, function: Callable[..., object]) -> Told:
    """What a callable is.

    Raises:
        FingerprintError: It is not callable, has no source, or holds what has no canonical form.
    """
    if not callable(function):
        raise FingerprintError(f"a {type(function).__name__} is not a function")
    teller = _Teller(modules)
    identity = teller.identity(function, _name(function))
    inner = _innermost(function)
    code = getattr(inner, "__code__", None)
    return Told(
        ref=f"{getattr(inner, '__module__', None) or type(inner).__module__}:{_name(inner)}",
        identity=(identity,),
        items=tuple(teller.items),
        parts=teller.parts,
        distributions={},
        refused=tuple(teller.refused),
        file=modules.shown(Path(code.co_filename)) if code else None,
        line=code.co_firstlineno if code else None,
        doc=getattr(inner, "__doc__", None),
    )


def _name(value: object) -> str:
    return str(getattr(value, "__qualname__", None) or type(value).__qualname__)


def _innermost(function: Any) -> Any:
    while isinstance(function, functools.partial | types.MethodType):
        function = function.func if isinstance(function, functools.partial) else function.__func__
    return function


@record(kw_only=False, frozen=False)
class _Teller:
    """Goes through an object and what it holds, and notes what they lead to."""

    modules: Modules
    items: list[Item] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    _begun: dict[int, int] = field(default_factory=dict)
    _alive: list[object] = field(default_factory=list)

    def identity(self, value: Any, path: str) -> str:
        """A text that tells a callable, class or module from others."""
        if id(value) in self._begun:
            return f"again {self._begun[id(value)]}"  # it holds itself, or is held twice
        self._begun[id(value)] = len(self._begun)
        self._alive.append(value)  # an id is good only as long as its object lives
        if isinstance(value, types.ModuleType):
            return self._reference(value.__name__, ())
        return self._by_name(value) or self._by_content(value, path)

    def _by_content(self, value: Any, path: str) -> str:
        if isinstance(value, functools.partial):
            return self._partial(value, path)
        if isinstance(value, types.MethodType):
            return self._method(value, path)
        if isinstance(value, types.FunctionType):
            return self._function(value, path)
        if isinstance(value, type):
            raise _refusal(value, path, "is a class made inside a function")
        return self._instance(value, path)

    def held(self, value: object, path: str) -> str:
        """The digest of a value that something holds."""
        return of_value("held", value, name=path, other=self._other)

    def _other(self, value: object, path: str) -> Fingerprint | None:
        if callable(value) or isinstance(value, types.ModuleType) or self._is_own(type(value)):
            return combine("held", self.identity(value, path))
        if type(value).__module__ == "re":
            return combine("regex", str(value.pattern), str(value.flags))  # type: ignore[attr-defined]
        if type(value).__module__ == "logging":
            return combine("logger", str(getattr(value, "name", "")))
        return None

    def _is_own(self, kind: type) -> bool:
        return self.modules.place(kind.__module__).kind == "project"

    def _reference(self, module: str, chain: tuple[str, ...]) -> str:
        place = self.modules.place(module)
        if place.kind != "missing":
            self.items += self.modules.inside(module, chain)
        return f"{module}:{'.'.join(chain)}"

    def _by_name(self, value: Any) -> str | None:
        """What it is by name, if the name leads to this very object."""
        ref = name_of(self.modules, value)
        if ref is None:
            return None
        module, _, name = ref.partition(":")
        return self._reference(module, tuple(name.split(".")))

    def _partial(self, value: functools.partial[Any], path: str) -> str:
        texts = [self.identity(value.func, f"{path}.func")]
        texts += [self.held(each, f"{path}.args[{index}]") for index, each in enumerate(value.args)]
        for name, each in sorted(value.keywords.items()):
            texts += (name, self.held(each, f"{path}.{name}"))
        return combine("partial", *texts)

    def _method(self, value: types.MethodType, path: str) -> str:
        function = self.identity(value.__func__, path)
        return combine("method", function, self.held(value.__self__, f"{path}.__self__"))

    def _instance(self, value: Any, path: str) -> str:
        """An object of a class: the class, and its state."""
        wrapped = getattr(value, "__wrapped__", None)
        if wrapped is not None and type(value).__module__ == "functools":
            return combine("cached", self.identity(wrapped, path))
        kind = type(value)
        state = _state(value)
        if state is None or not (self._is_own(kind) or "__dict__" in dir(value)):
            raise _refusal(value, path, "has a state that cannot be told")
        place = self.modules.place(kind.__module__)
        if place.kind in ("standard", "installed", "native") and not isinstance(state, dict):
            raise _refusal(value, path, "has a state that cannot be told")
        texts = [self.identity(kind, f"type of {path}")]
        for name in sorted(state):
            texts += (name, self.held(state[name], f"{path}.{name}"))
        return combine("instance", *texts)

    # Functions without a name

    def _function(self, function: types.FunctionType, path: str) -> str:
        module = _module_of(self.modules, function.__module__ or "")
        kind = self.modules.place(module).kind if module else "missing"
        if kind in ("standard", "installed"):
            assert module is not None  # what is missing has no kind
            self.items += self.modules.inside(module, [])
            texts = [f"{module}:{function.__qualname__}"]
        else:
            texts = [self._written(function, module, path)]
        texts += self._holds(function, path)
        return combine("function", *texts)

    def _holds(self, function: types.FunctionType, path: str) -> Iterator[str]:
        for name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        ):
            try:
                content = cell.cell_contents
            except ValueError:
                yield f"{name} is empty"
                continue
            yield from (name, self._part(path, name, content))
        for index, value in enumerate(function.__defaults__ or ()):
            yield self.held(value, f"{path}, default {index}")
        for name, value in sorted((function.__kwdefaults__ or {}).items()):
            yield from (name, self.held(value, f"{path}, default of {name}"))

    def _part(self, path: str, name: str, value: object) -> str:
        told = self.held(value, f"{path}.{name}")
        self.parts[f"{path}.{name}"] = told
        return told

    def _written(self, function: types.FunctionType, module: str | None, path: str) -> str:
        """The digest of its syntax tree; notes what that mentions."""
        node = _node_of(function, path)
        own = digest(node)
        code = function.__code__
        found = mentions([node], local=code.co_freevars)
        shown = f"{module or function.__module__}.{function.__qualname__}"
        self.parts[shown] = own
        if module is not None and self.modules.place(module).kind == "project":
            facts = self.modules.facts(module)

            def imports_of(name: str) -> tuple[str, ...] | None:
                return facts.part(name).imports if name in facts.names else None

            risky, imported = risks(found, imports_of)
            named = sorted({*found.all(), *imported})
            self.items += self.modules.leads(module, named)
        else:
            risky, _ = risks(found, lambda name: _imports_at_run_time(function, name))
            self._mentioned_at_run_time(function, found.all(), path)
        file = self.modules.shown(Path(code.co_filename))
        for what, line in risky:
            self.refused.append(Refused(what=what, part=shown, file=file, line=line))
        return own

    def _mentioned_at_run_time(
        self, function: types.FunctionType, found: set[str], path: str
    ) -> None:
        """Where no file holds the source, as in a notebook, names are looked up as they are."""
        for mention in sorted(found):
            name = root(mention)
            if name is None:
                module, _, chain = mention[1:].partition("|")
                self._reference(module, tuple(chain.split(".")) if chain else ())
            elif name in function.__globals__:
                value = function.__globals__[name]
                if isinstance(value, types.ModuleType):
                    self._reference(value.__name__, tuple(mention.split(".")[1:]))
                elif id(value) not in self._begun:
                    self._part(path.partition(".")[0], name, value)


def name_of(modules: Modules, value: Any) -> str | None:
    """The reference that leads to this very object; None where none does."""
    module = getattr(value, "__module__", None)
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if not isinstance(name, str) or "<" in name:
        return None
    if module is None:
        module = getattr(getattr(value, "__self__", None), "__name__", None)
    if module is None:
        module = getattr(getattr(value, "__objclass__", None), "__module__", None)
    if not isinstance(module, str) or not _leads_to(module, name, value):
        return None
    known = _module_of(modules, module)
    return f"{known}:{name}" if known else None


def _module_of(modules: Modules, module: str) -> str | None:
    """The name under which a module's source is known; a script has another than its own."""
    if modules.place(module).kind != "missing":
        return module
    file = getattr(sys.modules.get(module), "__file__", None)
    return modules.module_of(file) if file else None


def _imports_at_run_time(function: types.FunctionType, name: str) -> tuple[str, ...] | None:
    if name not in function.__globals__:
        return None
    value = function.__globals__[name]
    if isinstance(value, types.ModuleType):
        return (f"{value.__name__}|",)
    module = getattr(value, "__module__", None)
    return (f"{module}|{getattr(value, '__name__', '')}",) if isinstance(module, str) else ()


def _leads_to(module: str, name: str, value: object) -> bool:
    found: Any = sys.modules.get(module)
    for each in name.split("."):
        found = getattr(found, each, None)
    return found is value


def _state(value: object) -> dict[str, object] | None:
    """The attributes of an instance, or None where they are not all to be seen."""
    if type(value).__reduce_ex__ is not object.__reduce_ex__:
        return None
    if type(value).__reduce__ is not object.__reduce__:
        return None
    state: dict[str, object] = {}
    for kind in type(value).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                state[name] = getattr(value, name)
    return {**state, **getattr(value, "__dict__", {})}


def _refusal(value: object, path: str, what: str) -> FingerprintError:
    kind = value if isinstance(value, type) else type(value)
    return FingerprintError(
        f"`{path}` ({kind.__module__}.{kind.__qualname__}) {what}, so it has no fingerprint",
        hint="use a function or class at the top of a module",
    )


def _node_of(function: types.FunctionType, path: str) -> ast.AST:
    """The part of the syntax tree that made a function."""
    code = function.__code__
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not lines:
        raise FingerprintError(
            f"the source of `{path}` cannot be found: `{code.co_filename}` is no file",
            hint="write the function into a module",
        )
    tree = parsed("".join(lines).encode(), code.co_filename)
    found = [node for node in ast.walk(tree) if _may_be(node, code)]
    if len(found) > 1:
        found = [node for node in found if _holds_all(node, code)][-1:] or found
    if len(found) != 1:
        raise FingerprintError(
            f"the source of `{path}` is not at {code.co_filename}:{code.co_firstlineno}; "
            "the file changed after it was imported",
            hint="start again, so that what runs is what is written",
        )
    return found[0]


def _may_be(node: ast.AST, code: types.CodeType) -> bool:
    if isinstance(node, ast.Lambda):
        return code.co_name == "<lambda>" and node.lineno == code.co_firstlineno
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        return node.name == code.co_name and first == code.co_firstlineno
    return False


def _holds_all(node: Any, code: types.CodeType) -> bool:
    """Whether each instruction's columns lie inside; the last that does is the innermost."""
    start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
    for line, end_line, column, end_column in code.co_positions():
        if line is None or end_line is None or column is None or end_column is None:
            continue
        if (line, column) == (end_line, end_column):
            continue  # an instruction that stands for no text
        if (line, column) < start or (end_line, end_column) > end:
            return False
    return True
