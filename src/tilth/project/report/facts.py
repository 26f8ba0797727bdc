"""What a run found out about models, known by the functions that found it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tilth.errors import MissingDataError
from tilth.history.record import Made, NodeRun
from tilth.project.contents import value_of
from tilth.project.listing import all_nodes
from tilth.record import field, record

if TYPE_CHECKING:
    from tilth.graph.node import Node
    from tilth.project.project import Project

_STAGES = "tilth.stages."

KINDS: Mapping[str, Sequence[str]] = {
    "analyse:profile": ("profile",),
    "analyse:profile_page": ("profile_page",),
    "prepare.nodes:split_table": ("split",),
    "prepare.nodes:prepare_columns": ("columns",),
    "prepare.nodes:find_leaks": ("leakage",),
    "train.nodes:choose": ("candidates", "comparison"),
    "train.nodes:fit_chosen": ("model",),
    "train.nodes:predict_test": ("predictions",),
    "evaluate.measuring:measure": ("quality",),
    "evaluate.slices:diagnose_slices": ("slices",),
    "evaluate.labels:examine_labels": ("label_errors", "noise"),
    "evaluate.advice:advise": ("advice",),
    "evaluate.page.page:write_page": ("errors_page",),
    "explain.rows:explain_rows": ("explanations", "importance"),
    "explain.page:write_page": ("explanation_page",),
    "prune.page:write_page": ("small_page",),
    "prune.report:compare_small": ("small_comparison",),
    "validate.nodes:validate_model": ("goals",),
}
"""Function of a stage -> what the names of its outputs end in, where they are told."""

_OF_TRAINING = frozenset({"split", "columns", "leakage"})
"""What is said of rows before they are learned from: it belongs to all models that did."""

PAGES = {
    "profile_page": "The data",
    "errors_page": "Where it errs, and what to do next",
    "explanation_page": "Why it says what it says",
    "small_page": "How small it can be",
}
"""Pages that stages write -> the title of the section that shows them."""


@record
class Fact:
    """One thing that was found, with where it comes from.

    Attributes:
        kind: What it is; see `KINDS`.
        name: Of the dataset without its kind: what it is about.
        version: Of the dataset.
        made_by: The node run.
        node: The node as it is now; None where there is none of this name any more.
        value: What was found; None of what is not loaded.
    """

    kind: str
    name: str
    version: Made
    made_by: NodeRun
    node: Node | None = field(repr=False)
    value: Any = field(default=None, repr=False, compare=False)

    def asked(self) -> Mapping[str, Any]:
        """What the stage was told."""
        inputs = self.node.inputs if self.node is not None else ()
        told = next((each.value for each in inputs if each.argument == "asked"), None)
        return told if isinstance(told, Mapping) else {}


@record
class Chapter:
    """What belongs to one model.

    Attributes:
        name: What the stage `train` calls it.
        facts: Kind -> what was found.
        n_measured: Versions of models that have answered for its test rows, 0 if not known.
    """

    name: str
    facts: Mapping[str, Fact] = field(repr=False)
    n_measured: int = 0

    def get(self, kind: str) -> Fact | None:
        """What was found of a kind; None where nothing was."""
        return self.facts.get(kind)

    def value(self, kind: str) -> Any:
        """The same without where it comes from."""
        found = self.get(kind)
        return None if found is None else found.value


_NOT_LOADED = frozenset({"model", "explanations", "label_errors"})


def facts_of(project: Project, node_runs: Sequence[NodeRun]) -> list[Fact]:
    """What the stages found in a run; what is no longer in the store is left out."""
    nodes = all_nodes(project)
    return [
        fact
        for each in node_runs
        if each.state in ("done", "reused") and "[" not in each.node
        for fact in _facts(project, each, nodes.get(each.node))
    ]


def _facts(project: Project, node_run: NodeRun, node: Node | None) -> Iterator[Fact]:
    function = project.history.recipe(node_run.recipe).function
    kinds = KINDS.get(function.removeprefix(_STAGES), ()) if function.startswith(_STAGES) else ()
    for made in node_run.outputs:
        kind = next((each for each in kinds if made.dataset.endswith(f"_{each}")), None)
        if kind is None:
            continue
        try:
            value = None if kind in _NOT_LOADED else value_of(project, made)
        except MissingDataError:
            continue
        name = made.dataset.removesuffix(f"_{kind}")
        yield Fact(kind=kind, name=name, version=made, made_by=node_run, node=node, value=value)


def chapters_of(facts: Sequence[Fact]) -> list[Chapter]:
    """What was found, by model: the names of what a stage makes begin with the model's."""
    names = [each.name for each in facts if each.kind == "comparison"]
    alone = {each.name for each in facts if each.kind == "advice"} - set(names)
    found: dict[str, dict[str, Fact]] = {name: {} for name in (*names, *sorted(alone))}
    for each in facts:
        if each.kind in _OF_TRAINING:
            continue
        owner = _owner(each.name, found)
        if owner is not None:
            found[owner].setdefault(each.kind, each)
    for own in found.values():
        read = own["model"].made_by.inputs if "model" in own else {}
        for each in facts:
            if each.kind in _OF_TRAINING and f"{each.name}_train" in read:
                own.setdefault(each.kind, each)
    return [Chapter(name=name, facts=own) for name, own in found.items()]


def _owner(name: str, names: Mapping[str, Any]) -> str | None:
    fitting = [each for each in names if name == each or name.startswith(f"{each}_")]
    return max(fitting, key=len, default=None)
