"""What differs between two runs: parameters, code, data, metrics, libraries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import unified_diff
from typing import TYPE_CHECKING, Any

from tilth.history.record import NodeRun, Recipe
from tilth.project.runs import scalars
from tilth.project.setting_difference import setting_changes
from tilth.record import fields_of, record

if TYPE_CHECKING:
    from tilth.project.project import Project

Row = dict[str, Any]


@record
class RunDifference:
    """What differs; each row is plain data, and lists are empty where nothing differs.

    Attributes:
        old: Number of the run that comes first.
        new: Of the other.
        parameters: `argument`, or a place within one (`asked.split.test`), `old`, `new`, `nodes`.
        code: `part`, `file`, `line`, `changes` (lines with `+` and `-`), `nodes`.
        data: What was read from outside: `dataset`, `old`, `new` (fingerprints), `old_rows`,
            `new_rows`, `old_bytes`, `new_bytes`.
        results: What was made, likewise.
        metrics: `node`, `name`, `old`, `new`, `change`, and the ends of the intervals.
        libraries: `name`, `old`, `new`; Python is among them.
        nodes: `node` and `only_in`, the run that has it.
        commits: `old` and `new`, where these differ.
    """

    old: int
    new: int
    parameters: tuple[Row, ...] = ()
    code: tuple[Row, ...] = ()
    data: tuple[Row, ...] = ()
    results: tuple[Row, ...] = ()
    metrics: tuple[Row, ...] = ()
    libraries: tuple[Row, ...] = ()
    nodes: tuple[Row, ...] = ()
    commits: tuple[Row, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs but the time."""
        return not any(rows for rows in self.as_dict().values() if isinstance(rows, list))

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        found = {name: getattr(self, name) for name in fields_of(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in found.items()
        }


def run_difference(project: Project, old: int, new: int) -> RunDifference:
    """What differs between two runs.

    Raises:
        UnknownNameError: There is no such run.
    """
    history = project.history
    runs = history.run(old), history.run(new)
    both = [{each.node: each for each in history.node_runs(run)} for run in (old, new)]
    shared = [node for node in both[1] if node in both[0]]
    recipes = _changed_recipes(project, both[0], both[1], shared)
    return RunDifference(
        old=old,
        new=new,
        parameters=_parameters(recipes),
        code=_code(project, recipes),
        data=_versions(project, *(_read(each) for each in both)),
        results=_versions(project, *(_made(each) for each in both)),
        metrics=_metrics(project, old, new),
        libraries=_libraries(project, runs[0].environment, runs[1].environment),
        nodes=(
            *({"node": each, "only_in": old} for each in both[0] if each not in both[1]),
            *({"node": each, "only_in": new} for each in both[1] if each not in both[0]),
        ),
        commits=_commits(runs[0].commit, runs[1].commit),
    )


Recipes = list[tuple[str, Recipe, Recipe]]


def _changed_recipes(
    project: Project,
    old: Mapping[str, NodeRun],
    new: Mapping[str, NodeRun],
    shared: Iterable[str],
) -> Recipes:
    recipe = project.history.recipe
    return [
        (node, recipe(old[node].recipe), recipe(new[node].recipe))
        for node in shared
        if old[node].recipe != new[node].recipe and old[node].recipe and new[node].recipe
    ]


def _parameters(recipes: Recipes) -> tuple[Row, ...]:
    found: dict[tuple[str, str | None, str | None], list[str]] = {}
    for node, old, new in recipes:
        for name in dict.fromkeys([*old.parameters, *new.parameters]):
            values = old.parameters.get(name), new.parameters.get(name)
            if values[0] != values[1]:
                for change in setting_changes(name, *values):
                    found.setdefault(change, []).append(node)
    return tuple(
        {"argument": name, "old": old, "new": new, "nodes": nodes}
        for (name, old, new), nodes in found.items()
    )


def _code(project: Project, recipes: Recipes) -> tuple[Row, ...]:
    found: dict[tuple[str, str | None, str | None], list[str]] = {}
    for node, old, new in recipes:
        for part in dict.fromkeys([*old.parts, *new.parts]):
            digests = old.parts.get(part), new.parts.get(part)
            if digests[0] != digests[1]:
                found.setdefault((part, *digests), []).append(node)
    texts = project.history.texts({d for _, *both in found for d in both if d})
    return tuple(
        {"part": part, **_changes(texts.get(old or ""), texts.get(new or "")), "nodes": nodes}
        for (part, old, new), nodes in found.items()
    )


def _changes(old: tuple[str, str, int] | None, new: tuple[str, str, int] | None) -> Row:
    _, file, line = new or old or ("", "", 0)
    before, after = (old[0] if old else ""), (new[0] if new else "")
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    kept = [each for each in lines if each[:1] in "+-" and not each.startswith(("+++", "---"))]
    return {"file": file, "line": line, "changes": kept}


Versions = dict[str, tuple[str, int | None, int | None]]


def _made(node_runs: Mapping[str, NodeRun]) -> Versions:
    """Dataset -> fingerprint, rows and bytes, of what the nodes made."""
    return {
        _with_key(made.dataset, _key(node)): (made.fingerprint, made.rows, made.n_bytes)
        for node, each in node_runs.items()
        for made in each.outputs
    }


def _read(node_runs: Mapping[str, NodeRun]) -> Versions:
    """Dataset -> fingerprint, of what came from outside of the run."""
    made = {each.dataset for node_run in node_runs.values() for each in node_run.outputs}
    found: dict[str, dict[str, str]] = {}
    for node, node_run in node_runs.items():
        for name, fingerprint in node_run.inputs.items():
            if name not in made:
                found.setdefault(name, {})[_key(node)] = fingerprint
    # What a fan-out reads by partition is told by partition, what all its parts share once.
    read: Versions = {}
    for name, by_key in found.items():
        parts = {key: each for key, each in by_key.items() if key}
        is_shared = len(set(parts.values())) <= 1 and set(by_key.values()) == set(parts.values())
        for key, fingerprint in (by_key if is_shared or not parts else parts).items():
            read[_with_key(name, "" if is_shared else key)] = (fingerprint, None, None)
    return read


def _key(node: str) -> str:
    """The partition that a node run was for: `jan` of `clean[jan]`."""
    return node.partition("[")[2].removesuffix("]")


def _with_key(dataset: str, key: str) -> str:
    return f"{dataset}[{key}]" if key else dataset


def _versions(project: Project, old: Versions, new: Versions) -> tuple[Row, ...]:
    rows = []
    for name in dict.fromkeys([*old, *new]):
        before, after = (each.get(name, ("", None, None)) for each in (old, new))
        if before[0] != after[0]:
            known = {
                made.fingerprint: made
                for made, _, _ in project.history.versions(name.partition("[")[0])
            }
            rows.append({"dataset": name, **_version("old", before, known),
                         **_version("new", after, known)})  # fmt: skip
    return tuple(rows)


def _version(
    side: str, version: tuple[str, int | None, int | None], known: Mapping[str, Any]
) -> Row:
    fingerprint, n_rows, n_bytes = version
    made = known.get(fingerprint)
    return {
        side: fingerprint,
        f"{side}_rows": n_rows if n_rows is not None or made is None else made.rows,
        f"{side}_bytes": n_bytes if n_bytes is not None or made is None else made.n_bytes,
    }


def _metrics(project: Project, old: int, new: int) -> tuple[Row, ...]:
    before, after = (scalars(project.history.metrics(run)) for run in (old, new))
    rows = []
    for node, name in dict.fromkeys([*before, *after]):
        left, right = before.get((node, name)), after.get((node, name))
        values = (left.value if left else None), (right.value if right else None)
        if values[0] == values[1] or str(values[0]) == str(values[1]) == "nan":
            continue
        change = None if values[0] is None or values[1] is None else values[1] - values[0]
        rows.append(
            {
                "node": node,
                "name": name,
                "old": values[0],
                "new": values[1],
                "change": change,
                "old_interval": [left.low, left.high] if left else [None, None],
                "new_interval": [right.low, right.high] if right else [None, None],
            }
        )
    return tuple(rows)


def _libraries(project: Project, old: str, new: str) -> tuple[Row, ...]:
    if old == new or not old or not new:
        return ()
    before, after = project.history.environment(old), project.history.environment(new)
    return tuple(
        {"name": name, "old": before.get(name), "new": after.get(name)}
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _commits(old: str, new: str) -> tuple[Row, ...]:
    return () if old == new else ({"old": old, "new": new},)
