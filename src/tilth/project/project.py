"""A project: a folder with its files, opened."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from tilth import plugins
from tilth.config.config import Config
from tilth.config.read import find_project, read_project
from tilth.engine.executor import Executor, ExecutorFactory
from tilth.engine.hooks import Observer, Observers, Plugged
from tilth.engine.importing import prepare
from tilth.engine.load import load, load_parts
from tilth.engine.perform import Performer
from tilth.engine.plan import Plan, plan
from tilth.engine.run import Ordered, Running
from tilth.engine.save import parts_in
from tilth.engine.step import PARTITIONS, Step
from tilth.engine.work import partitioned_in
from tilth.engine.workspace import Workspace
from tilth.errors import DataError, Interrupted, MissingDataError, UnknownNameError
from tilth.fingerprint.canonical import of_value
from tilth.fingerprint.file import FileFingerprints
from tilth.fingerprint.function import Sources
from tilth.graph.node import Node
from tilth.graph.pipeline import Pipeline, pipeline
from tilth.graph.select import Selection, matching, select
from tilth.history.record import Made, Run
from tilth.history.store import History
from tilth.installed import Installed
from tilth.project import git
from tilth.project.code import Code
from tilth.project.definition import Definition, define, parameter
from tilth.project.forecast import Forecast
from tilth.project.made import function_of
from tilth.project.recipes import PYTHON, Recipes
from tilth.project.result import Result
from tilth.project.script import only_script, script_config
from tilth.project.why import Why, why
from tilth.record import changed
from tilth.store.blobs import Blobs
from tilth.store.claims import Claims
from tilth.store.memo import Memo

EXECUTORS = "tilth.engine.executors"


class Project:
    """A project, opened. Close it, or use it with `with`.

    Opening reads and checks the files, and imports none of the user's modules.

    Example:
        >>> from tilth import Project
        >>> Project(".").run().ok  # doctest: +SKIP
        True
    """

    def __init__(
        self,
        folder: str | Path = ".",
        *,
        env: str | None = None,
        overrides: Sequence[str] = (),
    ) -> None:
        """Open the project that a folder, or one above it, holds; or a single Python file.

        Args:
            folder: The folder, or a file with a `pipeline`; a folder without a project in
                which there is one such file means that file.
            env: Name of an environment, whose files lie on top.
            overrides: Parameters, as `a.b=1`.

        Raises:
            ConfigError: The files hold mistakes; all of them are in it.
        """
        path = Path(folder).resolve()
        home = find_project(path)
        self.script = path if path.is_file() else None if home else only_script(path)
        self.folder = self.script.parent if self.script else home or path
        self.env = env
        self.overrides = tuple(overrides)
        self._state = self.folder / ".tilth"
        self._executors: dict[tuple[str, int], Executor] = {}
        self._is_fresh = True
        self.memo = Memo(self._state / "memo.db")
        self.config: Config = self._read()
        self._open()

    def _read(self) -> Config:
        if self.script is not None:
            return script_config(self.script, self.overrides)
        return read_project(self.folder, self.env, self.overrides, self.memo)

    def _open(self) -> None:
        self.roots = (str(self.folder / self.config.settings.source),)
        prepare(self.roots)  # formats, executors and hooks may be the user's own
        self.files = FileFingerprints(self.memo)
        installed = Installed(None, self.memo)
        sources = Sources(
            [Path(each) for each in self.roots],
            self.memo,
            self.files,
            folder=self.folder,
            installed=installed,
        )
        self.installed = installed
        self.code = Code(sources, self.memo, self.roots)
        self.definition: Definition = define(self.config, self.code)
        self.partitioned = partitioned_in(self.pipelines.values(), self.catalog)
        self.recipes = Recipes(self.code, self.config, self.catalog, self.partitioned)
        self._steps: dict[str, Step] = {}
        self.__dict__.pop("everything", None)

    def reload(self) -> None:
        """Read files and sources anew, as they are now."""
        self.config = self._read()
        self._open()
        self._is_fresh = True

    def _renew(self) -> None:
        """Whoever asks again wants to know of what was edited since."""
        if not self._is_fresh:
            self.reload()
        self._is_fresh = False

    # What it is

    @property
    def name(self) -> str:
        """Its name."""
        return self.config.settings.name

    @property
    def catalog(self) -> Any:
        """What there is and where it lies."""
        return self.definition.catalog

    @property
    def pipelines(self) -> Mapping[str, Pipeline]:
        """All pipelines by name."""
        return self.definition.pipelines

    @cached_property
    def everything(self) -> Pipeline:
        """The pipelines that run when none is named, as one."""
        names = self.config.settings.default or tuple(self.pipelines)
        return self.pipeline(*names)

    def pipeline(self, *names: str) -> Pipeline:
        """The pipelines with these names (wildcards allowed), as one; `everything` for none.

        Raises:
            UnknownNameError: There is none.
        """
        if not names:
            return self.everything
        found = [self.pipelines[name] for name in matching(names, self.pipelines, "pipeline")]
        return found[0] if len(found) == 1 else pipeline(found)

    def selected(self, names: Sequence[str] = (), selection: Selection | None = None) -> Pipeline:
        """The part of the pipelines that is asked for."""
        whole = self.pipeline(*names)
        return select(whole, selection) if selection is not None else whole

    # What it keeps

    @cached_property
    def history(self) -> History:
        """The record of all runs."""
        kind = cast(Callable[..., History], plugins.find("tilth.history.stores", "sql"))
        self._make_state()
        named = self.config.settings.history
        return kind(self.folder / named if named else self._state / "history.db")

    @cached_property
    def blobs(self) -> Blobs:
        """Bytes that are too many for the history."""
        return Blobs(self._store)

    def _make_state(self) -> None:
        """The folder for store and history, which git shall not see.

        Raises:
            DataError: It cannot be made.
        """
        ignore = self._state / ".gitignore"
        if ignore.exists():
            return
        try:
            self._state.mkdir(parents=True, exist_ok=True)
            ignore.write_text("*\n")
        except OSError as error:
            raise DataError(
                f"the folder {self._state} cannot be made: {error.strerror}",
                hint="store and history live there; the project's folder must be writable",
            ) from error

    @property
    def _store(self) -> Path:
        named = self.config.settings.store
        return self.folder / named if named else self._state / "store"

    @cached_property
    def claims(self) -> Claims:
        """Who is about to make what."""
        self._make_state()
        return Claims(self._state / "claims")

    @property
    def workspace(self) -> Workspace:
        """What runs work with."""
        return Workspace(
            folder=self.folder,
            history=self.history,
            blobs=self.blobs,
            claims=self.claims,
            files=self.files,
            catalog=self.catalog,
            earlier=self._earlier,
        )

    def _earlier(self, dataset: str) -> Made | None:
        """The newest recorded version of what a node outside of a selection makes."""
        for each in (self.everything, *self.pipelines.values()):
            maker = each.makers.get(dataset)
            if maker is not None:
                found = self.history.versions(dataset, 1)
                return found[0][0] if found else None
        return None

    def step(self, node: Node) -> Step:
        """A node with all that decides its result."""
        found = self._steps.get(node.name)
        if found is None:
            found = self._steps[node.name] = self.recipes.step(node)
        return found

    # What it does

    def run(
        self,
        *names: str,
        selection: Selection | None = None,
        force: Iterable[str] = (),
        workers: int | None = None,
        executor: str | None = None,
        keep_going: bool = False,
        wanted: Iterable[str] = (),
        observers: Iterable[Observer] = (),
        trigger: str = "python",
        arguments: str = "",
        note: str = "",
    ) -> Result:
        """Run what changed.

        Args:
            names: Pipelines; those of tilth.yml's `default` where there are none.
            selection: A part of them.
            force: Nodes that run in any case; wildcards allowed.
            workers: How many nodes may run at once.
            executor: `serial`, `threads`, `processes`, or a class by its dotted name.
            keep_going: Whether nodes that do not depend on a failed one still run.
            wanted: Datasets whose values are wanted though they cannot be kept.
            observers: Who watches, besides the hooks of tilth.yml.
            trigger: What started it.
            arguments: Of the command, for the record.
            note: For the record.

        Returns:
            What came of it; a node that failed is in `failures`, and raises nothing.

        Raises:
            TilthError: It could not start.
            Interrupted: The user pressed Ctrl-C.
        """
        self._renew()
        chosen = self.selected(names, selection)
        steps = {node.name: self.step(node) for node in chosen}
        asked = self._asked(names, selection)
        record = self._record(asked, trigger, arguments, note)
        watching = Observers([*self._plugged(), *observers])
        number = self.history.begin(record, {**self.installed.environment, "python": PYTHON})
        record = changed(record, id=number)
        watching.fire("run_started", record, len(chosen))
        state, error = "failed", ""
        try:
            performing = self._executor(executor, workers)
            running = Running(
                self._callable(chosen),
                steps,
                self.workspace,
                executor=performing,
                isolated=lambda: self._executor("processes", performing.capacity),
                observers=watching,
                parameters=self._parameters(chosen),
                partitioned=self.partitioned,
                ordered=Ordered(
                    force=frozenset(matching(force, chosen.by_name, "node")),
                    keep_going=keep_going,
                    wanted=tuple(wanted),
                    resources=self.config.settings.resources,
                ),
                run=number,
            )
            ran = running.go()
            state = ran.state
            error = next((each.message for each in ran.failures.values()), "")
        except BaseException as raised:
            self._close_executors()  # calls may still be under way
            if isinstance(raised, Interrupted):
                state = "interrupted"
            else:
                error = str(raised)
            raise
        finally:
            self.history.finish(number, state=state, error=error)
            self.memo.flush()
            watching.fire("run_finished", changed(record, state=state, finished_at=time.time()))
        return Result(
            run=number,
            state=state,
            counts=ran.counts,
            seconds=ran.seconds,
            versions=ran.versions,
            failures=ran.failures,
            warnings=tuple(watching.warnings),
            _load=lambda dataset: self._of_run(dataset, ran.versions, ran.values),
        )

    def plan(
        self, *names: str, selection: Selection | None = None, force: Iterable[str] = ()
    ) -> Plan:
        """What would run, and why; nothing is run.

        Raises:
            TilthError: A source is missing, or a function has no identity.
        """
        self._renew()
        chosen = self.selected(names, selection)
        forced = frozenset(matching(force, chosen.by_name, "node"))
        return plan(chosen, Forecast(self, chosen, forced))

    def why(self, name: str) -> Why:
        """Why a node ran or did not last time, and whether it would run now.

        Args:
            name: A node, or a dataset that a node makes.
        """
        self._renew()
        return why(self, self.node(name))

    def node(self, name: str) -> Node:
        """A node by its name, or by a dataset that it makes.

        Raises:
            UnknownNameError: There is none.
        """
        for each in (self.everything, *self.pipelines.values()):
            node = each.by_name.get(name.partition("[")[0]) or each.makers.get(name)
            if node is not None:
                return node
        known = {*self.everything.by_name, *self.everything.makers}
        raise UnknownNameError("node or dataset", name, known)

    # Data

    def version(self, dataset: str, version: str | int | None = None) -> Made:
        """A version of a dataset: the newest, that of a run, or by (the beginning of) a digest.

        Raises:
            UnknownNameError: There is no such dataset.
            MissingDataError: It has no such version.
        """
        if dataset not in self.everything.datasets and dataset not in self.catalog:
            known = {*self.everything.datasets, *self.catalog}
            raise UnknownNameError("dataset", dataset, known)
        made = self._maker(dataset)
        if version is None and made is None:
            return self.workspace.source(dataset)
        found = self.history.versions(dataset)
        if not found:
            raise MissingDataError(
                f"dataset `{dataset}` has not been made yet",
                hint=f"`tilth run --to {dataset}` makes it",
            )
        if version is None:
            return self._newest(dataset, made) or found[0][0]
        return self._wanted_version(dataset, str(version))

    def _maker(self, dataset: str) -> Node | None:
        for each in (self.everything, *self.pipelines.values()):
            if dataset in each.makers:
                return each.makers[dataset]
        return None

    def _newest(self, dataset: str, maker: Node | None) -> Made | None:
        """What the maker made last, which may be an older version again."""
        if maker is None:
            return None
        last = self.history.recall([maker.name]).get(maker.name)
        for i, made in enumerate(last.outputs if last else ()):
            if maker.makes[i] == dataset:
                return changed(made, dataset=dataset)
        return None

    def _wanted_version(self, dataset: str, version: str) -> Made:
        found = self.history.versions(dataset)
        for made, _, run in found:
            if str(run.id) == version or made.fingerprint.partition(":")[2].startswith(version):
                return made
            if made.fingerprint == version:
                return made
        if version.isdigit():
            for node_run in self.history.node_runs(int(version)):
                for made in node_run.outputs:
                    if made.dataset == dataset:
                        return made
        raise MissingDataError(
            f"dataset `{dataset}` has no version `{version}`",
            hint=f"`tilth data versions {dataset}` lists them",
        )

    def load(self, dataset: str, *, version: str | int | None = None, shape: str = "") -> Any:
        """The value of a dataset.

        Args:
            dataset: Its name, or `params:a.b`.
            version: A run's number or the beginning of a digest; the newest where not given.
            shape: Dotted name of the type to load it as, such as `pandas.DataFrame`.
        """
        if dataset.startswith("params"):
            return self._parameter(dataset)
        return self._loaded(self.version(dataset, version), shape)

    def _loaded(self, made: Made, shape: str = "") -> Any:
        space = self.workspace
        prepare(self.roots)  # a pickle names the classes of its values
        if made.format == PARTITIONS:
            parts = parts_in(space.bytes_of(made), made.dataset)
            stored = {k: space.stored(each, verified=False, key=k) for k, each in parts.items()}
            return load_parts(stored, shape, made.dataset)
        return load(space.stored(made, verified=False), shape)

    def _of_run(self, dataset: str, versions: Mapping[str, Made], values: Mapping[str, Any]) -> Any:
        if dataset in values:
            return values[dataset]
        if dataset not in versions:
            raise UnknownNameError("dataset in this run", dataset, versions)
        return self._loaded(versions[dataset])

    # Inside

    def _parameters(self, chosen: Pipeline) -> dict[str, Any]:
        return {name: self._parameter(name) for name in chosen.parameters}

    def _parameter(self, name: str) -> Any:
        path = name.removeprefix("params").removeprefix(":")
        return parameter(self.config.params, path)

    def _callable(self, chosen: Pipeline) -> Pipeline:
        """The same nodes; functions without an importable name are made when one must run."""
        if all(each.function.importable or each.function.callable for each in chosen):
            return chosen
        return Pipeline.sorted(
            each
            if each.function.importable or each.function.callable
            else changed(each, function=changed(each.function, callable=_Later(self, each)))
            for each in chosen
        )

    def _plugged(self) -> list[Observer]:
        """Hooks of tilth.yml and of installed plugins."""
        named = [self.code.imported(each) for each in self.config.settings.hooks]
        offered = [
            self.code.imported(each.target) for each in self.installed.entry_points("tilth.hooks")
        ]
        return [Plugged(each() if isinstance(each, type) else each) for each in (*named, *offered)]

    def _executor(self, name: str | None, workers: int | None) -> Executor:
        n = workers or self.config.settings.workers
        kind = name or self.config.settings.executor or ("serial" if n == 1 else "processes")
        if kind == "serial":
            n = 1
        found = self._executors.get((kind, n))
        if found is None:
            factory = cast(ExecutorFactory, plugins.find(EXECUTORS, kind))
            work = Performer(
                folder=self.folder,
                store=self._store,
                roots=self.roots,
                seeds=kind != "threads",
            )
            found = self._executors[kind, n] = factory(workers=n, work=work)
        return found

    def _asked(self, names: Sequence[str], selection: Selection | None) -> str:
        parts = list(names)
        if selection is not None:
            parts += selection.as_options()
        return " ".join(parts) or (self.script.name if self.script else "")

    def _record(self, asked: str, trigger: str, arguments: str, note: str) -> Run:
        commit, clean = git.state(self.folder)
        environment = {**self.installed.environment, "python": PYTHON}
        return Run(
            pipeline=asked,
            arguments=self.config.secrets.masked(arguments),
            started_at=time.time(),
            trigger=trigger,
            person=_person(),
            host=os.uname().nodename,
            pid=os.getpid(),
            commit=commit,
            clean=clean,
            environment=of_value("environment", environment),
            note=note,
        )

    # Ending

    def close(self) -> None:
        """Let go of processes and files."""
        self._close_executors()
        for name in ("history", "claims"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()
        self.memo.close()

    def _close_executors(self) -> None:
        for each in self._executors.values():
            each.close()
        self._executors.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Project({self.name}: {len(self.everything)} nodes in {self.folder})"


class _Later:
    """A function that can only be had by making its pipeline; made when it is called."""

    def __init__(self, project: Project, node: Node) -> None:
        self._project, self._node = project, node

    def _made(self) -> Callable[..., Any]:
        maker = self._node.function.maker
        settings = self._project.definition.made.get(maker, {})
        name = self._node.name
        return cast(Callable[..., Any], function_of(self._project.code, maker, settings, name))

    def __call__(self, *positional: Any, **named: Any) -> Any:
        return self._made()(*positional, **named)

    def __reduce__(self) -> Any:
        import cloudpickle  # heavy, and only for functions without an importable name

        return cloudpickle.loads, (cloudpickle.dumps(self._made()),)


def _person() -> str:
    for name in ("LOGNAME", "USER"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may have a user without a name
        return str(os.getuid())
