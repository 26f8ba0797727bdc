"""What a caller sees of a definition, as plain lists and dictionaries that can be remembered.

Nothing is resolved here: names are mentions, as `names` writes them, seen from the module.
An expression in an annotation is one of

- `["name", mention]`, `["of", base, [arguments]]` for `base[...]`, `["or", [choices]]`,
- `["literal", text]` for a constant, `["list", [items]]`, `["unknown", text]`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any

from tilth.fingerprint.names import mentions

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def interface_of(name: str, nodes: Sequence[ast.stmt]) -> dict[str, Any] | None:
    """What a caller sees of a name, given all statements that bind it.

    Args:
        nodes: In order; where several count, the last is told, and how many there are.
    """
    seen = [each for each in nodes if not _is_overload(each)]
    if not seen:
        return None
    told = _told(name, seen[-1])
    if told is not None:
        told["bindings"] = len(seen)
    return told


def function_interface(node: _Function | ast.Lambda) -> dict[str, Any]:
    """What a caller sees of a function."""
    body: Sequence[ast.AST] = node.body if isinstance(node.body, list) else [node.body]
    return {
        "kind": "function",
        "line": _first_line(node),
        "doc": ast.get_docstring(node) if not isinstance(node, ast.Lambda) else None,
        "parameters": _parameters(node.args),
        "returns": expression(node.returns) if not isinstance(node, ast.Lambda) else None,
        "decorators": [] if isinstance(node, ast.Lambda) else _decorators(node),
        "generator": _yields(body),
        "async": isinstance(node, ast.AsyncFunctionDef),
        "wraps": _wraps(node),
    }


def expression(node: ast.expr | None) -> Any:
    """An annotation, or None where there is none."""
    if node is None:
        return None
    told = _expression(node)
    return ["unknown", ast.unparse(node)] if told is None else told


def _expression(node: ast.expr) -> Any:
    if isinstance(node, ast.Name | ast.Attribute):
        found = sorted(mentions([node]).all())
        return ["name", found[0]] if len(found) == 1 else None
    if isinstance(node, ast.Subscript):
        return _subscript(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return ["or", [*_choices(node.left), *_choices(node.right)]]
    if isinstance(node, ast.Constant):
        return _constant(node)
    if isinstance(node, ast.List):
        return ["list", [expression(each) for each in node.elts]]
    return None


def alias_of(name: str, nodes: Sequence[ast.stmt]) -> Any:
    """What a name stands for, if all that is done to it is `Frame = polars.DataFrame`."""
    if len(nodes) != 1:
        return None
    node = nodes[0]
    value = getattr(node, "value", None)
    single = (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
    )
    if single or isinstance(node, ast.AnnAssign) or type(node).__name__ == "TypeAlias":
        plain = ast.Name | ast.Attribute | ast.Subscript | ast.BinOp
        return expression(value) if isinstance(value, plain) else None
    return None


def _told(name: str, node: ast.stmt) -> dict[str, Any] | None:
    if isinstance(node, _Function):
        return function_interface(node) if node.name == name else None
    if isinstance(node, ast.ClassDef):
        return _class_interface(node)
    value = getattr(node, "value", None)
    if isinstance(node, ast.Assign | ast.AnnAssign) and value is not None:
        if isinstance(value, ast.Lambda):
            return function_interface(value)
        return {"kind": "value", "line": node.lineno, "text": ast.unparse(value)[:80]}
    return None


def _class_interface(node: ast.ClassDef) -> dict[str, Any]:
    return {
        "kind": "class",
        "line": _first_line(node),
        "doc": ast.get_docstring(node),
        "bases": [expression(each) for each in node.bases],
        "decorators": _decorators(node),
        "fields": _fields(node),
        "methods": {
            each.name: function_interface(each) for each in node.body if isinstance(each, _Function)
        },
    }


def _fields(node: ast.ClassDef) -> list[list[Any]]:
    """Annotated names in order: name, annotation, its text, whether it has a default."""
    found: dict[str, list[Any]] = {}
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            text = ast.unparse(each.annotation)
            if not text.rpartition("ClassVar")[1]:
                has_default = each.value is not None and not _is_required(each.value)
                found[each.target.id] = [
                    each.target.id,
                    expression(each.annotation),
                    text,
                    has_default,
                ]
    return list(found.values())


def _is_required(value: ast.expr) -> bool:
    """Whether it is a `field(...)` that gives no default."""
    if not isinstance(value, ast.Call) or not ast.unparse(value.func).endswith(("field", "Field")):
        return False
    given = {each.arg for each in value.keywords}
    return not value.args and not given & {"default", "default_factory"}


def _parameters(given: ast.arguments) -> list[list[Any]]:
    """Name, kind, text of the default, whether it is a literal, annotation and its text."""
    found: list[list[Any]] = []
    positional = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(positional) - len(given.defaults)) + list(given.defaults)
    for index, (each, default) in enumerate(zip(positional, defaults, strict=True)):
        only = index < len(given.posonlyargs)
        found.append(_parameter(each, "positional only" if only else "any", default))
    if given.vararg:
        found.append(_parameter(given.vararg, "rest", None))
    for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        found.append(_parameter(each, "keyword only", default))
    if given.kwarg:
        found.append(_parameter(given.kwarg, "rest by keyword", None))
    return found


def _parameter(each: ast.arg, kind: str, default: ast.expr | None) -> list[Any]:
    text = ast.unparse(default) if default is not None else None
    literal = default is not None and _is_literal(default)
    annotated = ast.unparse(each.annotation) if each.annotation else None
    return [each.arg, kind, text, literal, expression(each.annotation), annotated]


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _subscript(node: ast.Subscript) -> list[Any]:
    base = expression(node.value)
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if ast.unparse(node.value).endswith("Literal"):
        return ["of", base, [["literal", ast.unparse(each)] for each in inner]]
    return ["of", base, [expression(each) for each in inner]]


def _choices(node: ast.expr) -> list[Any]:
    found = expression(node)
    return list(found[1]) if found[0] == "or" else [found]


def _constant(node: ast.Constant) -> list[Any]:
    if not isinstance(node.value, str):
        return ["literal", "..." if node.value is Ellipsis else repr(node.value)]
    try:
        inner = ast.parse(node.value.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return ["unknown", node.value]
    found: list[Any] = expression(inner)
    return found


def _decorators(node: _Function | ast.ClassDef) -> list[str]:
    """The mention that each decorator begins with; its source text where there is none."""
    found = []
    for each in node.decorator_list:
        bare = each.func if isinstance(each, ast.Call) else each
        named = sorted(mentions([bare]).all())
        found.append(named[0] if len(named) == 1 else f"? {ast.unparse(each)}")
    return found


def _first_line(node: ast.expr | ast.stmt) -> int:
    """The line in which its first decorator stands, as the object itself tells it."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def _is_overload(node: ast.stmt) -> bool:
    if not isinstance(node, _Function):
        return False
    return any(each.rpartition(".")[2] == "overload" for each in _decorators(node))


def _yields(body: Iterable[ast.AST]) -> bool:
    for node in body:
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if isinstance(node, _Function | ast.Lambda | ast.ClassDef):
            continue
        if _yields(ast.iter_child_nodes(node)):
            return True
    return False


def _wraps(node: ast.AST) -> bool:
    """Whether it is a decorator that keeps the signature, by `functools.wraps`."""
    return any(
        each.rpartition(".")[2] == "wraps" or each.endswith("|wraps")
        for inner in ast.walk(node)
        if isinstance(inner, _Function) and inner is not node
        for each in _decorators(inner)
    )
