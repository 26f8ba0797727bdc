"""A run: decides on nodes as their inputs become known, and has the rest executed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from time import monotonic, sleep, time
from typing import Any

from tilth.engine.call import Failure, Outcome
from tilth.engine.executor import Ended, Executor
from tilth.engine.hooks import Observers
from tilth.engine.reason import Now, Reason, reason_to_run
from tilth.engine.save import contents_of
from tilth.engine.schedule import Schedule
from tilth.engine.step import Step, Task
from tilth.engine.values import Values
from tilth.engine.work import Caller, Gone, Work, tasks_of
from tilth.engine.workspace import Workspace
from tilth.errors import Interrupted, TilthError
from tilth.fingerprint.canonical import combine
from tilth.graph.node import Node
from tilth.graph.pipeline import Pipeline
from tilth.history.record import Made, NodeRun, Recipe
from tilth.record import changed, field, record

SETTLE_SECONDS = 0.1
"""How often results are made visible to other processes."""

POLL_SECONDS = 0.05
"""How often it is looked whether another process has finished what this one needs."""


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
    """

    state: str = "done"
    versions: dict[str, Made] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


@record(kw_only=False, frozen=False)
class _Open:
    """A node of which some tasks have not ended."""

    n_tasks: int
    parts: dict[str | None, tuple[Made, ...]] = field(default_factory=dict)
    failed: bool = False


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
        ordered: What a person asked for.
        run: Number of the run in the history.
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
        ordered: Ordered,
        run: int,
    ) -> None:
        self._pipeline = pipeline
        self._steps = steps
        self._space = workspace
        self._history = workspace.history
        self._executor = executor
        self._make_isolated = isolated
        self._isolated: Executor | None = None
        self._tell = observers.fire
        self._ordered = ordered
        self._run = run
        names = [each.name for each in pipeline]
        seconds = self._history.seconds(names) if executor.capacity > 1 else None
        self._schedule = Schedule(pipeline, seconds=seconds, resources=ordered.resources)
        self._last = self._history.recall(names)
        self._values = Values(pipeline, ordered.wanted)
        self._fresh: set[str] = set()
        self._partitioned = partitioned_in(pipeline, workspace)
        self._caller = Caller(workspace, self._values, self._fresh, parameters, self._partitioned)
        self._result = Ran()
        self._open: dict[str, _Open] = {}
        self._under_way: dict[int, Work] = {}
        self._deadlines: dict[int, float] = {}
        self._elsewhere: list[Work] = []
        self._delayed: list[tuple[float, int, Work]] = []
        self._claimed: list[str] = []
        self._reused: list[tuple[str, NodeRun]] = []
        self._recorded_recipes: set[str] = set()
        self._revived: dict[str, Reason] = {}
        self._made_again: set[str] = set()
        self._tickets = 0
        self._settled_at = monotonic()
        self._stopping = False

    def go(self) -> Ran:
        """Run until nothing is left to do.

        Raises:
            Interrupted: The user pressed Ctrl-C; all that finished is on record.
        """
        started = monotonic()
        try:
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
        if monotonic() - self._settled_at > SETTLE_SECONDS:
            self._settle()
        if self._under_way:
            self._wait()
        elif self._elsewhere or self._delayed:
            self._settle()
            self._pause()
        else:
            return not self._stopping and self._schedule.has_more
        return True

    # Deciding

    def _decide_all(self) -> None:
        while not self._stopping and (node := self._schedule.ready()) is not None:
            self._decide(node)

    def _decide(self, node: Node) -> None:
        step = self._steps[node.name]
        inputs = {name: self._version(name) for name in node.reads}
        tasks = tasks_of(step, inputs, self._space.bytes_of)
        self._open[node.name] = _Open(n_tasks=len(tasks))
        for task in tasks:
            self._decide_task(task)
        if not tasks:
            self._close(node)

    def _decide_task(self, task: Task) -> None:
        fingerprint = task.fingerprint()
        reason, found = self.look_up(task, fingerprint)
        if reason is None and found is not None:
            self._take_over(task, found)
        else:
            work = Work(task=task, fingerprint=fingerprint, reason=reason or Reason.NEVER_RAN)
            self._schedule.queue(task.step.node, work)

    def look_up(self, task: Task, fingerprint: str) -> tuple[Reason | None, NodeRun | None]:
        """Why a task must run, or the node run whose results still hold."""
        node = task.step.node
        revived = self._revived.get(node.name)
        if revived is not None:
            return revived, None
        last = self._last.get(task.name)
        if task.key is not None and last is None:
            last = self._history.recall([task.name]).get(task.name)
        # The same work under another name, or by another process, is looked for once it is
        # claimed: see `_done_elsewhere`.
        now = Now(
            fingerprint,
            task.step.recipe,
            {name: made.fingerprint for name, made in task.inputs.items()},
            node.options.cache,
            time() - node.options.refresh if node.options.refresh is not None else 0.0,
        )
        reason = reason_to_run(
            now,
            last,
            self._history.recipe,
            kept=last is None or all(map(self._space.has, last.outputs)),
            forced=node.name in self._ordered.force,
        )
        return reason, last

    def _version(self, dataset: str) -> Made:
        made = self._result.versions.get(dataset)
        if made is None:
            made = self._result.versions[dataset] = self._space.source(dataset)
            self._history.add_source(self._run, made)
        return made

    def _take_over(self, task: Task, found: NodeRun) -> None:
        """An earlier node run's outputs are this one's."""
        names = task.step.node.makes
        outputs = tuple(
            made if made.dataset == name else _as(made, name)
            for made, name in zip(found.outputs, names, strict=True)
        )
        for made in outputs:
            for key, part in self._space.misplaced(made, task.key):
                self._put_back(part, key)
        self._reused.append((task.name, found))
        self._tell("node_reused", task.name, found)
        self._count("reused")
        self._ended(task, outputs)

    def _put_back(self, made: Made, key: str | None) -> None:
        was_there = self._space.put_back(made, key)
        if was_there:
            name = made.dataset if key is None else f"{made.dataset}[{key}]"
            self._tell(
                "warned",
                f"`{name}` was changed by hand; what the pipeline made is put back, "
                f"and your version is kept as {was_there}",
            )

    # Starting

    def _start_all(self) -> None:
        now = monotonic()
        while self._delayed and self._delayed[0][0] <= now:
            work = heappop(self._delayed)[2]
            self._schedule.queue(work.task.step.node, work)
        if self._elsewhere:
            waiting, self._elsewhere = self._elsewhere, []
            for work in waiting:
                if len(self._under_way) < self._executor.capacity:
                    self._start(work)
                else:
                    self._elsewhere.append(work)
        while not self._stopping and len(self._under_way) < self._executor.capacity:
            started = self._schedule.start()
            if started is None:
                break
            self._start(started[1])

    def _start(self, work: Any) -> None:
        """Start work, unless another process has done it or is about to."""
        node = work.task.step.node
        if not self._space.claims.take(work.fingerprint, wait=False):
            self._elsewhere.append(work)
            return
        self._claimed.append(work.fingerprint)
        found = self._done_elsewhere(work)
        if found is not None:
            self._schedule.release(node)
            self._take_over(work.task, found)
            return
        try:
            self._submit(work)
        except Gone as gone:
            self._schedule.release(node)
            self._make_again(work, gone)
        except TilthError as error:
            self._schedule.release(node)
            self._fail(work, _of_executor(error, work))

    def _done_elsewhere(self, work: Work) -> NodeRun | None:
        """The result, where another process or node has recorded it since it was looked up."""
        if work.reason in (
            Reason.FORCED,
            Reason.NOT_CACHED,
            Reason.REFRESH_DUE,
            Reason.OUTPUT_LOST,
        ):
            return None
        found = self._history.find(work.fingerprint)
        return found if found is not None and all(map(self._space.has, found.outputs)) else None

    def _submit(self, work: Work) -> None:
        executor = self._executor_for(work.task.step.node)
        call = self._caller.call(
            work,
            shared=executor.shares_memory,
            seed=int(work.fingerprint[-15:], 16),
        )
        self._tickets += 1
        ticket = self._tickets
        self._under_way[ticket] = work
        shared = [each.dataset for each in call.arguments if each.digest is not None]
        if shared:
            self._values.reading(ticket, shared)
        if work.task.step.node.options.timeout is not None:
            self._deadlines[ticket] = monotonic() + work.task.step.node.options.timeout
        self._tell("node_started", work.task.name, str(work.reason), work.attempt)
        executor.submit(ticket, call)

    def _executor_for(self, node: Node) -> Executor:
        """A node with a timeout needs a process of its own, which can be stopped."""
        if node.options.timeout is None or self._executor.can_stop:
            return self._executor
        if self._isolated is None:
            self._isolated = self._make_isolated()
        return self._isolated

    def _make_again(self, work: Work, gone: Gone) -> None:
        """An input cannot be had: its maker runs again, and the reader waits for it."""
        node = work.task.step.node
        maker = self._pipeline.makers.get(gone.made.dataset)
        if gone.damage is not None:
            self._space.forget(gone.made)
            self._tell("warned", f"{gone.damage}; it is made again")
        is_open = maker is not None and maker.name in self._open
        if maker is None or (maker.name in self._made_again and not is_open):
            self._fail(work, _lost(gone))
            return
        self._made_again.add(maker.name)
        self._open.pop(node.name, None)
        self._schedule.reopen(node, [maker])
        if not is_open:
            self._revived[maker.name] = Reason.OUTPUT_LOST
            self._decide(maker)

    # Waiting

    def _wait(self) -> None:
        for ended in self._executor.wait(self._patience()) if self._busy_here() else ():
            self._end(ended)
        if self._isolated is not None:
            for ended in self._isolated.wait(0.0 if self._busy_here() else self._patience()):
                self._end(ended)
        for ticket in [t for t, due in self._deadlines.items() if due <= monotonic()]:
            del self._deadlines[ticket]
            self._executor_for(self._under_way[ticket].task.step.node).stop(ticket)

    def _busy_here(self) -> bool:
        if self._isolated is None:
            return True
        return any(
            self._executor_for(work.task.step.node) is self._executor
            for work in self._under_way.values()
        )

    def _patience(self) -> float | None:
        """Seconds to wait for the executor before something else is due."""
        due = [*self._deadlines.values(), *(each[0] for each in self._delayed[:1])]
        if self._elsewhere or (self._isolated is not None and len(self._under_way) > 1):
            due.append(monotonic() + POLL_SECONDS)
        if self._claimed and not self._executor.shares_memory:
            due.append(self._settled_at + SETTLE_SECONDS)
        return max(0.0, min(due) - monotonic()) if due else None

    def _pause(self) -> None:
        sleep(min(POLL_SECONDS, self._patience() or POLL_SECONDS))

    # Ending

    def _end(self, ended: Ended) -> None:
        work = self._under_way.pop(ended.ticket)
        self._deadlines.pop(ended.ticket, None)
        overlapped = self._values.read(ended.ticket)
        self._schedule.release(work.task.step.node)
        if ended.error is not None:
            self._failed(work, _of_executor(ended.error, work))
            return
        outcome: Outcome = ended.value
        if outcome.failure is not None:
            self._failed(work, outcome.failure, outcome)
        elif outcome.changed and overlapped:
            self._discard(work, outcome)
        else:
            self._succeeded(work, outcome)

    def _discard(self, work: Work, outcome: Outcome) -> None:
        """Its inputs changed while it ran: what it made cannot be trusted."""
        for dataset in outcome.changed:
            self._values.drop(dataset)
        node = work.task.step.node
        self._schedule.queue(node, changed(work, private=True))

    def _succeeded(self, work: Work, outcome: Outcome) -> None:
        task = work.task
        for dataset in outcome.changed:
            self._values.drop(dataset)
            self._tell(
                "warned",
                f"node `{task.name}` changed its input `{dataset}` in place; "
                "other nodes get it as it was (work on a copy)",
            )
        made = tuple(each if each.kept else _live(each, work.fingerprint) for each in outcome.made)
        self._fresh.update(each.fingerprint for each in made)
        self._add_recipe(task.step)
        recorded = self._history.record(
            NodeRun(
                run=self._run,
                node=task.name,
                fingerprint=work.fingerprint,
                recipe=task.step.recipe.fingerprint,
                state="done",
                reason=str(work.reason),
                started_at=outcome.started_at,
                seconds=outcome.seconds,
                load_seconds=outcome.load_seconds,
                save_seconds=outcome.save_seconds,
                peak_bytes=outcome.peak_bytes,
                attempt=work.attempt,
                inputs={name: each.fingerprint for name, each in task.inputs.items()},
                outputs=made,
                metrics=outcome.metrics,
            )
        )
        for each, value in zip(made, outcome.values, strict=False):
            self._values.put(each.dataset, value)
        for dataset, value in outcome.loaded.items():
            if dataset not in outcome.changed and self._values.is_wanted_again(dataset):
                self._values.put(dataset, value)
        self._tell("node_finished", recorded)
        self._count("done")
        self._ended(task, made)

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
        self._revived.pop(node.name, None)
        for i, output in enumerate(node.outputs):
            if node.fans_out:
                parts = {str(key): made[i] for key, made in opened.parts.items()}
                version = contents_of(output.name, parts)
            else:
                version = opened.parts[None][i]
            self._result.versions[output.name] = version
        self._values.finished(node)
        self._schedule.finished(node)

    # Failing

    def _failed(self, work: Work, failure: Failure, outcome: Outcome | None = None) -> None:
        options = work.task.step.node.options
        if work.attempt <= options.retries and not self._stopping:
            seconds = options.retry_wait * 2 ** (work.attempt - 1)
            again = work.again()
            heappush(self._delayed, (monotonic() + seconds, id(again), again))
            self._tell("node_retried", work.task.name, failure, again.attempt, seconds)
        else:
            self._fail(work, failure, outcome)

    def _fail(self, work: Work, failure: Failure, outcome: Outcome | None = None) -> None:
        task = work.task
        self._add_recipe(task.step)
        recorded = self._record_other(work, "failed", failure, outcome)
        self._result.failures[task.name] = failure
        self._result.state = "failed"
        self._tell("node_failed", recorded, failure)
        self._count("failed")
        if task.step.node.name in self._open:
            self._open[task.step.node.name].failed = True
        skipped = self._schedule.failed(task.step.node)
        self._count("skipped", len(skipped))
        if not self._ordered.keep_going:
            self._stopping = True
            self._delayed.clear()
            self._elsewhere.clear()

    def _record_other(
        self, work: Work, state: str, failure: Failure | None = None, outcome: Outcome | None = None
    ) -> NodeRun:
        task = work.task
        return self._history.record(
            NodeRun(
                run=self._run,
                node=task.name,
                fingerprint=work.fingerprint,
                recipe=task.step.recipe.fingerprint,
                state=state,
                reason=str(work.reason),
                started_at=outcome.started_at if outcome else time(),
                attempt=work.attempt,
                inputs={name: each.fingerprint for name, each in task.inputs.items()},
                error=failure.message.splitlines()[0] if failure and failure.message else "",
                log=failure.report if failure else "",
            )
        )

    # Keeping

    def _add_recipe(self, step: Step) -> None:
        recipe: Recipe = step.recipe
        if recipe.fingerprint not in self._recorded_recipes:
            self._recorded_recipes.add(recipe.fingerprint)
            self._history.add_recipe(recipe, step.texts())

    def _settle(self) -> None:
        """Make results visible to others, then let them have what was claimed."""
        if self._claimed:
            self._history.flush()
            under_way = {work.fingerprint for work in self._under_way.values()}
            held = []
            for fingerprint in self._claimed:
                if fingerprint in under_way:
                    held.append(fingerprint)
                else:
                    self._space.claims.release(fingerprint)
            self._claimed = held
        self._settled_at = monotonic()

    def _interrupted(self) -> None:
        self._result.state = "interrupted"
        for work in self._under_way.values():
            self._add_recipe(work.task.step)
            self._record_other(work, "interrupted")
            self._count("interrupted")
        self._under_way.clear()

    def _finish(self) -> None:
        self._under_way.clear()
        if self._isolated is not None:
            self._isolated.close()
        if self._reused:
            self._history.record_reused(self._run, self._reused)
        self._settle()
        self._result.values = self._values.final

    def _count(self, state: str, n: int = 1) -> None:
        if n:
            self._result.counts[state] = self._result.counts.get(state, 0) + n


