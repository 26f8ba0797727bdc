"""A syntax tree as bytes: what the code says, without how it is laid out.

Left out are positions, comments, docstrings, other statements that only state a constant
(`pass`, `...`, a text used as a comment), the load or store context (the place tells it), and
the prefix of a text. Everything else counts, annotations too.

Fields that are empty are left out, so that a newer Python's syntax tree with a further, unused
field gives the same bytes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from blake3 import blake3

from tilth.fingerprint.canonical import DIGEST_BYTES

_IGNORED = frozenset({"ctx", "type_comment", "kind", "type_ignores"})


def digest(*trees: ast.AST, marks: Iterable[str] = ()) -> str:
    """The digest of one or several trees in order.

    Args:
        marks: Further texts that count.
    """
    out: list[str] = []
    for tree in trees:
        _dump(tree, out)
    for mark in marks:
        out += (f"#{len(mark)}:", mark)
    return blake3("".join(out).encode("utf-8", "surrogatepass")).hexdigest(DIGEST_BYTES)


def without_idle(body: Iterable[ast.stmt]) -> list[ast.stmt]:
    """The statements that do something; docstrings are among those that do not."""
    return [each for each in body if not _is_idle(each)]


def _is_idle(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Pass)


def _dump(node: ast.AST, out: list[str]) -> None:
    out.append(f"{type(node).__name__}(")
    for name in node._fields:
        value = getattr(node, name, None)
        if name in _IGNORED or (value is None and not isinstance(node, ast.Constant)):
            continue
        if isinstance(value, list):
            _dump_list(name, value, out)
        else:
            out.append(f"{name}=")
            _dump_one(value, out)
    out.append(")")


def _dump_list(name: str, values: list[object], out: list[str]) -> None:
    kept = [each for each in values if not (isinstance(each, ast.stmt) and _is_idle(each))]
    if not kept:
        return
    out.append(f"{name}=[")
    for each in kept:
        _dump_one(each, out)
    out.append("]")


def _dump_one(value: object, out: list[str]) -> None:
    if isinstance(value, ast.AST):
        _dump(value, out)
        return
    # Identifiers and constants: with their type and length, so that no two read the same.
    text = f"{value:x}" if type(value) is int else repr(value)
    out.append(f"{type(value).__name__}{len(text)}:{text},")
