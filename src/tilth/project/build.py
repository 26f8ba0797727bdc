"""Building: from what tilth.yml says to pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import Any, cast

from tilth import plugins
from tilth.config.config import Config
from tilth.config.place import Place
from tilth.config.settings import InputSettings, NodeSettings, PipelineSettings
from tilth.errors import ConfigError, DefinitionError, TilthError, UnknownNameError
from tilth.graph.function import Function, Parameter
from tilth.graph.input import Each
from tilth.graph.node import Node, build
from tilth.graph.options import Options
from tilth.graph.pipeline import Pipeline, pipeline, uniquely_named
from tilth.graph.stage import staged
from tilth.project.code import Code
from tilth.project.made import made_pipeline
from tilth.project.place import Locator, mark, name_of
from tilth.project.telling import Telling
from tilth.record import changed

STAGES = "tilth.stages"


class Builder:
    """Makes all pipelines that can be made, and tells why the others cannot.

    Attributes:
        pipelines: Name -> pipeline, of those that could be made.
        loose: Nodes of pipelines in which others, or their order, are wrong.
        promised: Datasets that nodes would make that could not be made themselves.
        is_partial: Whether there are pipelines of which nothing is known.
    """

    def __init__(self, config: Config, code: Code, telling: Telling) -> None:
        self._config = config
        self._code = code
        self._telling = telling
        self._functions: dict[str, tuple[Function, tuple[Parameter, ...]]] = {}
        self._under_way: list[str] = []
        self._broken: set[str] = set()
        self.pipelines: dict[str, Pipeline] = {}
        self.loose: list[Node] = []
        self.promised: set[str] = set()
        self.is_partial = False

    def build(self) -> None:
        """Make them."""
        for name in self._config.settings.pipelines:
            self._pipeline(name)
        self._name_alike()

    def _pipeline(self, name: str) -> Pipeline | None:
        """A pipeline, made once; None where that is not possible."""
        if name in self.pipelines or name in self._broken:
            return self.pipelines.get(name)
        settings = self._config.settings.pipelines[name]
        if name in self._under_way:
            # Overlays and references may close a ring that no single file shows.
            ring = " -> ".join([*self._under_way[self._under_way.index(name) :], name])
            self._telling.say(f"pipelines hold one another: {ring}", settings.place)
            self._broken.add(name)
            return None
        self._under_way.append(name)
        inner = self._inner(name, settings)
        self._under_way.pop()
        if inner is None:
            self._broken.add(name)
            return None
        with self._telling.catching(settings.place):
            self.pipelines[name] = _mounted(settings, inner)
        return self.pipelines.get(name)

    def _inner(self, name: str, settings: PipelineSettings) -> Pipeline | None:
        if settings.nodes is not None:
            return self._of_nodes(name, settings.nodes)
        if settings.pipeline is not None:
            return self._pipeline(settings.pipeline)
        try:
            return self._by_python(name, settings)
        except ConfigError:
            raise
        except TilthError as error:
            told = [each for each in settings.settings if f"no setting `{each}`" in str(error)]
            wrong = (
                (self._config.places.key("tilth", "pipelines", name, "with", *told[:1]))
                if told
                else None
            )
            self._telling.error(error, wrong or self._locator.of_key(name))
        self.is_partial = True
        return None

    @property
    def _locator(self) -> Locator:
        return Locator(self._config, self.pipelines)

    # Nodes of tilth.yml

    def _of_nodes(self, name: str, settings: tuple[NodeSettings, ...]) -> Pipeline | None:
        nodes = []
        for i, each in enumerate(settings):
            try:
                nodes.append(self._node(each))
            except TilthError as error:
                self._telling.error(
                    error, self._blamed(("tilth", "pipelines", name, "nodes", i), each, error)
                )
                self.promised.update(_outputs(each))
        if len(nodes) == len(settings):
            try:
                return Pipeline(nodes)
            except TilthError as error:
                place = self._locator.of_error(error, nodes)
                self._telling.error(error, place or self._config.settings.pipelines[name].place)
        self.loose += nodes
        return None

    def _blamed(
        self, node: tuple[str | int, ...], settings: NodeSettings, error: TilthError
    ) -> Place:
        """The argument that an error names, where the node names it; else what is called."""
        places = self._config.places
        if isinstance(settings.inputs, Mapping):
            for argument in settings.inputs:
                if f"`{argument}`, which it does not take" in str(error):
                    return places.key(*node, "inputs", argument) or settings.place
        return places.value(*node, "call") or settings.place

    def _node(self, settings: NodeSettings) -> Node:
        function, parameters = self._function(settings.call)
        made = build(
            function,
            parameters,
            inputs=_specs(settings.inputs),
            outputs=settings.outputs,
            name=settings.name,
            tags=settings.tags,
            options=_options(settings),
            place=mark(settings),
        )
        signature = self._code.signature(function)
        arity, n = signature.arity, len(made.outputs)
        if arity is not None and isinstance(settings.outputs, tuple) and n not in (1, arity):
            raise DefinitionError(
                f"node `{made.name}` has {n} outputs, but `{settings.call}` returns {arity} values",
                hint=f"it returns `{signature.returns.text}`" if signature.returns else None,
            )
        return made

    def _function(self, call: str) -> tuple[Function, tuple[Parameter, ...]]:
        """What a node calls, and what that takes; found once."""
        found = self._functions.get(call)
        if found is None:
            function = self._code.function(call)
            try:
                found = function, self._code.parameters(function)
            except UnknownNameError:
                self._code.sources.function(call)  # says what is there instead
                raise
            self._functions[call] = found
        return found

    # Pipelines of Python code

    def _by_python(self, name: str, settings: PipelineSettings) -> Pipeline:
        if settings.stage is not None and "." not in settings.stage:
            return _ready_made(settings.stage, settings.settings)
        ref = settings.stage or settings.python or ""
        shown = self._config.places.shown("tilth", "pipelines", name, "with")
        return made_pipeline(self._code, ref, settings.settings, shown)

    # Across pipelines

    def _name_alike(self) -> None:
        """A node has one name, whether its pipeline runs alone or with the others."""
        if len(self.pipelines) < 2:
            return
        nodes = list(dict.fromkeys(node for each in self.pipelines.values() for node in each))
        names = dict(zip(nodes, uniquely_named(nodes), strict=True))
        for name, each in self.pipelines.items():
            renamed = [names[node] for node in each]
            if any(new.name != old.name for new, old in zip(renamed, each, strict=True)):
                self.pipelines[name] = Pipeline.sorted(
                    old if new.name == old.name else old.renamed(new.name)
                    for new, old in zip(renamed, each, strict=True)
                )


def _ready_made(stage: str, settings: Mapping[str, Any]) -> Pipeline:
    known = plugins.names(STAGES)
    if stage not in known:
        error = UnknownNameError("stage", stage, known)
        error.hint = error.hint if known else "a stage of your own is named as `package.function`"
        raise error
    return staged(cast(Any, plugins.find(STAGES, stage, of=FunctionType)), settings)


def _mounted(settings: PipelineSettings, inner: Pipeline) -> Pipeline:
    given = (settings.namespace, settings.inputs, settings.outputs, settings.params, settings.tags)
    made = inner
    if any(given):  # sorting anew takes its time
        made = pipeline(
            inner,
            namespace=settings.namespace,
            inputs=settings.inputs,
            outputs=settings.outputs,
            parameters=settings.params,
            tags=settings.tags,
        )
    if settings.owner or settings.layer:
        return Pipeline.sorted(_owned(each, settings) for each in made)
    return made


def _owned(node: Node, settings: PipelineSettings) -> Node:
    options = changed(
        node.options,
        owner=node.options.owner or settings.owner or "",
        layer=node.options.layer or settings.layer or "",
    )
    return changed(node, options=options)


def _outputs(settings: NodeSettings) -> list[str]:
    """What a node would make."""
    given = settings.outputs
    if given is None:
        return [settings.call.rpartition(".")[2]]
    if isinstance(given, str):
        return [given]
    return list(given.values() if isinstance(given, Mapping) else given)


def _specs(inputs: Any) -> Any:
    if inputs is None:
        return None
    if isinstance(inputs, Mapping):
        return {name: _spec(each) for name, each in inputs.items()}
    return [_spec(each) for each in inputs]


def _spec(each: InputSettings) -> Any:
    name = name_of(each)
    if not name:
        return {"value": each.value}
    return Each(name) if each.each else name


def _options(settings: NodeSettings) -> Options:
    return Options(
        retries=settings.retries.times,
        retry_wait=settings.retries.wait,
        timeout=settings.timeout,
        cache=settings.cache,
        refresh=settings.refresh,
        resources=dict(settings.resources),
        depends_on=settings.depends_on or None,
        owner=settings.owner or "",
        layer=settings.layer or "",
        description=settings.description or "",
    )