def partitioned_in(pipeline: Pipeline, workspace: Workspace) -> frozenset[str]:
    """Datasets that have partitions: by their location, by how they are read, or made."""
    by_location = {
        name
        for name, entry in workspace.catalog.items()
        if entry.location and "{" in entry.location
    }
    by_use = {each.name for node in pipeline for each in node.inputs if each.each}
    return frozenset(by_location | by_use)


def _as(made: Made, dataset: str) -> Made:
    return changed(made, dataset=dataset)


def _live(made: Made, fingerprint: str) -> Made:
    """A value that cannot be kept is known by what made it."""
    return changed(made, fingerprint=combine("live", fingerprint, made.dataset))


def _of_executor(error: BaseException, work: Work) -> Failure:
    timeout = work.task.step.node.options.timeout
    if isinstance(error, TimeoutError) and timeout is not None:
        message = f"node `{work.task.name}` took longer than its timeout of {timeout:g} s"
        return Failure(kind="TimeoutError", message=message, report=message, at_fault="promise")
    message = str(error)
    hint = getattr(error, "hint", None)
    report = f"{message}\n\nhint: {hint}" if hint else message
    return Failure(
        kind=type(error).__name__, message=message, hint=hint, report=report, at_fault="worker"
    )


def _lost(gone: Gone) -> Failure:
    name = gone.made.dataset
    message = f"`{name}` is no longer in the store"
    hint = f"`tilth run --to {name}` makes it again"
    return Failure(
        kind="MissingDataError",
        message=message,
        hint=hint,
        report=f"{message}\n\nhint: {hint}",
        at_fault="data",
    )
