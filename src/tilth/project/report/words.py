"""What a run found, in plain words: for people who have never trained a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tilth.config.scope import ScopeSettings
from tilth.project.report.facts import Chapter, Fact
from tilth.project.report.shown import by_name, number, of_hundred
from tilth.project.report.success import Success, success_by_measures, success_of
from tilth.project.report.test_uses import OFTEN
from tilth.record import record

_SMALLER = 1.5
"""A model that is not so many times smaller is not told of."""

_TOLD = 3
"""Columns, slices and actions on the first page, at most."""


@record
class Sentence:
    """A few sentences about one thing.

    Attributes:
        text: In plain words; names of columns and values stand in backticks.
        facts: What it rests on.
    """

    text: str
    facts: tuple[Fact, ...] = ()


@record
class Paragraph:
    """What a reader asks, and the answer.

    Attributes:
        title: The question.
        sentences: The answer; what comes first is most telling.
    """

    title: str
    sentences: tuple[Sentence, ...]


SCOPE_TITLE = "What it is for"

UNSAID = "nobody has said"

_PARTS = {
    "problem": "The problem",
    "metric": "How it is judged",
    "baseline": "What it has to beat",
    "costs": "What it costs",
    "risks": "What may go wrong",
}


def scope_in_words(scope: ScopeSettings) -> list[tuple[str, str]]:
    """What people said before anything was built: title and text, which may be empty."""
    return [(_PARTS[part], said) for part, said in scope.parts().items()]


def paragraphs(chapter: Chapter) -> list[Paragraph]:
    """What there is to say of one model."""
    asked = (
        ("What it does", _purpose(chapter)),
        ("How good it is", _quality(chapter)),
        ("What it looks at", _reasons(chapter)),
        ("Where it errs more", _weak(chapter)),
        ("How small it can be", _small(chapter)),
        ("Whether it may be used", _goals(chapter)),
        ("What to do next", _next(chapter)),
        ("What to be careful about", _warnings(chapter)),
    )
    found = ((title, tuple(sentences)) for title, sentences in asked)
    return [Paragraph(title=title, sentences=told) for title, told in found if told]


def _purpose(chapter: Chapter) -> Iterator[Sentence]:
    comparison, said = chapter.get("comparison"), chapter.get("predictions")
    if comparison is None:
        return
    target = target_of(chapter)
    what = f"It guesses `{target}`" if target else "It makes a guess"
    rows = ""
    if said is not None and said.version.rows:
        rows = f" To see how well, it was asked about {said.version.rows:,} cases that it had "
        rows += "not seen before."
    kind = by_name(comparison.value["chosen"])
    text = f"{what} for each case, from what else is known of it.{rows} It is {kind}."
    yield Sentence(text=text, facts=tuple(filter(None, (comparison, said))))


def target_of(chapter: Chapter) -> str:
    """The column that the model predicts; empty where nobody says."""
    for kind in ("model", "predictions", "advice", "slices"):
        found = chapter.get(kind)
        if found is not None and (target := found.asked().get("target")):
            return str(target)
    return str((chapter.value("importance") or {}).get("target") or "")


# How good


def success_in(chapter: Chapter, target: str) -> tuple[Fact | None, Success | None]:
    """How well the model does, and what says so: its predictions, or what measured them."""
    said, quality = chapter.get("predictions"), chapter.get("quality")
    if said is not None and (found := success_of(said.value, target)) is not None:
        return said, found
    return quality, success_by_measures(quality.value) if quality is not None else None


def _quality(chapter: Chapter) -> Iterator[Sentence]:
    fact, success = success_in(chapter, target_of(chapter))
    if fact is not None and success is not None:
        yield Sentence(text=_of_success(success), facts=(fact,))
        if success.found is not None:
            yield Sentence(text=_of_rare(success), facts=(fact,))
    comparison = chapter.get("comparison")
    if comparison is not None:
        yield Sentence(text=_of_choice(comparison.value), facts=(comparison,))


def _of_success(success: Success) -> str:
    own, simple = success.own, success.simple
    if success.is_quantity:
        text = (
            f"It is off by {number(own.value)} on average (likely {number(own.interval.low)} to "
            f"{number(own.interval.high)}). "
        )
        if simple is None:
            return text.strip()
        text += f"To say {number(success.usual)} each time would be off by {number(simple)}."
        better = own.interval.high < simple
    else:
        low, high = of_hundred(own.interval.low), of_hundred(own.interval.high)
        likely = f" (likely {low} to {high})" if low != high else ""
        text = f"Of 100 cases it gets about {of_hundred(own.value)} right{likely}. "
        if simple is None:
            return text.strip()
        text += f"To say `{success.usual}` each time would get {of_hundred(simple)} right."
        better = own.interval.low > simple
    return text if better else f"{text} So it is not clearly better than that."


def _of_rare(success: Success) -> str:
    found, right = success.found, success.right
    assert found is not None
    text = f"Of 100 cases that are `{success.rare}`, it finds {of_hundred(found)}."
    if right is not None:
        text += f" Of 100 that it calls `{success.rare}`, {of_hundred(right)} are."
    return text


def _of_choice(comparison: Mapping[str, Any]) -> str:
    models = comparison["models"]
    chosen, best = comparison["chosen"], comparison["best"]
    text = f"{len(models)} models were tried, simple ones among them. "
    if chosen == best and comparison["simplest_within_noise"] == chosen:
        return f"{text}This one was the best, and no simpler one came close."
    if chosen == best:
        simpler = by_name(comparison["simplest_within_noise"])
        return f"{text}This one was the best, but {simpler} is simpler and may be just as good."
    return f"{text}This one is the simplest that may be as good as the best."


# What it looks at


def _reasons(chapter: Chapter) -> Iterator[Sentence]:
    fact = chapter.get("importance")
    if fact is None:
        return
    found = fact.value
    columns = [each for each in found["columns"] if each["strength"]["value"] > 0][:_TOLD]
    if not columns:
        yield Sentence(text="Nothing that is known of a case changes what it says.", facts=(fact,))
        return
    names = _listed([f"`{each['column']}`" for each in columns])
    yield Sentence(text=f"What counts most is {names}.", facts=(fact,))
    told = [_direction(each, found) for each in columns]
    if any(told):
        yield Sentence(text=" ".join(filter(None, told)), facts=(fact,))


def _direction(column: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    if len(found["outputs"]) > 1:
        return ""
    about = found["target"] or "what it says"
    if found["scale"] != "value":
        of = f"that `{found['target']}` is " if found["target"] else "of "
        about = f"the chance {of}`{found['outputs'][0]}`"
    elif found["target"]:
        about = f"`{about}` is"
    name, direction = f"`{column['column']}`", column["direction"]
    if direction in ("raises", "lowers"):
        return f"The more {name}, the {'higher' if direction == 'raises' else 'lower'} {about}."
    levels = column["levels"]
    if levels:
        top = max(levels, key=lambda level: levels[level])
        if levels[top] > 0:
            higher = f"{about} higher" if about.endswith(" is") else f"{about} is higher"
            return f"With {name} = `{top}`, {higher}."
    return ""


# Where it errs


def _weak(chapter: Chapter) -> Iterator[Sentence]:
    fact = chapter.get("slices")
    if fact is None:
        return
    found = fact.value
    if not found["findings"]:
        text = "No kind of case was found for which it is clearly worse than for the rest."
        yield Sentence(text=text, facts=(fact,))
    for each in found["findings"][:_TOLD]:
        yield Sentence(text=_of_slice(each, found["loss"]), facts=(fact,))


def _of_slice(each: Mapping[str, Any], loss: str) -> str:
    where = f"Where `{each['title']}` ({each['rows']:,} cases), "
    if loss == "error":
        wrong, usual = of_hundred(each["error"]), of_hundred(each["overall"])
        return f"{where}it is wrong {wrong} times in 100, and over all cases {usual} times."
    if loss == "absolute error":
        own, all_of_it = number(each["error"]), number(each["overall"])
        return f"{where}it is off by {own}, and over all cases by {all_of_it}."
    times = each["error"] / each["overall"] if each["overall"] else 0.0
    return f"{where}it errs {times:.1f} times as much as it does over all cases."


# How small, and whether it may be used


def _small(chapter: Chapter) -> Iterator[Sentence]:
    fact = chapter.get("small_comparison")
    if fact is None:
        return
    found = fact.value
    times, lost = found["times_smaller"], found["loss"]["value"]
    if times < _SMALLER:
        text = "No model was found that is much smaller and nearly as good."
    elif lost <= 0:
        text = f"One that is {times:.0f} times smaller is as good."
    else:
        text = f"One that is {times:.0f} times smaller is nearly as good: it loses "
        text += f"{of_hundred(lost)} % of what this one has."
    yield Sentence(text=text, facts=(fact,))


def _goals(chapter: Chapter) -> Iterator[Sentence]:
    fact = chapter.get("goals")
    if fact is None:
        return
    goals = fact.value.to_dicts()
    met = sum(each["outcome"] == "passed" for each in goals)
    if met == len(goals):
        one = "goal that people set, and meets it" if met == 1 else "goals that people set, and "
        text = f"It was held against {met} {one}{'' if met == 1 else 'meets them all'}."
        yield Sentence(text=text, facts=(fact,))
        for each in goals[:_TOLD]:
            yield Sentence(text=f"The goal is: {_as_wished(each)}", facts=(fact,))
        return
    for each in goals:
        if each["outcome"] != "passed":
            sure = (
                "It misses a goal"
                if each["outcome"] == "failed"
                else ("It is not shown that it meets a goal")
            )
            text = f"{sure}: {_as_wished(each)} {each['evidence']}."
            yield Sentence(text=text, facts=(fact,))


def _as_wished(goal: Mapping[str, Any]) -> str:
    """A goal with the reason that people gave for it."""
    return f"{goal['goal']}." + (f" The reason: {goal['why']}." if goal["why"] else "")


# What next


def _next(chapter: Chapter) -> Iterator[Sentence]:
    fact = chapter.get("advice")
    if fact is None:
        return
    actions = [each for each in fact.value["actions"] if each["kind"] != "leave it"][:_TOLD]
    if not actions:
        text = "Nothing that was looked at is worth its work: more cases and better labels would "
        yield Sentence(text=f"{text}gain too little to see.", facts=(fact,))
    for each in actions:
        words = _ACTIONS.get(each["kind"], each["kind"].capitalize())
        yield Sentence(text=f"{words}: {each['what']}.", facts=(fact,))


_ACTIONS = {
    "fix labels": "Look again at answers that may be wrong",
    "revise the instruction": "Agree on what the answers mean",
    "collect rows": "Collect more cases",
    "merge classes": "Make one answer of two",
}


# Careful


def _warnings(chapter: Chapter) -> Iterator[Sentence]:
    comparison, noise = chapter.get("comparison"), chapter.get("noise")
    for text in (comparison.value["warnings"] if comparison else ())[:_TOLD]:
        assert comparison is not None
        yield Sentence(text=f"{text[0].upper()}{text[1:]}.", facts=(comparison,))
    if noise is not None and (n := _clearly_wrong(noise.value)):
        text = f"About {n:,} of {noise.value['rows_looked_at']:,} answers that it was taught or "
        yield Sentence(text=f"{text}tested with look wrong.", facts=(noise,))
    yield from _left_out(chapter)
    yield from _leaking(chapter)
    said = chapter.get("predictions")
    if said is not None and chapter.n_measured > OFTEN:
        text = f"The same test was used for {chapter.n_measured} models by now. Who looks so often "
        yield Sentence(text=f"{text}finds one that is good by luck.", facts=(said,))


def _left_out(chapter: Chapter) -> Iterator[Sentence]:
    """Cases of which nobody knows the answer."""
    fact = chapter.get("split")
    if fact is None or not (lost := fact.value.get("without_target")):
        return
    text = (
        f"{lost:,} of {fact.value['rows'] + lost:,} cases have no answer to learn from, and were "
    )
    text += "left out. If they lack it for a reason, it may be wrong about such cases."
    yield Sentence(text=text, facts=(fact,))


def _leaking(chapter: Chapter) -> Iterator[Sentence]:
    """What may have been known in training and will not be where the model is asked."""
    fact = chapter.get("leakage")
    if fact is None:
        return
    for each in fact.value.head(_TOLD).to_dicts():
        yield Sentence(text=_leak(each), facts=(fact,))


def _leak(leak: Mapping[str, Any]) -> str:
    """What gives an answer away."""
    kind, column = leak["kind"], leak["column"]
    if kind in ("same_row", "near_row"):
        return f"{leak['n']:,} cases that it was tested with were among those it was taught."
    if kind in ("same_key", "same_group"):
        return (
            f"{leak['n']:,} cases that it was tested with have the `{column}` of one it was taught."
        )
    if kind == "late_training":
        return f"{leak['n']:,} cases it was taught came later than some it was tested with."
    if kind == "known_later":
        return f"What `{column}` says may not be known yet when one asks."
    return f"The column `{column}` may give the answer away, and not be known when one asks."


def _clearly_wrong(noise: Mapping[str, Any]) -> int:
    """Labels that look wrong, without those that could as well be right."""
    kinds = noise.get("kinds")
    if not noise.get("suspects") or not kinds:
        return 0
    share = sum(kinds[each]["value"] or 0.0 for each in ("random", "systematic"))
    return round(float(noise["suspects"]) * share)


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
