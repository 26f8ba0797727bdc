"""What a function takes and returns, asked of the object itself.

For what reading cannot tell: functions that expressions made, and decorated ones.
"""

from __future__ import annotations

import collections.abc
import sys
from collections.abc import Callable
from typing import Any, get_type_hints

from tilth.errors import DefinitionError
from tilth.fingerprint.signature import Annotation, Parameter, ParameterKind, Signature, choice

_ALIASES = ("Dict", "FrozenSet", "List", "Set", "Tuple", "Type")


def signature_of_object(function: Callable[..., object]) -> Signature:
    """The record that reading gives, asked of a function, class, partial or callable object.

    Raises:
        DefinitionError: It does not say what it takes, as some compiled functions do.
    """
    import inspect  # late: not needed where source tells

    try:
        told = inspect.signature(function)
    except (ValueError, TypeError) as error:
        raise DefinitionError(
            f"`{getattr(function, '__qualname__', function)}` does not say what it takes: {error}",
            hint="wrap it into a function of your own",
        ) from error
    inner = inspect.unwrap(function)
    inner = getattr(inner, "func", inner)
    hints = _hints(inner)
    returned = hints.get("return", told.return_annotation)
    code = getattr(inner, "__code__", None)
    name = getattr(inner, "__qualname__", type(inner).__qualname__)
    returns = None if returned is told.empty else _of_type(returned)
    return Signature(
        ref=f"{getattr(inner, '__module__', '')}:{name}",
        parameters=tuple(_parameter_of(each, hints) for each in told.parameters.values()),
        returns=returns,
        return_fields=_field_names(returned),
        is_generator=inspect.isgeneratorfunction(inner),
        is_async=inspect.iscoroutinefunction(inner),
        doc=inspect.getdoc(inner),
        file=code.co_filename if code else None,
        line=code.co_firstlineno if code else None,
    )


_KIND_OF_NUMBER: tuple[ParameterKind, ...] = (
    "positional only",
    "any",
    "rest",
    "keyword only",
    "rest by keyword",
)


def _hints(function: Any) -> dict[str, Any]:
    """The annotations as objects; none where a text among them names what is not there.

    That is so where a module imports a library for type checkers only; what it names in full
    can be told from the text all the same.
    """
    try:
        return get_type_hints(function, include_extras=True)
    except (NameError, AttributeError, SyntaxError, TypeError):
        return {}


def _parameter_of(told: Any, hints: dict[str, Any]) -> Parameter:
    annotation = hints.get(told.name, told.annotation)
    has_default = told.default is not told.empty
    literal = has_default and isinstance(
        told.default, bool | int | float | complex | str | bytes | tuple | list | dict | set | None
    )
    return Parameter(
        name=told.name,
        kind=_KIND_OF_NUMBER[int(told.kind)],
        has_default=has_default,
        default=told.default if literal else None,
        default_known=literal,
        annotation=None if annotation is told.empty else _of_type(annotation),
    )


def _of_type(told: Any) -> Annotation:
    """What an annotation says once it is an object."""
    if told is None or told is type(None):
        return Annotation(origin="None", text="None")
    if told is Ellipsis:
        return Annotation(origin="=", text="...")
    return _of_compound_type(told)


def _of_compound_type(told: Any) -> Annotation:
    if isinstance(told, list):
        args = tuple(map(_of_type, told))
        return Annotation(origin="[]", args=args, text=f"[{', '.join(a.text for a in args)}]")
    origin = getattr(told, "__origin__", None)
    if hasattr(told, "__metadata__"):
        return _of_type(origin)
    args = getattr(told, "__args__", ())
    if type(told).__name__ in ("UnionType", "_UnionGenericAlias", "Union"):
        return choice(tuple(map(_of_type, args)))
    if origin is not None:
        return _generic(told, origin, args)
    return _plain_type(told)


def _generic(told: Any, origin: Any, args: tuple[Any, ...]) -> Annotation:
    if getattr(origin, "_name", None) == "Literal":
        literals = tuple(Annotation(origin="=", text=repr(each)) for each in args)
        return Annotation(origin="typing.Literal", args=literals, text=str(told))
    if origin is collections.abc.Callable and args[0] is not Ellipsis:
        args = (list(args[:-1]), args[-1])
    inner = tuple(map(_of_type, args))
    alias = getattr(told, "_name", None)
    renamed = type(told).__module__ == "typing" and alias and alias not in _ALIASES
    name = f"typing.{alias}" if renamed else _public_name(origin)
    return Annotation(
        origin=name, args=inner, text=f"{name}[{', '.join(each.text for each in inner)}]"
    )


def _plain_type(told: Any) -> Annotation:
    if isinstance(told, type) or hasattr(told, "__module__"):
        name = _public_name(told)
        return Annotation(origin=name, text=name)
    text = str(told)
    return Annotation(origin=text if _is_full_name(text) else "", text=text)


def _is_full_name(text: str) -> bool:
    """Whether a text names something in a module that can be imported, such as `polars.LazyFrame`.

    An alias (`pl.LazyFrame`) does not, unless a module has its name.
    """
    from importlib.util import find_spec  # late: not needed where source tells

    parts = text.split(".")
    return len(parts) > 1 and all(map(str.isidentifier, parts)) and find_spec(parts[0]) is not None


def _public_name(kind: Any) -> str:
    """The shortest name under which a class can be imported: `pandas.DataFrame`."""
    name = getattr(kind, "__qualname__", None) or getattr(kind, "_name", None) or str(kind)
    module = getattr(kind, "__module__", "") or ""
    for top in dict.fromkeys((module.partition(".")[0], module.partition(".")[0].lstrip("_"))):
        if top and getattr(sys.modules.get(top), name, None) is kind:
            module = top
            break
    return name if module in ("builtins", "") else f"{module}.{name}"


def _field_names(kind: Any) -> tuple[str, ...] | None:
    if not isinstance(kind, type):
        return None
    if hasattr(kind, "__dataclass_fields__"):
        from dataclasses import fields  # loads `inspect`, 10 ms

        return tuple(each.name for each in fields(kind))
    named = getattr(kind, "_fields", None) or getattr(kind, "model_fields", None)
    if named is None and issubclass(kind, dict):
        named = getattr(kind, "__annotations__", None)
    return tuple(named) if named else None
