"""From what the files say to pipelines; every mistake is collected, with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tilth import plugins
from tilth.config.config import Config
from tilth.config.mistake import Mistake
from tilth.config.place import Place
from tilth.config.settings import EntrySettings, InputSettings, NodeSettings, PipelineSettings
from tilth.data.catalog import Catalog, format_from_suffix
from tilth.data.dataset import Dataset
from tilth.engine.load import FORMATS
from tilth.engine.schedule import impossible
from tilth.engine.typed import instance
from tilth.errors import ConfigError, TilthError, nearest, suggestion
from tilth.fingerprint.canonical import combine
from tilth.graph.input import Each
from tilth.graph.node import Node, build
from tilth.graph.options import Options
from tilth.graph.pipeline import Pipeline, pipeline, uniquely_named
from tilth.project.code import Code, as_text, shape_text
from tilth.project.made import made_pipeline
from tilth.record import changed, field, record

_PARAMETER_TYPES = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
    "dict": (dict,),
    "list": (list,),
}


@record(kw_only=False, frozen=False)
class Definition:
    """What a project is: its pipelines and its catalog.

    Attributes:
        pipelines: By name.
        catalog: What there is and where it lies.
        mistakes: What is wrong, and what should be told.
        made: Pipeline reference -> settings, for pipelines made by Python code.
    """

    pipelines: dict[str, Pipeline] = field(default_factory=dict)
    catalog: Catalog = field(default_factory=Catalog)
    mistakes: list[Mistake] = field(default_factory=list)
    made: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def warnings(self) -> list[Mistake]:
        """What should be told, though the project can be opened."""
        return [each for each in self.mistakes if each.severity == "warning"]


def define(config: Config, code: Code) -> Definition:
    """Build all pipelines and check them against the catalog and the parameters.

    Raises:
        ConfigError: Something is wrong; the error lists all of it.
    """
    builder = _Builder(config, code)
    builder.build()
    errors = [each.text() for each in builder.found.mistakes if each.severity == "error"]
    if errors:
        raise ConfigError(errors)
    return builder.found


class _Builder:
    """Collects mistakes while it builds."""

    def __init__(self, config: Config, code: Code) -> None:
        self._config = config
        self._code = code
        self.found = Definition(mistakes=list(config.warnings))
        self._under_way: list[str] = []
        self._broken: set[str] = set()

    def build(self) -> None:
        self.found.catalog = self._catalog()
        for name in self._config.settings.pipelines:
            self._pipeline(name)
        if self._broken:
            return
        self._name_alike()
        everything = self._union()
        if everything is None:
            return
        self._check_inputs(everything)
        self._check_parameters(everything)
        self._check_outputs(everything)
        self._check_resources(everything)

    # Telling

    def _tell(
        self,
        error: TilthError | str,
        place: Place | None,
        *,
        severity: Any = "error",
        hint: str | None = None,
    ) -> None:
        self.found.mistakes.append(
            self._config.places.mistake(
                str(error), place, hint=hint or getattr(error, "hint", None), severity=severity
            )
        )

    @contextmanager
    def _telling(self, place: Place | None, pipeline_name: str) -> Iterator[None]:
        try:
            yield
        except ConfigError:
            raise
        except TilthError as error:
            self._broken.add(pipeline_name)
            self._tell(error, place)

    # The catalog

    def _catalog(self) -> Catalog:
        names = None
        entries = []
        for name, entry in self._config.catalog.items():
            kind = entry.format or (format_from_suffix(entry.location) if entry.location else None)
            if kind is None:
                if entry.location:
                    self._tell(f"dataset `{name}` has no format", entry.place,
                               hint="say `format: csv`, or another (`tilth list formats`)")  # fmt: skip
                continue
            if "." not in kind:
                names = names or plugins.names(FORMATS)
                if kind not in names:
                    place = self._config.places.value("catalog", name, "format") or entry.place
                    self._tell(f"dataset `{name}`: there is no format `{kind}`", place,
                               hint=suggestion(kind, names, kind="format"))  # fmt: skip
                    continue
            entries.append(_dataset(entry, kind))
        catalog = Catalog(entries)
        for each in entries:
            self._check_options(catalog, each)
        return catalog

    def _check_options(self, catalog: Catalog, dataset: Dataset) -> None:
        if not dataset.read and not dataset.write:
            return
        key = "format-ok:" + dataset.identity()
        if self._code.memo.get(key) is not None:
            return
        try:
            catalog.format_of(dataset.name)
        except TilthError as error:
            place = self._config.catalog[dataset.name].place
            self._tell(error, place)
        else:
            self._code.memo.put(key, b"1")

    # Pipelines

    def _pipeline(self, name: str) -> Pipeline | None:
        if name in self.found.pipelines:
            return self.found.pipelines[name]
        settings = self._config.settings.pipelines[name]
        if name in self._under_way:
            ring = " -> ".join([*self._under_way[self._under_way.index(name):], name])  # fmt: skip
            self._broken.add(name)
            self._tell(f"pipelines hold one another: {ring}", settings.place)
            return None
        self._under_way.append(name)
        try:
            with self._telling(settings.place, name):
                made = self._mounted(settings, self._inner(name, settings))
                self.found.pipelines[name] = made
                return made
        finally:
            self._under_way.pop()
        return None

    def _inner(self, name: str, settings: PipelineSettings) -> Pipeline:
        if settings.nodes is not None:
            nodes = []
            for i, each in enumerate(settings.nodes):
                place = self._config.places.value("tilth", "pipelines", name, "nodes", i, "call")
                with self._telling(place or each.place, name):
                    nodes.append(self._node(each))
            return Pipeline(nodes)
        if settings.pipeline is not None:
            other = self._pipeline(settings.pipeline)
            if other is None:
                self._broken.add(name)
            return other or Pipeline()
        ref = settings.stage or settings.python or ""
        key = "stage" if settings.stage else "python"
        place = self._config.places.value("tilth", "pipelines", name, key)
        with self._telling(place or settings.place, name):
            shown = self._config.places.shown("tilth", "pipelines", name, "with")
            self.found.made[ref] = settings.settings
            return made_pipeline(self._code, ref, settings.settings, shown)
        return Pipeline()

    def _mounted(self, settings: PipelineSettings, inner: Pipeline) -> Pipeline:
        made = pipeline(
            inner,
            namespace=settings.namespace,
            inputs=settings.inputs,
            outputs=settings.outputs,
            parameters=settings.params,
            tags=settings.tags,
        )
        if settings.owner or settings.layer:
            made = Pipeline(_owned(each, settings) for each in made)
        return made

    def _node(self, settings: NodeSettings) -> Node:
        function = self._code.function(settings.call)
        signature = self._code.signature(function)
        inputs = settings.inputs
        made = build(
            function,
            self._code.parameters(function),
            inputs=_specs(inputs) if inputs is not None else None,
            outputs=settings.outputs,
            name=settings.name,
            tags=settings.tags,
            options=_options(settings),
            place=f"{settings.place.file}:{settings.place.line}",
        )
        arity = signature.arity
        if (
            arity is not None
            and isinstance(settings.outputs, tuple)
            and len(made.outputs) not in (1, arity)
        ):
            raise TilthError(
                f"node `{made.name}` has {len(made.outputs)} outputs, "
                f"but its function returns {arity} values (`{settings.call}`)",
                hint=f"it returns `{signature.returns.text}`" if signature.returns else None,
            )
        return made

    # Across pipelines

    def _name_alike(self) -> None:
        """A node has one name, whether its pipeline runs alone or with the others."""
        pipelines = self.found.pipelines
        nodes = list(dict.fromkeys(node for each in pipelines.values() for node in each))
        named = uniquely_named(nodes)
        if all(new is old for new, old in zip(named, nodes, strict=True)):
            return
        names = dict(zip(nodes, named, strict=True))
        for name, each in pipelines.items():
            pipelines[name] = Pipeline.sorted(names[node] for node in each)

    def _union(self) -> Pipeline | None:
        default = self._config.settings.default or tuple(self.found.pipelines)
        chosen = [self.found.pipelines[name] for name in default]
        with self._telling(self._config.settings.place, ""):
            return chosen[0] if len(chosen) == 1 else pipeline(chosen)
        return None

    def _check_inputs(self, everything: Pipeline) -> None:
        made = {name for each in self.found.pipelines.values() for name in each.makers}
        known = {*made, *self.found.catalog}
        for dataset in everything.inputs:
            entry = self.found.catalog.get(dataset)
            if (entry is not None and entry.location is not None) or dataset in made:
                continue
            for node in everything.readers[dataset]:
                near = nearest(dataset, known)
                what = (
                    "which no node makes and whose catalog entry has no location"
                    if entry is not None
                    else "which no node makes and the catalog lacks"
                )
                self._tell(
                    f"node `{node.name}` reads dataset `{dataset}`, {what}",
                    self._place_of(node, dataset),
                    hint=f"did you mean `{near}`?"
                    if near and near != dataset
                    else f"add `{dataset}` to catalog.yml, or make it in a node",
                )

    def _check_outputs(self, everything: Pipeline) -> None:
        used = set(everything.datasets)
        idle = [name for name in self.found.catalog if name not in used]
        for node in everything:
            for dataset in node.makes:
                if dataset in self.found.catalog:
                    continue
                near = nearest(dataset, idle) if idle else None
                if near:
                    self._tell(
                        f"node `{node.name}` makes `{dataset}`, which the catalog lacks, "
                        f"while nothing makes or reads its entry `{near}`",
                        self._place_of(node, dataset),
                        severity="warning",
                        hint=f"did you mean `{near}`?",
                    )

    def _check_parameters(self, everything: Pipeline) -> None:
        seen: set[tuple[str, str]] = set()
        for node in everything:
            for each in node.inputs:
                key = (each.name, node.function.name)
                if not each.is_parameter or key in seen:
                    continue
                seen.add(key)
                path = each.name.removeprefix("params").removeprefix(":")
                try:
                    value = parameter(self._config.params, path)
                except KeyError:
                    known = parameter_names(self._config.params)
                    self._tell(
                        f"node `{node.name}` reads parameter `{path}`, which params.yml lacks",
                        self._place_of(node, each.name),
                        hint=suggestion(path, known, kind="parameter"),
                    )
                else:
                    self._check_type(node, str(each.argument), path, value)

    def _check_type(self, node: Node, argument: str, path: str, value: object) -> None:
        shape = self.shape(node, argument)
        place = self._config.places.value("params", *path.split("."))
        wanted = _PARAMETER_TYPES.get(shape.partition("[")[0])
        if wanted is not None:
            fits = isinstance(value, wanted) and (shape == "bool" or not isinstance(value, bool))
            if not fits and value is not None:
                shown = self._config.places.shown("params", *path.split("."))
                self._tell(
                    f"parameter `{path}` is {shown!r}, but `{node.function.short}` takes "
                    f"{argument} as `{shape}`",
                    place,
                )
        elif "." in shape and not shape.startswith(("typing.", "collections.", "datetime.")):
            self._check_instance(node, path, shape, value, place)

    def _check_instance(
        self, node: Node, path: str, shape: str, value: object, place: Place | None
    ) -> None:
        """Make the typed parameter once to see that it can be made; remember that it could."""
        try:
            kind = self._code.sources.closure_of_type(shape)
        except TilthError:
            return  # not a class of the project
        if not kind.parts:
            return
        key = combine("typed", kind.fingerprint, as_text(value))
        if self._code.memo.get(key) is not None:
            return
        try:
            self._code.imported(shape)
            instance(shape, value, f"parameter `{path}` of node `{node.name}`")
        except TilthError as error:
            self._tell(error, place)
        else:
            self._code.memo.put(key, b"1")

    def _check_resources(self, everything: Pipeline) -> None:
        found = impossible(everything, self._config.settings.resources)
        if found is not None:
            node, name = found
            has = self._config.settings.resources[name]
            self._tell(
                f"node `{node.name}` takes {node.options.resources[name]:g} of `{name}`, "
                f"but there is {has:g}",
                self._place_of(node, node.name),
            )

    def shape(self, node: Node, argument: str | int) -> str:
        """The dotted name of the type that a node's function asks for."""
        for each in self._code.signature(node.function).parameters:
            if each.name == argument:
                return shape_text(each.annotation)
        return ""

    def _place_of(self, node: Node, name: str) -> Place | None:
        """Where a node names a dataset; else where the node is."""
        for pipeline_name, settings in self._config.settings.pipelines.items():
            for i, each in enumerate(settings.nodes or ()):
                if f"{each.place.file}:{each.place.line}" != node.place:
                    continue
                base = ("tilth", "pipelines", pipeline_name, "nodes", i)
                for path in _mentions(each, name):
                    place = self._config.places.value(*base, *path)
                    if place is not None:
                        return place
                return self._config.places.value(*base, "call") or each.place
        return None


