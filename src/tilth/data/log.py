"""Metrics that a function logs while it works, beside those that it returns.

They stay in memory until the node is through, and then go with the record of its execution: a
node that is killed loses its own, and one that is reused shows what it logged when it ran.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from contextvars import ContextVar
from operator import index
from types import TracebackType
from typing import Any, Self

from tilth.data.metrics import Flat, flatten, to_json
from tilth.errors import DataError

_mine: ContextVar[Logged | None] = ContextVar("tilth_logged", default=None)

_under_way: set[Logged] = set()
"""Which logs are open in this process, to tell a node's own thread from plain Python."""

_NUMBERS = (float, int, bool)

_Kept = float | list[Flat]
"""What was logged last under a name: a number, or anything else as metrics."""


def log(
    metrics: Mapping[str, Any] | None = None, /, *, step: int | None = None, **more: Any
) -> None:
    """Add metrics to the node run that is under way, without returning them.

    Outside of a run the values are checked, and nothing is kept: a function that logs can be
    called and tested as it is.

    Args:
        metrics: Name -> number, interval, curve, table or group of them, as `format: metrics` has
            them. The last value of a name counts.
        step: When in the node's own time, such as the number of an epoch. With a step, values
            must be numbers, and all of them are kept, as a curve beside the last one.
        more: The same by keyword.

    Raises:
        DataError: A name is no text, a value no metric or a step no whole number; or the
            caller is in a thread or process of the function's own, or its node has ended.
    """
    mine = _mine.get()
    if mine is None:
        _refuse_strangers()
        mine = Logged("")
    else:
        mine.refuse_late()
    if step is not None and type(step) is not int:
        step = _whole(step)
    given = more if metrics is None else {**_named(metrics), **more}
    for name, value in given.items():
        mine.add(name, value, step)


class Logged:
    """While this is entered, `log` adds to it.

    Args:
        node: Whose metrics they are.
    """

    __slots__ = ("_curves", "_ended", "_last", "_process", "_token", "node")

    def __init__(self, node: str) -> None:
        self.node = node
        self._process = os.getpid()
        self._ended = False
        self._last: dict[str, _Kept] = {}
        self._curves: dict[str, list[tuple[int, float]]] = {}

    def __enter__(self) -> Self:
        self._token = _mine.set(self)
        _under_way.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _under_way.discard(self)
        _mine.reset(self._token)
        self._ended = True

    def add(self, name: str, value: Any, step: int | None) -> None:
        """Keep one value; see `log`."""
        if name not in self._last:
            _check_name(name)
        kept: _Kept = value if type(value) in _NUMBERS else _simple(name, value)
        if step is not None:
            if isinstance(kept, list):
                raise DataError(
                    f"metric `{name}` at step {step} is {_shown(value)}, which is no number",
                    hint="log intervals, curves and tables without `step`",
                )
            self._curves.setdefault(name, []).append((step, _float(kept)))
        self._last[name] = kept

    def refuse_late(self) -> None:
        """Refuse what is logged where nobody would ever see it."""
        if self._ended:
            raise DataError(
                f"node `{self.node}` has ended: what is logged now belongs to no node run",
                hint="wait for the threads that a function starts before it returns",
            )
        if self._process != os.getpid():
            raise DataError(
                f"node `{self.node}` runs in another process: what is logged here is lost",
                hint="return the values to the function, and log them there",
            )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was logged."""
        return not self._last

    def flat(self) -> Iterator[Flat]:
        """All that was logged, as `flatten` gives it; a curve lies beside its last value."""
        for name, kept in self._last.items():
            curve = self._curves.get(name)
            data = None if curve is None else _curve(curve)
            if isinstance(kept, list):
                yield from [
                    (*each[:4], each[4] or (data if each[0] == name else None)) for each in kept
                ]
            else:
                yield name, _float(kept), None, None, data


def together(returned: list[Flat], logged: Logged) -> list[Flat]:
    """What a node returned and what it logged; a name that is in both has the returned value.

    A curve that was logged under it is kept, unless a curve was returned as well.
    """
    if logged.is_empty:
        return returned
    found = {each[0]: each for each in logged.flat()}
    both = []
    for each in returned:
        twin = found.get(each[0])
        both.append(each if twin is None else (*each[:4], each[4] or twin[4]))
    names = {each[0] for each in returned}
    return both + [each for name, each in found.items() if name not in names]


def _refuse_strangers() -> None:
    """Refuse a thread that a node's function started, since no run would hear of its values."""
    if not _under_way:
        return
    import threading  # loaded long ago where there are threads

    name = threading.current_thread().name
    raise DataError(
        f"thread `{name}` does not know which node it works for, so it cannot log",
        hint="start it in the node's context: `contextvars.copy_context().run(work)`",
    )


def _named(metrics: object) -> Mapping[str, Any]:
    if not isinstance(metrics, Mapping):
        raise DataError(
            f"tilth.log takes metrics by name, not {_shown(metrics)}",
            hint='write `tilth.log({"loss": 0.3})` or `tilth.log(loss=0.3)`',
        )
    return metrics


def _check_name(name: object) -> None:
    if not isinstance(name, str):
        raise DataError(f"the name of a metric is {_shown(name)}, which is no text")
    if not name or name != name.strip() or not name.isprintable():
        raise DataError(
            f"a metric cannot be named {name!r}",
            hint="a name is one line of text, without spaces around it",
        )


def _simple(name: str, value: Any) -> _Kept:
    """A number where it is one of some library, else what it is as metrics."""
    if hasattr(value, "item"):  # of NumPy, PyTorch, JAX; more than one have none
        with suppress(TypeError, ValueError, RuntimeError):
            value = value.item()
    if type(value) in _NUMBERS:
        return value  # type: ignore[no-any-return]  # the line before says what it is
    found = flatten({name: value})
    if not found or any(data is not None and data[0] == '"' for *_, data in found):
        raise DataError(
            f"metric `{name}` is {_shown(value)}, which is no number",
            hint="give numbers, intervals (`value`, `low`, `high`), lists or tables",
        )
    first, number, *rest = found[0]
    if len(found) == 1 and first == name and number is not None and rest == [None, None, None]:
        return number
    return found


def _whole(step: object) -> int:
    try:
        return index(step)  # type: ignore[arg-type]  # that is what is being asked
    except TypeError:
        raise DataError(
            f"the step of a metric is {_shown(step)}, which is no whole number"
        ) from None


def _shown(value: object) -> str:
    text = repr(value)
    return f"{type(value).__name__} `{text if len(text) < 40 else text[:37] + '...'}`"


def _curve(points: list[tuple[int, float]]) -> str:
    """As `to_json` writes it, without its search for odd floats where there are none."""
    steps = ",".join([repr(step) for step, _ in points])
    values = ",".join([repr(value) for _, value in points])
    if "n" in values:  # of `nan` and `inf`
        values = to_json([value for _, value in points])[1:-1]
    return f'{{"step":[{steps}],"value":[{values}]}}'


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number beyond all floats
        return float("inf") if value > 0 else float("-inf")
