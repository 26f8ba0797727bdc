"""All that a model may become by the means that are allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tilth.errors import DataError
from tilth.quality.pruning.columns import fewer_features
from tilth.quality.pruning.distilled import distil
from tilth.quality.pruning.ground import Ground
from tilth.quality.pruning.in_onnx import TOLD, Kind, in_onnx
from tilth.quality.pruning.names import ONNX
from tilth.quality.pruning.packing import n_trees_of, packed
from tilth.quality.pruning.sparse import sparse
from tilth.quality.pruning.trees import first_trees, prune_trees, sizes_of
from tilth.quality.pruning.variant import Variant
from tilth.record import record

_VARIANTS: dict[str, Callable[[Ground], Iterator[Variant]]] = {
    "prune_trees": prune_trees,
    "fewer_features": fewer_features,
    "sparse": sparse,
    "distil": distil,
}
"""Means that fit a model anew."""


@record
class Cut:
    """What is done with a fitted model.

    Attributes:
        n_trees: Only the first so many; None for all.
        pack: Whether its trees are packed.
        onnx: Whether it is converted to ONNX as a whole, and to which numbers.
    """

    n_trees: int | None = None
    pack: bool = False
    onnx: Kind | None = None

    @property
    def means(self) -> tuple[str, ...]:
        """By which means."""
        if self.onnx is not None:
            return (ONNX,)
        few = ("fewer_trees",) if self.n_trees is not None else ()
        return (*few, "pack") if self.pack else few

    def told(self, model: Any) -> list[str]:
        """What is done, in words."""
        if self.onnx is not None:
            return [TOLD[self.onnx]]
        parts = [] if self.n_trees is None else [f"{self.n_trees} of {n_trees_of(model)} trees"]
        return [*parts, "packed"] if self.pack else parts

    def of(self, model: Any, ground: Ground) -> Any:
        """A model that was fitted on the rows of a ground, cut."""
        if self.onnx is not None:
            return in_onnx(model, ground.material.table, self.onnx)
        if self.pack:
            return packed(model, n_trees=self.n_trees)
        return model if self.n_trees is None else first_trees(model, self.n_trees, ground)


def variants_of(ground: Ground, means: Sequence[str]) -> list[Variant]:
    """What the original may become by fitting, itself first."""
    found = [Variant(means=(), told="", fit=_itself)]
    for name, make in _VARIANTS.items():
        if name in means:
            found += make(ground)
    return found


def _itself(ground: Ground) -> Any:
    return ground.original


def cuts_of(model: Any, means: Sequence[str], ground: Ground) -> list[Cut]:
    """What can be done with a fitted model without fitting it anew; itself is left out.

    Packing loses nothing, so where trees can be packed, all are.
    """
    pack = "pack" in means and n_trees_of(model) > 0 and why_not_packed(model) is None
    found = [Cut(pack=True)] if pack else []
    if "fewer_trees" in means and n_trees_of(model) > 1 and (pack or _can_be_cut(model, ground)):
        found += [Cut(n_trees=n, pack=pack) for n in reversed(sizes_of(model))]
    return found


def why_not_packed(model: Any) -> str | None:
    """Why a model with trees is not packed; None where it can be, or has none."""
    if not n_trees_of(model):
        return None
    try:
        packed(model, n_trees=1)
    except DataError as error:
        return str(error)
    return None


def _can_be_cut(model: Any, ground: Ground) -> bool:
    try:
        first_trees(model, 1, ground)
    except DataError:
        return False
    return True
