"""Where to look when tuning: a range or a list of choices for each parameter."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from tilth.errors import DefinitionError, nearest
from tilth.record import record

_KEYS = ("low", "high", "log", "step")


@record(kw_only=False)
class Range:
    """Numbers from `low` to `high`, both included; whole ones where both are whole.

    Attributes:
        low: The lower end.
        high: The upper end, above `low`.
        log: Whether factors count rather than differences.
        step: From one number to the next; None for any.
        lowest: Nothing below this makes sense to the estimator; None where that is not known.
        highest: Nothing above this does.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    lowest: float | None = None
    highest: float | None = None

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.low, int) and isinstance(self.high, int)


@record(kw_only=False)
class Choice:
    """One of several values.

    Attributes:
        values: At least one.
    """

    values: tuple[Any, ...]


Space = Mapping[str, Range | Choice]


def read_space(given: Mapping[str, Any], where: str) -> dict[str, Range | Choice | None]:
    """What a person wrote as ranges and choices.

    Args:
        given: Parameter -> `{low, high, log, step}`, a list of values, or nothing, where it
            shall not be tuned.
        where: Who asks, for messages.

    Raises:
        DefinitionError: Something in it is neither.
    """
    if not isinstance(given, Mapping):
        raise DefinitionError(
            f"{where} is {given!r:.80}, not parameters with ranges",
            hint="write `{learning_rate: {low: 0.01, high: 0.3, log: true}, max_depth: [3, 5]}`",
        )
    return {str(name): _read(value, f"{where}, `{name}`") for name, value in given.items()}


def _read(value: Any, where: str) -> Range | Choice | None:
    if value is None:
        return None
    if isinstance(value, list | tuple):
        return _choice(value, where)
    if isinstance(value, Mapping):
        return _range(value, where)
    raise DefinitionError(
        f"{where} is {value!r:.80}, neither a range nor a list of choices",
        hint="write `{low: 1, high: 100, log: true}` or `[1, 10, 100]`; what shall not vary is "
        "set under `estimators`",
    )


def _choice(values: Any, where: str) -> Choice:
    if not isinstance(values, list | tuple) or not values:
        raise DefinitionError(f"{where} has no values to choose from", hint="write `[1, 10, 100]`")
    for each in values:
        if not (each is None or isinstance(each, bool | int | float | str)):
            raise DefinitionError(
                f"{where} offers {each!r:.80}",
                hint="choices are numbers, texts, true, false or null",
            )
    if len({(type(each).__name__, each) for each in values}) < len(values):
        raise DefinitionError(f"{where} offers a value twice")
    return Choice(tuple(values))


def _range(given: Mapping[str, Any], where: str) -> Range:
    for key in given:
        if key not in _KEYS:
            near = nearest(str(key), _KEYS)
            raise DefinitionError(
                f"{where} has no setting `{key}`",
                hint=f"did you mean `{near}`?"
                if near
                else "a range has `low`, `high`, `log`, `step`",
            )
    for key in ("low", "high"):
        if key not in given:
            raise DefinitionError(f"{where} lacks `{key}`", hint="write `{low: 1, high: 100}`")
    low, high, step = given["low"], given["high"], given.get("step")
    log = given.get("log", False)
    for key, each in (("low", low), ("high", high), ("step", step)):
        if each is not None and not _is_number(each):
            raise DefinitionError(f"{where}: `{key}` is {each!r:.80}, not a number")
    if not isinstance(log, bool):
        raise DefinitionError(f"{where}: `log` is {log!r:.80}, neither true nor false")
    if not low < high:
        raise DefinitionError(f"{where} reaches from {low} to {high}: `low` must be below `high`")
    if log and low <= 0:
        raise DefinitionError(
            f"{where} begins at {low} with `log`", hint="factors need numbers above 0"
        )
    if step is not None and (log or step <= 0):
        why = "`log` and `step` exclude each other" if log else f"`step` is {step}"
        raise DefinitionError(f"{where}: {why}")
    return Range(low, high, log, step)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def merged(
    known: Space, asked: Mapping[str, Range | Choice | None], fixed: Mapping[str, Any]
) -> dict[str, Range | Choice]:
    """The known space with what a person changed, without what they fixed.

    Args:
        known: Of the estimator; its limits also hold for ranges that a person gives.
        asked: Parameter -> what a person wrote; None for "not that one".
        fixed: Parameters that a person has set.
    """
    found = {name: each for name, each in known.items() if name not in fixed}
    for name, each in asked.items():
        if each is None:
            found.pop(name, None)
            continue
        usual = known.get(name)
        if isinstance(each, Range) and isinstance(usual, Range):
            each = Range(each.low, each.high, each.log, each.step, usual.lowest, usual.highest)  # noqa: PLW2901
        found[name] = each
    return found
