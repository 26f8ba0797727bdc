"""Checks across pipelines, catalog and parameters: whether they fit together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from os.path import normpath
from pathlib import Path

from tilth import plugins
from tilth.config.config import Config
from tilth.config.place import Place
from tilth.data.catalog import Catalog
from tilth.data.location import to_write
from tilth.engine.typed import instance
from tilth.errors import ParameterError, TilthError, nearest, suggestion
from tilth.fingerprint.canonical import combine
from tilth.fingerprint.signature import Annotation, ClassFields
from tilth.graph.input import Input
from tilth.graph.node import Node
from tilth.graph.pipeline import pipeline
from tilth.project.build import Builder
from tilth.project.code import Code, as_text, shape_text
from tilth.project.fit import Misfit, misfits
from tilth.project.parameters import parameter, parameter_names, path_of
from tilth.project.place import Locator
from tilth.project.reference import split
from tilth.project.telling import Telling

EXECUTORS = "tilth.engine.executors"


class Checks:
    """Tells what does not fit together."""

    def __init__(
        self, config: Config, code: Code, catalog: Catalog, builder: Builder, telling: Telling
    ) -> None:
        self._config = config
        self._code = code
        self._catalog = catalog
        self._builder = builder
        self._telling = telling
        self._locator = Locator(config, builder.pipelines)
        self._nodes = list(self._used())
        self._makers = self._all_makers()

    @property
    def datasets(self) -> set[str]:
        """All that there is: what the catalog names, and what nodes make or would."""
        return {*self._config.catalog, *self._makers, *self._builder.promised}

    def check(self) -> None:
        """Tell all of it."""
        self._settings()
        self._together()
        self._pins()
        self._inputs()
        self._outputs()
        self._parameters()
        self._overlay(("params",), self._config.params)
        self._resources()

    def _used(self) -> Iterator[Node]:
        """Nodes that can run: not those of a pipeline that others only take parts from."""
        settings = self._config.settings
        mounted = {each.pipeline for each in settings.pipelines.values()} - {None}
        templates = mounted - set(settings.default or settings.pipelines)
        seen: set[str] = set()
        for name, each in self._builder.pipelines.items():
            for node in each if name not in templates else ():
                if node.name not in seen:
                    seen.add(node.name)
                    yield node
        yield from self._builder.loose

    def _all_makers(self) -> dict[str, Node]:
        found = {}
        known = [node for each in self._builder.pipelines.values() for node in each]
        for node in (*known, *self._builder.loose):
            for output in node.outputs:
                found[output.name] = node
        return found

    # What tilth.yml names besides nodes

    def _settings(self) -> None:
        settings, value = self._config.settings, self._config.places.value
        for i, hook in enumerate(settings.hooks):
            place = value("tilth", "hooks", i) or value("tilth", "hooks") or settings.place
            with self._telling.catching(place):
                self._code.sources.function(hook)  # read, not imported
        kind = settings.executor
        if kind is None:
            return
        place = value("tilth", "executor") or settings.place
        known = plugins.names(EXECUTORS)
        if "." in kind:
            with self._telling.catching(place):
                self._code.sources.function(kind)
        elif kind not in known:
            self._telling.say(
                f"there is no executor `{kind}`",
                place,
                hint=suggestion(kind, known, kind="executor"),
            )

    def _together(self) -> None:
        """The pipelines that run when none is named must fit into one."""
        names = self._config.settings.default or tuple(self._config.settings.pipelines)
        chosen = [
            self._builder.pipelines[each] for each in names if each in self._builder.pipelines
        ]
        if len(chosen) < 2:
            return
        try:
            pipeline(chosen)
        except TilthError as error:
            nodes = [node for each in chosen for node in each]
            place = self._locator.of_error(error, nodes) or self._config.settings.place
            self._telling.error(error, place)

    # Datasets

    def _pins(self) -> None:
        """Entries that stand for a version of another dataset."""
        for name, entry in self._config.catalog.items():
            if entry.of is None:
                continue
            place = self._config.places.value("catalog", name, "of") or entry.place
            origin = split(entry.of).dataset
            if name in self._makers:
                self._telling.say(
                    f"node `{self._makers[name].name}` makes `{name}`, "
                    f"which is the version `{entry.of}` in catalog.yml",
                    place,
                    hint="give one of them another name",
                )
            self._origin(name, origin, place)

    def _origin(self, name: str, origin: str, place: Place) -> None:
        entry = self._config.catalog.get(origin)
        if entry is not None and entry.of is not None:
            self._telling.say(
                f"dataset `{name}` is a version of `{origin}`, which is one itself",
                place,
                hint=f"write `of: {entry.of}`, or a version of `{split(entry.of).dataset}`",
            )
        elif origin not in self._makers and (entry is None or entry.location is None):
            if self._builder.is_partial or origin in self._builder.promised:
                return  # what makes it may be what is wrong elsewhere
            known = {*self._makers, *self._catalog} - {name}
            self._telling.say(
                f"dataset `{name}` is a version of `{origin}`, "
                "which no node makes and the catalog lacks",
                place,
                hint=suggestion(origin, known, kind="dataset"),
            )

    def _inputs(self) -> None:
        catalog, makers = self._catalog, self._makers
        for node in self._nodes:
            for each in node.inputs:
                entry = catalog.get(each.name) if each.name not in makers else None
                if entry is not None and entry.location is not None:
                    if each.each and not entry.fields:
                        self._say_whole(node, each)
                elif each.name not in makers and each.is_dataset and not self._is_pin(each.name):
                    self._say_missing(node, each.name)

    def _is_pin(self, dataset: str) -> bool:
        entry = self._config.catalog.get(dataset)
        return entry is not None and entry.of is not None

    def _say_whole(self, node: Node, given: Input) -> None:
        self._telling.say(
            f"node `{node.name}` runs once per partition of `{given.name}`, which has none",
            self._locator.of(node, given.name),
            hint="give its location in catalog.yml a field, such as `data/{month}.csv`",
        )

    def _say_missing(self, node: Node, dataset: str) -> None:
        if self._builder.is_partial or dataset in self._builder.promised:
            return  # what makes it may be what is wrong elsewhere
        settings = self._config.catalog.get(dataset)
        if settings is not None and settings.location is not None:
            return  # its format is what is wrong, which was told
        entry = settings is not None
        near = nearest(dataset, [*self._makers, *(set(self._config.catalog) - {dataset})])
        if dataset.startswith("params."):
            path = dataset.removeprefix("params.")
            near = f"params:{path}" if path in parameter_names(self._config.params) else near
        self._telling.say(
            f"node `{node.name}` reads dataset `{dataset}`, which no node makes and "
            + ("whose catalog entry has no location" if entry else "the catalog lacks"),
            self._locator.of(node, dataset),
            hint=f"did you mean `{near}`?"
            if near
            else f"add `{dataset}` with a location to catalog.yml, or make it in a node",
        )

    def _outputs(self) -> None:
        if not self._catalog:
            return
        idle = set(self._catalog)
        for node in self._nodes:
            idle.difference_update([each.name for each in node.inputs])
        written: dict[Path, str] = {}
        for node in self._nodes:
            for dataset in node.makes:
                if dataset in self._catalog:
                    idle.discard(dataset)
                    self._can_be_written(node, dataset, written)
        for name in sorted(idle):
            self._warn_of_idle(name)
            self._warn_of_new(("catalog", name), self._catalog)

    def _can_be_written(self, node: Node, dataset: str, written: dict[Path, str]) -> None:
        location = self._catalog[dataset].location
        if location is None:
            return
        place = self._config.places.value("catalog", dataset, "location")
        try:
            path = to_write(location, self._config.folder)
        except TilthError as error:
            self._telling.say(
                f"node `{node.name}` makes `{dataset}`, but {error}", place, hint=error.hint
            )
            return
        other = written.setdefault(Path(normpath(path)), dataset)
        if other != dataset:
            self._telling.say(
                f"datasets `{other}` and `{dataset}` lie at the same location, `{location}`, "
                "where each run would put one over the other",
                place,
                hint="give one of them another location",
            )

    def _warn_of_idle(self, entry: str) -> None:
        """An output with nearly the name of an entry that nothing uses was probably meant."""
        open_names = [each for each in self._makers if each not in self._catalog]
        near = nearest(entry, open_names)
        if near is not None:
            node = self._makers[near]
            self._telling.say(
                f"node `{node.name}` makes `{near}`, which the catalog lacks, "
                f"while nothing makes or reads its entry `{entry}`",
                self._locator.of(node, near),
                severity="warning",
                hint=f"did you mean `{entry}`?",
            )

    # Environments

    def _overlay(self, path: tuple[str, ...], values: Mapping[str, object]) -> None:
        """Parameters that an environment adds beside one of nearly the same name."""
        if self._config.env is None:
            return
        for name, value in values.items():
            self._warn_of_new((*path, name), values)
            if isinstance(value, Mapping):
                self._overlay((*path, name), value)

    def _warn_of_new(self, path: tuple[str, ...], siblings: Iterable[str]) -> None:
        """An environment is there to say otherwise, so a new name may be a mistyped old one."""
        place = self._config.places.key(*path)
        if place is None or not _in_environment(place):
            return
        keys = {name: self._config.places.key(*path[:-1], name) for name in siblings}
        old = [name for name, key in keys.items() if key is not None and not _in_environment(key)]
        near = nearest(path[-1], old)
        if near is not None:
            self._telling.say(
                f"`{'.'.join(path[1:])}` is there in this environment only",
                place,
                severity="warning",
                hint=f"did you mean `{near}`?",
            )

    # Parameters

    def _parameters(self) -> None:
        seen: set[tuple[str, str, str | int]] = set()
        for node in self._nodes:
            for each in node.inputs:
                if each.is_parameter:
                    key = (each.name, node.function.name, each.argument)
                    if key not in seen:
                        seen.add(key)
                        self._parameter(node, each)

    def _parameter(self, node: Node, given: Input) -> None:
        path = path_of(given.name)
        try:
            value = parameter(self._config.params, path)
        except KeyError:
            self._telling.say(
                f"node `{node.name}` reads parameter `{path}`, which params.yml lacks",
                self._locator.of(node, given.name),
                hint=suggestion(path, parameter_names(self._config.params), kind="parameter"),
            )
            return
        asked = self._asked(node, given.argument)
        if asked is not None:
            self._fits(node, path, value, asked)

    def _asked(self, node: Node, argument: str | int) -> Annotation | None:
        for i, each in enumerate(self._code.signature(node.function).parameters):
            if argument in (i, each.name):
                return each.annotation
        return None

    def _fits(self, node: Node, path: str, value: object, asked: Annotation) -> None:
        keys = tuple(path.split(".")) if path else ()
        found = list(misfits(value, asked, self._fields_of))
        for each in found:
            self._say_misfit(node, keys, each)
        shape = shape_text(asked)
        if not found and "." in shape:
            self._can_be_made(node, keys, shape, value)

    def _say_misfit(self, node: Node, keys: tuple[str, ...], misfit: Misfit) -> None:
        places, full = self._config.places, ("params", *keys, *misfit.path)
        where = ".".join(map(str, (*keys, *misfit.path))) or "params"
        shown = places.secret(*full)
        said = f"does not fit (`{shown}`)" if shown is not None else misfit.found
        # What is missing has no place; what should hold it has.
        known = (places.value(*full[:n]) for n in range(len(full), 1, -1))
        place = next((each for each in known if each is not None), None)
        if misfit.at_key:
            place = places.key(*full) or place
        self._telling.say(
            f"parameter `{where}` {said}",
            place or self._locator.of(node),
            expected=f"what `{node.function.name.replace(':', '.')}` takes",
            hint=misfit.hint,
        )

    def _fields_of(self, name: str) -> ClassFields | None:
        try:
            return self._code.sources.fields(name)
        except TilthError:
            return None  # not a class of the project

    def _can_be_made(self, node: Node, keys: tuple[str, ...], shape: str, value: object) -> None:
        """Make the typed parameter once to see that it can be made; remember that it could."""
        classes = [each for each in _names_in(shape) if self._fields_of(each) is not None]
        if not classes:
            return
        parts = [self._code.sources.closure_of_type(each).fingerprint for each in classes]
        # The value as it may be kept: one that is secret is told apart by its reference alone.
        shown = self._config.places.shown("params", *keys)
        key = combine("typed", "2", shape, *parts, as_text(shown))
        given = f"params:{'.'.join(keys)}" if keys else "params"
        if shown == value and self._code.memo.get(key) is not None:
            return
        try:
            for each in classes:
                self._code.imported(each)
            instance(shape, value, given)
        except ParameterError as error:
            for inner, said in error.faults:
                found = said if said.startswith("is ") else f"does not do: {said}"
                self._say_misfit(node, keys, Misfit(path=inner, found=found))
        except TilthError as error:
            self._telling.error(error, self._locator.of(node, given))
        else:
            self._code.memo.put(key, b"1")

    # Resources

    def _resources(self) -> None:
        there_is = self._config.settings.resources
        for node in self._nodes:
            for name, n in node.options.resources.items():
                near = nearest(name, there_is) if name not in there_is else None
                if near is not None:
                    self._telling.say(
                        f"node `{node.name}` takes of `{name}`, which nothing bounds",
                        self._locator.of_option(node, "resources", name),
                        hint=f"did you mean `{near}`?",
                        severity="warning",
                    )
                if n > there_is.get(name, n):
                    self._telling.say(
                        f"node `{node.name}` takes {_amount(n)} of `{name}`, "
                        f"but there is {_amount(there_is[name])}",
                        self._locator.of_option(node, "resources", name),
                        hint="see `resources` in tilth.yml",
                    )


def _in_environment(place: Place) -> bool:
    return place.file.startswith("env/")


def _amount(n: float) -> str:
    return f"{n:,.0f}" if n == int(n) else f"{n:g}"


def _names_in(shape: str) -> list[str]:
    """The dotted names in the text of a type."""
    words = shape.replace("[", " ").replace("]", " ").replace(",", " ").split()
    return [each for each in dict.fromkeys(words) if "." in each]
