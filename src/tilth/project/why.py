"""Why a node ran or did not, with the very line, row count or parameter that differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tilth.engine.plan import plan
from tilth.engine.reason import Reason
from tilth.engine.step import Task
from tilth.errors import TilthError
from tilth.graph.node import Node
from tilth.graph.select import Selection, select
from tilth.history.record import Made, NodeRun, Recipe
from tilth.project.forecast import Forecast
from tilth.project.setting_difference import setting_changes
from tilth.record import record

if TYPE_CHECKING:
    from tilth.project.project import Project


@record
class Why:
    """The answer.

    Attributes:
        node: Which.
        state: Of its last node run: `done`, `reused`, `failed`, ...; empty if it never ran.
        run: Number of that run, 0 for none.
        reason: Why it ran; empty where it was reused.
        details: What differed from the node run before, one thing per line.
        now: Why it would run now; empty where its result still holds.
        now_details: What differs now.
    """

    node: str
    state: str = ""
    run: int = 0
    reason: str = ""
    details: tuple[str, ...] = ()
    now: str = ""
    now_details: tuple[str, ...] = ()

    def text(self) -> str:
        """For people."""
        lines = [f"`{self.node}`: {self._last()}"]
        lines += [f"  {each}" for each in self.details]
        lines += [f"now: {self._now()}", *(f"  {each}" for each in self.now_details)]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "node": self.node,
            "state": self.state,
            "run": self.run,
            "reason": self.reason,
            "details": list(self.details),
            "now": self.now,
            "now_details": list(self.now_details),
        }

    def _last(self) -> str:
        if not self.state:
            return "has never run"
        if self.state == "reused":
            return f"was reused in run {self.run}: nothing that it depends on had changed"
        meaning = Reason(self.reason).meaning if self.reason in set(Reason) else self.reason
        return f"run {self.run} ({self.state}): {self.reason}, that is, {meaning}"

    def _now(self) -> str:
        if not self.now:
            return "its result still holds; it would not run"
        return f"it would run: {self.now}, that is, {Reason(self.now).meaning}"


def why(project: Project, node: Node) -> Why:
    """Why a node ran or did not last time, and whether it would run now."""
    attempts = project.history.attempts(node.name, 30)
    now, now_details = _now(project, node)
    if not attempts:
        return Why(node=node.name, now=now, now_details=now_details)
    last = attempts[0]
    before = next((each for each in attempts[1:] if each.state in ("done", "reused")), None)
    details: tuple[str, ...] = ()
    if last.state != "reused" and before is not None:
        details = tuple(differences(project, last, before))
    if last.state == "failed" and last.error:
        details = (*details, f"error: {last.error}")
    return Why(
        node=node.name,
        state=last.state,
        run=last.run,
        reason=last.reason,
        details=details,
        now=now,
        now_details=now_details,
    )


def _now(project: Project, node: Node) -> tuple[str, tuple[str, ...]]:
    """Why it would run now: what comes before it is decided on first."""
    whole = next(
        (each for each in (project.everything, *project.pipelines.values()) if node.name in each),
        project.everything,
    )
    upstream = select(whole, Selection(to_nodes=(node.name,)))
    decider = Forecast(project, upstream, frozenset())
    try:
        planned = plan(upstream, decider, decider.seconds)
    except TilthError as error:
        return "", (f"cannot be told: {error}",)
    found = (
        planned.nodes[-1]
        if planned.nodes[-1].node == node
        else next(each for each in planned.nodes if each.node.name == node.name)
    )
    if found.reason is None:
        return "", ()
    if found.reason is Reason.UPSTREAM:
        runs = [f"`{each.node.name}` ({each.reason})" for each in planned.runs if each is not found]
        return str(found.reason), (f"before it run {', '.join(runs[:5])}",)
    return str(found.reason), tuple(_against_last(project, node, decider))


def _against_last(project: Project, node: Node, decider: Forecast) -> list[str]:
    last = project.history.recall([node.name]).get(node.name)
    if last is None:
        return []
    step = project.step(node)
    old = project.history.recipe(last.recipe)
    lines = recipe_differences(project, step.recipe, old, step.texts())
    versions = decider.versions
    inputs: Mapping[str, Made] = {name: versions[name] for name in node.reads if name in versions}
    task = Task(step, inputs)
    for name, made in task.inputs.items():
        if last.inputs.get(name) != made.fingerprint:
            lines.append(_input_difference(project, name, last.inputs.get(name), made.fingerprint))
    return lines


def differences(project: Project, new: NodeRun, old: NodeRun) -> list[str]:
    """What differs between two recorded runs of a node."""
    lines: list[str] = []
    if new.recipe != old.recipe:
        lines += recipe_differences(
            project, project.history.recipe(new.recipe), project.history.recipe(old.recipe), {}
        )
    for name in dict.fromkeys([*new.inputs, *old.inputs]):
        if new.inputs.get(name) != old.inputs.get(name):
            lines.append(
                _input_difference(project, name, old.inputs.get(name), new.inputs.get(name))
            )
    return lines


def recipe_differences(
    project: Project, new: Recipe, old: Recipe, texts: Mapping[str, tuple[str, str, int]]
) -> list[str]:
    """What differs between two recipes: lines of code, parameters, formats, versions."""
    lines: list[str] = []
    for part in dict.fromkeys([*new.parts, *old.parts]):
        if new.parts.get(part) != old.parts.get(part):
            lines += _part_difference(project, part, new, old, texts)
    for what, ours, theirs in (
        ("parameter", new.parameters, old.parameters),
        ("format of", new.formats, old.formats),
        ("library", new.libraries, old.libraries),
    ):
        for name in dict.fromkeys([*ours, *theirs]):
            if ours.get(name) != theirs.get(name):
                lines += [
                    f"{what} `{place}`: {'not there' if was is None else was} -> "
                    f"{'gone' if now is None else now}"
                    for place, was, now in setting_changes(name, theirs.get(name), ours.get(name))
                ]
    if new.python != old.python:
        lines.append(f"Python: {old.python} -> {new.python}")
    return lines


def _part_difference(
    project: Project,
    part: str,
    new: Recipe,
    old: Recipe,
    texts: Mapping[str, tuple[str, str, int]],
) -> list[str]:
    digests = [each for each in (new.parts.get(part), old.parts.get(part)) if each]
    known = {**project.history.texts(digests), **texts}
    ours = known.get(new.parts.get(part, ""))
    theirs = known.get(old.parts.get(part, ""))
    if ours is None or theirs is None:
        what = "is used now" if part not in old.parts else "is not used any more"
        return [f"code `{part}` {'changed' if ours is theirs is None else what}"]
    from difflib import unified_diff  # 3 ms, and only a change in code needs it

    text, file, line = ours
    changed = [
        each
        for each in unified_diff(theirs[0].splitlines(), text.splitlines(), lineterm="", n=0)
        if each[:1] in "+-" and not each.startswith(("+++", "---"))
    ]
    first = _first_changed_line(theirs[0], text)
    shown = changed[:8] + (["..."] if len(changed) > 8 else [])
    return [f"code `{part}` changed ({file}:{line + first})", *(f"  {each}" for each in shown)]


def _first_changed_line(old: str, new: str) -> int:
    for i, (a, b) in enumerate(zip(old.splitlines(), new.splitlines(), strict=False)):
        if a != b:
            return i
    return min(len(old.splitlines()), len(new.splitlines()))


def _input_difference(project: Project, name: str, old: str | None, new: str | None) -> str:
    if old is None:
        return f"input `{name}` is new"
    if new is None:
        return f"input `{name}` is not read any more"
    told = [_version_text(project, name, each) for each in (old, new)]
    return f"input `{name}`: {told[0]} -> {told[1]}"


def _version_text(project: Project, name: str, fingerprint: str) -> str:
    short = fingerprint.partition(":")[2][:8]
    known = project.history.version(name, fingerprint)
    if known is None:
        return short
    made = known[0]
    size = f"{made.rows:,} rows" if made.rows is not None else f"{made.n_bytes:,} bytes"
    return f"{short} ({size})"
