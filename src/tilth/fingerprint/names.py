"""Which outside names a piece of code mentions, by Python's own rules of scope.

A mention is a text, so that it can be remembered:

- `stats.mean` is a name of the module, followed as far as the code writes attributes out;
- `>..tools|trim.fast` is an import made inside a function: the module `..tools`, and in it
  `trim.fast`.

Names that are bound inside the code (parameters, variables, comprehensions) are no mentions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from tilth.record import field, record

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

# Methods that change a list, dictionary or set in place.
MUTATORS = frozenset(
    [
        "append",
        "extend",
        "insert",
        "remove",
        "pop",
        "clear",
        "sort",
        "reverse",
        "update",
        "setdefault",
        "popitem",
        "add",
        "discard",
        "difference_update",
        "intersection_update",
        "symmetric_difference_update",
        "appendleft",
        "extendleft",
        "__setitem__",
        "__delitem__",
        "register",
    ]
)


@record(kw_only=False, frozen=False)
class Mentions:
    """What a piece of code mentions.

    Attributes:
        plain: Mention -> the first line where it stands.
        called: Mention -> the literal texts that it is called with, and their lines.
        soft: Mentions that count only if the module has the name: in texts that may be
            annotations, and of names that a class binds as well.
        changed: Names of the module that the code binds, or sets a part of.
        declared: Those among them that a function binds, by `global`.
        mutated: Names of the module that it calls a method of which sounds like a change.
    """

    plain: dict[str, int] = field(default_factory=dict)
    called: dict[str, dict[str, int]] = field(default_factory=dict)
    soft: dict[str, int] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)
    mutated: set[str] = field(default_factory=set)

    def all(self) -> set[str]:
        """Each mention outside of texts."""
        return {*self.plain, *self.called}


def mentions(nodes: Iterable[ast.AST], *, local: Iterable[str] = ()) -> Mentions:
    """What pieces of code mention.

    Args:
        nodes: The code; statements at the top of a module, or parts of them.
        local: Names that something around the code binds.
    """
    reader = _Reader(set(local))
    for node in nodes:
        reader.read(node)
    return reader.found


def root(mention: str) -> str | None:
    """The module's own name that a mention begins with; None if it is an import."""
    return None if mention.startswith(">") else mention.partition(".")[0]


