"""Checks of label sets: whether they fit the catalog and one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path

from tilth.config.config import Config
from tilth.config.settings import LabelSettings
from tilth.data.location import to_write
from tilth.errors import nearest
from tilth.labels.sheet import WORDS
from tilth.project.telling import Telling


def check_labels(config: Config, datasets: Collection[str], telling: Telling) -> None:
    """Tell what is wrong with the label sets of a project.

    Args:
        config: What its files say.
        datasets: What nodes make or the catalog has.
        telling: Gathers mistakes.
    """
    logs: dict[Path, str] = {}
    for name, each in config.settings.labels.items():
        _check_data(each, config, datasets, telling)
        _check_classes(each, config, telling)
        place = config.places.value("tilth", "labels", name, "log") or each.place
        with telling.catching(place):
            log = to_write(log_of(each), config.folder).resolve()
            if log in logs:
                telling.say(f"label sets `{logs[log]}` and `{name}` have the same log", place)
            logs[log] = name


def log_of(settings: LabelSettings) -> str:
    """The path of a label set's log, relative to the project."""
    return settings.log or f"labels/{settings.name}.jsonl"


def instruction_of(settings: LabelSettings) -> str:
    """The path of a label set's instruction, relative to the project."""
    return settings.instruction or f"labels/{settings.name}.md"


def _check_data(
    settings: LabelSettings, config: Config, datasets: Collection[str], telling: Telling
) -> None:
    if settings.data in datasets:
        return
    near = nearest(settings.data, datasets)
    telling.say(
        f"label set `{settings.name}` is about dataset `{settings.data}`, "
        "which no node makes and the catalog lacks",
        config.places.value("tilth", "labels", settings.name, "data"),
        hint=f"did you mean `{near}`?" if near else "add it to catalog.yml",
    )


def _check_classes(settings: LabelSettings, config: Config, telling: Telling) -> None:
    name, classes = settings.name, settings.classes
    if classes is None:
        if settings.label is None:
            telling.say(
                f"label set `{name}` has neither `classes` nor a `label` column",
                settings.place,
                hint="write `classes: [...]`",
            )
        return
    place = config.places.value("tilth", "labels", name, "classes")
    if len(classes) < 2:
        n = f"{len(classes)} class" if classes else "no class"
        telling.say(f"label set `{name}` has {n}", place, hint="there must be something to choose")
    seen = Counter[str]()
    for position, each in enumerate(classes):
        text = str(each)
        where = config.places.value("tilth", "labels", name, "classes", position)
        seen[text] += 1
        if seen[text] == 2:
            telling.say(f"label set `{name}` has two classes that read `{text}`", where)
        if text in WORDS:
            telling.say(
                f"label set `{name}` has a class `{text}`, which is how another answer is written",
                where,
                hint="leave the brackets out",
            )
