"""The same bytes for equal values, whichever of their texts are one object.

Pickle writes a text once for each object that it is, and refers to it from then on. Two equal
texts that happen to be one object in one process are two in another, such as a column's name
that came from a file here and from a pickle there; so the pickles of equal models differ. Texts
cannot be changed, and nobody asks which of them are the same object: here each is written once.
"""

from __future__ import annotations

import pickle
from io import BytesIO
from pickletools import genops
from typing import Any

_TEXTS = frozenset({"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"})
_GETS = frozenset({"BINGET", "LONG_BINGET"})

_MOST = 200_000
"""Objects; a pickle of more is left as it is, as reading it takes longer than writing it did."""

_PythonPickler: Any = vars(pickle)["_Pickler"]  # it knows frames, and how a memo is referred to


def with_shared_texts(data: bytes) -> bytes:
    """The same pickle with each text once, and without what nothing refers to in its memo.

    Args:
        data: A pickle of protocol 4 or 5, as Python itself writes it.
    """
    if data.count(pickle.MEMOIZE) - len(data) / 128 > _MOST:  # some are bytes of numbers
        return data
    pieces = _pieces(data)
    used = {at for kind, at, _ in pieces if kind == "get"}
    stream = BytesIO()
    stream.write(data[:2])  # the protocol
    pickler = _PythonPickler(stream, data[1])
    framer = pickler.framer
    framer.start_framing()
    places: dict[int, int] = {}
    for kind, first, end in pieces:
        if kind == "get":
            _framed(framer, pickler.get(places[first]))
        elif kind == "bytes":
            _framed(framer, data[first:end])
        elif first in used:
            places[first] = len(places)
            _framed(framer, pickle.MEMOIZE)
    framer.end_framing()
    return stream.getvalue()


def _pieces(data: bytes) -> list[tuple[str, int, int]]:
    """Stretches of bytes, `put` of a place in the memo, and `get` of one, in order."""
    found: list[tuple[str, int, int]] = []
    places: dict[str, int] = {}
    same: dict[int, int] = {}  # a place -> the first one with an equal text
    n_places = 0
    text: str | None = None
    starts = [(operation.name, argument, at or 0) for operation, argument, at in genops(data)]
    ends = [at for _, _, at in starts[1:]] + [len(data)]
    argument: Any  # a text or a number, as the operation has it
    for (name, argument, at), end in zip(starts, ends, strict=True):
        if name == "MEMOIZE":
            if text is not None and text in places:
                found[-1] = ("get", places[text], 0)
                same[n_places] = places[text]
            else:
                found.append(("put", n_places, 0))
                if text is not None:
                    places[text] = n_places
            n_places += 1
        elif name in _GETS:
            found.append(("get", same.get(argument, argument), 0))
        elif name not in ("PROTO", "FRAME"):
            found.append(("bytes", at, end))
        text = argument if name in _TEXTS else None
    return found


def _framed(framer: Any, piece: bytes) -> None:
    """Write into frames as pickle does: what is larger than one stands by itself."""
    is_large = len(piece) > framer._FRAME_SIZE_TARGET  # pickletools does so, too
    framer.commit_frame(force=is_large)
    (framer.file_write if is_large else framer.write)(piece)
