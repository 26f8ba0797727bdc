"""The user's code: what functions take and are, read from source, imported only where needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tilth.engine.importing import Source, imported
from tilth.errors import DefinitionError, TilthError
from tilth.fingerprint.canonical import of_value
from tilth.fingerprint.function import FunctionCode, Sources
from tilth.fingerprint.inspection import signature_of_object
from tilth.fingerprint.signature import Annotation, Signature
from tilth.fingerprint.signature import Parameter as Taken
from tilth.graph.function import Function, Parameter
from tilth.graph.node import Node
from tilth.installed import Memo
from tilth.project.later import Later
from tilth.record import field, record

_KINDS = {
    "positional only": "positional",
    "any": "any",
    "keyword only": "keyword",
    "rest": "rest",
    "rest by keyword": "rest_named",
}


@record(kw_only=False, frozen=False)
class Code:
    """What is known of the functions of a project.

    Attributes:
        sources: Reads them.
        memo: Remembers what had to be imported to be known.
        imports: Makes a module importable and imports it.
        fallbacks: Function -> why reading it was not enough.
    """

    sources: Sources
    memo: Memo
    roots: tuple[str, ...]
    fallbacks: dict[str, str] = field(default_factory=dict)
    _signatures: dict[str, Signature] = field(default_factory=dict)
    _objects: dict[str, FunctionCode] = field(default_factory=dict)

    def function(self, ref: str) -> Function:
        """The function that a dotted name in tilth.yml means.

        Raises:
            UnknownNameError: There is no such module or function.
        """
        module, chain = self.sources.split(ref)
        return Function(f"{module}:{'.'.join(chain)}")

    def parameters(self, function: Function) -> tuple[Parameter, ...]:
        """What it takes."""
        return tuple(
            Parameter(each.name, _is_required(each), _KINDS[each.kind])
            for each in self.signature(function).parameters
        )

    def signature(self, function: Function) -> Signature:
        """What it takes and returns; imported where its source does not tell."""
        key = function.maker or function.name
        found = self._signatures.get(key)
        if found is None:
            found = self._signatures[key] = self._signature(function)
        return found

    def _signature(self, function: Function) -> Signature:
        if not function.importable:
            return signature_of_object(self.held(function))
        found = self.sources.signature(function.name)
        if found.complete:
            return found
        self.fallbacks[function.name] = found.why_incomplete or "its source does not tell"
        held = self.held(function)
        if not callable(held):
            raise DefinitionError(
                f"`{function.name.replace(':', '.')}` is no function, "
                f"but a value of type `{type(held).__qualname__}`"
            )
        return signature_of_object(held)

    def held(self, function: Function) -> Callable[..., Any]:
        """The function itself; imports its module."""
        if isinstance(function.callable, Later):
            return function.callable.function
        if function.callable is not None:
            return function.callable
        return self.imported(function.name)  # type: ignore[no-any-return]  # anything may be there

    def imported(self, ref: str) -> Any:
        """What a name `module:qualified.name` or `module.name` means, by importing the module.

        Raises:
            DefinitionError: The module cannot be imported, or has no such name.
        """
        module, chain = self.sources.split(ref)
        name = f"{module}:{'.'.join(chain)}"
        try:
            return imported(name, self.roots, self.read_as(self.sources.function(name)))
        except TilthError:
            raise
        except (Exception, SystemExit) as error:  # a user's module may raise anything
            raise DefinitionError(
                f"module `{module}` cannot be imported: {type(error).__name__}: {error}"
                f"{place_of(error, self.roots)}"
            ) from error

    def read_as(self, code: FunctionCode) -> tuple[Source, ...]:
        """What the modules of a function's code were read as."""
        return tuple([Source(*each) for each in self.sources.read_as(code).items()])

    def code(self, node: Node) -> FunctionCode:
        """What a node's function is."""
        declared = node.options.depends_on
        function = node.function
        if function.importable:
            return self.sources.function(
                function.name, depends_on=declared if declared is not None else ()
            )
        known = self._objects.get(function.maker)
        if known is None:
            known = self._objects[function.maker] = self.sources.of_object(
                self.held(function), depends_on=declared if declared is not None else ()
            )
        return known

    def know(self, maker: str, code: FunctionCode, signature: Signature) -> None:
        """Take over what was known of a function that has no name to find it by."""
        self._objects[maker] = code
        self._signatures[maker] = signature


def place_of(error: BaseException, roots: tuple[str, ...]) -> str:
    """Where in the user's files an import failed."""
    place = ""
    traceback = error.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if file.startswith(roots):
            place = f" ({Path(file).name}:{traceback.tb_lineno})"
        traceback = traceback.tb_next
    return place


def _is_required(parameter: Any) -> bool:
    return not parameter.has_default and not parameter.kind.startswith("rest")


def shape_text(annotation: Annotation | None) -> str:
    """The dotted name of a type with its arguments; what may be None is what else it may be."""
    if annotation is None:
        return ""
    if annotation.origin == "typing.Annotated" and annotation.args:
        return shape_text(annotation.args[0])
    if annotation.origin in ("typing.Union", "typing.Optional"):
        options = [each for each in annotation.args if each.origin not in ("None", "NoneType")]
        return shape_text(options[0]) if len(options) == 1 else ""
    if annotation.args:
        return f"{annotation.origin}[{', '.join(shape_text(each) for each in annotation.args)}]"
    return annotation.origin


def code_as_json(code: FunctionCode) -> list[Any]:
    """A function's code for the memory."""
    return [code.ref, code.fingerprint, dict(code.parts), dict(code.distributions),
            code.file, code.line, code.doc]  # fmt: skip


def code_from_json(row: list[Any]) -> FunctionCode:
    """And back."""
    ref, fingerprint, parts, distributions, file, line, doc = row
    return FunctionCode(
        ref=ref,
        fingerprint=fingerprint,
        parts=parts,
        distributions=distributions,
        file=file,
        line=line,
        doc=doc,
    )


def signature_as_json(signature: Signature) -> list[Any]:
    """What a function takes and returns, for the memory."""
    parameters = [
        [each.name, each.kind, each.has_default, _annotation_as_json(each.annotation)]
        for each in signature.parameters
    ]
    return [signature.ref, parameters, _annotation_as_json(signature.returns)]


def signature_from_json(row: list[Any]) -> Signature:
    """And back."""
    ref, rows, returns = row
    parameters = [
        Taken(
            name=name,
            kind=kind,
            has_default=has_default,
            annotation=_annotation_from_json(annotation),
        )
        for name, kind, has_default, annotation in rows
    ]
    return Signature(ref=ref, parameters=tuple(parameters), returns=_annotation_from_json(returns))


def _annotation_as_json(annotation: Annotation | None) -> list[Any] | None:
    if annotation is None:
        return None
    return [annotation.origin, list(map(_annotation_as_json, annotation.args)), annotation.text]


def _annotation_from_json(row: list[Any] | None) -> Annotation | None:
    if row is None:
        return None
    origin, rows, text = row
    args = tuple(each for each in map(_annotation_from_json, rows) if each is not None)
    return Annotation(origin=origin, args=args, text=text)


def as_text(value: object) -> str:
    """A value as canonical JSON, or as its fingerprint where JSON has no words for it."""
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    except (TypeError, ValueError):
        return of_value("value", value)
