"""Recording what came of the work of one run."""

from __future__ import annotations

from time import time

from tilth.engine.call import Failure, Outcome
from tilth.engine.reason import Reason
from tilth.engine.step import Step, Task
from tilth.engine.work import Work
from tilth.history.record import Made, NodeRun, new_node_run
from tilth.history.store import History


class Recorder:
    """Writes the node runs of one run into the history.

    Args:
        history: Where.
        run: The run's number.
    """

    def __init__(self, history: History, run: int) -> None:
        self._history = history
        self._run = run
        self._reused: list[tuple[str, NodeRun]] = []
        self._recipes: set[str] = set()

    def source(self, made: Made) -> None:
        """A version that the run read and did not make."""
        self._history.add_source(self._run, made)

    def done(self, work: Work, outcome: Outcome, made: tuple[Made, ...]) -> NodeRun:
        """It ran to its end."""
        self._add_recipe(work.task.step)
        return self._history.record(
            new_node_run(
                run=self._run,
                node=work.task.name,
                fingerprint=work.fingerprint,
                recipe=work.task.step.recipe.fingerprint,
                state="done",
                reason=str(work.reason),
                started_at=outcome.started_at,
                seconds=outcome.seconds,
                load_seconds=outcome.load_seconds,
                save_seconds=outcome.save_seconds,
                peak_bytes=outcome.peak_bytes,
                attempt=work.attempt,
                inputs={name: each.fingerprint for name, each in work.task.inputs.items()},
                outputs=made,
                metrics=outcome.metrics,
            )
        )

    def gathered(self, whole: Task, made: tuple[Made, ...]) -> NodeRun:
        """All partitions of a fan-out have their results: they are one version from now on."""
        self._add_recipe(whole.step)  # where there was no partition, nothing else told of it
        return self._history.record(
            NodeRun(
                run=self._run,
                node=whole.name,
                fingerprint=whole.fingerprint(),
                recipe=whole.step.recipe.fingerprint,
                state="done",
                reason=str(Reason.GATHERED),
                started_at=time(),
                inputs={name: each.fingerprint for name, each in whole.inputs.items()},
                outputs=made,
            )
        )

    def failed(self, work: Work, failure: Failure, outcome: Outcome | None) -> NodeRun:
        """It failed, and will not be tried again; what it logged until then is kept.

        Args:
            work: What failed.
            failure: Why.
            outcome: What its call came to, None where it was not even called.
        """
        return self._other(work, "failed", failure, outcome or Outcome())

    def interrupted(self, work: Work) -> NodeRun:
        """The user stopped it."""
        return self._other(work, "interrupted", None, Outcome())

    def _other(self, work: Work, state: str, failure: Failure | None, outcome: Outcome) -> NodeRun:
        self._add_recipe(work.task.step)
        return self._history.record(
            NodeRun(
                run=self._run,
                node=work.task.name,
                fingerprint=work.fingerprint,
                recipe=work.task.step.recipe.fingerprint,
                state=state,
                reason=str(work.reason),
                started_at=outcome.started_at or time(),
                seconds=outcome.seconds,
                attempt=work.attempt,
                inputs={name: each.fingerprint for name, each in work.task.inputs.items()},
                metrics=outcome.metrics,
                error=failure.message.partition("\n")[0] if failure else "",
                log=failure.report if failure else "",
            )
        )

    def reused(self, name: str, node_run: NodeRun) -> None:
        """An earlier node run was taken over; they are written together at the end."""
        self._reused.append((name, node_run))

    def finish(self) -> None:
        """Write what is left."""
        if self._reused:
            self._history.record_reused(self._run, self._reused)
            self._reused = []

    def _add_recipe(self, step: Step) -> None:
        if step.recipe.fingerprint not in self._recipes:
            self._recipes.add(step.recipe.fingerprint)
            self._history.add_recipe(step.recipe, step.texts())
