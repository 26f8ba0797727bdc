"""Why a node ran or did not, with the very line, row count or parameter that differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tilth.engine.plan import plan
from tilth.engine.reason import Reason
from tilth.engine.save import parts_in
from tilth.engine.step import PARTITIONS, Task
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
        now: Why it would run now; empty where its result still holds, or where that cannot be told.
        now_details: What differs now, or why it cannot be told.
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

    def _repr_html_(self) -> str:
        from html import escape  # only a notebook needs it

        return f"<pre>{escape(self.text())}</pre>"

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
        if not self.reason:
            return f"run {self.run} ({self.state}): it did not come to its end"
        meaning = Reason(self.reason).meaning if self.reason in set(Reason) else self.reason
        return f"run {self.run} ({self.state}): {self.reason}, that is, {meaning}"

    def _now(self) -> str:
        if not self.now:
            holds = "its result still holds; it would not run"
            return "it cannot be told:" if self.now_details else holds
        return f"it would run: {self.now}, that is, {Reason(self.now).meaning}"


def why(project: Project, node: Node, key: str | None = None) -> Why:
    """Why a node ran or did not last time, and whether it would run now.

    Args:
        project: Whose history is asked.
        node: Which.
        key: Of one partition, where the node fans out; None for the whole.
    """
    name = node.name if key is None else f"{node.name}[{key}]"
    attempts = project.history.attempts(name, 30)
    now, now_details = _now(project, node, key)
    if not attempts:
        state, run, told = _failed_partitions(project, node) if key is None else ("", 0, ())
        return Why(node=name, state=state, run=run, details=told, now=now, now_details=now_details)
    last = attempts[0]
    before = next((each for each in attempts[1:] if each.state in ("done", "reused")), None)
    details: tuple[str, ...] = ()
    if last.state != "reused" and before is not None:
        details = tuple(differences(project, last, before, pointing=True))
    if last.state == "failed" and last.error:
        details = (*details, f"error: {last.error}")
    return Why(
        node=name,
        state=last.state,
        run=last.run,
        reason=last.reason,
        details=details,
        now=now,
        now_details=now_details,
    )


def _failed_partitions(project: Project, node: Node) -> tuple[str, int, tuple[str, ...]]:
    """State, run and errors of a fan-out that never came to its end, since partitions failed."""
    for run in project.history.runs(n=5) if node.fans_out else ():
        failed = [
            each
            for each in project.history.node_runs(run.id)
            if each.state == "failed" and each.node.startswith(f"{node.name}[")
        ]
        if failed:
            told = [f"`{each.node}` failed: {each.error}" for each in failed[:5]]
            more = [f"and {len(failed) - 5} more"] if len(failed) > 5 else []
            return "failed", run.id, (*told, *more)
    return "", 0, ()


def _now(project: Project, node: Node, key: str | None) -> tuple[str, tuple[str, ...]]:
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
        return "", (str(error),)
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
    if key is not None:
        return _partition_now(project, node, key, decider)
    versions = decider.versions
    inputs = {name: versions[name] for name in node.reads if name in versions}
    return str(found.reason), tuple(_against_last(project, Task(project.step(node), inputs)))


def _partition_now(
    project: Project, node: Node, key: str, decider: Forecast
) -> tuple[str, tuple[str, ...]]:
    try:
        reason, task = decider.partition(node, key)
    except TilthError as error:
        return "", (str(error),)
    return (str(reason), tuple(_against_last(project, task))) if reason is not None else ("", ())


def _against_last(project: Project, task: Task) -> list[str]:
    last = project.history.recall([task.name]).get(task.name)
    if last is None:
        return []
    step = task.step
    old = project.history.recipe(last.recipe)
    lines = recipe_differences(project, step.recipe, old, step.texts())
    for name, made in task.inputs.items():
        if last.inputs.get(name) != made.fingerprint:
            known = last.inputs.get(name), made.fingerprint
            lines += _input_difference(project, name, *known, found=made)
    return lines


def differences(
    project: Project, new: NodeRun, old: NodeRun, *, pointing: bool = False
) -> list[str]:
    """What differs between two recorded runs of a node.

    Args:
        project: Whose history is asked.
        new: The later one.
        old: The earlier one.
        pointing: Whether to name the command that shows how an input differs.
    """
    lines: list[str] = []
    if new.recipe != old.recipe:
        lines += recipe_differences(
            project, project.history.recipe(new.recipe), project.history.recipe(old.recipe), {}
        )
    for name in dict.fromkeys([*new.inputs, *old.inputs]):
        if new.inputs.get(name) != old.inputs.get(name):
            known = old.inputs.get(name), new.inputs.get(name)
            lines += _input_difference(project, name, *known, pointing=pointing)
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


def _input_difference(
    project: Project,
    name: str,
    old: str | None,
    new: str | None,
    *,
    found: Made | None = None,
    pointing: bool = False,
) -> list[str]:
    """What is to be said of an input; `found` is the new version where no run has read it yet."""
    if old is None:
        return [f"input `{name}` is new"]
    if new is None:
        return [f"input `{name}` is not read any more"]
    before, after = _known(project, name, old), found or _known(project, name, new)
    lines = [f"input `{name}`: {_version_text(old, before)} -> {_version_text(new, after)}"]
    if before is None or after is None:
        return lines
    if before.format == after.format == PARTITIONS:
        return lines + _partition_differences(project, before, after)
    if pointing:
        lines.append(f"  `tilth data diff {name} {_short(old)} {_short(new)}` shows what differs")
    return lines


def _known(project: Project, name: str, fingerprint: str) -> Made | None:
    known = project.history.version(name, fingerprint)
    return known[0] if known is not None else None


def _partition_differences(project: Project, old: Made, new: Made) -> list[str]:
    """Which partitions came, went or changed."""
    try:
        before, after = (
            parts_in(project.workspace.bytes_of(each), each.dataset) for each in (old, new)
        )
    except TilthError:
        return []
    changed = [
        key for key in after if key in before and before[key].fingerprint != after[key].fingerprint
    ]
    kinds = {
        "changed": changed,
        "new": [key for key in after if key not in before],
        "gone": [key for key in before if key not in after],
    }
    return [
        f"  {word}: "
        + ", ".join(f"`{key}`" for key in keys[:8])
        + (" ..." if len(keys) > 8 else "")
        for word, keys in kinds.items()
        if keys
    ]


def _short(fingerprint: str) -> str:
    return fingerprint.partition(":")[2][:8]


def _version_text(fingerprint: str, made: Made | None) -> str:
    if made is None:
        return _short(fingerprint)
    if made.format == PARTITIONS:
        return f"{_short(fingerprint)} ({made.shape})"
    size = f"{made.rows:,} rows" if made.rows is not None else f"{made.n_bytes:,} bytes"
    return f"{_short(fingerprint)} ({size})"
