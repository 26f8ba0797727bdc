"""Typed parameters: a function that asks for a dataclass or a pydantic model gets one."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tilth.errors import DefinitionError


def instance(type_name: str, value: Any, who: str) -> Any:
    """An instance of the type from a plain value out of params.yml.

    Args:
        type_name: Dotted name of a dataclass or of a pydantic model.
        value: A mapping of its fields.
        who: Whom errors name.

    Raises:
        DefinitionError: The value does not fit; the message has the field and the value.
    """
    kind = _imported(type_name)
    if hasattr(kind, "model_validate"):
        return _model(kind, value, who)
    if not hasattr(kind, "__dataclass_fields__"):
        return value
    import msgspec  # 35 ms, and only for projects with typed parameters

    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        raise DefinitionError(f"{who}: {_said(error)}", hint=f"see `{type_name}`") from error


def _model(kind: Any, value: Any, who: str) -> Any:
    import pydantic  # heavy, and loaded by the user's module already

    try:
        return kind.model_validate(value)
    except pydantic.ValidationError as error:
        told = "; ".join(
            f"`{'.'.join(map(str, each['loc']))}`: {each['msg']} (got {each.get('input')!r})"
            for each in error.errors()[:8]
        )
        raise DefinitionError(
            f"{who}: {told}", hint=f"see `{kind.__module__}.{kind.__qualname__}`"
        ) from error


def _said(error: Exception) -> str:
    text = str(error)
    what, _, where = text.partition(" - at `$.")
    return f"`{where.rstrip('`')}`: {what}" if where else text


def _imported(type_name: str) -> Any:
    module, _, name = type_name.rpartition(".")
    return getattr(import_module(module), name)
