"""A model of a bundle in ONNX, with the report of its parity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tilth.data.library import is_installed
from tilth.record import field, record

if TYPE_CHECKING:
    from tilth.models.signature import Learned

FILE, READER, REPORT = "model.onnx", "onnx_model.py", "parity.json"

NEEDS = ("skl2onnx", "onnx", "onnxruntime")

MODULES = ("onnxruntime", "numpy")
"""What a model in ONNX is asked with."""


@record
class InOnnx:
    """What came of a conversion.

    Attributes:
        files: File of the bundle -> bytes; none where libraries are missing.
        about: What `bundle.json` says of the file; None where there is none.
        without: Why there is none; empty where there is one.
    """

    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    about: Mapping[str, Any] | None = None
    without: str = ""


def in_onnx(
    model: Any, signature: Mapping[str, Any], golden: Mapping[str, Any], learned: Learned
) -> InOnnx:
    """Convert a model, compare it on golden rows and edges, and write down what came of it.

    Args:
        model: Fitted.
        signature: Of the model.
        golden: Its requests.
        learned: What it learned from.
    """
    if _is_onnx(model):
        told = {"passed": True, "model": "onnx", "why": "it is a model in ONNX",
                "parity": {"allowed": golden["tolerance"]}}  # fmt: skip
        files = {FILE: model.content, READER: _reader(), REPORT: _text(told)}
        about = {"file": FILE, "precision": model.precision, "why": told["why"]}
        return InOnnx(files=files, about=about)
    missing = [each for each in NEEDS if not is_installed(each)]
    if missing:
        named = ", ".join(missing)
        return InOnnx(without=f"{named} not installed: `pip install 'tilth[onnx]'`")
    from tilth.quality.conversion import converted  # with what it learned from, as who is here has

    found = converted(
        model,
        signature["columns"],
        learned.table,
        more=_golden_rows(signature, golden),
        given=_given(signature),
    )
    report = {**found.as_dict(), "libraries": _versions()}
    files = {REPORT: _text(report)}
    if found.content is None:
        return InOnnx(files=files, without=found.why)
    files |= {FILE: found.content, READER: _reader()}
    return InOnnx(files=files, about={"file": FILE, "precision": found.precision, "why": found.why})


def _is_onnx(model: Any) -> bool:
    return type(model).__module__ == "tilth.quality.conversion.onnx_model"


def _golden_rows(signature: Mapping[str, Any], golden: Mapping[str, Any]) -> Any:
    from tilth.models.replay import frame_of

    rows = [row for each in golden["requests"] for row in each["rows"]]
    why = [f"golden: {one}" for each in golden["requests"] for one in each["why"]]
    return frame_of({**signature, "frame": "polars"}, rows), why


def _given(signature: Mapping[str, Any]) -> Any:
    """Rows as the model takes them; None for a frame of Polars."""
    if signature["frame"] == "polars":
        return None
    from tilth.models.replay import frame_of
    from tilth.models.signature import rows_of

    return lambda rows: frame_of(signature, rows_of(rows, range(rows.height)))


def _reader() -> bytes:
    from pathlib import Path

    from tilth.quality.conversion import onnx_model

    return Path(onnx_model.__file__).read_bytes()


def _versions() -> dict[str, str]:
    from importlib.metadata import version  # of libraries that were imported just now

    return {each: version(each) for each in NEEDS}


def _text(report: Mapping[str, Any]) -> bytes:
    from tilth.models.bundle import text_of

    return text_of(report)
