"""A bundle as a model of MLflow, which serves it without reading a pickle."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

LOADER = "tilth_served"

_KINDS = {"Boolean": "boolean", "String": "string", "Enum": "string", "Categorical": "string"}


def save(bundle: Path, to: Path) -> None:
    """Write a bundle as what MLflow calls a pyfunc: it is loaded by a module that lies with it.

    Args:
        bundle: Its folder.
        to: A folder that is not there yet.
    """
    import mlflow.pyfunc

    from tilth.models import served

    requirements = (bundle / "requirements.txt").read_text(encoding="utf-8").split()
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would rather have an example, too
        loader = Path(folder) / f"{LOADER}.py"
        shutil.copyfile(served.__file__, loader)
        mlflow.pyfunc.save_model(
            str(to),
            loader_module=LOADER,
            data_path=str(bundle),
            code_paths=[str(loader)],
            pip_requirements=[f"mlflow=={mlflow.__version__}", *_without_mlflow(requirements)],
            signature=_signature(bundle),
        )


def _without_mlflow(requirements: list[str]) -> list[str]:
    return [each for each in requirements if not each.startswith("mlflow")]


def _signature(bundle: Path) -> Any:
    """What it takes, in MLflow's words; None where that is not on record."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema

    file = bundle / "signature.json"
    if not file.exists():
        return None
    told = json.loads(file.read_text(encoding="utf-8"))
    columns = [
        ColSpec(_kind(each), each["name"], required=not each["nulls"]) for each in told["columns"]
    ]
    parameters = [ParamSpec("probabilities", DataType.boolean, False)]
    return ModelSignature(
        inputs=Schema(columns),
        params=ParamSchema(parameters) if told["probabilities"] else None,
    )


def _kind(column: Mapping[str, Any]) -> str:
    kind = column["type"]
    if kind.startswith("Date"):
        return "datetime"
    if kind.startswith(("Int", "UInt")):
        return "double" if column["nulls"] else "long"  # whole numbers of pandas have no gaps
    return "double" if kind.startswith("Float") else _KINDS[kind]
