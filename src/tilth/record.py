"""Records: small immutable values, whose classes cost next to nothing to make.

The standard library's `dataclass` writes and compiles six functions for each frozen class,
about a millisecond, each time a process starts, and importing it loads `inspect`. Tilth has
some hundred such classes, and a run in which nothing has to run should take no longer than
that in all. So a record compiles its `__init__` when its first instance is made, and shares
all other functions.

It is a dataclass all the same: `dataclasses.fields`, `asdict` and `replace` know it, and type
checkers treat it as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


class _Nothing:
    """Stands for a default that is not there."""


_NOTHING: Any = _Nothing()


class Field:
    """One field of a record.

    Attributes:
        name: Given by the class.
        annotation: As it is written.
        default: The value where none is given.
        default_factory: Makes that value anew for each instance.
        compare: Whether it counts when records are compared.
        repr: Whether it is shown.
    """

    __slots__ = ("annotation", "compare", "default", "default_factory", "name", "repr")

    def __init__(self, default: Any, default_factory: Any, compare: bool, shown: bool) -> None:
        self.name = self.annotation = ""
        self.default = default
        self.default_factory = default_factory
        self.compare = compare
        self.repr = shown


def field(
    *,
    default: Any = _NOTHING,
    default_factory: Callable[[], Any] = _NOTHING,
    compare: bool = True,
    repr: bool = True,
) -> Any:
    """Say more of a field than its type; as `dataclasses.field`."""
    return Field(default, default_factory, compare, repr)


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(*, kw_only: bool = True, frozen: bool = True) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[T] | None = None, /, *, kw_only: bool = True, frozen: bool = True) -> Any:
    """Make a class a record: frozen, with slots, compared by value, made by keywords.

    Args:
        cls: Its annotations are the fields, as for a dataclass.
        kw_only: False where fields may also be given by position.
        frozen: False where fields may be set anew.

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
        return lambda each: _made(each, kw_only, frozen)
    return _made(cls, kw_only, frozen)


def fields_of(record: Any) -> Mapping[str, Field]:
    """The fields of a record or of its class, by name, in order."""
    return record.__record_fields__  # type: ignore[no-any-return]  # set by `record`


def changed(record: T, **changes: Any) -> T:
    """A copy with other values in some fields."""
    for name in fields_of(record):
        if name not in changes:
            changes[name] = getattr(record, name)
    return type(record)(**changes)


def maker(cls: type[T]) -> type[T]:
    """A function that makes a record and is called as its class is, in half the time.

    Python packs what a class is called with into a tuple and a dictionary, and unpacks them
    for `__init__`; to a function it hands them as they are. Compiling one takes a tenth of a
    millisecond: it is for the few records of which each node of a run needs one.

    Raises:
        TypeError: The record has a base or a `__post_init__`.
    """
    arguments, lines, names = _filling(cls)
    head = [*([] if cls.__match_args__ else ["*"]), *arguments]  # type: ignore[attr-defined]
    return _compiled_maker(cls, head, lines, names)  # type: ignore[return-value]  # see above


def filler(cls: type[T]) -> Callable[..., T]:
    """A function that makes a record from all its values by position, in the fields' order.

    Raises:
        TypeError: The record has a base or a `__post_init__`.
    """
    fields = list(fields_of(cls))
    return _compiled_maker(cls, fields, [f"{name} = {name}" for name in fields], {})


def _compiled_maker(
    cls: type[T], head: list[str], lines: list[str], names: dict[str, Any]
) -> Callable[..., T]:
    if cls.__bases__ != (object,) or hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls.__name__} must be made by its class")
    # Names with an underscore, which no field of ours begins with.
    names |= {"_Open": _opened(cls), "_Record": cls}
    body = ["_one = _Open()", *[f"_one.{line}" for line in lines], "_one.__class__ = _Record"]
    text = "".join(f"    {line}\n" for line in [*body, "return _one"])
    exec(f"def make({', '.join(head)}):\n{text}", names)  # noqa: S102 - names of our fields
    return names["make"]  # type: ignore[no-any-return]  # the function just written


def _made(cls: type, kw_only: bool, frozen: bool) -> type:
    own = _own_fields(cls)
    found: dict[str, Field] = {}
    for base in reversed(cls.__mro__[1:]):
        found.update(getattr(base, "__record_fields__", {}))
    inherited = set(found)
    found.update(own)
    space = {name: value for name, value in vars(cls).items() if name not in _LEFT_OUT | set(own)}
    space["__slots__"] = tuple(name for name in own if name not in inherited)
    space["__record_fields__"] = found
    space["__dataclass_fields__"] = _DataclassFields()
    shared = {**_SHARED, **(_FROZEN if frozen else {})}
    for name, function in shared.items():
        space.setdefault(name, function)
    made: Any = type(cls)(cls.__name__, cls.__bases__, space)
    made.__qualname__ = cls.__qualname__
    made.__init__ = _first_init(made, kw_only)
    setattr(made, "__match_args__", () if kw_only else tuple(found))  # noqa: B010 - for mypy
    return made  # type: ignore[no-any-return]  # a class


_LEFT_OUT = frozenset({"__dict__", "__weakref__"})


