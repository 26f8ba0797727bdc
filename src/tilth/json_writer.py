"""Compact JSON, in half the time: `json` itself makes an encoder for each call."""

from __future__ import annotations

import json
from collections.abc import Callable
from json import encoder
from typing import Any


def json_writer(*, allow_nan: bool = True) -> Callable[[Any], str]:
    """A function that gives a value's JSON on one line, without spaces and in Unicode.

    Args:
        allow_nan: Whether NaN and infinities may be written, which are not in the standard;
            otherwise they raise `ValueError`. The value must not contain itself.
    """
    plain = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=allow_nan)
    make = getattr(encoder, "c_make_encoder", None)
    if make is None:  # not CPython
        return plain.encode
    chunks = make(
        None, plain.default, encoder.encode_basestring, None, ":", ",", False, False, allow_nan
    )
    return lambda value: "".join(chunks(value, 0))
