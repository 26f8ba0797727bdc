"""Many tests at once: p-values adjusted so that their number raises no alarm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Control(StrEnum):
    """What is kept below the level alpha."""

    HOLM = "holm"
    """The chance of any false alarm at all, whatever depends on what: for alarms."""

    BENJAMINI_HOCHBERG = "benjamini-hochberg"
    """The expected share of false alarms among the alarms: to explore hundreds of columns."""


def adjusted(p_values: Sequence[float], control: Control = Control.HOLM) -> list[float]:
    """Adjusted p-values, in the order given: significant is what is at most alpha.

    References:
        S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal
        of Statistics 6(2), 1979; Y. Benjamini, Y. Hochberg, "Controlling the false discovery
        rate", JRSS B 57(1), 1995.
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")
    found = np.empty(len(p))
    found[order] = _STEPS[control](p[order])
    return [float(each) for each in found.clip(max=1.0)]


def _holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum.accumulate(p * np.arange(len(p), 0, -1))


def _benjamini_hochberg(p: NDArray[np.float64]) -> NDArray[np.float64]:
    stepped = p * len(p) / np.arange(1, len(p) + 1)
    smallest: NDArray[np.float64] = np.minimum.accumulate(stepped[::-1])[::-1]
    return smallest


_STEPS: dict[Control, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    Control.HOLM: _holm,
    Control.BENJAMINI_HOCHBERG: _benjamini_hochberg,
}
