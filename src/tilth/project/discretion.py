"""Discretion: what came from the environment stays out of what people read and what is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tilth.engine.call import Failure
from tilth.errors import TilthError
from tilth.record import changed

Mask = Callable[[str], str]


@contextmanager
def discreet(mask: Mask) -> Iterator[None]:
    """Let errors out with every secret replaced by the reference that stands in the file."""
    try:
        yield
    except TilthError as error:
        error.args = tuple(mask(each) if isinstance(each, str) else each for each in error.args)
        error.hint = mask(error.hint) if error.hint else error.hint
        raise


def masked_failure(failure: Failure, mask: Mask) -> Failure:
    """The failure without secrets, which a function's own error and its inputs may show."""
    return changed(
        failure,
        message=mask(failure.message),
        hint=mask(failure.hint) if failure.hint else failure.hint,
        report=mask(failure.report),
    )
