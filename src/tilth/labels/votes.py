"""From a label log to votes, of which agreement is measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tilth.labels.entry import GIVEN, Decision, Label, Verdict
from tilth.quality.votes import Votes

BOTH, NEITHER = "(both)", "(neither)"
"""What people say who find no single class right; for agreement, classes of their own."""


def is_independent(decision: Decision) -> bool:
    """Whether it is a person's who saw neither the given label nor a suggestion.

    Only such decisions show how far people agree: whoever was shown a label leans towards it.
    """
    unshown = decision.given is None and decision.suggested is None
    return unshown and decision.labeler != GIVEN


def votes(decisions: Iterable[Decision], classes: Sequence[Label]) -> Votes:
    """Sure decisions as votes; classes are told as text.

    Args:
        decisions: At most one of each labeler about each item.
        classes: All classes, in order; `(both)` and `(neither)` join them where they occur.

    Raises:
        ValueError: There is no sure decision, or one is for a class that is not among these.
    """
    cast = [each for each in decisions if each.verdict.is_sure]
    names = [_name(each) for each in cast]
    known = [*map(str, classes), *(word for word in (BOTH, NEITHER) if word in set(names))]
    return Votes.of(
        [each.item for each in cast], [each.labeler for each in cast], names, classes=known
    )


def _name(decision: Decision) -> str:
    words = {Verdict.BOTH: BOTH, Verdict.NEITHER: NEITHER}
    return words.get(decision.verdict) or str(decision.label)
