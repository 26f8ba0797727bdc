"""Typed parameters: a function that asks for a dataclass or a pydantic model gets one."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from tilth.errors import DefinitionError, ParameterError, nearest

Fault = tuple[tuple[str | int, ...], str]


def instance(type_name: str, value: Any, who: str) -> Any:
    """An instance of the type from a plain value out of params.yml.

    Nothing stays nothing: where that is not allowed, the project could not be opened.

    Args:
        type_name: A dotted name, or builtin containers of such: `list[shop.Tree]`.
        value: Plain data.
        who: Whom errors name.

    Raises:
        ParameterError: The value does not fit; the error has each fault with its path.
        DefinitionError: There is no such type.
    """
    leaves: list[Any] = []
    try:
        kind = _type(ast.parse(type_name, mode="eval").body, leaves)
    except (SyntaxError, ValueError):
        return value  # a type that has no name, such as a choice
    if value is None:
        return None
    if any(hasattr(each, "model_validate") for each in leaves):
        return _validated(kind, leaves, value, who)
    if any(map(_is_converted, leaves)):
        return _converted(kind, value, who)
    return Path(value) if kind is Path and isinstance(value, str) else value


def _type(tree: ast.expr, leaves: list[Any]) -> Any:
    """What the text of a type means; `leaves` gets the types that it is made of."""
    if isinstance(tree, ast.Subscript):
        inner = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
        return _type(tree.value, [])[tuple([_type(each, leaves) for each in inner])]
    found = _named(ast.unparse(tree))
    leaves.append(found)
    return found


def _named(name: str) -> Any:
    """A type by its name; a class within a class has more than one name behind its module."""
    parts = name.split(".")
    if len(parts) == 1:
        if not hasattr(builtins, name):
            raise ValueError(name)
        return getattr(builtins, name)
    for n in range(len(parts) - 1, 0, -1):
        try:
            found: Any = import_module(".".join(parts[:n]))
        except ModuleNotFoundError as error:
            if error.name is None or not name.startswith(error.name):
                raise
            continue
        for part in parts[n:]:
            if not hasattr(found, part):
                raise DefinitionError(f"there is no type `{name}`")
            found = getattr(found, part)
        return found
    raise DefinitionError(f"there is no type `{name}`")


_FIELDS = ("__dataclass_fields__", "__struct_fields__", "__attrs_attrs__")


def _is_converted(kind: Any) -> bool:
    import enum  # loaded by `re` and others anyway

    if any(hasattr(kind, each) for each in _FIELDS):
        return True
    return isinstance(kind, enum.EnumMeta) or getattr(kind, "__module__", "") == "datetime"


def _converted(kind: Any, value: Any, who: str) -> Any:
    import msgspec  # 35 ms, and only for projects with typed parameters

    try:
        return msgspec.convert(value, kind, strict=True, dec_hook=_path)
    except (msgspec.ValidationError, TypeError, NotImplementedError) as error:
        raise ParameterError(who, [_fault(str(error))]) from error


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(f"a `{kind.__qualname__}` cannot be made of plain data")


def _fault(said: str) -> Fault:
    """`Expected int - at $.trees[1].depth`, parted."""
    what, _, where = said.partition(" - at `$")
    steps = re.findall(r"\.(\w+)|\[(\d+)\]", where)
    return tuple([int(i) if i else name for name, i in steps]), what


def _validated(kind: Any, leaves: list[Any], value: Any, who: str) -> Any:
    import pydantic  # heavy, and loaded by the user's module already

    try:
        made = pydantic.TypeAdapter(kind).validate_python(value)
    except pydantic.ValidationError as error:
        faults = [(each["loc"], f"{each['msg']} (got {each['input']!r:.60})") for each in
                  error.errors(include_url=False)]  # fmt: skip
        raise ParameterError(who, faults) from error
    if kind in leaves:
        unknown = list(_unknown_fields(kind, value, ()))
        if unknown:
            raise ParameterError(who, unknown)
    return made


def _unknown_fields(kind: Any, value: Any, path: tuple[str | int, ...]) -> Iterator[Fault]:
    """Fields that a model would leave aside; a typo should not pass as a default."""
    if not isinstance(value, Mapping) or kind.model_config.get("extra") == "allow":
        return
    fields: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        aliases = (name, field.alias, field.validation_alias)
        if any(each is not None and not isinstance(each, str) for each in aliases):
            return  # an alias that is a path or a choice
        fields.update((each, field) for each in aliases if each is not None)
    for name, each in value.items():
        if name not in fields:
            near = nearest(str(name), fields)
            hint = f"; did you mean `{near}`?" if near else ""
            yield (*path, name), f"is no field of `{kind.__name__}`{hint}"
        elif hasattr(fields[name].annotation, "model_fields"):
            yield from _unknown_fields(fields[name].annotation, each, (*path, name))
