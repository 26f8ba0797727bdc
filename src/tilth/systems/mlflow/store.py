"""Opening a store of MLflow, and telling its errors as ours."""

from __future__ import annotations

import logging
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tilth.data.library import need
from tilth.errors import DataError
from tilth.history.exchange import without_password

FOLDER = "mlflow"
"""Where runs go if nobody says where."""

DATABASE = "mlflow.db"

_PATIENCE = 10.0
"""Seconds in which a server has to say that it is there."""


def mlflow() -> Any:
    """The library, told to be quiet and to report to nobody.

    Raises:
        MissingLibraryError: It is not installed.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"  # where our answer goes
    found = need("mlflow", "system `mlflow`", extra="mlflow")
    for each in ("mlflow", "alembic"):
        logging.getLogger(each).setLevel(logging.ERROR)
    return found


def address(place: str) -> str:
    """A store's address, from what a person types: an address, a folder or a database file."""
    place = place or os.environ.get("MLFLOW_TRACKING_URI", "") or FOLDER
    if "://" in place or place == "databricks":
        return place
    path = Path(place).resolve()
    return f"sqlite:///{path if path.suffix == '.db' else path / DATABASE}"


def client(uri: str) -> Any:
    """What speaks to a store.

    Raises:
        DataError: It is a server that does not answer.
    """
    library = mlflow()
    if uri.startswith(("http://", "https://")):
        _knock(uri)
    library.set_tracking_uri(uri)
    library.set_registry_uri(uri)
    with told_errors(uri):
        return library.MlflowClient(tracking_uri=uri, registry_uri=uri)


def _knock(uri: str) -> None:
    """Ask once, as MLflow itself asks for minutes."""
    parts = urlsplit(uri)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()  # it knows no names
    try:
        urllib.request.urlopen(f"{bare.rstrip('/')}/health", timeout=_PATIENCE).close()  # noqa: S310 - the caller looked
    except urllib.error.HTTPError:
        return  # it answers; whether it lets us in, MLflow finds out
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", error)
        raise DataError(
            f"the MLflow server {without_password(uri)} cannot be reached: {why}",
            hint="is it running? `mlflow server` starts one",
        ) from error


@contextmanager
def told_errors(uri: str) -> Iterator[None]:
    """Tell what MLflow, its database or the disk refuse as an error of data."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError
    from yaml import YAMLError  # type: ignore[import-untyped]

    hint = "a store is a folder, a database such as `sqlite:///mlflow.db`, or a server"
    try:
        yield
    except YAMLError as error:
        raise _unusable(uri, " ".join(str(error).split()), hint) from error
    except ModuleNotFoundError as error:
        hint = f"it needs `{error.name}`: install that beside MLflow"
        raise _unusable(uri, str(error), hint) from error
    except (MlflowException, SQLAlchemyError, OSError) as error:
        raise _unusable(uri, str(error).strip().partition("\n")[0], hint) from error


def _unusable(uri: str, why: str, hint: str) -> DataError:
    shown = without_password(uri)
    return DataError(f"the MLflow store {shown} cannot be used: {why[:300]}", hint=hint)
