"""What a function takes and returns, told from its source.

Reading has limits, and says so: a decorator that may change the signature, or a function that an
expression made, leaves `complete` false. Then `inspection` asks the object for the same record.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, Literal

from tilth.errors import UnknownNameError
from tilth.fingerprint.modules import Modules
from tilth.record import record

ParameterKind = Literal["positional only", "any", "rest", "keyword only", "rest by keyword"]
ClassKind = Literal["dataclass", "model", "named tuple", "typed dict", "class"]

# Decorators that leave a function's signature as it is, by the beginning of their full name.
_HARMLESS = (
    "abc.abstractmethod", "classmethod", "staticmethod", "functools.cache", "functools.lru_cache",
    "numba.jit", "numba.njit", "tilth.", "torch.inference_mode", "torch.no_grad", "typing.",
    "typing_extensions.", "warnings.deprecated",
)  # fmt: skip
_DATACLASS = ("dataclasses.dataclass", "pydantic.dataclasses.dataclass", "attr.", "attrs.")
_KINDS: dict[str, ClassKind] = {
    "pydantic.BaseModel": "model",
    "pydantic_settings.BaseSettings": "model",
    "typing.NamedTuple": "named tuple",
    "typing.TypedDict": "typed dict",
    "typing_extensions.TypedDict": "typed dict",
    "msgspec.Struct": "dataclass",
}
_BUILTIN_OF_TYPING = {
    f"typing.{name}": name.lower() for name in ("Dict", "FrozenSet", "List", "Set", "Tuple", "Type")
}


@record
class Annotation:
    """A type, as far as an annotation says.

    Attributes:
        origin: Full name without arguments: `polars.DataFrame`, `dict`, `shop.Order`, `None`;
            `typing.Union` for each way to write a choice; `[]` for a list of types, `=` for a
            literal; empty if it is more than that.
        args: What stands in the brackets.
        text: As it is written.
    """

    origin: str
    args: tuple[Annotation, ...] = ()
    text: str = ""


@record
class Parameter:
    """One parameter of a function.

    Attributes:
        default: Its default, where that is a literal; else None.
        default_known: Whether `default` is told.
    """

    name: str
    kind: ParameterKind = "any"
    has_default: bool = False
    default: object = None
    default_known: bool = False
    annotation: Annotation | None = None


@record
class Signature:
    """What a function takes and returns.

    Attributes:
        return_fields: The fields of what it returns, if that is a dataclass of the project,
            a named tuple or a typed dictionary.
        doc: The whole docstring.
        complete: Whether what is told is all; otherwise ask the object itself.
    """

    ref: str
    parameters: tuple[Parameter, ...] = ()
    returns: Annotation | None = None
    return_fields: tuple[str, ...] | None = None
    is_generator: bool = False
    is_async: bool = False
    doc: str | None = None
    file: str | None = None
    line: int | None = None
    complete: bool = True
    why_incomplete: str | None = None

    @property
    def summary(self) -> str | None:
        """The docstring's first line."""
        return self.doc.strip().partition("\n")[0].strip() if self.doc else None

    @property
    def arity(self) -> int | None:
        """How many values a returned `tuple[A, B]` holds; None where that is not said."""
        if self.returns is None or self.returns.origin != "tuple":
            return None
        if any(each.text == "..." for each in self.returns.args):
            return None
        return len(self.returns.args) or None


@record
class Field:
    """One field of a class."""

    name: str
    annotation: Annotation | None
    has_default: bool


@record
class ClassFields:
    """The fields of a class, inherited ones first.

    Attributes:
        complete: Whether all bases could be read.
    """

    ref: str
    kind: ClassKind
    fields: tuple[Field, ...]
    complete: bool = True
    doc: str | None = None
    file: str | None = None
    line: int | None = None


def signature_from_source(modules: Modules, module: str, chain: Sequence[str]) -> Signature:
    """A function's signature, without importing it.

    Raises:
        UnknownNameError: There is no such name.
    """
    ref = f"{module}:{'.'.join(chain)}"
    if modules.place(module).kind in ("standard", "installed", "native"):
        return Signature(ref=ref, complete=False, why_incomplete="it is not the project's own code")
    home, raw, why = _definition(modules, module, list(chain))
    shown = _shown(modules, home)
    if raw is None:
        return Signature(ref=ref, file=shown, complete=False, why_incomplete=why)
    if raw["kind"] == "class":
        return _of_class(modules, home, raw, ref)
    why = why or _why_incomplete(modules, home, raw)
    parameters = _parameters(modules, home, raw)
    if len(chain) > 1 and "classmethod" in raw["decorators"]:
        parameters = parameters[1:]
    returns = _resolved(modules, home, raw["returns"])
    return Signature(
        ref=ref,
        parameters=parameters,
        returns=returns,
        return_fields=_return_fields(modules, returns),
        is_generator=raw["generator"],
        is_async=raw["async"],
        doc=raw["doc"],
        file=shown,
        line=raw["line"],
        complete=why is None,
        why_incomplete=why,
    )


