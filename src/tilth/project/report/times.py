"""Where the time of a run went: by pipeline, or by layer where there is one pipeline alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tilth.engine.reason import Reason
from tilth.history.record import NodeRun
from tilth.project.listing import all_nodes
from tilth.record import changed, record

if TYPE_CHECKING:
    from tilth.project.project import Project

_STAGES = "tilth.stages."
GONE = "no longer in the project"
NO_LAYER = "without a layer"


@record
class NodeTime:
    """The time of one node, all its partitions and attempts together.

    Attributes:
        node: Its name, without a partition.
        ran: Seconds in this run: loading, the function, and saving.
        reused: Seconds that what was taken over had taken in the run that made it.
    """

    node: str
    ran: float = 0.0
    reused: float = 0.0

    @property
    def seconds(self) -> float:
        """Both."""
        return self.ran + self.reused


@record
class GroupTime:
    """The time of the nodes that belong together.

    Attributes:
        name: The pipeline, or the layer.
        kinds: Stages of Tilth and layers among its nodes.
        nodes: The slowest first.
    """

    name: str
    kinds: tuple[str, ...]
    nodes: tuple[NodeTime, ...]

    @property
    def ran(self) -> float:
        """Seconds in this run."""
        return sum(each.ran for each in self.nodes)

    @property
    def reused(self) -> float:
        """Seconds that what was taken over had taken."""
        return sum(each.reused for each in self.nodes)

    @property
    def seconds(self) -> float:
        """Both."""
        return self.ran + self.reused

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "name": self.name,
            "kinds": list(self.kinds),
            "ran_seconds": self.ran,
            "reused_seconds": self.reused,
            "nodes": {
                each.node: {"ran_seconds": each.ran, "reused_seconds": each.reused}
                for each in self.nodes
            },
        }


def times_of(project: Project, node_runs: Sequence[NodeRun]) -> tuple[GroupTime, ...]:
    """How long what is on record of a run took, in the order of the project's pipelines.

    Args:
        project: Whose run.
        node_runs: All of the run, with each attempt.
    """
    spent: dict[str, NodeTime] = {}
    stages: dict[str, str] = {}
    for each in node_runs:
        if each.state == "skipped":
            continue
        name = each.node.partition("[")[0]
        so_far = spent.get(name, NodeTime(node=name))
        if each.state == "reused":
            seconds = _seconds(each) or _of_parts(project, each)
            spent[name] = changed(so_far, reused=so_far.reused + seconds)
        else:
            spent[name] = changed(so_far, ran=so_far.ran + _seconds(each))
        stages[name] = _stage(project, each)
    return tuple(_grouped(project, spent, stages))


def _seconds(node_run: NodeRun) -> float:
    return node_run.load_seconds + node_run.seconds + node_run.save_seconds


def _of_parts(project: Project, node_run: NodeRun) -> float:
    """The seconds of a fan-out that was taken over as a whole: its parts alone have a time."""
    whole = project.history.find(node_run.fingerprint)
    if whole is None or whole.reason != Reason.GATHERED:
        return 0.0
    parts = project.history.node_runs(whole.run)
    return sum(_seconds(each) for each in parts if each.node.startswith(f"{whole.node}["))


def _stage(project: Project, node_run: NodeRun) -> str:
    """The stage of Tilth that its function is of, as it is on record; empty for others."""
    function = project.history.recipe(node_run.recipe).function
    if not function.startswith(_STAGES):
        return ""
    return function.removeprefix(_STAGES).replace(":", ".").partition(".")[0]


def _grouped(
    project: Project, spent: Mapping[str, NodeTime], stages: Mapping[str, str]
) -> Iterator[GroupTime]:
    layers = {name: node.options.layer for name, node in all_nodes(project).items()}
    by_layer = len(project.pipelines) < 2
    groups = _layers(layers) if by_layer else _pipelines(project)
    members: dict[str, list[NodeTime]] = {name: [] for name in [*groups.values(), GONE]}
    for name, each in spent.items():
        members[groups.get(name, GONE)].append(each)
    for group, nodes in members.items():
        kinds = [stages[each.node] for each in nodes]
        if not by_layer:
            kinds += [layers.get(each.node, "") for each in nodes]
        if nodes:
            yield GroupTime(
                name=group,
                kinds=tuple(dict.fromkeys(filter(None, kinds))),
                nodes=tuple(sorted(nodes, key=lambda each: -each.seconds)),
            )


def _layers(layers: Mapping[str, str]) -> dict[str, str]:
    return {name: layer or NO_LAYER for name, layer in layers.items()}


def _pipelines(project: Project) -> dict[str, str]:
    """Node -> the first pipeline that has it."""
    found: dict[str, str] = {}
    for pipeline, made in project.pipelines.items():
        for name in made.by_name:
            found.setdefault(name, pipeline)
    return found
