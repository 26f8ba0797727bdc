"""From catalog.yml to the catalog: what each entry's format is, and whether it can be had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilth import plugins
from tilth.config.config import Config
from tilth.config.settings import EntrySettings
from tilth.data.catalog import FORMATS, Catalog, written_as
from tilth.data.dataset import Dataset
from tilth.errors import TilthError, suggestion
from tilth.project.code import Code
from tilth.project.reference import reference, split
from tilth.project.telling import Telling


def catalog_of(config: Config, code: Code, telling: Telling) -> Catalog:
    """The catalog; entries whose format nobody knows are told, and left out."""
    known = plugins.names(FORMATS) if config.catalog else ()
    found = []
    for entry in config.catalog.values():
        if entry.of is not None:
            found += _pinned(entry, known, config, telling)
            continue
        kind = _format(entry, known, config, telling)
        if kind is not None:
            found.append(_dataset(entry, kind, entry.read))
    catalog = Catalog(found)
    for each in found:
        _check(each, catalog, config, code, telling)
    return catalog


def _format(
    entry: EntrySettings, known: tuple[str, ...], config: Config, telling: Telling
) -> str | None:
    kind = entry.format
    if kind is None or "." in kind or kind in known:
        return kind
    telling.say(
        f"dataset `{entry.name}`: there is no format `{kind}`",
        config.places.value("catalog", entry.name, "format") or entry.place,
        expected="one of "
        + ", ".join(f"`{each}`" for each in known)
        + ", or a class of your own as `package.module.Name`",
        hint=suggestion(kind, known, kind="format"),
    )
    return None


def _pinned(
    entry: EntrySettings, known: tuple[str, ...], config: Config, telling: Telling
) -> list[Dataset]:
    """A version of another dataset, read as that one's entry says; none where it has no entry."""
    of = entry.of or ""
    place = config.places.value("catalog", entry.name, "of") or entry.place
    with telling.catching(place):
        reference(split(of).version)
    for key in ("format", "location", "read", "write"):
        if config.places.key("catalog", entry.name, key) is not None:
            telling.say(
                f"dataset `{entry.name}` is a version of another, and has `{key}` as well",
                config.places.key("catalog", entry.name, key),
                hint=f"leave `{key}` out: it is read as `{split(of).dataset}` is",
            )
            return []
    origin = config.catalog.get(split(of).dataset)
    kind = origin.format if origin is not None else None
    if origin is None or kind is None or ("." not in kind and kind not in known):
        return []
    return [_dataset(entry, kind, origin.read)]


def _check(
    dataset: Dataset, catalog: Catalog, config: Config, code: Code, telling: Telling
) -> None:
    """See that a format takes its options; remember that it did."""
    place = config.catalog[dataset.name].place
    if "." in dataset.format:
        shown = config.places.value("catalog", dataset.name, "format") or place
        with telling.catching(shown):
            code.sources.function(dataset.format)  # read, not imported
    elif (dataset.read or dataset.write) and code.memo.get(_key(dataset, config)) is None:
        try:
            catalog.format_of(dataset.name)
        except TilthError as error:
            where = _option(error, dataset, config)
            telling.error(error, config.places.key(*where) if where else place)
        else:
            code.memo.put(_key(dataset, config), b"1")


def _key(dataset: Dataset, config: Config) -> str:
    return "format-ok:" + config.secrets.masked(dataset.identity())


def _option(error: TilthError, dataset: Dataset, config: Config) -> tuple[str, ...] | None:
    """The option that an error names."""
    for direction, options in (("read", dataset.read), ("write", dataset.write)):
        for name in options:
            if f"`{direction}`" in str(error) and f"`{name}`" in str(error):
                return ("catalog", dataset.name, direction, name)
    return None


def _dataset(entry: EntrySettings, kind: str, read: Mapping[str, Any]) -> Dataset:
    return Dataset(
        name=entry.name,
        format=kind,
        location=entry.location,
        read=read,
        write=written_as(entry.location, kind, entry.write),
        layer=entry.layer,
        owner=entry.owner,
        tags=entry.tags,
        description=entry.description,
        refresh=entry.refresh,
        keep=entry.keep,
        metadata=entry.metadata,
        place=f"{entry.place.file}:{entry.place.line}",
    )