def fields_from_source(modules: Modules, module: str, chain: Sequence[str]) -> ClassFields:
    """A class's fields, without importing it.

    Raises:
        UnknownNameError: There is no such class.
    """
    home, raw, _ = _definition(modules, module, list(chain))
    if raw is None or raw["kind"] != "class":
        raise UnknownNameError("class", ".".join(chain), (), where=_shown(modules, home))
    return _fields(modules, home, raw, f"{module}:{'.'.join(chain)}")


def _shown(modules: Modules, module: str) -> str | None:
    file = modules.place(module).file
    return modules.shown(file) if file else None


def _definition(
    modules: Modules, module: str, chain: list[str]
) -> tuple[str, dict[str, Any] | None, str | None]:
    """The module that defines it, what it looks like, and why that may not be all."""
    name = ".".join(chain)
    items = [each for each in modules.inside(module, chain) if each.kind == "part"]
    if not items:
        if any(each.kind == "outside" for each in modules.inside(module, chain)):
            return module, None, f"`{name}` is not the project's own code"
        known = sorted(modules.facts(module).names)
        raise UnknownNameError("function", name, known, where=_shown(modules, module))
    item = items[-1]
    part = modules.facts(item.module).part(item.name)
    raw = part.interface
    if raw is not None and raw["kind"] == "value" and part.alias and part.alias[0] == "name":
        target = modules.leads(item.module, [part.alias[1]])
        parts = [each for each in target if each.kind == "part"]
        if parts and parts[-1] != item:
            return _definition(modules, parts[-1].module, [parts[-1].name])
    if raw is None:
        return item.module, None, f"`{name}` is bound in a way that reading does not tell"
    if raw["kind"] == "value":
        return item.module, None, f"`{name}` is made by `{raw['text']}`"
    if raw["kind"] == "class" and len(chain) > 1 and chain[-1] != item.name:
        return _method(modules, item.module, raw, chain)
    why = f"`{name}` is bound {raw['bindings']} times" if raw.get("bindings", 1) > 1 else None
    return item.module, raw, why


def _method(
    modules: Modules, module: str, raw: dict[str, Any], chain: list[str]
) -> tuple[str, dict[str, Any] | None, str | None]:
    method = raw["methods"].get(chain[-1])
    if method is not None:
        return module, method, None
    if not raw["bases"]:
        raise UnknownNameError(
            "method", chain[-1], raw["methods"], where=f"class `{module}.{chain[-2]}`"
        )
    return module, None, f"`{'.'.join(chain)}` is inherited"


def _why_incomplete(modules: Modules, module: str, raw: dict[str, Any]) -> str | None:
    for mention in raw["decorators"]:
        if not _keeps_signature(modules, module, mention):
            return f"its decorator `{mention.lstrip('>? ').replace('|', '.')}` may change it"
    return None


def _keeps_signature(modules: Modules, module: str, mention: str) -> bool:
    if mention.startswith("?"):
        return False
    full = _full_name(modules, module, mention)
    if full.startswith(_HARMLESS):
        return True
    for item in modules.leads(module, [mention]):
        if item.kind == "part":
            raw = modules.facts(item.module).part(item.name).interface
            if raw is not None and raw.get("wraps"):
                return True
    return False


def _full_name(modules: Modules, module: str, mention: str) -> str:
    items = modules.leads(module, [mention])
    for item in items:
        if item.kind == "outside" or (item.kind == "missing" and not item.name):
            return item.module
    for item in items:
        if item.kind == "part":
            return f"{item.module}.{item.name}"
    return mention.lstrip(">").replace("|", ".")


def _resolved(modules: Modules, module: str, raw: Any, depth: int = 0) -> Annotation | None:
    """An annotation with the full names of what it names."""
    return None if raw is None else _sure(modules, module, raw, depth)


def _sure(modules: Modules, module: str, raw: Any, depth: int) -> Annotation:
    form, *content = raw
    if form == "name":
        return _resolved_name(modules, module, content[0], depth)
    if form == "or":
        return choice(tuple(_sure(modules, module, each, depth) for each in content[0]))
    if form == "of":
        return _resolved_of(modules, module, content, depth)
    if form == "list":
        args = tuple(_sure(modules, module, each, depth) for each in content[0])
        return Annotation(origin="[]", args=args, text=f"[{', '.join(a.text for a in args)}]")
    if form == "literal":
        return Annotation(origin="None" if content[0] == "None" else "=", text=content[0])
    return Annotation(origin="", text=content[0])


