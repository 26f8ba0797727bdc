"""What the parts of one file say of one another: names that must exist, or be unique."""

from __future__ import annotations

from collections.abc import Iterator

from tilth.config.item import Item
from tilth.config.mistake import Mistakes, did_you_mean, quoted, shown, width
from tilth.config.reference import is_unknown


def relate(tilth: Item, mistakes: Mistakes) -> None:
    """Note names in tilth.yml that nothing has, that two things have, or that go in a ring."""
    pipelines = tilth.child("pipelines")
    known = pipelines.value if pipelines is not None else None
    table = known if isinstance(known, dict) else {}
    for name in _one_or_list(tilth.child("default")):
        _exists(name, table, "`default`", mistakes)
    for key, pipeline in table.items():
        mounted = pipeline.child("pipeline")
        if mounted is not None and _exists(mounted, table, f"pipeline {quoted(key)}", mistakes):
            _ring(key, table, mounted, mistakes)
        _unique_nodes(key, pipeline, mistakes)


def _one_or_list(item: Item | None) -> Iterator[Item]:
    if item is None:
        return
    yield from (item.value if isinstance(item.value, list) else [item])


def _exists(name: Item, known: dict[str, Item], where: str, mistakes: Mistakes) -> bool:
    if not isinstance(name.value, str) or is_unknown(name):
        return False  # told already
    if name.value in known:
        return True
    mistakes.add(
        f"{where} names the pipeline {shown(name)}, which does not exist",
        name.place,
        expected=_listed(known),
        hint=did_you_mean(name.value, known) if name.written is None else None,
        width=width(name),
    )
    return False


def _listed(known: dict[str, Item]) -> str:
    names = [quoted(each) for each in known][:8]
    return f"one of {', '.join(names)}" if names else "a pipeline; there is none at all"


def _ring(start: str, table: dict[str, Item], mounted: Item, mistakes: Mistakes) -> None:
    seen = [start]
    name = mounted
    while isinstance(name.value, str) and name.value in table:
        if name.value in seen:
            if name.value == start and start == min(seen):  # told once, not by each member
                ring = " -> ".join(quoted(each) for each in [*seen[:6], start])
                mistakes.add(
                    f"pipelines mount one another in a circle: {ring}",
                    mounted.place,
                    expected="a pipeline that ends in nodes, a stage or Python",
                    width=width(mounted),
                )
            return
        seen.append(name.value)
        following = table[name.value].child("pipeline")
        if following is None:
            return
        name = following


def _unique_nodes(pipeline: str, item: Item, mistakes: Mistakes) -> None:
    nodes = item.child("nodes")
    first: dict[str, Item] = {}
    for node in nodes.value if nodes is not None and isinstance(nodes.value, list) else []:
        name = node.child("name")
        if name is None or not isinstance(name.value, str) or is_unknown(name):
            continue
        if name.value in first:
            mistakes.add(
                f"pipeline {quoted(pipeline)} has two nodes {shown(name)}; "
                f"the first is in {first[name.value].place}",
                name.place,
                expected="each name once",
                width=width(name),
            )
        first.setdefault(name.value, name)
