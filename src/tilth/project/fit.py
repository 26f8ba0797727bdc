"""Whether a parameter fits what a function asks for, told from source; nothing is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tilth.errors import suggestion
from tilth.fingerprint.signature import Annotation, ClassFields
from tilth.record import record

_BUILTIN: Mapping[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
    "dict": (dict,),
    "list": (list,),
    "tuple": (list, tuple),
    "set": (list,),
    "frozenset": (list,),
    "collections.abc.Mapping": (dict,),
    "collections.abc.Sequence": (list,),
    "collections.abc.Iterable": (list, dict, str),
    "typing.Mapping": (dict,),
    "typing.Sequence": (list,),
}
_NOTHING = ("None", "NoneType")
_CHOICES = ("typing.Union", "typing.Optional", "types.UnionType")


@record
class Misfit:
    """Something that does not fit.

    Attributes:
        path: Where in the parameter, as keys and positions.
        found: What was asked for and what stands there, as it goes on after "parameter `a.b` ".
        hint: The nearest valid name, where a name is wrong.
        at_key: Whether it is the key that is wrong, rather than the value.
    """

    path: tuple[str | int, ...]
    found: str
    hint: str | None = None
    at_key: bool = False


FieldsOf = Callable[[str], ClassFields | None]


def misfits(
    value: object, asked: Annotation, fields_of: FieldsOf, path: tuple[str | int, ...] = ()
) -> Iterator[Misfit]:
    """All that does not fit, as far as source tells; types that it does not know fit.

    Args:
        value: Plain data, as params.yml gives it.
        asked: What the function's annotation says.
        fields_of: The fields of a class of the project; None of anything else.
        path: Where the value is.
    """
    origin = asked.origin
    if origin == "typing.Annotated" and asked.args:
        yield from misfits(value, asked.args[0], fields_of, path)
    elif origin in _CHOICES:
        yield from _of_choice(value, asked, fields_of, path)
    elif origin in _NOTHING:
        if value is not None:
            yield Misfit(path=path, found=f"is {_shown(value)}, not nothing")
    elif origin == "typing.Literal":
        yield from _of_literal(value, asked, path)
    elif origin in _BUILTIN:
        yield from _of_builtin(value, asked, fields_of, path)
    elif "." in origin:
        known = fields_of(origin)
        if known is not None and known.kind in ("dataclass", "typed dict"):
            yield from _of_class(value, known, fields_of, path)


def _of_choice(
    value: object, asked: Annotation, fields_of: FieldsOf, path: tuple[str | int, ...]
) -> Iterator[Misfit]:
    options = list(asked.args)
    if asked.origin == "typing.Optional":
        options.append(Annotation(origin="None", text="None"))
    told = [list(misfits(value, each, fields_of, path)) for each in options]
    if not told or any(not each for each in told):
        return
    others = [i for i, each in enumerate(options) if each.origin not in _NOTHING]
    if len(others) == 1 and value is not None:
        yield from told[others[0]]  # what may be left out is told like what may not
    else:
        yield Misfit(path=path, found=_not(value, asked))


def _of_literal(value: object, asked: Annotation, path: tuple[str | int, ...]) -> Iterator[Misfit]:
    known = [each.text for each in asked.args if each.text]
    if known and repr(value) not in known and not _same_text(value, known):
        plain = [each.strip("'\"") for each in known]
        hint = suggestion(value, plain, kind="choice") if isinstance(value, str) else None
        yield Misfit(path=path, found=_not(value, asked), hint=hint)


def _same_text(value: object, known: list[str]) -> bool:
    return isinstance(value, str) and value in [each.strip("'\"") for each in known]


def _of_builtin(
    value: object, asked: Annotation, fields_of: FieldsOf, path: tuple[str | int, ...]
) -> Iterator[Misfit]:
    fits = isinstance(value, _BUILTIN[asked.origin])
    if isinstance(value, bool) and asked.origin in ("int", "float"):
        fits = False  # to Python a bool is an int, to people it is not
    if not fits:
        yield Misfit(path=path, found=_not(value, asked))
    elif isinstance(value, dict) and len(asked.args) == 2:
        for key, each in value.items():
            yield from misfits(each, asked.args[1], fields_of, (*path, key))
    elif isinstance(value, list) and asked.args:
        yield from _of_list(value, asked, fields_of, path)


def _of_list(
    value: list[Any], asked: Annotation, fields_of: FieldsOf, path: tuple[str | int, ...]
) -> Iterator[Misfit]:
    kinds = list(asked.args)
    if asked.origin != "tuple" or (len(kinds) == 2 and kinds[1].text == "..."):
        kinds = kinds[:1] * len(value)
    elif len(kinds) != len(value):
        yield Misfit(path=path, found=f"has {len(value)} values, not {len(kinds)}")
        return
    for i, (each, kind) in enumerate(zip(value, kinds, strict=True)):
        yield from misfits(each, kind, fields_of, (*path, i))


def _of_class(
    value: object, known: ClassFields, fields_of: FieldsOf, path: tuple[str | int, ...]
) -> Iterator[Misfit]:
    name = known.ref.rpartition(":")[2]
    if not isinstance(value, dict):
        yield Misfit(path=path, found=f"is {_shown(value)}, not the fields of a `{name}`")
        return
    fields = {each.name: each for each in known.fields}
    for key in value:
        if key not in fields and known.complete:
            yield Misfit(
                path=(*path, key),
                found=f"is no field of `{name}`",
                hint=suggestion(str(key), fields, kind="field"),
                at_key=True,
            )
    for field in known.fields:
        if field.name in value:
            if field.annotation is not None:
                inner = value[field.name]
                yield from misfits(inner, field.annotation, fields_of, (*path, field.name))
        elif not field.has_default:
            yield Misfit(path=path, found=f"lacks the field `{field.name}` of `{name}`")


def _not(value: object, asked: Annotation) -> str:
    return f"is {_shown(value)}, not `{asked.text or asked.origin}`"


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value!r:.60}`"
