"""Which items to have labelled twice, and how many.

Items are chosen by a number that their key alone decides, not by their place: rows that are
added later, or come in another order, do not throw an old choice over. A larger sample holds
every smaller one.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from tilth.quality.intervals import Estimate, wilson
from tilth.quality.resample import Floats, Integers
from tilth.quality.votes import Column, encoded

Allocation = Literal["proportional", "equal"]

Doubt = Literal["margin", "entropy"]


def draw(
    keys: Column,
    n: int,
    *,
    strata: Column | None = None,
    allocation: Allocation = "proportional",
    chosen: Iterable[Any] = (),
    seed: int = 0,
) -> pl.DataFrame:
    """Draw items at random, or so many of each stratum.

    Each item has a random number of its own, and those with the smallest are drawn. With more
    rows later the same `n` may let an old choice go, as it must for all to have the same
    chance; give the old ones as `chosen` to keep them, or draw a share with `draw_share`.

    Args:
        keys: What names the items, each once; shape (n_items,).
        n: How many in all; where there are fewer, all.
        strata: The class or any other column to spread over, shape (n_items,); items where it
            is missing are a stratum of their own.
        allocation: `proportional` to the size of a stratum, or `equal`, where what a small one
            lacks goes to the others. Halves go to the largest remainder.
        chosen: Keys drawn before. They stay, and count; those that are gone are passed over.
        seed: Another seed, another sample.

    Returns:
        One row for each item drawn, in order of position: `position`, `key`, `stratum` (null
        without strata) and `reason`.

    Raises:
        ValueError: A key is missing or doubled, `n` is negative, or lengths differ.

    References:
        E. Cohen and H. Kaplan, "Summarizing data using bottom-k sketches", PODC 2007, for the
        sample by smallest numbers.
    """
    table = _numbered(keys, seed)
    codes, names = _strata(strata, table.height)
    before = _is_in(table["key"], chosen)
    sizes = np.bincount(codes, minlength=len(names))
    quotas = np.maximum(
        _quotas(_whole_number(n), sizes, allocation),
        np.bincount(codes, before, minlength=len(names)).astype(np.int64),
    )
    order = np.lexsort((table["number"].to_numpy(), ~before, codes))
    rank = np.arange(table.height) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    taken = np.sort(order[rank < quotas[codes[order]]])
    why = "random" if strata is None else f"random in its stratum, {allocation}"
    return _drawn(table, taken, codes, names, np.where(before[taken], "chosen before", why))


def draw_share(
    keys: Column, share: float, *, strata: Column | None = None, seed: int = 0
) -> pl.DataFrame:
    """Draw about a share of the items; whoever was drawn once is always drawn.

    Each item is in or out by its own key, so neither rows that are added nor rows that go
    change anything for the others. How many are drawn is random for that.

    Args:
        keys: As for `draw`.
        share: Of all items, from 0 to 1; with a larger one all that were drawn stay.
        strata: For the column `stratum` alone; each gets its share on average.
        seed: As for `draw`.

    Returns:
        As for `draw`.

    Raises:
        ValueError: As for `draw`, or the share is none.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share lies between 0 and 1, and {share} does not")
    table = _numbered(keys, seed)
    codes, names = _strata(strata, table.height)
    taken = np.flatnonzero(table["number"].to_numpy() / 2.0**64 < share)
    return _drawn(table, taken, codes, names, np.full(taken.size, "random share", object))


def draw_uncertain(
    keys: Column,
    probabilities: ArrayLike,
    n: int,
    *,
    by: Doubt = "margin",
    strata: Column | None = None,
    seed: int = 0,
) -> pl.DataFrame:
    """Take the items of which a model is least sure.

    They show hard cases, not how often labelers agree: agreement on them is lower than on all,
    so measure that on a random sample.

    Args:
        keys: As for `draw`.
        probabilities: Of the classes for each item, out of fold, shape (n_items, n_classes).
        n: How many; where there are fewer items, all.
        by: `margin`, the distance of the two most probable classes, or `entropy`.
        strata: For the column `stratum` alone.
        seed: Settles ties.

    Returns:
        As for `draw`, the least sure first.

    Raises:
        ValueError: As for `draw`; or the probabilities are not ones that sum to one.

    References:
        B. Settles, Active Learning Literature Survey, 2009, on uncertainty sampling.
    """
    table = _numbered(keys, seed)
    codes, names = _strata(strata, table.height)
    sure = _sureness(_probabilities(probabilities, table.height), by)
    taken = np.lexsort((table["number"].to_numpy(), sure))[: _whole_number(n)]
    shown = sure[taken] if by == "margin" else -sure[taken]
    reasons = np.array([f"{by} {each:.3f}" for each in shown], object)
    return _drawn(table, taken, codes, names, reasons)


