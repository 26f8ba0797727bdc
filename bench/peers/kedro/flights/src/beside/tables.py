"""Polars tables, written out: those of kedro-datasets 9.6 do not work with Polars 2."""

import zipfile
from pathlib import Path

import polars as pl
from kedro.io import AbstractDataset


class Csv(AbstractDataset):
    """A CSV file, also in a zip archive of one file."""

    def __init__(self, filepath, load_args=None):
        self._filepath = Path(filepath)
        self._load_args = load_args or {}

    def load(self):
        if self._filepath.suffix != ".zip":
            return pl.read_csv(self._filepath, **self._load_args)
        with zipfile.ZipFile(self._filepath) as archive:
            return pl.read_csv(archive.read(self._filepath.stem), **self._load_args)

    def save(self, data):
        raise NotImplementedError

    def _describe(self):
        return {"filepath": self._filepath}


class Parquet(AbstractDataset):
    """A Parquet file."""

    def __init__(self, filepath):
        self._filepath = Path(filepath)

    def load(self):
        return pl.read_parquet(self._filepath)

    def save(self, data):
        self._filepath.parent.mkdir(parents=True, exist_ok=True)
        data.write_parquet(self._filepath)

    def _describe(self):
        return {"filepath": self._filepath}