def _mentions(settings: NodeSettings, name: str) -> Iterator[tuple[str | int, ...]]:
    for key, given in (("inputs", settings.inputs), ("outputs", settings.outputs)):
        if isinstance(given, Mapping):
            items: list[tuple[str | int, Any]] = list(given.items())
        elif isinstance(given, tuple):
            items = list(enumerate(given))
            if len(items) == 1 and _named(items[0][1]) == name:
                yield (key, 0)
                yield (key,)
        else:
            items = []
            if given == name:
                yield (key,)
        for where, each in items:
            if _named(each) == name:
                yield (key, where)


def _named(each: Any) -> str:
    if isinstance(each, InputSettings):
        return _spec_name(each)
    return str(each)


def _spec_name(each: InputSettings) -> str:
    if each.parameter is not None:
        return f"params:{each.parameter}" if each.parameter else "params"
    return each.dataset or ""


def _specs(inputs: Any) -> Any:
    if isinstance(inputs, Mapping):
        return {name: _spec(each) for name, each in inputs.items()}
    return [_spec(each) for each in inputs]


def _spec(each: InputSettings) -> Any:
    name = _spec_name(each)
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


def _owned(node: Node, settings: PipelineSettings) -> Node:
    options = changed(
        node.options,
        owner=node.options.owner or settings.owner or "",
        layer=node.options.layer or settings.layer or "",
    )
    return changed(node, options=options)


def _dataset(entry: EntrySettings, kind: str) -> Dataset:
    return Dataset(
        name=entry.name,
        format=kind,
        location=entry.location,
        read=entry.read,
        write=entry.write,
        layer=entry.layer,
        owner=entry.owner,
        tags=entry.tags,
        description=entry.description,
        refresh=entry.refresh,
        metadata=entry.metadata,
        place=f"{entry.place.file}:{entry.place.line}",
    )


def parameter(params: Mapping[str, Any], path: str) -> Any:
    """The parameter at a dotted path; all of them where it is empty.

    Raises:
        KeyError: There is none.
    """
    found: Any = params
    for part in path.split(".") if path else ():
        if not isinstance(found, Mapping):
            raise KeyError(path)
        found = found[part]
    return found


def parameter_names(params: Mapping[str, Any], prefix: str = "") -> list[str]:
    """All dotted paths."""
    names = []
    for name, value in params.items():
        names.append(prefix + str(name))
        if isinstance(value, Mapping):
            names += parameter_names(value, f"{prefix}{name}.")
    return names
