"""A version, the rows and the others brought together: what the gate needs to know is found out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from tilth.errors import DataError, UnknownNameError
from tilth.models.asking import Asked, behaviour_of
from tilth.models.gate import BASELINE, CANDIDATE, LIVE, Facts, judge
from tilth.models.goals import ModelGoals
from tilth.models.verdict import Verdict
from tilth.quality.measures.outcome import outcome_of
from tilth.record import field, record


@record(kw_only=False)
class Named:
    """A model, and what it is called."""

    name: str
    model: Any = field(repr=False)


def examine(
    goals: ModelGoals,
    rows: pl.DataFrame,
    candidate: Named,
    *,
    live: Named | None = None,
    baseline: Named | None = None,
    cases: Callable[[str], pl.DataFrame],
    megabytes: float | None = None,
    rows_digest: str = "",
) -> Verdict:
    """Ask the models about the rows, and hold the candidate against its goals.

    Args:
        goals: What it must meet.
        rows: With what is so, and all columns that goals name.
        candidate: The version that is judged.
        live: What is live; None where nothing is. The candidate itself is not compared.
        baseline: The simple model; None for the best constant answer.
        cases: Name of a dataset -> its rows, for goals of `minimum`.
        megabytes: What the candidate takes; None where that is not known.
        rows_digest: The fingerprint of the rows.

    Raises:
        UnknownNameError: A column is not there.
        DataError: There are no rows, a model cannot answer them, or a measure does not fit.
    """
    where = f"dataset `{goals.rows}`"
    if goals.target not in rows.columns:
        place = f"{goals.place}, " if goals.place else ""
        raise UnknownNameError("column", goals.target, rows.columns, where=f"{place}{where}")
    if not rows.height:
        raise DataError(f"{where}: there are no rows", hint="nothing can be judged on it")
    asked = Asked.of(candidate.name, candidate.model, rows, goals)
    judgements = {CANDIDATE: asked.judgement(rows, goals.target, where)}
    wanted = {each.against for each in goals.goals}
    for who, other in ((LIVE, live), (BASELINE, baseline)):
        if other is not None and who in wanted and other.name != candidate.name:
            others = Asked.of(other.name, other.model, rows, goals)
            judgements[who] = others.judgement(rows, goals.target, where)
    timed = any(each.kind == "latency_ms" for each in goals.goals)
    facts = Facts(
        model=candidate.name,
        rows=goals.rows,
        rows_digest=rows_digest,
        table=rows,
        answered=outcome_of(judgements, positive=goals.positive, where=where),
        live=live.name if live is not None else "",
        baseline=baseline.name if baseline is not None else "",
        milliseconds=asked.milliseconds(rows) if timed else None,
        megabytes=megabytes,
        behaviour=behaviour_of(asked, goals, rows, cases),
    )
    return judge(goals, facts)