def _own_fields(cls: type) -> dict[str, Field]:
    found = {}
    for name, annotation in vars(cls).get("__annotations__", {}).items():
        if str(annotation).startswith(("ClassVar", "typing.ClassVar")):
            continue
        default = vars(cls).get(name, _NOTHING)
        each = default if isinstance(default, Field) else Field(default, _NOTHING, True, True)
        each.name, each.annotation = name, annotation
        found[name] = each
    return found


def _first_init(cls: Any, kw_only: bool) -> Callable[..., None]:
    def __init__(self: Any, *positional: Any, **named: Any) -> None:  # noqa: N807 - it is one
        cls.__init__ = _compiled_init(cls, kw_only)
        cls.__init__(self, *positional, **named)

    return __init__


def _compiled_init(cls: Any, kw_only: bool) -> Callable[..., None]:
    """`__init__` as one would write it.

    A frozen record is open while it is filled: it is an instance of a plain class with the same
    slots then, which costs less than to set each slot through its descriptor. Only one that has
    a base has to do that, since memory is laid out otherwise.
    """
    arguments, fillings, names = _filling(cls)
    lines = [f"self.{line}" for line in fillings]
    if cls.__setattr__ is _refuse_set:
        if cls.__bases__ == (object,):
            names |= {"_become": _BECOME, "_Open": _opened(cls), "_Record": cls}
            lines = ["_become(self, _Open)", *lines, "self.__class__ = _Record"]
        else:
            names |= {f"_set_{name}": getattr(cls, name).__set__ for name in fields_of(cls)}
            values = [line.partition(" = ") for line in fillings]
            lines = [f"_set_{name}(self, {value})" for name, _, value in values]
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    head = ", ".join(["self", *(["*"] if kw_only and arguments else []), *arguments])
    text = f"def __init__({head}):\n" + "\n".join(f"    {line}" for line in lines or ["pass"])
    exec(text, names)  # noqa: S102 - our own words: the names of our fields
    made: Any = names["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made  # type: ignore[no-any-return]  # the function just written


def _filling(cls: Any) -> tuple[list[str], list[str], dict[str, Any]]:
    """Arguments, lines `name = value` that fill the fields, and the names that these use."""
    arguments, lines = [], []
    names: dict[str, Any] = {}
    for each in fields_of(cls).values():
        value = each.name
        if each.default is not _NOTHING:
            names[f"_default_{each.name}"] = each.default
            arguments.append(f"{each.name}=_default_{each.name}")
        elif each.default_factory is not _NOTHING:
            names[f"_make_{each.name}"] = each.default_factory
            names["_NOTHING"] = _NOTHING
            arguments.append(f"{each.name}=_NOTHING")
            value = f"_make_{each.name}() if {each.name} is _NOTHING else {each.name}"
        else:
            arguments.append(each.name)
        lines.append(f"{each.name} = {value}")
    return arguments, lines, names


def _opened(cls: Any) -> type:
    """A plain class with the same slots, whose instances can become records."""
    return type("_Open", (), {"__slots__": tuple(fields_of(cls))})


_BECOME = object.__dict__["__class__"].__set__


class _DataclassFields:
    """What makes `dataclasses` take a record for one of its own; built when it asks."""

    def __get__(self, instance: object, cls: type) -> dict[str, Any]:
        import dataclasses  # loads `inspect`, 10 ms

        found = {}
        for each in fields_of(cls).values():
            given: dict[str, Any] = {"compare": each.compare, "repr": each.repr}
            if each.default is not _NOTHING:
                given["default"] = each.default
            if each.default_factory is not _NOTHING:
                given["default_factory"] = each.default_factory
            made: Any = dataclasses.field(**given)
            made.name, made.type = each.name, each.annotation
            made._field_type = dataclasses._FIELD  # type: ignore[attr-defined]  # as it does
            found[each.name] = made
        return found


def _values(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, each.name) for each in fields_of(self).values() if each.compare])


def _repr(self: Any) -> str:
    parts = [
        f"{each.name}={getattr(self, each.name)!r}"
        for each in fields_of(self).values()
        if each.repr
    ]
    return f"{type(self).__qualname__}({', '.join(parts)})"


def _eq(self: Any, other: object) -> Any:
    if other is self:
        return True
    if type(other) is not type(self):
        return NotImplemented
    return _values(self) == _values(other)


def _hash(self: Any) -> int:
    return hash(_values(self))


def _getstate(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, name) for name in fields_of(self)])


def _setstate(self: Any, state: tuple[Any, ...]) -> None:
    for name, value in zip(fields_of(self), state, strict=True):
        object.__setattr__(self, name, value)


def _refuse_set(self: Any, name: str, value: object) -> None:
    raise AttributeError(f"cannot assign to field `{name}` of {type(self).__name__}")


def _refuse_delete(self: Any, name: str) -> None:
    raise AttributeError(f"cannot delete field `{name}` of {type(self).__name__}")


_SHARED: dict[str, Any] = {
    "__repr__": _repr,
    "__eq__": _eq,
    "__getstate__": _getstate,
    "__setstate__": _setstate,
}
_FROZEN: dict[str, Any] = {
    "__hash__": _hash,
    "__setattr__": _refuse_set,
    "__delattr__": _refuse_delete,
}
