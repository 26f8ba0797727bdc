"""Records: small immutable values, whose classes cost next to nothing to make.

The standard library's `dataclass` writes and compiles six functions for each frozen class,
about a millisecond, each time a process starts. Tilth has some hundred of them, and a run in
which nothing has to run should take no longer than that in all. So a record compiles its
`__init__` when the first instance is made, and shares all other functions.

It is a dataclass all the same: `dataclasses.fields`, `asdict` and `replace` know it, and type
checkers treat it as one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(*, kw_only: bool = True) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[T] | None = None, /, *, kw_only: bool = True) -> Any:
    """Make a class a record: frozen, with slots, compared by value, made by keywords.

    Args:
        cls: Its annotations are the fields, as for a dataclass.
        kw_only: False where fields may also be given by position.

    Example:
        >>> from tilth.record import record
        >>> @record
        ... class Point:
        ...     x: int
        ...     y: int = 0
        >>> Point(x=1)
        Point(x=1, y=0)
    """
    if cls is None:
        return lambda each: _made(each, kw_only)
    return _made(cls, kw_only)


def changed(record: T, **changes: Any) -> T:
    """A copy with other values in some fields."""
    kind: Any = type(record)
    for name in kind.__slots__:
        if name not in changes:
            changes[name] = getattr(record, name)
    return kind(**changes)  # type: ignore[no-any-return]  # of the same class


def _made(cls: type, kw_only: bool) -> type:
    own = vars(cls)
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
    made.__init__ = _first_init(made, kw_only)
    made.__setattr__ = _refuse_set
    made.__delattr__ = _refuse_delete
    for name, function in _SHARED.items():
        if name not in own:
            setattr(made, name, function)
    return made  # type: ignore[no-any-return]  # a class


def _first_init(cls: Any, kw_only: bool) -> Callable[..., None]:
    def __init__(self: Any, *positional: Any, **named: Any) -> None:  # noqa: N807 - it is one
        cls.__init__ = _compiled_init(cls, kw_only)
        cls.__init__(self, *positional, **named)

    return __init__


def _compiled_init(cls: Any, kw_only: bool) -> Callable[..., None]:
    """`__init__` as one would write it: a slot's descriptor sets each field."""
    arguments, lines, names = [], [], {}
    for each in fields(cls):
        names[f"_set_{each.name}"] = getattr(cls, each.name).__set__
        value = each.name
        if each.default is not MISSING:
            names[f"_default_{each.name}"] = each.default
            arguments.append(f"{each.name}=_default_{each.name}")
        elif each.default_factory is not MISSING:
            names[f"_make_{each.name}"] = each.default_factory
            names["_MISSING"] = MISSING
            arguments.append(f"{each.name}=_MISSING")
            value = f"_make_{each.name}() if {each.name} is _MISSING else {each.name}"
        else:
            arguments.append(each.name)
        lines.append(f"    _set_{each.name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    head = ", ".join(["self", *(["*"] if kw_only and arguments else []), *arguments])
    text = f"def __init__({head}):\n" + "\n".join(lines or ["    pass"])
    exec(text, names)  # noqa: S102 - our own words: the names of our fields
    made: Any = names["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made  # type: ignore[no-any-return]  # the function just written


def _values(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, each.name) for each in fields(self) if each.compare])


def _repr(self: Any) -> str:
    shown = [f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: object) -> Any:
    if other is self:
        return True
    if type(other) is not type(self):
        return NotImplemented
    return _values(self) == _values(other)


def _hash(self: Any) -> int:
    return hash(_values(self))


def _getstate(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, each.name) for each in fields(self)])


def _setstate(self: Any, state: tuple[Any, ...]) -> None:
    for each, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


def _refuse_set(self: Any, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field `{name}` of {type(self).__name__}")


def _refuse_delete(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field `{name}` of {type(self).__name__}")


_SHARED: dict[str, Any] = {
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__getstate__": _getstate,
    "__setstate__": _setstate,
}