def import_targets(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """Bound name -> target, `module|attributes`; a star import is bound to `*`."""
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        return {each.asname or each.name: f"{module}|{each.name}" for each in node.names}
    return {
        each.asname or each.name.partition(".")[0]: (
            f"{each.name if each.asname else each.name.partition('.')[0]}|"
        )
        for each in node.names
    }


def bound_names(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that code binds in its own scope, without scopes inside it."""
    scope = _Scope()
    for node in nodes:
        _bind(node, scope)
    return scope.bound | set(scope.imports)


@record(kw_only=False, frozen=False)
class _Scope:
    bound: set[str] = field(default_factory=set)
    imports: dict[str, list[str]] = field(default_factory=dict)
    of_module: set[str] = field(default_factory=set)
    is_class: bool = False


def _bind(node: ast.AST, scope: _Scope) -> None:
    """Note what a node binds, and go on to what is in the same scope."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        scope.bound.add(node.name)
        return
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Import | ast.ImportFrom):
        for name, target in import_targets(node).items():
            scope.imports.setdefault(name, []).append(target)
        return
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        scope.bound.add(node.id)
    elif isinstance(node, ast.Global):
        scope.of_module.update(node.names)
    _bind_captured(node, scope)
    for child in _same_scope(node):
        _bind(child, scope)


def _bind_captured(node: ast.AST, scope: _Scope) -> None:
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        scope.bound.add(node.name)
    elif isinstance(node, ast.MatchMapping) and node.rest:
        scope.bound.add(node.rest)


def _same_scope(node: ast.AST) -> Iterable[ast.AST]:
    """The children, but not the variables of a comprehension, which are its own."""
    if isinstance(node, ast.comprehension):
        return [node.iter, *node.ifs]
    return ast.iter_child_nodes(node)


class _Reader:
    def __init__(self, local: set[str]) -> None:
        self.found = Mentions()
        self._scopes: list[_Scope] = [_Scope(bound=local)] if local else []

    def read(self, node: ast.AST | None) -> None:
        if node is None:
            return
        if isinstance(node, ast.Name | ast.Attribute):
            self._name(node)
        elif isinstance(node, ast.Call):
            self._call(node)
        elif isinstance(node, _FUNCTIONS):
            self._function(node)
        elif isinstance(node, ast.ClassDef):
            self._class(node)
        elif isinstance(node, _COMPREHENSIONS):
            self._comprehension(node)
        else:
            self._other(node)

    def _read_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            self.read(node)

    def _other(self, node: ast.AST) -> None:
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            self._changes(node)
        elif isinstance(node, ast.AnnAssign):
            self._annotation(node.annotation)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self._changed_if_global(import_targets(node))
        types = _type_parameters(node)  # of `type Pair[T] = tuple[T, T]`
        if types:
            self._scopes.append(_Scope(bound=set(types)))
        for child in ast.iter_child_nodes(node):
            self.read(child)
        if types:
            self._scopes.pop()

    def _name(self, node: ast.Name | ast.Attribute) -> None:
        start, chain = _chain(node)
        if start is None:
            self.read(_innermost(node))
            return
        if not isinstance(node.ctx, ast.Load):
            if chain:
                self._changes(node)
            else:
                self._changed_if_global([start.id])
        if chain or isinstance(node.ctx, ast.Load):
            self._mention(start.id, chain, node.lineno)

    def _changes(self, node: ast.AST) -> None:
        """A part of something is set or deleted: `X["a"] = 1`, `X.a = 1`."""
        inner = node
        while isinstance(inner, ast.Attribute | ast.Subscript):
            inner = inner.value
        if isinstance(inner, ast.Name) and self._is_global(inner.id):
            self.found.changed.add(inner.id)

    def _changed_if_global(self, names: Iterable[str]) -> None:
        declared = {each for scope in self._scopes[-1:] for each in scope.of_module}
        self.found.declared |= declared & set(names)
        self.found.changed |= declared & set(names)

    def _call(self, node: ast.Call) -> None:
        start, chain = _chain(node.func)
        if start is not None and isinstance(node.func, ast.Name | ast.Attribute):
            if chain and chain[-1] in MUTATORS and self._is_global(start.id):
                self.found.mutated.add(start.id)
            self._mention(start.id, chain, node.lineno, literal=_first_text(node))
        elif isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
            self._changes(node.func)
            self.read(node.func)
        else:
            self.read(node.func)
        self._read_all([*node.args, *node.keywords])

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        given = node.args
        arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        arguments += [each for each in (given.vararg, given.kwarg) if each]
        self._read_all([*given.defaults, *given.kw_defaults])
        scope = _Scope(bound={each.arg for each in arguments})
        body: Sequence[ast.AST] = node.body if isinstance(node.body, list) else [node.body]
        for statement in body:
            _bind(statement, scope)
        types = _type_parameters(node)
        scope.bound -= scope.of_module
        scope.bound |= set(types)
        if not isinstance(node, ast.Lambda):
            self._read_all(node.decorator_list)
            self._with_types(node, [each.annotation for each in arguments] + [node.returns])
        self._inside(scope, body)

    def _with_types(self, node: ast.AST, annotations: list[ast.expr | None]) -> None:
        self._scopes.append(_Scope(bound=set(_type_parameters(node))))
        self._read_all(getattr(node, "type_params", ()))
        for annotation in annotations:
            self._annotation(annotation)
            self.read(annotation)
        self._scopes.pop()

    def _class(self, node: ast.ClassDef) -> None:
        self._read_all(node.decorator_list)
        types = _type_parameters(node)
        self._scopes.append(_Scope(bound=set(types)))
        self._read_all([*getattr(node, "type_params", ()), *node.bases, *node.keywords])
        scope = _Scope(is_class=True)
        for statement in node.body:
            _bind(statement, scope)
        self._inside(scope, node.body)
        self._scopes.pop()

    def _comprehension(self, node: ast.AST) -> None:
        generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]
        self.read(generators[0].iter)  # the outermost is evaluated outside
        scope = _Scope()
        for each in generators:
            _bind(each.target, scope)
        self._scopes.append(scope)
        for index, each in enumerate(generators):
            self._read_all([each.iter] if index else [])
            self._read_all([each.target, *each.ifs])
        for name in ("elt", "key", "value"):
            self.read(getattr(node, name, None))
        self._scopes.pop()

    def _inside(self, scope: _Scope, body: Iterable[ast.AST]) -> None:
        self._scopes.append(scope)
        self._read_all(body)
        self._scopes.pop()

    def _annotation(self, node: ast.expr | None) -> None:
        """Names in the texts of an annotation; soft, as a text may be no annotation at all."""
        for each in ast.walk(node) if node else ():
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                try:
                    inner = ast.parse(each.value, mode="eval")
                except (SyntaxError, ValueError):
                    continue
                kept, self.found = self.found, Mentions()
                self.read(inner)
                kept.soft |= dict.fromkeys(self.found.all(), each.lineno)
                self.found = kept

    def _is_global(self, name: str) -> bool:
        return self._lookup(name) is None

    def _lookup(self, name: str) -> list[str] | None:
        """None for a name of the module; else the imports that bind it, or none if local."""
        for depth, scope in enumerate(reversed(self._scopes)):
            if scope.is_class:
                # A class's names are seen by its own statements only, and there the module's
                # may stand for them until they are bound.
                if depth == 0 and name in scope.imports:
                    return scope.imports[name]
                continue
            if name in scope.of_module:
                return None
            if name in scope.imports:
                return scope.imports[name]
            if name in scope.bound:
                return []
        return None

    def _is_class_name(self, name: str) -> bool:
        """Whether a class binds it, for its own statements; before that it is the module's."""
        inner = self._scopes[-1] if self._scopes else None
        return inner is not None and inner.is_class and name in inner.bound

    def _mention(
        self, name: str, chain: list[str], line: int, *, literal: str | None = None
    ) -> None:
        targets = self._lookup(name)
        if targets is None and self._is_class_name(name):
            self.found.soft.setdefault(".".join([name, *chain]), line)
            return
        texts = [".".join([name, *chain])] if targets is None else []
        for target in targets or ():
            joint = "" if target.endswith("|") or not chain else "."
            texts.append(f">{target}{joint}{'.'.join(chain)}")
        for text in texts:
            if literal is None:
                self.found.plain.setdefault(text, line)
            else:
                self.found.called.setdefault(text, {}).setdefault(literal, line)


def _type_parameters(node: ast.AST) -> list[str]:
    """Names such as `T` in `def first[T](...)`, which Python 3.12 brought."""
    return [each.name for each in getattr(node, "type_params", ())]


def _chain(node: ast.AST) -> tuple[ast.Name | None, list[str]]:
    """The name that a dotted expression begins with, and the attributes after it."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    return (node, attributes[::-1]) if isinstance(node, ast.Name) else (None, [])


def _innermost(node: ast.AST) -> ast.AST:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def _first_text(node: ast.Call) -> str | None:
    if node.args and isinstance(node.args[0], ast.Constant):
        value = node.args[0].value
        return value if isinstance(value, str) else None
    return None
