"""All smaller models that there are to try."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tilth.errors import DataError
from tilth.quality.pruning.ground import Ground
from tilth.quality.pruning.in_onnx import KINDS, TOLD, why_not_in_onnx, with_parity
from tilth.quality.pruning.means import Cut, cuts_of, variants_of, why_not_packed
from tilth.quality.pruning.names import ONNX
from tilth.quality.pruning.variant import Variant
from tilth.record import field, record

ORIGINAL = "as it is"


@record
class Attempt:
    """A smaller model that is to be tried.

    Attributes:
        variant: How it is fitted.
        cut: What is done with it then.
        name: Both in words.
        model: Made of all rows.
        parity: Of a model in ONNX, how alike it answers at the edges; else empty.
    """

    variant: Variant
    cut: Cut
    name: str
    model: Any = field(repr=False)
    parity: str = ""

    @property
    def means(self) -> tuple[str, ...]:
        """By which means."""
        return (*self.variant.means, *self.cut.means)


def attempts_of(ground: Ground, means: Sequence[str]) -> tuple[list[Attempt], dict[str, str]]:
    """The original first; and what cannot be made, with the reason."""
    variants = variants_of(ground, means)
    found = [Attempt(variant=variants[0], cut=Cut(), name=ORIGINAL, model=ground.original)]
    odd = why_not_packed(ground.original) if "pack" in means else None
    left_out = {} if odd is None else {"packed": odd}
    for variant in variants:
        try:
            model = variant.fit(ground)
            cuts = cuts_of(model, means, ground)
            if variant.means and not (cuts and cuts[0].n_trees is None):
                cuts = [Cut(), *cuts]
            found += [_attempt(variant, cut, model, ground) for cut in cuts]
        except Exception as error:  # what was made of a user's model may raise anything
            left_out[variant.told or ORIGINAL] = reason(error)
    if ONNX in means:
        found += _in_onnx(variants[0], ground, left_out)
    return found, left_out


def _in_onnx(variant: Variant, ground: Ground, left_out: dict[str, str]) -> Iterator[Attempt]:
    """The original in ONNX; what was made of it by other means is not converted."""
    missing = why_not_in_onnx()
    if missing:
        left_out[TOLD["float32"]] = missing
        return
    for kind in KINDS:
        cut = Cut(onnx=kind)
        try:
            model, parity = with_parity(ground, kind)
        except Exception as error:  # as above
            left_out[TOLD[kind]] = str(error) if isinstance(error, DataError) else reason(error)
            continue
        yield Attempt(variant=variant, cut=cut, name=TOLD[kind], model=model, parity=parity)


def _attempt(variant: Variant, cut: Cut, model: Any, ground: Ground) -> Attempt:
    told = [variant.told] if variant.told else []
    name = ", ".join([*told, *cut.told(model)])
    return Attempt(variant=variant, cut=cut, name=name, model=cut.of(model, ground))


def reason(error: Exception) -> str:
    text = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {text:.200}"