def _resolved_name(modules: Modules, module: str, mention: str, depth: int) -> Annotation:
    items = modules.leads(module, [mention])
    parts = [item for item in items if item.kind == "part"]
    if parts and depth < 20 and not any(item.kind in ("outside", "missing") for item in items):
        item = parts[-1]
        alias = modules.facts(item.module).part(item.name).alias
        if alias is not None:
            return _sure(modules, item.module, alias, depth + 1)
    full = _full_name(modules, module, mention)
    return Annotation(origin=_BUILTIN_OF_TYPING.get(full, full), text=mention.rpartition("|")[2])


def _resolved_of(modules: Modules, module: str, content: list[Any], depth: int) -> Annotation:
    base = _sure(modules, module, content[0], depth)
    args = tuple(_sure(modules, module, each, depth) for each in content[1])
    if base.origin.endswith(".Annotated"):
        return args[0]
    if base.origin.endswith("typing.Optional"):
        return choice((*args, Annotation(origin="None", text="None")))
    if base.origin.endswith("typing.Union"):
        return choice(args)
    text = f"{base.text}[{', '.join(each.text for each in args)}]"
    return Annotation(origin=base.origin, args=args, text=text)


def choice(args: tuple[Annotation, ...]) -> Annotation:
    """One of several types, however it was written."""
    return Annotation(origin="typing.Union", args=args, text=" | ".join(each.text for each in args))


def _parameters(modules: Modules, module: str, raw: dict[str, Any]) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(
            name=name,
            kind=kind,
            has_default=default is not None,
            default=ast.literal_eval(default) if literal else None,
            default_known=literal,
            annotation=_resolved(modules, module, annotation),
        )
        for name, kind, default, literal, annotation, _ in raw["parameters"]
    )


def _return_fields(modules: Modules, returns: Annotation | None) -> tuple[str, ...] | None:
    """The names of what comes back together, where its class is the project's own."""
    if returns is None:
        return None
    module, _, name = returns.origin.rpartition(".")
    if not module or modules.place(module).kind != "project":
        return None
    facts = modules.facts(module)
    raw = facts.part(name).interface if name in facts.names else None
    if raw is None or raw["kind"] != "class":
        return None
    told = _fields(modules, module, raw, returns.origin)
    return None if told.kind == "class" else tuple(each.name for each in told.fields)


def _fields(modules: Modules, module: str, raw: dict[str, Any], ref: str) -> ClassFields:
    kind, complete = _class_kind(modules, module, raw), True
    fields: dict[str, Field] = {}
    for base in raw["bases"]:
        inherited = _base(modules, module, base)
        if inherited is not None:
            kind = inherited.kind if kind == "class" else kind
            complete = complete and inherited.complete
            fields |= {each.name: each for each in inherited.fields}
        elif _sure(modules, module, base, 0).origin not in (*_KINDS, "abc.ABC", "object"):
            complete = False
    for name, annotation, _, has_default in raw["fields"]:
        fields[name] = Field(
            name=name, annotation=_resolved(modules, module, annotation), has_default=has_default
        )
    return ClassFields(
        ref=ref,
        kind=kind,
        fields=tuple(fields.values()),
        complete=complete,
        doc=raw["doc"],
        file=_shown(modules, module),
        line=raw["line"],
    )


def _base(modules: Modules, module: str, raw: Any) -> ClassFields | None:
    """The fields of a base that is the project's own."""
    if raw[0] != "name":
        return None
    for item in modules.leads(module, [raw[1]]):
        if item.kind == "part":
            inner = modules.facts(item.module).part(item.name).interface
            if inner is not None and inner["kind"] == "class" and inner is not raw:
                return _fields(modules, item.module, inner, f"{item.module}:{item.name}")
    return None


def _class_kind(modules: Modules, module: str, raw: dict[str, Any]) -> ClassKind:
    names = [_full_name(modules, module, each) for each in raw["decorators"]]
    if any(each.startswith(_DATACLASS) for each in names):
        return "dataclass"
    for base in raw["bases"]:
        found = _KINDS.get(_sure(modules, module, base, 0).origin)
        if found is not None:
            return found
    return "class"


def _of_class(modules: Modules, module: str, raw: dict[str, Any], ref: str) -> Signature:
    """What making an instance takes."""
    told = _fields(modules, module, raw, ref)
    init = raw["methods"].get("__init__")
    if init is not None:
        parameters, known = _parameters(modules, module, init)[1:], True
    else:
        parameters = tuple(
            Parameter(name=each.name, has_default=each.has_default, annotation=each.annotation)
            for each in told.fields
        )
        known = told.kind != "class" and told.complete
    return Signature(
        ref=ref,
        parameters=parameters,
        doc=told.doc,
        file=told.file,
        line=told.line,
        complete=known,
        why_incomplete=None if known else "it is a class whose making is not told by its fields",
    )
