"""What a statement at the top of a module changes, besides the names that it binds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

from tilth.fingerprint.names import mentions, root

COMPOUND = (
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)
# Functions that set attributes of what they are given.
_SETTERS = frozenset({"setattr", "delattr", "update_wrapper"})

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def origins_in(node: ast.stmt) -> dict[str, set[str]]:
    """Name -> the names whose value, or a part of it, it stands for after a statement."""
    found: dict[str, set[str]] = {}
    if isinstance(node, DEFINITIONS):
        return found
    for each in (node, *statements_in(node)):
        for targets, value in _bindings(each):
            names = {name.id for target in targets for name in ast.walk(target) if _is_bound(name)}
            source = _origin(value)
            for name in names:
                found.setdefault(name, set()).update({source} if source else set())
            if len(targets) > 1 and not isinstance(value, ast.Constant):  # `A = B = []`
                for name in names:
                    found[name] |= names - {name}
    return found


def _bindings(node: ast.stmt) -> Iterator[tuple[list[ast.expr], ast.expr]]:
    """Targets that get one value; `a, b = c, d` are two."""
    if isinstance(node, ast.For | ast.AsyncFor):
        yield [node.target], node.iter
    elif isinstance(node, ast.Assign):
        first = node.targets[0]
        if isinstance(first, ast.Tuple | ast.List) and isinstance(node.value, ast.Tuple | ast.List):
            for target, value in zip(first.elts, node.value.elts, strict=False):
                yield [target], value
        else:
            yield node.targets, node.value


def _is_bound(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _origin(node: ast.expr) -> str | None:
    """The name in `X`, `X.a`, `X["a"]` and `X.get("a")`."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        else:
            return None
    return node.id


def grown(node: ast.stmt) -> set[str]:
    """The name in `X += [1]`, which may change a list in place."""
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    return set()


def touched_by_expressions(node: ast.stmt, functions: set[str]) -> set[str]:
    """The names in expression statements, which stand there for what they do to something.

    A function that is called or handed on stays as it is, unless an attribute of it is used.
    """
    if isinstance(node, ast.Expr):
        found = mentions([node]).all()
    elif isinstance(node, COMPOUND):
        found = mentions(each for each in statements_in(node) if isinstance(each, ast.Expr)).all()
    else:
        return set()
    if any(each.rpartition(".")[2] in _SETTERS for each in found):
        functions = set()
    return {name for each in found if (name := root(each)) and each not in functions}


def parents(node: ast.ClassDef) -> set[str]:
    """The names that a class is derived from, its metaclass among them."""
    given = [*node.bases, *(each.value for each in node.keywords if each.arg == "metaclass")]
    return {name for each in given if (name := _origin(each))}


def hears_of_subclasses(node: ast.ClassDef) -> bool:
    """Whether code of a class runs when another is derived from it."""
    if "type" in parents(node):
        return True
    return any(
        isinstance(each, ast.FunctionDef) and each.name == "__init_subclass__" for each in node.body
    )


def statements_in(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements inside a compound one, without the bodies of definitions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, DEFINITIONS):
            continue
        if isinstance(child, ast.stmt):
            yield child
        if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from statements_in(child)
