"""A run: decides on nodes as their inputs become known, and has the rest executed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from time import monotonic, sleep
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tilth.engine.call import Failure, Outcome
from tilth.engine.collecting import collecting_seldom
from tilth.engine.decide import Decider
from tilth.engine.executor import Ended, Executor
from tilth.engine.failure import failure_of_executor, failure_of_input, failure_of_loss
from tilth.engine.hooks import Observers
from tilth.engine.reason import Reason
from tilth.engine.recorder import Recorder
from tilth.engine.save import live
from tilth.engine.schedule import Schedule
from tilth.engine.step import Step, Task, has_no_partition, is_source, new_task
from tilth.engine.under_way import POLL_SECONDS, UnderWay
from tilth.engine.values import Values
from tilth.engine.work import (
    Caller,
    Gone,
    Work,
    gathered,
    new_work,
    tasks_of,
    undecided,
)
from tilth.engine.workspace import Workspace
from tilth.errors import DamagedDataError, Interrupted, TilthError
from tilth.graph.node import Node
from tilth.graph.pipeline import Pipeline
from tilth.history.record import Made, NodeRun
from tilth.record import changed, field, maker, record

if TYPE_CHECKING:
    from tilth.contract.contract import Contract
    from tilth.contract.report import Report
    from tilth.engine.promises import Promises

_NO_CONTRACTS: Mapping[str, Contract] = MappingProxyType({})
SETTLE_SECONDS = 0.5
"""How often results are brought to where other processes find them."""


@record
class Ordered:
    """What a person asked of a run.

    Attributes:
        force: Names of nodes that run in any case.
        keep_going: Whether nodes that do not depend on a failed one still run.
        wanted: Datasets whose values are wanted at the end though they are not kept.
        resources: Name -> how much there is.
    """

    force: frozenset[str] = frozenset()
    keep_going: bool = False
    wanted: tuple[str, ...] = ()
    resources: Mapping[str, float] = field(default_factory=dict)


@record(kw_only=False, frozen=False)
class Ran:
    """What came of a run.

    Attributes:
        state: `done`, `failed` or `interrupted`.
        versions: Dataset -> version.
        failures: Task -> what went wrong.
        counts: State -> number of nodes.
        values: Dataset -> value that was wanted and is not kept.
        seconds: Wall time.
        reports: Dataset -> what was found when it was held against its contract.
    """

    state: str = "done"
    versions: dict[str, Made] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    reports: Mapping[str, Report] = field(default_factory=dict)


@record(kw_only=False, frozen=False)
class _Open:
    """A node of which some tasks have not ended."""

    whole: Task
    n_tasks: int
    parts: dict[str | None, tuple[Made, ...]] = field(default_factory=dict)
    failed: bool = False


_opened = maker(_Open)  # each node needs one


class Running:
    """One run. Make it, call `go` once.

    Args:
        pipeline: What was asked for.
        steps: Node -> its step.
        workspace: What it works with.
        executor: Where calls are performed.
        isolated: Gives an executor whose calls can be stopped, for nodes with a timeout.
        observers: Who watches.
        parameters: `params:a.b` -> value.
        partitioned: Datasets whose makers return or yield partitions by key.
        ordered: What a person asked for.
        run: Number of the run in the history.
        discreet: Takes secrets out of a failure before anybody is told.
        contracts: Dataset -> what it must satisfy.
        masked: Takes secrets out of a text.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        steps: Mapping[str, Step],
        workspace: Workspace,
        *,
        executor: Executor,
        isolated: Callable[[], Executor],
        observers: Observers,
        parameters: Mapping[str, Any],
        partitioned: frozenset[str],
        ordered: Ordered,
        run: int,
        discreet: Callable[[Failure], Failure] = lambda failure: failure,
        contracts: Mapping[str, Contract] = _NO_CONTRACTS,
        masked: Callable[[str], str] = str,
    ) -> None:
        names = [each.name for each in pipeline]
        history = workspace.history
        seconds = history.seconds(names) if executor.capacity > 1 else None
        self._pipeline = pipeline
        self._steps = steps
        self._space = workspace
        self._tell = observers.fire
        self._ordered = ordered
        self._schedule = Schedule(pipeline, seconds=seconds, resources=ordered.resources)
        self._decider = Decider(history, workspace.has, names, ordered.force)
        self._recorder = Recorder(history, run)
        self._under_way = UnderWay(executor, isolated)
        self._values = Values(pipeline, ordered.wanted)
        self._fresh: set[str] = set()
        self._promises = self._promised(contracts, run, masked) if contracts else None
        self._caller = Caller(
            workspace, self._values, self._fresh, parameters, partitioned, promises=self._promises
        )
        self._result = Ran()
        self._open: dict[str, _Open] = {}
        self._elsewhere: list[Work] = []
        self._delayed: list[tuple[float, int, Work]] = []
        self._claimed: set[str] = set()
        self._unsettled = False
        self._made_again: set[str] = set()
        self._settled_at = monotonic()
        self._stopping = False
        self._discreet = discreet

    def go(self) -> Ran:
        """Run until nothing is left to do.

        Raises:
            Interrupted: The user pressed Ctrl-C; all that finished is on record.
        """
        started = monotonic()
        try:
            with collecting_seldom():
                while self._advance():
                    pass
        except KeyboardInterrupt:
            self._interrupted()
            raise Interrupted(
                "interrupted; what has finished is kept",
                hint="the same command goes on where this one stopped",
            ) from None
        finally:
            self._finish()
            self._result.seconds = monotonic() - started
        return self._result

    def _advance(self) -> bool:
        """One turn; says whether there is anything left to wait for."""
        self._decide_all()
        self._start_all()
        if self._unsettled and monotonic() - self._settled_at > SETTLE_SECONDS:
            self._settle()
        if self._under_way:
            for work, ended in self._under_way.wait(self._due()):
                self._end(work, ended)
        elif self._elsewhere or self._delayed:
            self._settle()
            sleep(max(0.0, min(POLL_SECONDS, *(due - monotonic() for due in self._due()))))
        else:
            return not self._stopping and self._schedule.has_more
        return True

    def _due(self) -> list[float]:
        """When there is something to do besides waiting for calls to end."""
        due = [self._delayed[0][0]] if self._delayed else []
        if self._elsewhere:
            due.append(monotonic() + POLL_SECONDS)
        if self._unsettled:
            due.append(self._settled_at + SETTLE_SECONDS)
        return due

    # Deciding

    def _decide_all(self) -> None:
        while not self._stopping and (node := self._schedule.ready()) is not None:
            self._decide(node)

    def _decide(self, node: Node) -> None:
        step = self._steps[node.name]
        try:
            self._decide_on(new_task(step, {name: self._version(name) for name in node.reads}))
        except TilthError as error:  # a source is missing, say, or partitions do not fit
            self._fail(undecided(step), failure_of_input(error))

    def _decide_on(self, whole: Task) -> None:
        node = whole.step.node
        if not node.fans_out:
            self._open[node.name] = _opened(whole, n_tasks=1)
            self._decide_task(whole)
            return
        if self._holds_as_a_whole(whole):
            return
        tasks = tasks_of(whole, self._space.bytes_of)
        self._note_parts(tasks)
        self._open[node.name] = _Open(whole, n_tasks=len(tasks))
        for task in tasks:
            self._decide_task(task)
        if not tasks:
            self._close(node)

    def _note_parts(self, tasks: list[Task]) -> None:
        """Partitions of a source are read one by one, so each is a version on record."""
        for task in tasks:
            if task.key is not None:
                for made in task.inputs.values():
                    if is_source(made):
                        self._recorder.source(made)

    def _holds_as_a_whole(self, whole: Task) -> bool:
        """Whether no partition of a fan-out need be looked at, as none changed, came or went."""
        name = whole.step.node.name
        reason, found = self._decider.decide(whole, whole.fingerprint(), search=False)
        if reason is not None or found is None:
            return False
        self._open[name] = _Open(whole, n_tasks=1)
        return self._take_over(whole, found)

    def _decide_task(self, task: Task) -> None:
        node = task.step.node
        fingerprint = task.fingerprint()
        # The same work under another name, or by another process, is looked for when it is
        # claimed: see `_start`.
        reason, found = self._decider.decide(task, fingerprint, search=False)
        if reason is None and found is not None:
            if self._take_over(task, found):
                return
            reason = Reason.OUTPUT_LOST
        reason = reason or Reason.NEVER_RAN
        work = new_work(task=task, fingerprint=fingerprint, reason=reason)
        self._schedule.queue(node, work)

    def _version(self, dataset: str) -> Made:
        made = self._result.versions.get(dataset)
        if made is None:
            made = self._result.versions[dataset] = self._space.source(dataset)
            self._recorder.source(made)
            if has_no_partition(made):
                self._warn(self._space.none_found(dataset))
            if self._promises is not None:
                self._hold(made)
        return made

    def _hold(self, made: Made) -> None:
        assert self._promises is not None
        try:
            self._promises.hold(made)
        except TilthError:
            del self._result.versions[made.dataset]  # whoever reads it next is told as well
            raise

    def _promised(
        self, contracts: Mapping[str, Contract], run: int, masked: Callable[[str], str]
    ) -> Promises:
        from tilth.engine.promises import Promises  # only projects with contracts pay for it

        return Promises(
            contracts, self._space, run, version=self._version, tell=self._warn, masked=masked
        )

    def _warn(self, message: str) -> None:
        self._tell("warned", message)

    def _take_over(self, task: Task, found: NodeRun) -> bool:
        """An earlier node run's outputs are this one's, unless one turns out to be damaged."""
        names = task.step.node.makes
        outputs = tuple(
            made if made.dataset == name else changed(made, dataset=name)
            for made, name in zip(found.outputs, names, strict=True)
        )
        if self._promises is not None:
            for made in outputs:
                self._promises.hold(made, task.key)
        for made in outputs:
            for key, part in self._space.misplaced(made, task.key):
                if not self._put_back(part, key):
                    return False
        self._recorder.reused(task.name, found)
        self._tell("node_reused", task.name, found)
        self._count("reused")
        self._ended(task, outputs)
        return True

    def _put_back(self, made: Made, key: str | None) -> bool:
        try:
            was_there = self._space.put_back(made, key)
        except DamagedDataError as damage:
            self._lose(made, damage)
            return False
        if was_there:
            name = made.dataset if key is None else f"{made.dataset}[{key}]"
            self._tell(
                "warned",
                f"`{name}` was changed by hand; what the pipeline made is put back, "
                f"and your version is kept as {was_there}",
            )
        return True

    def _lose(self, made: Made, damage: DamagedDataError | None) -> None:
        """A version cannot be had any more: what made it must run again."""
        if damage is not None:
            self._space.forget(made)
            self._tell("warned", f"{damage}; it is made again")
        self._decider.lose(made)

    # Starting

    def _start_all(self) -> None:
        if self._delayed:
            self._queue_again()
        if self._elsewhere:
            self._look_elsewhere()
        while not self._stopping and self._under_way.has_room:
            started = self._schedule.start()
            if started is None:
                break
            self._start(started[1])

    def _queue_again(self) -> None:
        """Work that failed has waited long enough."""
        now = monotonic()
        while self._delayed and self._delayed[0][0] <= now:
            work = heappop(self._delayed)[2]
            self._schedule.queue(work.task.step.node, work)

    def _look_elsewhere(self) -> None:
        """Whether what other processes were about to do is done."""
        waiting, self._elsewhere = self._elsewhere, []
        for work in waiting:
            if self._under_way.has_room:
                self._start(work)
            else:
                self._elsewhere.append(work)

    def _start(self, work: Any) -> None:
        """Start work, unless another process has done it or is about to.

        Whoever has done it let go of its claim after that was in its journal, which forgets it
        after the database has it. So, with the claim, journals are asked first, then the
        database: one of them knows.
        """
        fingerprint = work.fingerprint
        if not self._space.claims.take(fingerprint):
            self._elsewhere.append(work)
            return
        self._claimed.add(fingerprint)
        found = None
        if not self._decider.is_news(fingerprint, work.task.step.recipe, work.reason):
            expected = self._space.history.expects(fingerprint)
            found = self._decider.same_work(fingerprint)
            if found is None and expected:
                self._release(work)
                self._elsewhere.append(work)
                return
        try:
            if found is None or not self._take_over(work.task, found):
                self._submit(work)
            else:
                self._let_go(work)
        except Gone as gone:
            self._let_go(work)
            self._make_again(work, gone)
        except TilthError as error:
            self._let_go(work)
            self._fail(work, failure_of_executor(error, work.task))

    def _let_go(self, work: Work) -> None:
        """It is not started after all."""
        self._schedule.release(work.task.step.node)
        self._release(work)

    def _release(self, work: Work) -> None:
        """Let others have what was claimed."""
        self._space.claims.release(work.fingerprint)
        self._claimed.discard(work.fingerprint)

    def _submit(self, work: Work) -> None:
        executor = self._under_way.executor_for(work)
        shared = executor.shares_memory
        call = self._caller.call(work, shared=shared, seed=int(work.fingerprint[-15:], 16))
        self._tell("node_started", work.task.name, str(work.reason), work.attempt)
        ticket = self._under_way.start(work, call, executor)
        if shared:
            self._values.reading(ticket)

    def _make_again(self, work: Work, gone: Gone) -> None:
        """An input cannot be had: its maker runs again, and the reader waits for it."""
        node = work.task.step.node
        maker = self._pipeline.makers.get(gone.made.dataset)
        self._lose(gone.made, gone.damage)
        is_open = maker is not None and maker.name in self._open
        if maker is None or (gone.made.fingerprint in self._made_again and not is_open):
            self._fail(work, failure_of_loss(gone.made.dataset))
            return
        self._made_again.add(gone.made.fingerprint)
        self._open.pop(node.name, None)
        self._schedule.reopen(node, [maker])
        if not is_open:
            self._decide(maker)

    # Ending

    def _end(self, work: Work, ended: Ended) -> None:
        try:
            self._take_in(work, ended)
        finally:
            self._release(work)  # what came of it is in the journal: see `_start`

    def _take_in(self, work: Work, ended: Ended) -> None:
        overlapped = self._values.read(ended.ticket)
        self._schedule.release(work.task.step.node)
        if ended.error is not None:
            self._failed(work, failure_of_executor(ended.error, work.task))
            return
        outcome: Outcome = ended.value
        if outcome.failure is not None:
            if self._promises is not None:
                self._promises.made(outcome.reported, ())
            self._failed(work, outcome.failure, outcome)
        elif outcome.stale:
            self._values.distrust(outcome.stale)
            self._schedule.queue(work.task.step.node, work)
        elif outcome.changed and overlapped and not work.private:
            self._discard(work, outcome)
        else:
            self._succeeded(work, outcome)

    def _discard(self, work: Work, outcome: Outcome) -> None:
        """Its inputs changed while it ran: by whom is not known, so it has them to itself now."""
        self._values.distrust(outcome.changed)
        node = work.task.step.node
        self._schedule.queue(node, changed(work, private=True))

    def _succeeded(self, work: Work, outcome: Outcome) -> None:
        self._values.distrust(outcome.changed)
        for dataset in outcome.changed:
            self._tell(
                "warned",
                f"node `{work.task.name}` changed its input `{dataset}` in place; "
                "other nodes get it as it was (work on a copy)",
            )
        made = tuple([each if each.kept else live(each, work.fingerprint) for each in outcome.made])
        self._fresh.update([each.fingerprint for each in made])
        self._decider.regain(made)
        recorded = self._recorder.done(work, outcome, made)
        self._unsettled = True
        if self._promises is not None:
            self._promises.made(outcome.reported, made)
        self._keep_values(outcome, made)
        self._tell("node_finished", recorded)
        self._count("done")
        self._ended(work.task, made)

    def _keep_values(self, outcome: Outcome, made: tuple[Made, ...]) -> None:
        for each, value in zip(made, outcome.values, strict=False):
            self._values.put(each.dataset, value, kept=each.kept)
        for dataset, (value, snapshot) in outcome.loaded.items():
            if self._values.is_wanted_again(dataset):
                self._values.share(dataset, value, snapshot)

    def _ended(self, task: Task, made: tuple[Made, ...]) -> None:
        """A task has its results; with the last one, so has its node."""
        opened = self._open.get(task.step.node.name)
        if opened is None:
            return  # it waits for an input to be made again, and will be decided on anew
        opened.parts[task.key] = made
        if len(opened.parts) == opened.n_tasks and not opened.failed:
            self._close(task.step.node)

    def _close(self, node: Node) -> None:
        opened = self._open.pop(node.name)
        made = opened.parts.get(None)
        if made is None:
            made = gathered(node, opened.parts)
            self._recorder.gathered(opened.whole, made)
            for each in made:
                self._warn_of_left_over(each)
        for output, version in zip(node.outputs, made, strict=True):
            self._result.versions[output.name] = version
        self._values.finished(node.name, opened.whole.inputs)
        self._schedule.finished(node)

    def _warn_of_left_over(self, made: Made) -> None:
        names = self._space.left_over(made)
        if names:
            more = " and more" if len(names) > 5 else ""
            self._warn(
                f"{', '.join(names[:5])}{more}: the partition is gone, its file is still at its "
                "location; nothing reads it any more"
            )

    # Failing

    def _failed(self, work: Work, failure: Failure, outcome: Outcome | None = None) -> None:
        options = work.task.step.node.options
        if work.attempt <= options.retries and not self._stopping:
            seconds = options.retry_wait * 2 ** (work.attempt - 1)
            again = work.again()
            heappush(self._delayed, (monotonic() + seconds, id(again), again))
            told = self._discreet(failure)
            self._tell("node_retried", work.task.name, told, again.attempt, seconds)
        else:
            self._fail(work, failure, outcome)

    def _fail(self, work: Work, failure: Failure, outcome: Outcome | None = None) -> None:
        name, node = work.task.name, work.task.step.node
        failure = self._discreet(failure)
        recorded = self._recorder.failed(work, failure, outcome)
        self._result.failures[name] = failure
        self._result.state = "failed"
        self._tell("node_failed", recorded, failure)
        self._count("failed")
        if node.name in self._open:
            self._open[node.name].failed = True
        self._count("skipped", len(self._schedule.failed(node)))
        if not self._ordered.keep_going:
            self._stopping = True
            self._delayed.clear()
            self._elsewhere.clear()

    # Keeping

    def _settle(self) -> None:
        """Bring results to where others find them; before that, they wait for it."""
        self._space.history.flush()
        self._unsettled = False
        self._settled_at = monotonic()

    def _interrupted(self) -> None:
        self._result.state = "interrupted"
        for work in self._under_way.give_up():
            self._recorder.interrupted(work)
            self._count("interrupted")

    def _finish(self) -> None:
        self._under_way.give_up()
        self._recorder.finish()
        self._settle()
        for fingerprint in self._claimed:
            self._space.claims.release(fingerprint)
        self._result.values = self._values.final
        if self._promises is not None:
            self._result.reports = self._promises.reports

    def _count(self, state: str, n: int = 1) -> None:
        if n:
            self._result.counts[state] = self._result.counts.get(state, 0) + n
