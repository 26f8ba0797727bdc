"""How many bytes a model takes where it is kept."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any, cast

from tilth import plugins
from tilth.data.library import is_installed
from tilth.errors import DataError


def size_by(model: Any) -> tuple[str, Callable[[Any], int]]:
    """A way to weigh this model and all that is made of it, and what it is called.

    Its file in `format: skops`, which is compressed; a compressed pickle where skops is not
    installed or cannot write the model. A model in ONNX is a file already.
    """
    told, weigh = _way(model)

    def weighed(made: Any) -> int:
        content = getattr(made, "content", None)  # of a model in ONNX, the file itself
        return len(content) if isinstance(content, bytes) else weigh(made)

    return told, weighed


def _way(model: Any) -> tuple[str, Callable[[Any], int]]:
    if is_installed("skops"):
        try:
            _as_skops(model)
        except DataError:
            return "pickle, compressed", _as_pickle
        return "skops", _as_skops
    return "pickle, compressed", _as_pickle


def _as_skops(model: Any) -> int:
    stream = BytesIO()
    format_ = cast(Any, plugins.find("tilth.data.formats", "skops"))()
    format_.write(stream, model)
    return len(stream.getbuffer())


def _as_pickle(model: Any) -> int:
    return len(zlib.compress(pickle.dumps(model)))