def items_needed(
    width: float, *, agreement: float, by_chance: float = 0.0, level: float = 0.95
) -> int:
    """How many items two people must label for an interval no wider than `width`.

    Args:
        width: From end to end, of percent agreement, or of a coefficient where `by_chance` is
            given.
        agreement: How often they will agree, between 0 and 1; a pilot or a guess. 0.5 is the
            worst case.
        by_chance: How often they would by chance, such as the sum of squared shares of the
            classes; the coefficient is then (agreement - by_chance) / (1 - by_chance).
        level: Of confidence.

    Raises:
        ValueError: A number is out of its range.

    References:
        E. B. Wilson 1927 for the interval; J. Cohen 1960 for the coefficient, whose
        error is that of agreement divided by 1 - by_chance.
    """
    if not 0 < width < math.inf:
        raise ValueError(f"a width is above 0, and {width} is not")
    if not (0 <= agreement <= 1 and 0 <= by_chance < 1):
        raise ValueError("agreement lies between 0 and 1, and so does that by chance, below 1")
    wanted = width * (1 - by_chance)

    def narrow(n: int) -> bool:
        return wilson(agreement * n, n, level=level).width <= wanted

    high = 1
    while not narrow(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if narrow(middle) else (middle, high)
    return high


def items_needed_after(pilot: Estimate, n_items: int, width: float) -> int:
    """How many items in all, going by the interval that a pilot of `n_items` gave.

    It serves every coefficient, as every interval narrows with the root of the number of items.

    Args:
        pilot: A coefficient with its interval, from `n_items` items drawn at random.
        n_items: How many items of the pilot have at least two votes.
        width: The width that is wanted, from end to end, at the level of the pilot.

    Raises:
        ValueError: The width is none, or the pilot has no interval, or one without a width,
            from which nothing can be foretold.
    """
    if not 0 < width < math.inf:
        raise ValueError(f"a width is above 0, and {width} is not")
    if not pilot.interval.width > 0 or n_items < 2:
        raise ValueError(
            "the pilot has no interval to go by: its labelers agree always, or on too few items"
        )
    return max(2, math.ceil(n_items * (pilot.interval.width / width) ** 2))


def _numbered(keys: Column, seed: int) -> pl.DataFrame:
    """The keys, each with a number below 2**64 that it and the seed decide."""
    codes, names = encoded("key", keys, by_appearance=True)
    if (codes < 0).any():
        raise ValueError(f"row {int(np.argmax(codes < 0))} has no key")
    if len(names) != len(codes):
        twice = names[np.bincount(codes).argmax()]
        raise ValueError(f"key {twice!r} names more than one row")
    salt = str(seed).encode()[:64]
    numbers = [
        int.from_bytes(hashlib.blake2b(_as_bytes(key), digest_size=8, key=salt).digest(), "big")
        for key in names.tolist()
    ]
    return pl.DataFrame({"key": pl.Series(names), "number": pl.Series(numbers, dtype=pl.UInt64)})


def _as_bytes(key: Any) -> bytes:
    """With its type, so that 1 and "1" are two."""
    return f"{type(key).__name__}:{key}".encode()


def _strata(strata: Column | None, n_rows: int) -> tuple[Integers, list[Any]]:
    """The stratum of each item as a number, and what they stand for; None for a missing one."""
    if strata is None:
        return np.zeros(n_rows, np.int64), [None]
    codes, names = encoded("stratum", strata)
    if len(codes) != n_rows:
        raise ValueError(f"there are {len(codes)} strata for {n_rows} keys")
    # What is missing comes last.
    return np.where(codes < 0, len(names), codes), [*names.tolist(), None]


def _quotas(n: int, sizes: Integers, allocation: Allocation) -> Integers:
    """How many of each stratum; as many as there are at most."""
    n = min(n, int(sizes.sum()))
    if allocation == "proportional":
        return _rounded(n, sizes * (n / max(sizes.sum(), 1)))
    if allocation != "equal":
        raise ValueError(f"`allocation` is `proportional` or `equal`, not `{allocation}`")
    quotas = np.zeros_like(sizes)
    while (left := n - int(quotas.sum())) > 0:
        wanting = quotas < sizes
        more = _rounded(left, wanting * (left / wanting.sum()))
        quotas = np.minimum(quotas + more, sizes)
    return quotas


def _rounded(n: int, wanted: Floats) -> Integers:
    """Whole numbers that sum to `n`: down, and up where the remainders are largest."""
    down = np.floor(wanted).astype(np.int64)
    missing = n - int(down.sum())
    order = np.lexsort((-wanted, -(wanted - down)))
    down[order[:missing]] += 1
    return down


def _is_in(keys: pl.Series, chosen: Iterable[Any]) -> Any:
    known = set(chosen)
    return np.array([key in known for key in keys.to_list()], bool)


def _sureness(probabilities: Floats, by: Doubt) -> Floats:
    """Low where the model is not sure."""
    if by == "margin":
        if probabilities.shape[1] == 1:
            return np.ones(len(probabilities))
        top = np.partition(probabilities, -2, axis=1)[:, -2:]
        return np.asarray(top[:, 1] - top[:, 0])
    if by == "entropy":
        safe = np.where(probabilities > 0, probabilities, 1.0)  # 0 log 0 is 0
        return np.asarray((probabilities * np.log(safe)).sum(axis=1))
    raise ValueError(f"`by` is `margin` or `entropy`, not `{by}`")


def _probabilities(given: ArrayLike, n_rows: int) -> Floats:
    table = np.asarray(given, float)
    if table.ndim != 2 or len(table) != n_rows or table.shape[1] == 0:
        raise ValueError(f"probabilities have shape {table.shape}, not ({n_rows}, n_classes)")
    wrong = ~((table >= 0) & (table <= 1)).all(axis=1) | ~(abs(table.sum(axis=1) - 1) < 1e-3)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"row {row} has no probabilities that sum to one: {table[row][:8]}")
    return table


def _whole_number(n: int) -> int:
    if n < 0:
        raise ValueError(f"{n} items cannot be drawn")
    return int(n)


def _drawn(
    table: pl.DataFrame, taken: Integers, codes: Integers, names: list[Any], reasons: Any
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "position": pl.Series(taken, dtype=pl.Int64),
            "key": table["key"][taken],
            "stratum": pl.Series(names)[codes[taken]],
            "reason": pl.Series(reasons.tolist(), dtype=pl.String),
        }
    )
