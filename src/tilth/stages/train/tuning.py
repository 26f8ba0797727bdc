"""Tuning: try settings of an estimator on folds, and keep the best."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor
from pathlib import Path
from time import monotonic
from typing import Any

from tilth.errors import DataError
from tilth.record import changed, field, record
from tilth.stages.train.journal import Entry, Journal
from tilth.stages.train.spaces import Space
from tilth.stages.train.trials import Trial, Trials
from tilth.stages.train.workers import Here, Processes, Workers

Score = Callable[[Any, Mapping[str, Any], int], tuple[float, float]]
"""What is shared, settings and a fold -> its score (greater is better) and its seconds."""


@record
class Budget:
    """What a tuning may cost.

    Attributes:
        trials: How many settings are tried.
        seconds: Nothing is begun after so long, and what runs then is given up.
        trial_seconds: A trial that takes longer has failed.
        workers: Processes.
        prune: Whether trials are given up that are worse than most before.
    """

    trials: int
    seconds: float | None = None
    trial_seconds: float | None = None
    workers: int = 1
    prune: bool = True

    @property
    def ahead(self) -> int:
        """How many trials may run or wait at a time: enough to keep workers busy beside one
        that is slow, and few enough for the sampler to learn. The same for one worker and two."""
        return max(4, 2 * self.workers)


@record
class Tuned:
    """What a tuning found.

    Attributes:
        trials: All of them, in order.
        best: The best of them.
        importances: Setting -> how much it has to do with being among the better ones.
        seconds: That it took, without what an earlier attempt had done.
        known: Folds that an earlier attempt had done.
        in_time: Whether all trials could be made within the limit of seconds.
    """

    trials: list[Trial]
    best: Trial
    importances: Mapping[str, float]
    seconds: float
    known: int
    in_time: bool = True


def tuned(
    score: Score,
    shared: Any,
    space: Space,
    usual: Mapping[str, Any],
    budget: Budget,
    *,
    n_folds: int,
    seed: int = 0,
    folder: Path | None = None,
    name: str = "the estimator",
) -> Tuned:
    """Try settings until the budget is spent.

    Args:
        score: Fits and scores one fold; a function that can be imported.
        shared: What it is given each time, sent to each worker once.
        space: Where to look.
        usual: Settings that the estimator comes with.
        budget: What it may cost.
        n_folds: Of each trial.
        seed: Of what is drawn.
        folder: Where to leave what is found for another attempt; None for nowhere.
        name: Of the estimator, for messages.

    Returns:
        What was found. With the same arguments it is the same each time, but for the seconds,
        unless the budget is one of time.

    Raises:
        DataError: No trial came to its end.
    """
    journal = Journal(None if folder is None else folder / "trials.jsonl")
    trials = Trials(
        space, usual, n_folds=n_folds, ahead=budget.ahead, prune=budget.prune, seed=seed
    )
    known, start = len(journal), monotonic()
    workers: Workers = (
        Here(score, shared)
        if budget.workers == 1 and budget.trial_seconds is None
        else Processes(score, shared, n=budget.workers, folder=folder)
    )
    with workers:
        _Search(trials=trials, journal=journal, workers=workers, budget=budget, start=start).go_on()
    best = trials.best
    if best is None:
        raise DataError(*_nothing(trials, name))
    return Tuned(
        trials=trials.all,
        best=best,
        importances=trials.importances(),
        seconds=monotonic() - start,
        known=known,
        in_time=len(trials.all) == budget.trials and all(each.over for each in trials.all),
    )


def _nothing(trials: Trials, name: str) -> tuple[str]:
    whys = [each.why for each in trials.all if each.why]
    said = f"; the first failed: {whys[0]}" if whys else ""
    return (f"none of {len(trials.all)} trials of `{name}` came to its end{said}",)


@record(frozen=False)
class _Search:
    """Keeps the workers busy."""

    trials: Trials
    journal: Journal
    workers: Workers
    budget: Budget
    start: float
    running: dict[int, tuple[Trial, int]] = field(default_factory=dict)
    ready: list[Trial] = field(default_factory=list)
    began: dict[int, float] = field(default_factory=dict)
    tickets: int = 0
    tried_again: set[tuple[int, int]] = field(default_factory=set)

    def go_on(self) -> None:
        """Until there is nothing left to do, or no time to do it in."""
        while True:
            self._fill()
            if not self.running:
                return
            for ticket, result in self.workers.wait(self._patience()):
                trial, fold = self.running.pop(ticket)
                self._heard(trial, fold, result)
            self._end_late_ones()

    # Beginning

    def _fill(self) -> None:
        """Give each idle worker the next fold of the oldest trial that waits for one."""
        while len(self.running) < self.workers.n and not self._is_late():
            self._look_ahead()
            if not self.ready:
                return
            trial = min(self.ready, key=lambda each: each.number)
            self.ready.remove(trial)
            fold = len(trial.scores)
            self.began.setdefault(trial.number, monotonic())
            self.tickets += 1
            self.running[self.tickets] = trial, fold
            self.workers.submit(self.tickets, (trial.settings, fold))
        if self.workers.n > 1:
            self._look_ahead()  # while the workers work, so that none waits for the sampler

    def _look_ahead(self) -> None:
        """Have a trial ready, where there can be one."""
        while not self.ready and len(self.trials.all) < self.budget.trials:
            trial = self.trials.next()
            if trial is None:
                return
            self._remember(trial)
            if not trial.over:
                self.ready.append(trial)

    def _remember(self, trial: Trial) -> None:
        """What an earlier attempt has found out of it."""
        while not trial.over:
            entry = self.journal.known(trial.number, trial.settings, len(trial.scores))
            if entry is None:
                return
            self._told(trial, entry)

    # Hearing

    def _heard(self, trial: Trial, fold: int, result: Any) -> None:
        if isinstance(result, BrokenExecutor) and (trial.number, fold) not in self.tried_again:
            # A worker died, and which of the trials under way it was that killed it is not told.
            self.tried_again.add((trial.number, fold))
            self.ready.append(trial)
            return
        entry = Entry(trial=trial.number, settings=trial.settings, fold=fold)
        if isinstance(result, BaseException):
            entry = changed(entry, why=f"{type(result).__name__}: {result}"[:500])
        else:
            entry = changed(entry, score=result[0], seconds=result[1])
        self.journal.keep(entry)
        self._told(trial, entry)
        if not trial.over:
            self.ready.append(trial)

    def _told(self, trial: Trial, entry: Entry) -> None:
        if entry.score is None:
            self.trials.failed(trial, entry.why)
        else:
            self.trials.scored(trial, entry.score, entry.seconds)

    # Time

    def _is_late(self) -> bool:
        limit = self.budget.seconds
        return limit is not None and monotonic() - self.start >= limit

    def _patience(self) -> float | None:
        """Seconds until the next limit is reached; None without any."""
        ends = []
        if self.budget.seconds is not None:
            ends.append(self.start + self.budget.seconds)
        if self.budget.trial_seconds is not None:
            begun = [self.began[trial.number] for trial, _ in self.running.values()]
            ends += [each + self.budget.trial_seconds for each in begun]
        return max(0.0, min(ends) - monotonic()) if ends else None

    def _end_late_ones(self) -> None:
        limit = self.budget.trial_seconds
        for ticket, (trial, fold) in list(self.running.items()):
            over = limit is not None and monotonic() - self.began[trial.number] >= limit
            if over or self._is_late():
                self.workers.give_up(ticket)
                del self.running[ticket]
            if over:
                why = f"it took longer than the {limit:g} seconds of `trial_seconds`"
                entry = Entry(trial=trial.number, settings=trial.settings, fold=fold, why=why)
                self.journal.keep(entry)
                self._told(trial, entry)
