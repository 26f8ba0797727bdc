"""From catalog.yml to the catalog: what each entry's format is, and whether it can be had."""

from __future__ import annotations

from tilth import plugins
from tilth.config.config import Config
from tilth.config.settings import EntrySettings
from tilth.data.catalog import FORMATS, Catalog
from tilth.data.dataset import Dataset
from tilth.errors import TilthError, suggestion
from tilth.project.code import Code
from tilth.project.telling import Telling


def catalog_of(config: Config, code: Code, telling: Telling) -> Catalog:
    """The catalog; entries whose format nobody knows are told, and left out."""
    known = plugins.names(FORMATS) if config.catalog else ()
    found = []
    for entry in config.catalog.values():
        kind = _format(entry, known, config, telling)
        if kind is not None:
            found.append(_dataset(entry, kind))
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


def _dataset(entry: EntrySettings, kind: str) -> Dataset:
    return Dataset(
        name=entry.name,
        format=kind,
        location=entry.location,
        read=entry.read,
        write=entry.write,
        layer=entry.layer,
        owner=entry.owner,
        tags=entry.tags,
        description=entry.description,
        refresh=entry.refresh,
        metadata=entry.metadata,
        place=f"{entry.place.file}:{entry.place.line}",
    )
