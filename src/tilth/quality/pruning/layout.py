"""Trees in as few bytes as hold them exactly, and back.

Nodes are kept breadth first, so that the children of a tree's k-th split are its nodes 2k + 1 and
2k + 2, and no child need be written down. A leaf is told by its feature, which is none. Numbers
that occur often are kept once and referred to, each in the smallest type that loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.record import field, record

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Arrays = dict[str, NDArray[Any]]

LEAF = -1

_EXACT = (np.int8, np.float16, np.int16, np.float32)
_WHOLE = (np.uint8, np.uint16, np.uint32)


@record
class PlainTree:
    """One tree as any library tells of it.

    Attributes:
        left: The node to which numbers up to the threshold go, `LEAF` for a leaf; shape (n_nodes,).
        right: The node to which the others go.
        feature: Which number a node asks about.
        threshold: Of inner nodes.
        missing_left: Whether NaN goes left.
        values: What a node says, shape (n_nodes, n_values).
    """

    left: Integers = field(repr=False)
    right: Integers = field(repr=False)
    feature: Integers = field(repr=False)
    threshold: Floats = field(repr=False)
    missing_left: NDArray[np.bool_] = field(repr=False)
    values: Floats = field(repr=False)


@record
class Grown:
    """Trees laid out to be walked, all in one row of nodes.

    Attributes:
        roots: The first node of each tree, shape (n_trees,).
        children: Of a split its left child, whose neighbour is the right one; of a leaf itself.
        features: Which number a node asks about, 0 at leaves.
        thresholds: Numbers up to this go left; infinite at leaves.
        missing_right: Whether NaN goes right.
        rows: Of leaves, their row of `values`.
        values: What leaves say, shape (n, n_values).
        depth: Steps from a root to the deepest leaf.
    """

    roots: Integers = field(repr=False)
    children: NDArray[np.int32] = field(repr=False)
    features: NDArray[np.int32] = field(repr=False)
    thresholds: NDArray[Any] = field(repr=False)
    missing_right: NDArray[np.bool_] = field(repr=False)
    rows: NDArray[np.int32] = field(repr=False)
    values: Floats = field(repr=False)
    depth: int


# Small


def smallest(values: NDArray[Any]) -> NDArray[Any]:
    """The same numbers in the smallest type that holds each of them exactly."""
    with np.errstate(all="ignore"):  # what does not fit is found by comparing
        for kind in _EXACT:
            cast = values.astype(kind)
            if np.array_equal(cast.astype(values.dtype), values):
                return cast
    return values


def smallest_whole(values: Integers, most: int) -> NDArray[Any]:
    """Whole numbers from 0 to `most` in the smallest type."""
    kind = next(each for each in _WHOLE if most <= np.iinfo(each).max)
    return values.astype(kind)


def rounded_down(thresholds: Floats) -> NDArray[np.float32]:
    """The largest single that is no larger, for each.

    A single `x` is at most `t` if it is at most this one, so that a tree which compares singles
    says the same with either.
    """
    with np.errstate(over="ignore"):
        near = thresholds.astype(np.float32)
        return np.where(near > thresholds, np.nextafter(near, np.float32(-np.inf)), near)


# From trees to bytes


def packed_arrays(trees: Sequence[PlainTree], *, single: bool, missing: bool) -> Arrays:
    """Put trees into few small arrays.

    Args:
        trees: At least one.
        single: Whether they compare numbers in single precision.
        missing: Whether they may be asked about NaN.

    Returns:
        Names and arrays that `grown` reads.
    """
    order, sizes = _breadth_first(trees)
    left = _joined(each.left for each in trees)[order]
    feature = _joined(each.feature for each in trees)[order]
    threshold = _joined(each.threshold for each in trees)[order]
    inner = left != LEAF
    none = int(feature[inner].max(initial=-1)) + 1
    found: Arrays = {
        "sizes": smallest_whole(sizes, int(sizes.max())),
        "features": smallest_whole(np.where(inner, feature, none), none),
    }
    cuts = threshold[inner]
    found |= _packed_cuts(feature[inner], rounded_down(cuts) if single else cuts, none)
    found |= _packed_values(_joined(each.values for each in trees)[order][~inner])
    if missing:
        to_left = _joined(each.missing_left for each in trees)[order][inner]
        found["missing_left"] = np.packbits(to_left)
    return found


def _joined(parts: Iterable[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(list(parts))


def _breadth_first(trees: Sequence[PlainTree]) -> tuple[Integers, Integers]:
    """The order of all nodes, tree by tree and level by level; and the nodes of each tree."""
    starts = np.cumsum([0, *(len(each.left) for each in trees[:-1])])
    left = _joined(
        each.left + at * (each.left != LEAF) for each, at in zip(trees, starts, strict=True)
    )
    right = _joined(each.right + at for each, at in zip(trees, starts, strict=True))
    level, owner = starts, np.arange(len(trees))
    levels, owners = [level], [owner]
    while level.size:
        inner = left[level] != LEAF
        parents = level[inner]
        level = np.stack([left[parents], right[parents]], axis=1).ravel()
        owner = np.repeat(owner[inner], 2)
        levels.append(level)
        owners.append(owner)
    whose = np.concatenate(owners)
    order = np.concatenate(levels)[np.argsort(whose, kind="stable")]
    return order, np.bincount(whose, minlength=len(trees))


def _packed_cuts(feature: Integers, cuts: NDArray[Any], n_features: int) -> Arrays:
    """Each feature's cuts once, in order, and for each split which of them it is."""
    order = np.lexsort((cuts, feature))
    by_feature, by_cut = feature[order], cuts[order]
    # Cuts may be infinite, where a node asks for missing values alone, so no difference is taken.
    moves = (by_feature[1:] != by_feature[:-1]) | (by_cut[1:] != by_cut[:-1])
    new = np.r_[True, moves][: cuts.size]
    counts = np.bincount(by_feature[new], minlength=n_features)
    first = np.cumsum(counts) - counts
    codes = np.empty(cuts.size, np.int64)
    codes[order] = np.cumsum(new) - 1 - first[by_feature]
    plain = {"cuts": smallest(cuts)}
    if not cuts.size:
        return plain
    coded = {
        "cuts": smallest(by_cut[new]),
        "cut_counts": smallest_whole(counts, int(counts.max())),
        "cut_codes": smallest_whole(codes, int(codes.max())),
    }
    return min(plain, coded, key=_n_bytes)


