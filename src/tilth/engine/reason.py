"""Why a node must run: one of a closed list, the cheapest and most telling first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from tilth.history.record import NodeRun, Recipe
from tilth.record import record


class Reason(StrEnum):
    """Why a node must run. The value is what the history keeps."""

    FORCED = "forced"
    NOT_CACHED = "not cached"
    NEVER_RAN = "never ran"
    CODE_CHANGED = "code changed"
    PARAMETER_CHANGED = "parameter changed"
    INPUT_CHANGED = "input changed"
    FORMAT_CHANGED = "format changed"
    LIBRARY_CHANGED = "library changed"
    PYTHON_CHANGED = "Python changed"
    DEFINITION_CHANGED = "definition changed"
    REFRESH_DUE = "refresh due"
    OUTPUT_LOST = "output lost"
    GATHERED = "partitions gathered"
    UPSTREAM = "waits for upstream"

    @property
    def meaning(self) -> str:
        """One sentence for people."""
        return _MEANINGS[self]


_MEANINGS = {
    Reason.FORCED: "you asked for it to run in any case",
    Reason.NOT_CACHED: "it is declared impure (`cache: false`), so it always runs",
    Reason.NEVER_RAN: "it has never run to its end",
    Reason.CODE_CHANGED: "its function changed, or something that its function uses",
    Reason.PARAMETER_CHANGED: "a parameter has another value",
    Reason.INPUT_CHANGED: "an input has other bytes",
    Reason.FORMAT_CHANGED: "a dataset is read or written in another way",
    Reason.LIBRARY_CHANGED: "a library that its code uses has another version",
    Reason.PYTHON_CHANGED: "Python has another minor version",
    Reason.DEFINITION_CHANGED: "the node takes or gives its datasets in another way",
    Reason.REFRESH_DUE: "its result is older than `refresh` allows",
    Reason.OUTPUT_LOST: "something that it made is no longer in the store",
    Reason.GATHERED: "a partition that it runs for is new, changed or gone",
    Reason.UPSTREAM: "a node before it runs, and may give it something new",
}


@record(kw_only=False)
class Now:
    """What a node would be if it ran now.

    Attributes:
        fingerprint: Of recipe and inputs.
        recipe: All that decides besides the inputs.
        inputs: Dataset -> fingerprint.
        cache: False where it is impure.
        oldest: Seconds since 1970 before which a result is too old; 0 for any age.
    """

    fingerprint: str
    recipe: Recipe
    inputs: Mapping[str, str]
    cache: bool = True
    oldest: float = 0.0


def reason_to_run(
    now: Now,
    last: NodeRun | None,
    recipe_of: Callable[[str], Recipe],
    *,
    kept: bool,
    forced: bool = False,
) -> Reason | None:
    """Say why a node must run, or None where a recorded result still holds.

    Args:
        now: What it would be.
        last: The recorded node run with this fingerprint where there is one, else the node's
            last one, else None.
        recipe_of: Fingerprint of a recipe -> the recipe.
        kept: Whether all outputs of `last` can still be had.
        forced: Whether a person asked for it.
    """
    reason = reason_at_once(last, cache=now.cache, forced=forced)
    if reason is not None or last is None:
        return reason
    if last.fingerprint != now.fingerprint:
        return difference(now, last, recipe_of(last.recipe))
    if last.started_at < now.oldest:
        return Reason.REFRESH_DUE
    return None if kept else Reason.OUTPUT_LOST


def reason_at_once(last: NodeRun | None, *, cache: bool, forced: bool) -> Reason | None:
    """Say why a node must run whatever it is by now, or None where that has to be looked at."""
    if forced:
        return Reason.FORCED
    if not cache:
        return Reason.NOT_CACHED
    return Reason.NEVER_RAN if last is None else None


def difference(now: Now, last: NodeRun, recipe: Recipe) -> Reason:
    """The first thing that differs between now and a recorded node run."""
    new = now.recipe
    compared = (
        (Reason.CODE_CHANGED, (new.function, new.code), (recipe.function, recipe.code)),
        (Reason.PARAMETER_CHANGED, new.parameters, recipe.parameters),
        (Reason.PYTHON_CHANGED, new.python, recipe.python),
        (Reason.LIBRARY_CHANGED, new.libraries, recipe.libraries),
        (Reason.FORMAT_CHANGED, new.formats, recipe.formats),
        (Reason.INPUT_CHANGED, dict(now.inputs), dict(last.inputs)),
    )
    differing = (reason for reason, ours, theirs in compared if ours != theirs)
    return next(differing, Reason.DEFINITION_CHANGED)
