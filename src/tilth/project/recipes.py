"""Recipes: all that decides a node's result besides its inputs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tilth.config.config import Config
from tilth.data.catalog import Catalog
from tilth.engine.importing import Source
from tilth.engine.step import Step, new_step
from tilth.errors import FingerprintError, TilthError, UnknownNameError
from tilth.fingerprint.canonical import combine
from tilth.fingerprint.function import FunctionCode
from tilth.graph.node import NOTHING, Node
from tilth.history.record import Recipe
from tilth.project.code import Code, as_text, shape_text
from tilth.project.definition import parameter

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
if TYPE_CHECKING:
    from tilth.contract.contract import Contract

_NO_CONTRACTS: Mapping[str, Contract] = MappingProxyType({})
_VERSION = "recipe-1"


class Recipes:
    """Makes the steps of nodes. Nodes that differ in the names of datasets only share a recipe."""

    def __init__(
        self,
        code: Code,
        config: Config,
        catalog: Catalog,
        partitioned: frozenset[str],
        contracts: Mapping[str, Contract] = _NO_CONTRACTS,
    ) -> None:
        self._code = code
        self._config = config
        self._catalog = catalog
        self._catalogued = frozenset(catalog)
        self._partitioned = partitioned
        self._recipes: dict[object, Recipe] = {}
        self._shapes: dict[tuple[str, int], Mapping[str | int, str]] = {}
        self._texts: dict[str, Mapping[str, tuple[str, str, int]]] = {}
        self._sources: dict[object, tuple[Source, ...]] = {}
        self._identities: dict[str, str] = {}
        self._extensions = {
            name: each.extensions for name, each in contracts.items() if each.extensions
        }

    def step(self, node: Node) -> Step:
        """The step of a node.

        Raises:
            FingerprintError: The identity of its function cannot be known.
        """
        return new_step(node, self._recipe(node), self.shapes(node), self)

    def shapes(self, node: Node) -> Mapping[str | int, str]:
        """Argument -> the dotted name of the type that the function asks for."""
        n_inputs = len(node.inputs)
        key = (node.function.maker or node.function.name, n_inputs)
        found = self._shapes.get(key)
        if found is None:
            try:
                parameters = self._code.signature(node.function).parameters
            except UnknownNameError:
                parameters = ()
            shapes: dict[str | int, str] = {}
            for i, each in enumerate(parameters):
                shapes[each.name] = shape = shape_text(each.annotation)
                if each.kind == "rest":  # it takes all that follow
                    shapes.update(dict.fromkeys(range(i, n_inputs), shape))
                else:
                    shapes.setdefault(i, shape)
            found = self._shapes[key] = shapes
        return found

    def _recipe(self, node: Node) -> Recipe:
        arrangement = tuple([(each.argument, each.each) for each in node.inputs])
        keys = tuple([each.key for each in node.outputs])
        parameters = self._parameters(node)
        formats = self._formats(node) if self._catalogued or self._partitioned else {}
        same = (
            node.function.name,
            "" if node.function.importable else node.name,
            node.options.depends_on,
            arrangement,
            keys,
            *parameters.items(),
            *formats.items(),
        )
        found = self._recipes.get(same)
        if found is None:
            found = self._recipes[same] = self._made(
                node, self.known_code(node), parameters, formats, repr((arrangement, keys))
            )
        return found

    def _made(
        self,
        node: Node,
        code: FunctionCode,
        parameters: Mapping[str, str],
        formats: Mapping[str, str],
        arrangement: str,
    ) -> Recipe:
        libraries = dict(sorted(code.distributions.items()))
        parts = [code.fingerprint, arrangement, PYTHON]
        for table in (parameters, formats, libraries):
            parts.append(str(len(table)))
            for name, value in table.items():
                parts += (name, value)
        return Recipe(
            fingerprint=combine("recipe", _VERSION, *parts),
            function=node.function.name,
            code=code.fingerprint,
            parts=code.parts,
            parameters=parameters,
            formats=formats,
            libraries=libraries,
            python=PYTHON,
        )

    def known_code(self, node: Node) -> FunctionCode:
        """The code of its function.

        Raises:
            FingerprintError: What it does cannot be known.
        """
        code = self._code.code(node)
        if code.refused and node.options.cache:
            first = code.refused[0]
            raise FingerprintError(
                f"what node `{node.name}` does cannot be known: {first.why}", hint=first.hint
            )
        return code

    def _parameters(self, node: Node) -> dict[str, str]:
        """Argument -> value as text, secrets as they were written."""
        found: dict[str, str] = {}
        for each in node.inputs:
            if each.name and not each.name.startswith("params"):
                continue  # most are datasets; the property's call would count
            if each.is_parameter:
                path = each.name.removeprefix("params").removeprefix(":")
                parameter(self._config.params, path)
                shown = self._config.places.shown("params", *(path.split(".") if path else ()))
                found[str(each.argument)] = as_text(shown)
            elif each.value is not NOTHING:
                text = as_text(each.value)  # a stage may have handed a secret on
                found[str(each.argument)] = self._config.secrets.masked(text)
        return found

    def _formats(self, node: Node) -> dict[str, str]:
        """`argument` or `-> position` -> how the dataset is read or written."""
        found = {}
        for each in node.inputs:
            if each.name in self._catalog:
                found[str(each.argument)] = self._identity(each.name)
        for i, output in enumerate(node.outputs):
            if output.name in self._catalogued:
                found[f"-> {i}"] = self._identity(output.name)
            if output.name in self._partitioned and not node.fans_out:
                found[f"-> {i}"] = f"partitions: {found.get(f'-> {i}', '')}"
        return found

    def _identity(self, dataset: str) -> str:
        found = self._identities.get(dataset)
        if found is None:
            found = self._config.secrets.masked(self._catalog[dataset].identity())
            code = self._format_code(dataset)
            if code is not None:
                found += combine("format", code.fingerprint, *map(str, code.distributions.items()))
            self._identities[dataset] = found
        return found

    def _format_code(self, dataset: str) -> FunctionCode | None:
        """What a format of the user's own is; Tilth's are known by their names."""
        name = self._catalog[dataset].format
        return self._code.sources.closure_of_type(name) if "." in name else None

    def sources(self, node: Node, recipe: Recipe) -> tuple[Source, ...]:
        """What the modules of a node's code were read as."""
        key: object = recipe.fingerprint
        if self._extensions:
            named = [self._extensions[name] for name in node.makes if name in self._extensions]
            key = (key, *named)
        found = self._sources.get(key)
        if found is None:
            datasets = (name for name in (*node.reads, *node.makes) if name in self._catalogued)
            formats = filter(None, map(self._format_code, datasets))
            codes = (self.known_code(node), *formats, *self._promised_by(node))
            sources = {each: None for code in codes for each in self._code.read_as(code)}
            found = self._sources[key] = tuple(sources)
        return found

    def _promised_by(self, node: Node) -> list[FunctionCode]:
        """Code of the user's that what the node makes is held against."""
        named = (self._extensions.get(name, ()) for name in node.makes)
        return [self._code.sources.closure_of_type(each) for names in named for each in names]

    def texts(self, recipe: Recipe) -> Mapping[str, tuple[str, str, int]]:
        """The source of a recipe's parts: digest -> text, file, first line."""
        found = self._texts.get(recipe.code)
        if found is None:
            found = self._texts[recipe.code] = {
                digest: text
                for part, digest in recipe.parts.items()
                if (text := self._text(part)) is not None
            }
        return found

    def _text(self, part: str) -> tuple[str, str, int] | None:
        try:
            told: Any = self._code.sources.text(part)
        except TilthError:
            return None  # a part that is no text of the project, such as a file
        return told.text, told.file, told.line
