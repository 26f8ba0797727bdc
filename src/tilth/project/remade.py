"""What came of a node that was made again, and where a difference comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tilth.engine.step import LIVE
from tilth.errors import TilthError, UnknownNameError
from tilth.graph.node import Node
from tilth.history.record import NodeRun
from tilth.project.contents import value_of
from tilth.project.listing import all_nodes
from tilth.project.recorded_run import ENDED, RecordedRun, base, recipe_of
from tilth.project.repetition import Repetition
from tilth.project.value_difference import places_that_differ
from tilth.project.why import recipe_differences
from tilth.record import changed, record

SAME, OTHER, FAILED, BLOCKED, NOTHING = "same", "other", "failed", "not run", "nothing to compare"
TIMES = "same but for times"
_FEW = 6

_A_TIME = re.compile(r"(?:^|[._])(?:seconds|ms|us|ns)(?:_per_row)?$")
"""How names of measured times end; they differ each time, and nothing follows from it."""

_PLAIN = frozenset({"json", "metrics", "csv", "parquet", "arrow"})
"""Formats of values that can be looked into."""


@record
class Remade:
    """What came of one node.

    Attributes:
        node: Its name; a fan-out's parts are `node[partition]`.
        state: `same`; `same but for times` where nothing differs but columns or keys that are
            called `..._seconds`, `_ms`, `_us` or `_ns`, or where a page shows such times;
            `other` where another byte differs;
            `failed`; `not run` where it could not be; or `nothing to compare`, as it did not end
            then or its result was not kept.
        causes: Where the difference comes from, in sentences.
        places: In which columns or keys results differ, in sentences; where nothing else tells.
        outputs: Dataset, fingerprint then, fingerprint now (empty where there is none).
    """

    node: str
    state: str
    causes: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    outputs: tuple[tuple[str, str, str], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "node": self.node,
            "state": self.state,
            "causes": list(self.causes),
            "places": list(self.places),
            "outputs": [
                {"dataset": name, "then": then, "now": now} for name, then, now in self.outputs
            ],
        }


def compared(
    asked: RecordedRun,
    repetition: Repetition,
    then: NodeRun,
    now: Mapping[str, NodeRun],
    blocked: Mapping[str, str],
) -> Remade:
    """What a node came to, beside what is on record.

    Args:
        asked: The run.
        repetition: Where it was made again.
        then: The node run on record.
        now: Node -> its run in the repetition.
        blocked: Node -> why it could not run.
    """
    node, again = all_nodes(repetition).get(base(then.node)), now.get(then.node)
    if then.state not in ENDED:
        return _not(NOTHING, then, f"it was {then.state} in that run")
    if node is None:
        return _not(BLOCKED, then, "the project has no such node any more")
    if node.name in blocked:
        return _not(BLOCKED, then, blocked[node.name])
    if again is None or again.state not in ENDED:
        return _not(BLOCKED if again is None else FAILED, then)
    return _beside(asked, repetition, node, then, again)


def _not(state: str, then: NodeRun, *causes: str) -> Remade:
    return Remade(node=then.node, state=state, causes=causes)


def _beside(
    asked: RecordedRun, repetition: Repetition, node: Node, then: NodeRun, now: NodeRun
) -> Remade:
    """Results of both, byte for byte."""
    outputs = _outputs(then, now)
    told = tuple(each for each, _ in outputs)
    if outputs and all(is_live for _, is_live in outputs):
        return _not(NOTHING, then, "its result was not kept")
    if all(old == new or is_live for (_, old, new), is_live in outputs):
        return Remade(node=then.node, state=SAME, outputs=told)
    places = _places(asked, repetition, then, now)
    if places and all(_A_TIME.search(each) for some in places.values() for each in some):
        return Remade(node=then.node, state=TIMES, places=_told(places), outputs=told)
    causes = tuple(_causes(asked, repetition, node, then, now))
    shown = () if causes else _told(places or {})
    return Remade(node=then.node, state=OTHER, causes=causes, places=shown, outputs=told)


def _outputs(then: NodeRun, now: NodeRun) -> list[tuple[tuple[str, str, str], bool]]:
    """Dataset, fingerprint then and now; and whether that lives in a process alone."""
    made = [each.fingerprint for each in now.outputs]
    made += [""] * (len(then.outputs) - len(made))
    return [
        ((old.dataset, old.fingerprint, new), old.fingerprint.startswith(LIVE))
        for old, new in zip(then.outputs, made, strict=False)
    ]


def _places(
    asked: RecordedRun, repetition: Repetition, then: NodeRun, now: NodeRun
) -> dict[str, list[str]] | None:
    """Dataset that differs -> its columns or keys that do; None where that cannot be told."""
    found = {}
    for old, new in zip(then.outputs, now.outputs, strict=False):
        if old.fingerprint != new.fingerprint and not old.fingerprint.startswith(LIVE):
            if {old.format, new.format} - _PLAIN:
                return None
            try:
                values = value_of(asked.project, old), value_of(repetition, new)
            except TilthError:  # the old bytes are gone
                return None
            found[old.dataset] = places_that_differ(*values)
            if not found[old.dataset]:
                return None
    return found


def _told(places: Mapping[str, list[str]]) -> tuple[str, ...]:
    return tuple(
        f"`{dataset}` differs in {', '.join(f'`{each}`' for each in found[:_FEW])}"
        f"{' ...' if len(found) > _FEW else ''}"
        for dataset, found in places.items()
    )


def _causes(
    asked: RecordedRun, repetition: Repetition, node: Node, then: NodeRun, now: NodeRun
) -> list[str]:
    """What differs between the node then and now, besides what came of it."""
    causes: list[str] = []
    old, new = asked.recipes[then.node], recipe_of(repetition, now.recipe)
    if then.recipe != now.recipe and old is not None and new is not None:
        texts = repetition.step(node).texts()
        told = recipe_differences(asked.project, new, old, texts)
        causes += told or ["it takes or gives its datasets in another way"]
    causes += [
        f"input `{name}` has other bytes: {short(then.inputs.get(name, ''))} then, "
        f"{short(fingerprint)} now"
        for name, fingerprint in now.inputs.items()
        if then.inputs.get(name) != fingerprint
    ]
    if not node.options.cache:
        causes.append("it is declared impure (`cache: false`)")
    return causes


def with_error(found: Remade, errors: Mapping[str, str]) -> Remade:
    """With the message of a node that failed, or why another was not run."""
    if found.state == FAILED and found.node in errors:
        return changed(found, causes=(errors[found.node].splitlines()[0],))
    if found.state == BLOCKED and not found.causes:
        return changed(found, causes=("what it reads could not be made",))
    return found


# Not the same, though nothing differs


def told_twice(asked: RecordedRun, found: Remade, first: NodeRun, second: NodeRun) -> Remade:
    """What follows from a node that ran twice just now on the same bytes."""
    same = [each.fingerprint for each in first.outputs] == [
        each.fingerprint for each in second.outputs
    ]
    if not same:
        why = "it is not deterministic: it ran twice just now on the same bytes, and made others"
        return changed(found, causes=(why,))
    why = (
        "code, parameters, libraries and inputs are on record as the same, and it makes the same "
        "each time by now: something that it uses is on no record"
    )
    return changed(found, causes=(why, *_environment(asked)))


def _environment(asked: RecordedRun) -> list[str]:
    """Installed libraries that differ, though its code is not known to use them."""
    try:
        then = asked.project.history.environment(asked.run.environment)
    except UnknownNameError:
        return []
    now = {**asked.project.installed.environment, "python": then.get("python", "")}
    names = sorted(set(then) | set(now))
    told = [
        f"{name} {then.get(name, 'not there')} -> {now.get(name, 'not there')}"
        for name in names
        if then.get(name) != now.get(name)
    ]
    dots = " ..." if len(told) > _FEW else ""
    return [f"libraries that differ since: {', '.join(told[:_FEW])}{dots}"] if told else []


def short(fingerprint: str) -> str:
    """The beginning of a digest."""
    return fingerprint.partition(":")[2][:8]