def _packed_values(values: Floats) -> Arrays:
    """What leaves say, each different row once, or as it is where that is smaller."""
    rows = np.ascontiguousarray(values)
    # Rows as bytes, which are put in order many times faster than rows of numbers.
    whole = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, first, codes = np.unique(whole, return_index=True, return_inverse=True)
    different = rows[first]
    plain = {"values": smallest(values)}
    coded = {
        "values": smallest(different),
        "value_codes": smallest_whole(codes.ravel(), len(different)),
    }
    return min(plain, coded, key=_n_bytes)


def _n_bytes(arrays: Mapping[str, NDArray[Any]]) -> int:
    return sum(each.nbytes for each in arrays.values())


# And back


def grown(packed: Mapping[str, NDArray[Any]], *, single: bool) -> Grown:
    """Trees as they are walked, from what `packed_arrays` gives."""
    sizes = packed["sizes"].astype(np.int64)
    features = packed["features"].astype(np.int64)
    roots = np.cumsum(sizes) - sizes
    inner = features != features.max(initial=0)
    if not inner.any():
        features[:] = 0
    whose = np.repeat(np.arange(sizes.size), sizes)
    splits = np.cumsum(inner)
    before = np.r_[0, splits][roots]  # splits of the trees before
    children = np.arange(features.size)
    first = roots[whose] + 1 + 2 * (splits - 1 - before[whose])
    children[inner] = first[inner]
    thresholds = np.full(features.size, np.inf, np.float32 if single else np.float64)
    thresholds[inner] = _cuts(packed, features[inner])
    rows = np.zeros(features.size, np.int32)
    rows[~inner] = packed.get("value_codes", np.arange(int((~inner).sum())))
    return Grown(
        roots=roots,
        children=children.astype(np.int32),
        features=np.where(inner, features, 0).astype(np.int32),
        thresholds=thresholds,
        missing_right=_missing_right(packed, inner),
        rows=rows,
        values=packed["values"].astype(np.float64),
        depth=_depth(roots, children, inner),
    )


def _cuts(packed: Mapping[str, NDArray[Any]], features: Integers) -> NDArray[Any]:
    if "cut_codes" not in packed:
        return packed["cuts"]
    counts = packed["cut_counts"].astype(np.int64)
    at = (np.cumsum(counts) - counts)[features] + packed["cut_codes"]
    return np.asarray(packed["cuts"][at])


def _missing_right(
    packed: Mapping[str, NDArray[Any]], inner: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    found = np.zeros(inner.size, bool)
    if "missing_left" in packed:
        n = int(inner.sum())
        found[inner] = np.unpackbits(packed["missing_left"].astype(np.uint8), count=n) == 0
    return found


def _depth(roots: Integers, children: Integers, inner: NDArray[np.bool_]) -> int:
    level, depth = roots[inner[roots]], 0
    while level.size:
        below = np.concatenate([children[level], children[level] + 1])
        level, depth = below[inner[below]], depth + 1
    return depth
