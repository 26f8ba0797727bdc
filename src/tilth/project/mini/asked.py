"""What a project's settings say of its data: which columns have classes, where time is cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tilth.project.project import Project

_CLASSES = ("target", "label", "stratum")
_MOST_MOMENTS = 50


def asked_classes(project: Project) -> list[str]:
    """Columns that stages and label sets name as what is to be predicted."""
    settings = project.config.settings
    found = [
        each.settings[key]
        for each in settings.pipelines.values()
        for key in _CLASSES
        if isinstance(each.settings.get(key), str)
    ]
    found += [each.label for each in settings.labels.values() if each.label]
    found += [
        entry.metadata["target"]
        for entry in project.config.catalog.values()
        if isinstance(entry.metadata.get("target"), str)
    ]
    return list(dict.fromkeys(found))


def asked_moments(project: Project) -> list[datetime]:
    """Dates in parameters and stages' settings: tables may be cut there."""
    settings = [each.settings for each in project.config.settings.pipelines.values()]
    found = dict.fromkeys(_moments([project.config.params, *settings]))
    return list(found)[:_MOST_MOMENTS]


def _moments(value: Any) -> Iterator[datetime]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _moments(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _moments(each)
    elif isinstance(value, datetime):
        yield value.replace(tzinfo=None)
    elif isinstance(value, date):
        yield datetime(value.year, value.month, value.day)
    elif isinstance(value, str) and 8 <= len(value) <= 32 and value[:1].isdigit():
        from tilth.quality.dates import moment_of  # comes with Polars

        moment = moment_of(value)
        if moment is not None:
            yield moment
