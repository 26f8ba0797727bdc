"""A project: a folder with its files, opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from tilth import plugins
from tilth.config.config import Config
from tilth.config.read import find_project, read_project
from tilth.engine.hooks import Observer
from tilth.engine.importing import prepare
from tilth.engine.plan import Plan, plan
from tilth.engine.run import Ordered
from tilth.engine.step import Step
from tilth.engine.work import partitioned_in
from tilth.engine.workspace import Workspace
from tilth.errors import DataError, UnknownNameError
from tilth.fingerprint.file import FileFingerprints
from tilth.fingerprint.function import Sources
from tilth.graph.name import is_parameter
from tilth.graph.node import Node
from tilth.graph.pipeline import Pipeline, pipeline
from tilth.graph.select import Selection, matching, select
from tilth.history.record import Made
from tilth.history.store import History
from tilth.installed import Installed
from tilth.project.code import Code
from tilth.project.contents import value_of
from tilth.project.crew import Crew
from tilth.project.definition import Definition, define, parameter
from tilth.project.discretion import discreet
from tilth.project.forecast import Forecast
from tilth.project.hold import holding
from tilth.project.knowable import refuse_unknowable
from tilth.project.launch import Order, launch
from tilth.project.pins import Pins
from tilth.project.recipes import Recipes
from tilth.project.result import Result
from tilth.project.script import only_script, script_config
from tilth.project.versions import maker_of, newest, version_of
from tilth.project.why import Why, why
from tilth.record import changed
from tilth.store.blobs import Blobs
from tilth.store.claims import Claims
from tilth.store.memo import Memo
from tilth.store.sketches import Sketches

if TYPE_CHECKING:
    from tilth.contract.contract import Contract
    from tilth.contract.report import Report as ContractReport
    from tilth.history.record import Run
    from tilth.models.verdict import Verdict
    from tilth.project.compare import RunDifference
    from tilth.project.datasets import DatasetState, VersionState
    from tilth.project.debugging import Prepared
    from tilth.project.doctor import Examination
    from tilth.project.evaluation import AdviceFindings, SliceFindings
    from tilth.project.explaining import ModelExplanation
    from tilth.project.label_set import LabelSet
    from tilth.project.mini.tested import Tested
    from tilth.project.profiling import DatasetProfile
    from tilth.project.report import Report
    from tilth.project.scoring.score import Score

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
        self.state = self._place_of_state()
        self._is_fresh = True
        self.memo = Memo(self.state / "memo.db")
        self.config: Config = self._read()
        self._open()

    def _place_of_state(self) -> Path:
        """The folder of store and history."""
        return self.folder / ".tilth"

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
        self.recipes = Recipes(
            self.code, self.config, self.catalog, self.partitioned, self.contracts
        )
        self._steps: dict[str, Step] = {}
        self.__dict__.pop("everything", None)
        self.__dict__.pop("pins", None)

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
    def contracts(self) -> Mapping[str, Contract]:
        """What datasets must satisfy, by name."""
        return self.definition.contracts

    @property
    def pipelines(self) -> Mapping[str, Pipeline]:
        """All pipelines by name."""
        return self.definition.pipelines

    @cached_property
    def everything(self) -> Pipeline:
        """The pipelines that run when none is named, as one."""
        names = self.config.settings.default or tuple(self.pipelines)
        return self.pipeline(*names) if names else pipeline([])

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
        return kind(self.folder / named if named else self.state / "history.db")

    @cached_property
    def blobs(self) -> Blobs:
        """Bytes that are too many for the history."""
        return Blobs(self._store)

    @cached_property
    def sketches(self) -> Sketches:
        """Small statistics of versions."""
        return Sketches(self._store / "sketches")

    def _make_state(self) -> None:
        """The folder for store and history, which git shall not see.

        Raises:
            DataError: It cannot be made.
        """
        ignore = self.state / ".gitignore"
        if ignore.exists():
            return
        try:
            self.state.mkdir(parents=True, exist_ok=True)
            ignore.write_text("*\n")
        except OSError as error:
            raise DataError(
                f"the folder {self.state} cannot be made: {error.strerror}",
                hint="store and history live there; the project's folder must be writable",
            ) from error

    @property
    def _store(self) -> Path:
        named = self.config.settings.store
        return self.folder / named if named else self.state / "store"

    @cached_property
    def claims(self) -> Claims:
        """Who is about to make what."""
        self._make_state()
        return Claims(self.state / "claims")

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
            chosen=lambda dataset, version: version_of(self, dataset, version),
        )

    def prepare_contracts(self) -> None:
        """See that what contracts name of the user's code is imported as it stands now."""
        names = {name for each in self.contracts.values() for name in each.extensions}
        codes = [self.code.sources.closure_of_type(name) for name in sorted(names)]
        if codes:
            prepare(self.roots, [each for code in codes for each in self.code.read_as(code)])

    @cached_property
    def pins(self) -> Pins:
        """Datasets that stand for versions of others."""
        return Pins(self)

    @cached_property
    def crew(self) -> Crew:
        """Executors, kept from one run to the next."""
        return Crew(self.folder, self._store)

    def _earlier(self, dataset: str) -> Made | None:
        """A version that the catalog names, or the newest of what a node outside makes."""
        if dataset in self.pins:
            return self.pins[dataset]
        maker = maker_of(self, dataset)
        return newest(self, dataset, maker) if maker is not None else None

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
        hold: str | None = None,
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
            hold: What may not have changed: `code`, `data`, `data=12` for what run 12 had, or
                `nothing`; as tilth.yml says where not given.

        Returns:
            What came of it; a node that failed is in `failures`, and raises nothing.

        Raises:
            HeldError: Code or data that is held is another by now.
            TilthError: It could not start.
            Interrupted: The user pressed Ctrl-C.
        """
        self._renew()
        chosen = self.selected(names, selection)
        self.pins.check(chosen.inputs)
        refuse_unknowable(self, chosen)
        asked = [*names, *(selection.as_options() if selection is not None else ())]
        order = Order(
            asked=" ".join(asked) or (self.script.name if self.script else ""),
            ordered=Ordered(
                force=frozenset(matching(force, chosen.by_name, "node")),
                keep_going=keep_going,
                wanted=tuple(wanted),
                resources=self.config.settings.resources,
            ),
            workers=workers or 0,
            executor=executor or "",
            trigger=trigger,
            arguments=arguments,
            note=note,
        )
        with discreet(self.config.secrets.masked):
            held = holding(self, hold)
            held.check(chosen)
            result = launch(self, chosen, order, observers)
        if result.ok:
            held.note(result.run)
        return result

    def plan(
        self, *names: str, selection: Selection | None = None, force: Iterable[str] = ()
    ) -> Plan:
        """What would run, and why; nothing is run.

        Raises:
            TilthError: A source is missing, or a function has no identity.
        """
        self._renew()
        chosen = self.selected(names, selection)
        self.pins.check(chosen.inputs)
        refuse_unknowable(self, chosen)
        forced = frozenset(matching(force, chosen.by_name, "node"))
        with discreet(self.config.secrets.masked):
            forecast = Forecast(self, chosen, forced)
            planned = plan(chosen, forecast, forecast.seconds, forecast.note)
            return changed(planned, warnings=tuple(forecast.warnings))

    def why(self, name: str) -> Why:
        """Why a node ran or did not last time, and whether it would run now.

        Args:
            name: A node, or a dataset that a node makes; `clean[2013-02]` is one partition of
                a node that fans out.
        """
        self._renew()
        node = self.node(name)
        key = name.partition("[")[2].removesuffix("]") if node.fans_out and "[" in name else None
        return why(self, node, key)

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

    def prepared(self, name: str) -> Prepared:
        """A node with its inputs loaded as its last run read them, to be called by hand.

        Its `arguments` are the values, and `call()` calls the function with them.

        Args:
            name: A node; `clean[2013-02]` is one partition of a node that fans out.

        Raises:
            UnknownNameError: There is no such node or partition.
            MissingDataError: An input has not been made yet, or is gone.
        """
        from tilth.project.debugging import prepared  # only who debugs needs it

        return prepared(self, name)

    # What there is

    def listed(self, kind: str) -> list[dict[str, Any]]:
        """What `tilth list` lists: `nodes`, `pipelines`, `datasets`, `parameters` or `tags`."""
        from tilth.project.listing import of_project, parts  # only who asks needs it

        if kind not in parts():
            raise UnknownNameError("kind", kind, parts())
        return of_project(self, kind)

    def page(self, *names: str, selection: Selection | None = None) -> str:
        """The graph as an HTML page that works without a network.

        Args:
            names: Pipelines; all where there are none.
            selection: A part of them.
        """
        from tilth.project.page import page  # only who draws needs it

        whole = not names and selection is None
        return page(self, self.everything if whole else self.selected(names, selection))

    def examine(self) -> Examination:
        """What is wrong with the project or soon will be, as `tilth doctor` finds it."""
        from tilth.project.doctor import examine  # only who asks needs it

        return examine(self)

    # Runs

    def runs(
        self, n: int | None = 20, *, state: str | None = None, search: str | None = None
    ) -> list[Run]:
        """The runs on record, newest first.

        Args:
            n: How many at most; None for all.
            state: Only those that are `done`, `failed`, `interrupted`, `running` or `lost`.
            search: Only those with this text in what they say, such as their note.
        """
        return self.history.runs(n=n, state=state, text=search)

    def details(self, run: int | None = None) -> dict[str, Any]:
        """All that is on record of a run; of the newest where none is given."""
        from tilth.project.runs import run_details, run_number  # only who asks needs it

        return run_details(self, run_number(self, run or 0))

    def compare(self, old: int | None = None, new: int | None = None) -> RunDifference:
        """What differs between two runs; between the newest two where none is given."""
        from tilth.project.compare import run_difference  # only who asks needs it
        from tilth.project.runs import run_number

        return run_difference(self, run_number(self, old or -1), run_number(self, new or 0))

    # Data

    def datasets(self) -> list[DatasetState]:
        """All datasets: format, place, rows, size, and when each was made. No data is read."""
        from tilth.project.datasets import dataset_states  # only who asks needs it

        return dataset_states(self)

    def versions(self, dataset: str, n: int | None = None) -> list[VersionState]:
        """The versions of a dataset, newest first.

        Args:
            dataset: Which.
            n: How many at most; None for all.

        Raises:
            UnknownNameError: There is no such dataset.
        """
        from tilth.project.datasets import dataset_versions  # only who asks needs it

        return dataset_versions(self, dataset, n)

    def version(self, dataset: str, version: str | int | None = None) -> Made:
        """A version of a dataset, as `trips@3`, or with the version apart; the newest for none.

        Args:
            dataset: Its name, with or without an `@` and a version.
            version: A run's number, a date or moment, the beginning of a digest, `latest`, or
                `latest~1` for the one before it.

        Raises:
            UnknownNameError: There is no such dataset.
            MissingDataError: It has no such version; the hint names the nearest.
        """
        return version_of(self, dataset, version)

    def load(self, dataset: str, *, version: str | int | None = None, shape: str = "") -> Any:
        """The value of a dataset.

        Args:
            dataset: Its name, `trips@3` for a version of it, or `params:a.b`.
            version: As for `version`; the newest where not given.
            shape: Dotted name of the type to load it as, such as `pandas.DataFrame`.

        Raises:
            MissingDataError: There is no such version, or its bytes are gone.
        """
        if is_parameter(dataset):
            return self.parameter(dataset)
        with discreet(self.config.secrets.masked):
            return value_of(self, self.version(dataset, version), shape)

    def check(self, dataset: str, version: str | int | None = None) -> ContractReport:
        """Hold a version of a dataset against its contract; nothing is run or recorded.

        Args:
            dataset: Its name.
            version: A run's number or the beginning of a digest; the newest where not given.

        Raises:
            UnknownNameError: There is no such dataset, or it has no contract.
            MissingDataError: It has no such version.
        """
        from tilth.project.checking import check_dataset  # only who checks pays for it

        with discreet(self.config.secrets.masked):
            return check_dataset(self, dataset, version)

    def slices(
        self,
        dataset: str | None = None,
        *,
        target: str | None = None,
        prediction: str | None = None,
        probability: str | None = None,
        positive: Any = None,
        loss: str | None = None,
        attributes: Sequence[str] | None = None,
        k: int | None = None,
        conditions: int | None = None,
    ) -> list[SliceFindings]:
        """On which kinds of rows a model does worse, beyond chance; in a notebook, as tables.

        Args:
            dataset: Predictions, looked at now or taken over from an earlier look at the same;
                what the stage `evaluate` found last, in each pipeline, where not given.
            target: The column with what is so; where not given, all columns are those that the
                stage was told of.
            prediction: The column with what the model said.
            probability: The column with the probability of `positive`, or such as `p_{}`.
            positive: Of two classes, the one that `probability` is about.
            loss: `error`, `log loss`, `absolute error` or `squared error`.
            attributes: Columns to describe rows by; all others where not given.
            k: Slices, at most; 10 where not given.
            conditions: In a slice, at most; 3 where not given.

        Raises:
            UnknownNameError: There is no such dataset, or no such column.
            MissingDataError: There is no such version, or nothing was found yet.
            DataError: The predictions cannot be judged.
        """
        from tilth.project.evaluation import latest_slices, slices_in  # only who asks needs it

        asked = {
            "target": target, "prediction": prediction, "probability": probability,
            "positive": positive, "loss": loss, "attributes": attributes, "k": k,
            "conditions": conditions,
        }  # fmt: skip
        with discreet(self.config.secrets.masked):
            return latest_slices(self) if dataset is None else [slices_in(self, dataset, asked)]

    def advice(self) -> list[AdviceFindings]:
        """What the stage `evaluate` advises to do next, in each pipeline that has it.

        Raises:
            MissingDataError: No pipeline has the stage, or it has not run yet.
        """
        from tilth.project.evaluation import latest_advice  # only who asks needs it

        with discreet(self.config.secrets.masked):
            return latest_advice(self)

    def explain(
        self,
        model: str,
        *,
        rows: str | None = None,
        row: str | int | None = None,
        against: str | int | None = None,
        of: str | None = None,
        rather_than: str | None = None,
        background: str | None = None,
        target: str | None = None,
        features: Sequence[str] | None = None,
        scale: str | None = None,
        method: str | None = None,
        since: str | None = None,
    ) -> ModelExplanation:
        """Why a model says what it says; in a notebook, as a table.

        Args:
            model: The dataset with the model.
            rows: The dataset with rows to explain. This and what else is not given is as the
                stage `explain` was told, where a pipeline has it for this model.
            row: One row: its position, or values such as `flight=15`; the model as a whole where
                not given.
            against: Another row, to say why of the one and not of the other.
            of: The class to explain; of several the row's likeliest.
            rather_than: Another class, to say why the one and not the other.
            background: The dataset with rows to compare with; `rows` where not given.
            target: The column that it predicts, so that texts can say so.
            features: Columns that it is given, where it does not know itself.
            scale: `chance`, or `score` for what a classifier adds up before it says a chance.
            method: One of `tilth.quality.explanation.METHODS`; the best that fits where not given.
            since: An earlier model, to say what changed since: a version of the same dataset, as
                for `version`, or `late@3` or `tree@latest~1`; empty for the version before.

        Raises:
            UnknownNameError: There is no such dataset, column or class.
            MissingDataError: There is no such version, no earlier one, or no such row.
            DefinitionError: The two models tell of other classes.
            DataError: The model cannot predict these rows.
        """
        from tilth.project.explaining import explained  # only who asks needs it

        with discreet(self.config.secrets.masked):
            return explained(
                self, model, rows=rows, row=row, against=against, of=of, rather_than=rather_than,
                background=background, target=target, features=features, scale=scale, method=method,
                since=since,
            )  # fmt: skip

    def report(self, run: int | None = None) -> Report:
        """What a run found, in plain words and as one page; in a notebook it shows the words.

        Args:
            run: Its number; the last one that ended well if not given.

        Raises:
            UnknownNameError: There is no such run.
            MissingDataError: Nothing ran so far.
        """
        from tilth.project.report import report_of  # only who asks needs it

        with discreet(self.config.secrets.masked):
            return report_of(self, run)

    def profile(
        self,
        dataset: str,
        target: str | None = None,
        *,
        version: str | int | None = None,
        sample: int | None = None,
        seed: int = 0,
    ) -> DatasetProfile:
        """What is in a table: its columns, what is probably not meant, and what to do with it.

        It is made once for each version, and kept. In a notebook it shows itself as a page.

        Args:
            dataset: Its name, or `trips@3` for a version of it.
            target: The column that is to be predicted, so that columns that give it away are
                found; where not given, what the catalog's `metadata` names as `target`.
            version: As for `version`; the newest where not given.
            sample: Rows that are drawn for what looks at pairs of columns or of texts; 20,000
                where not given.
            seed: Of that draw.

        Raises:
            UnknownNameError: There is no such dataset, or no such column.
            MissingDataError: There is no such version, or its bytes are gone.
            DataError: It is no table.
        """
        from tilth.project.profiling import profiled  # only who asks for a profile needs it

        with discreet(self.config.secrets.masked):
            return profiled(self, dataset, version, target, sample=sample, seed=seed)

    def test(
        self,
        *names: str,
        rows: int | None = None,
        seed: int = 0,
        edges: bool = True,
        full: bool = False,
        keep: str | Path | None = None,
        observers: Iterable[Observer] = (),
    ) -> Tested:
        """Run everything on a small data set that is derived from the project's, and look at it.

        Neither the project's history and store nor what lies at its outputs' locations is
        touched. In a notebook the outcome shows itself as a table.

        Args:
            names: Pipelines, which run with all that makes their inputs; all where none is named.
            rows: Of each table, about; 2,000 where not given.
            seed: Of the draw.
            edges: Whether odd values that contracts allow are put in.
            full: Whether stages keep their settings; else fewer folds, trials and rows to explain
                are asked of them, which cost nothing but time.
            keep: A folder for all of it, to look closer; a temporary one where not given.
            observers: Who watches the run.

        Raises:
            UnknownNameError: There is no such pipeline.
            MissingDataError: There is nothing at a source's location.
            DefinitionError: The folder holds other files.
        """
        from tilth.project.mini.run import ROWS, Asked, tested  # only who tests needs it

        asked = Asked(
            rows=ROWS if rows is None else rows,
            seed=seed,
            edges=edges,
            full=full,
            keep=Path(keep) if keep is not None else None,
            observers=tuple(observers),
        )
        self._renew()
        with discreet(self.config.secrets.masked):
            return tested(self, names, asked)

    def parameter(self, name: str) -> Any:
        """The value of a parameter, by `params:a.b`."""
        return parameter(self.config.params, name.removeprefix("params").removeprefix(":"))

    def model(self, reference: str) -> Any:
        """A registered model: `late@production`, `late@3`, or `late` for what is live.

        Raises:
            UnknownNameError: There is no such model, version or alias.
            MissingDataError: Its bytes are gone.
        """
        from tilth.project.models import load_model  # only who has models pays for it

        return load_model(self, reference)

    def validate(
        self, reference: str, *, against: str = "production", rows: str = "", why: str = ""
    ) -> Verdict:
        """Hold a version of a model against its goals in `goals.yml`, and keep the verdict.

        Args:
            reference: The version: `late@2`, or an alias.
            against: The alias, or the number of a version, that stands for what is live.
            rows: A dataset to judge on instead of the one in the goals.
            why: In a person's words.

        Raises:
            ConfigError: The goals hold mistakes.
            MissingDataError: There are no goals for the model, or bytes are gone.
            UnknownNameError: There is no such model, version, alias, dataset or column.
            DataError: A model cannot answer the rows.
            DefinitionError: The version was refused, or is retired.
        """
        from tilth.project.validation import validate  # only who has goals pays for it

        with discreet(self.config.secrets.masked):
            return validate(self, reference, against=against, rows=rows, why=why)

    def labels(self, name: str) -> LabelSet:
        """A label set by its name: its items, its instruction and its log.

        Raises:
            UnknownNameError: There is none.
        """
        from tilth.project.label_set import label_set  # only who labels pays for it

        return label_set(self, name)

    def score(self) -> Score:
        """The ML Test Score, from what is on record; in a notebook, as tables.

        Raises:
            HistoryError: The history cannot be used.
            ConfigError: `score.yml` holds mistakes.
        """
        from tilth.project.scoring.score import scored  # only who asks needs it

        self._renew()
        with discreet(self.config.secrets.masked):
            return scored(self)

    # Ending

    def close(self) -> None:
        """Let go of processes and files."""
        self.crew.close()
        for name in ("history", "claims"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()
        self.memo.close()

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

    def _repr_html_(self) -> str:
        from html import escape  # only a notebook needs it

        return (
            f'<iframe srcdoc="{escape(self.page())}" title="{escape(self.name)}" '
            'style="width: 100%; height: 32em; border: 1px solid #8884"></iframe>'
        )
