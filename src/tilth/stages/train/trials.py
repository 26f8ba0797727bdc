"""Trials of a tuning: which settings come next, and which trial is not worth its end.

A tuning has the same outcome each time, however its workers are scheduled and whether or not it
was killed on the way. So which settings trial `k` gets follows from the seed and from trials up
to `k - ahead` alone, never from what happens to be finished; and whether a trial is given up
follows from the same. Optuna's sampler, which decides, is made anew for each trial with a seed
of its own, so that nothing is hidden in its generator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from tilth.data.library import need
from tilth.record import field, record
from tilth.stages.train.spaces import Choice, Range, Space

_DRAWN = 10
"""Trials that are drawn at random before what they tell is used, as Optuna has it."""

_ENOUGH = 5
"""Whole trials that there have to be before one is given up, as in Optuna's `MedianPruner`."""

State = Literal["running", "complete", "pruned", "failed"]


@record(frozen=False)
class Trial:
    """One try.

    Attributes:
        number: From 0, which is the estimator as it comes.
        settings: Those that vary; none of the first trial.
        scores: On the folds so far, in order; greater is better.
        seconds: That the folds took, together.
        state: `pruned` where it was given up, `failed` where the estimator raised.
        why: Why it failed.
    """

    number: int
    settings: dict[str, Any]
    scores: list[float] = field(default_factory=list)
    seconds: float = 0.0
    state: State = "running"
    why: str = ""

    @property
    def mean(self) -> float:
        """Over the folds so far."""
        return float(np.mean(self.scores)) if self.scores else float("nan")

    @property
    def over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state != "running"


class Trials:
    """All trials of one tuning, in order.

    References:
        J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl, "Algorithms for hyper-parameter
        optimization", NeurIPS 2011 (the sampler, TPE); D. Golovin and others, "Google Vizier: a
        service for black-box optimization", KDD 2017, section 3.2.1 (median stopping).
    """

    def __init__(
        self,
        space: Space,
        usual: Mapping[str, Any],
        *,
        n_folds: int,
        ahead: int,
        prune: bool = True,
        seed: int = 0,
    ) -> None:
        """Begin.

        Args:
            space: Where to look.
            usual: Settings of the first trial: the sampler learns from it where they lie within
                the space.
            n_folds: Scores of a whole trial.
            ahead: So many trials may run or wait at a time.
            prune: Whether trials are given up.
            seed: Of what is drawn.
        """
        self._optuna = need("optuna", "tuning", extra="tune")
        self._optuna.logging.set_verbosity(self._optuna.logging.WARNING)
        self._study = self._optuna.create_study(direction="maximize")
        self._distributions = {name: self._distribution(each) for name, each in space.items()}
        self._n_folds, self._ahead, self._prune, self._seed = n_folds, ahead, prune, seed
        self._asked: dict[int, Any] = {}
        self._usual = {name: usual[name] for name in space} if _within(usual, space) else None
        self.all: list[Trial] = []

    def _distribution(self, each: Range | Choice) -> Any:
        kinds = self._optuna.distributions
        if isinstance(each, Choice):
            return kinds.CategoricalDistribution(each.values)
        if each.whole:
            step = 1 if each.step is None else int(each.step)
            return kinds.IntDistribution(int(each.low), int(each.high), log=each.log, step=step)
        return kinds.FloatDistribution(each.low, each.high, log=each.log, step=each.step)

    def next(self) -> Trial | None:
        """The next trial; None where one has to end before it can be told."""
        number = len(self.all)
        known = number - self._ahead
        if known >= 0 and not self.all[known].over:
            return None
        if known >= 0:
            self._tell(self.all[known])
        self._study.sampler = self._optuna.samplers.TPESampler(
            seed=(self._seed * 1_000_003 + number) % 2**32,
            n_startup_trials=_DRAWN,
            multivariate=False,
        )
        settings: dict[str, Any] = {}
        if number > 0:
            asked = self._study.ask(self._distributions)
            settings = dict(asked.params)
            self._asked[number] = asked
        trial = Trial(number=number, settings=settings)
        self.all.append(trial)
        return trial

    def _tell(self, trial: Trial) -> None:
        if trial.number == 0:
            if self._usual is not None and trial.state == "complete":
                self._study.add_trial(self._frozen(self._usual, trial.mean))
            return
        asked, states = self._asked.pop(trial.number), self._optuna.trial.TrialState
        for fold in range(len(trial.scores)):
            asked.report(float(np.mean(trial.scores[: fold + 1])), fold)
        if trial.state == "complete":
            self._study.tell(asked, trial.mean)
        else:
            state = states.PRUNED if trial.state == "pruned" else states.FAIL
            self._study.tell(asked, state=state)

    def scored(self, trial: Trial, score: float, seconds: float) -> None:
        """The next fold of a trial has its score; the trial may be over by that."""
        trial.scores.append(score)
        trial.seconds += seconds
        if len(trial.scores) == self._n_folds:
            trial.state = "complete"
        elif self._prune and self._is_hopeless(trial):
            trial.state = "pruned"

    def failed(self, trial: Trial, why: str) -> None:
        """A trial has raised."""
        trial.state, trial.why = "failed", why

    def _is_hopeless(self, trial: Trial) -> bool:
        """Whether its mean is below the median of those before, over the same folds."""
        before = self.all[: max(0, trial.number - self._ahead + 1)]
        if sum(each.state == "complete" for each in before) < _ENOUGH:
            return False
        n = len(trial.scores)
        means = [np.mean(each.scores[:n]) for each in before if len(each.scores) >= n]
        return bool(trial.mean < np.median(means))

    @property
    def best(self) -> Trial | None:
        """The whole trial with the highest mean, the first of equal ones; None without any."""
        whole = [each for each in self.all if each.state == "complete"]
        return max(whole, key=lambda each: (each.mean, -each.number)) if whole else None

    def importances(self) -> dict[str, float]:
        """How much each setting has to do with being among the better trials; they sum to one.

        Empty where there are too few whole trials to tell, or nothing differs.

        References:
            S. Watanabe, A. Bansal, F. Hutter, "PED-ANOVA: efficiently quantifying hyperparameter
            importance in arbitrary subspaces", IJCAI 2023.
        """
        whole = [each for each in self.all[1:] if each.state == "complete"]
        if len(whole) < _DRAWN or len({each.mean for each in whole}) < 2:
            return {}
        study = self._optuna.create_study(direction="maximize")
        for each in whole:
            study.add_trial(self._frozen(each.settings, each.mean))
        evaluator = self._optuna.importance.PedAnovaImportanceEvaluator()
        found = self._optuna.importance.get_param_importances(study, evaluator=evaluator)
        return {name: float(value) for name, value in found.items()}

    def _frozen(self, settings: Mapping[str, Any], value: float) -> Any:
        return self._optuna.trial.create_trial(
            params=dict(settings), distributions=self._distributions, value=value
        )


def _within(usual: Mapping[str, Any], space: Space) -> bool:
    """Whether settings can be those of a trial."""
    return all(name in usual and _fits(usual[name], each) for name, each in space.items())


def _fits(value: Any, where: Range | Choice) -> bool:
    if isinstance(where, Choice):
        return any(type(value) is type(each) and value == each for each in where.values)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return where.low <= value <= where.high and not (where.whole and value != int(value))
