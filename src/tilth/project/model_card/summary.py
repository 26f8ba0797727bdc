"""The first sentences of a card, for readers without any background."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tilth.models.registry import PRODUCTION
from tilth.project.model_card.facts import Card
from tilth.project.model_card.words import chance, clock, number, plural


def summary(card: Card) -> list[str]:
    """What a reader without any background should know, in a few sentences."""
    return [
        *_task(card),
        *_learned(card),
        *quality(card),
        *_weakest(card),
        *_goals(card),
        *_standing(card),
    ]


def _task(card: Card) -> Iterator[str]:
    target, classes = card.signature.get("target"), card.signature.get("classes")
    if card.about:
        yield card.about.rstrip(".") + "."
    if not card.signature:
        made = card.known.made
        yield f"It is {made.shape}, which this project calls `{made.dataset}`."
    elif classes is None:
        yield f"For each row that it is given, it says how large {_of(target)} is."
    elif len(classes) == 2:
        yield f"For each row that it is given, it says whether {_of(target)} is {_or(classes)}."
    else:
        kinds = f"{len(classes)} kinds"
        yield f"For each row that it is given, it says which of {kinds} {_of(target)} is."


def _of(target: str | None) -> str:
    return f"`{target}`" if target else "what it learned to predict"


def _or(classes: Sequence[Any]) -> str:
    shown = [str(each).lower() if isinstance(each, bool) else f"`{each}`" for each in classes]
    return " or ".join(reversed(shown))


def _learned(card: Card) -> Iterator[str]:
    learned = card.signature.get("learned_from")
    if learned:
        n = len(card.signature["columns"])
        yield (
            f"It learned from {learned['rows']:,} rows of `{learned['dataset']}`, of which it "
            f"looks at {plural(n, 'column')}."
        )


def quality(card: Card) -> Iterator[str]:
    """How often it is wrong, where that is on record."""
    test = card.test
    if not test:
        return
    rows = f"{test['rows']:,} rows"
    rows += f" of `{card.rows_of_test}`" if card.rows_of_test else ""
    rows += ", none of which it learned from" if card.is_unseen else ""
    if test["wrong"] is not None:
        yield f"On {rows}, {chance(test['wrong'])} answers are wrong."
    else:
        yield f"On {rows}, its mean {test['loss']} is {number(test['overall'])}."


def _weakest(card: Card) -> Iterator[str]:
    if card.test.get("findings"):
        worst = card.test["findings"][0]
        where = f"It is weakest where {worst['slice']}: there,"
        if card.test["loss"] == "error":
            yield f"{where} {chance(worst['error'])} answers are wrong."
        elif card.test["wrong"] is not None:
            yield f"It is weakest where {worst['slice']}."
        else:
            yield f"{where} its mean {card.test['loss']} is {number(worst['error'])}."


def _goals(card: Card) -> Iterator[str]:
    goals = card.verdict.get("goals", ())
    if goals:
        missed = [each for each in goals if each["stands_in_the_way"]]
        met = "all" if not missed else f"{len(goals) - len(missed)}"
        yield f"Of the {plural(len(goals), 'goal')} that were set for it, it meets {met}."


def _standing(card: Card) -> Iterator[str]:
    version = card.known.version
    if PRODUCTION in version.aliases:
        since = max(each.happened_at for each in version.decisions if each.alias == PRODUCTION)
        yield f"It is live, as `{version.model}@{PRODUCTION}`, since {clock(since)}."
    elif version.state in ("refused", "retired"):
        yield f"It may not be used: it is {version.state}."
    else:
        yield "It is not live."
