"""The catalog: all datasets that are declared, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tilth import plugins
from tilth.data.dataset import Dataset
from tilth.data.format import Format
from tilth.data.location import fields
from tilth.errors import ConfigError, DefinitionError, TilthError, UnknownNameError, nearest

FORMATS = "tilth.data.formats"
"""The kind under which formats are found."""

_OWES = ("suffix", "exact", "types", "shapes", "read", "write", "write_chunks")

_SUFFIXES = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".csv.zip": "csv",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".json": "json",
    ".txt": "text",
    ".md": "text",
    ".html": "html",
    ".npy": "numpy",
    ".png": "figure",
    ".svg": "figure",
    ".pdf": "figure",
    ".skops": "skops",
}
"""What a file name says of the format. Pickle is never guessed: it must be asked for."""


class Catalog(Mapping[str, Dataset]):
    """Datasets by name.

    Args:
        datasets: The entries; two of a name are refused.
        find: Gives the class of a format by name; a fake may stand in.
    """

    def __init__(
        self, datasets: Iterable[Dataset] = (), *, find: Callable[[str], Any] | None = None
    ) -> None:
        self._datasets: dict[str, Dataset] = {}
        self._find = find or find_format
        self._formats: dict[str, Format] = {}
        for dataset in datasets:
            if dataset.name in self._datasets:
                raise DefinitionError(f"dataset `{dataset.name}` is declared twice")
            self._datasets[dataset.name] = dataset

    @classmethod
    def of(
        cls, settings: Mapping[str, Mapping[str, Any]], *, find: Callable[[str], Any] | None = None
    ) -> Catalog:
        """The catalog of plain entries, as they stand in `catalog.yml`.

        Raises:
            ConfigError: Entries are wrong; it lists all of them.
        """
        found, mistakes = [], []
        for name, entry in settings.items():
            try:
                found.append(dataset_of(name, entry))
            except TilthError as error:
                mistakes.append(error.full())
        catalog = cls(found, find=find)
        mistakes += catalog.mistakes()
        if mistakes:
            raise ConfigError(mistakes)
        return catalog

    def __getitem__(self, name: str) -> Dataset:
        return self._datasets[name]

    def __contains__(self, name: object) -> bool:
        return name in self._datasets  # as the mapping itself would say, without raising

    def get(self, name: str, default: Any = None) -> Any:
        """The entry, or the default where there is none."""
        return self._datasets.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._datasets)

    def __len__(self) -> int:
        return len(self._datasets)

    def near(self, name: str) -> str | None:
        """The entry that a name was probably meant to be; None for one that is there."""
        return None if name in self._datasets else nearest(name, self._datasets)

    def format_of(self, name: str) -> Format:
        """The format of an entry, made with its options; made once.

        Raises:
            TilthError: The format is unknown, its library is missing, or an option is wrong.
        """
        if name not in self._formats:
            dataset = self._datasets[name]
            kind = self._find(dataset.format)
            self._formats[name] = kind(read=dataset.read, write=dataset.write)
        return self._formats[name]

    def mistakes(self) -> list[str]:
        """What is wrong with formats and options, each as text with its place."""
        found = []
        for name, dataset in self._datasets.items():
            try:
                self.format_of(name)
            except TilthError as error:
                place = dataset.place or f"dataset `{name}`"
                found.append(f"{place}: {error.full()}")
        return found


def find_format(name: str) -> Any:
    """The class of a format by its public name, or by its dotted name."""
    return plugins.find(FORMATS, name, requires=_OWES)


def format_from_suffix(location: str) -> str | None:
    """The format that a file name shows; None where it shows none."""
    name = location.rpartition("/")[2].lower()
    fitting = [suffix for suffix in _SUFFIXES if name.endswith(suffix)]
    return _SUFFIXES[max(fitting, key=len)] if fitting else None


_TEXTS = ("format", "location", "layer", "owner", "description", "place")
_TABLES = ("read", "write", "metadata")
_KEYS = (*_TEXTS, *_TABLES, "tags", "refresh", "keep")


def dataset_of(name: str, entry: Mapping[str, Any]) -> Dataset:
    """A dataset from a plain entry.

    Raises:
        DefinitionError: The entry has an unknown key, a value of a wrong kind, or neither a
            format nor a location that shows one.
    """
    where = str(entry.get("place") or f"dataset `{name}`") if isinstance(entry, Mapping) else name
    if not isinstance(entry, Mapping):
        raise DefinitionError(f"dataset `{name}`: must be settings by name, not {entry!r:.60}")
    for key, value in entry.items():
        if key not in _KEYS:
            raise UnknownNameError("key", str(key), _KEYS, where=where)
        _refuse_wrong_kind(where, str(key), value)
    location = entry.get("location")
    if location is not None:
        fields(location)  # refuses broken braces
    kind = entry.get("format") or (format_from_suffix(location) if location else None)
    if kind is None:
        raise DefinitionError(
            f"{where}: dataset `{name}` has no format", hint="say `format: csv`, or another"
        )
    given = {key: value for key, value in entry.items() if value is not None and key != "format"}
    tags = given.pop("tags", ())
    given["write"] = written_as(location, kind, given.get("write", {}))
    return Dataset(
        name=name, format=kind, tags=(tags,) if isinstance(tags, str) else tuple(tags), **given
    )


def _refuse_wrong_kind(where: str, key: str, value: Any) -> None:
    if value is None:
        return
    if key in _TEXTS:
        expected, fits = "text", isinstance(value, str)
    elif key in _TABLES:
        expected, fits = "settings by name", isinstance(value, Mapping)
    elif key == "keep":
        expected, fits = "true or false", isinstance(value, bool)
    elif key == "tags":
        expected = "a list of texts"
        fits = isinstance(value, str) or (
            isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value)
        )
    else:
        expected = "a number of seconds, not below zero"
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
    if not fits:
        raise DefinitionError(f"{where}: `{key}` must be {expected}, not {value!r:.60}")


def written_as(location: str | None, kind: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Options for writing: those that are given, and before them those that the file name tells.

    A name that tells the usual, such as `.png`, adds nothing, so that it changes nobody's recipe.
    """
    suffix = (location or "").rpartition(".")[2].lower()
    if kind == "csv" and suffix in ("gz", "zip"):
        return {"compression": {"gz": "gzip", "zip": "zip"}[suffix], **given}
    if kind == "figure" and suffix in ("svg", "pdf"):
        return {"kind": suffix, **given}
    return given
