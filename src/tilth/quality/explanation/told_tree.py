"""A decision tree told split by split: what is asked, what it gains, why each leaf is one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tilth.errors import DataError, DefinitionError
from tilth.quality.explanation.explanation import values_by_column
from tilth.quality.explanation.prepared import Prepared, last_step, prepared
from tilth.quality.explanation.question import Question, question
from tilth.quality.explanation.table import Table
from tilth.quality.explanation.trees import LEAF, Tree, trees_of
from tilth.record import record

TreeNode = dict[str, Any]

_MOST_CLASSES = 4


def is_one_tree(model: Any) -> bool:
    """Whether a model, or the last step of a pipeline, is a decision tree."""
    return hasattr(last_step(model)[1], "tree_")


def tree_nodes(model: Any, table: Table) -> list[TreeNode]:
    """Each node of a tree as data, from the root down, yes before no.

    Args:
        model: A decision tree of scikit-learn, or a pipeline that ends with one.
        table: Rows such as it learned from, as the model wants them: what its encoders do is
            seen from them, and a category that none of them has is not told of.

    Returns:
        Each node has `id`, `parent`, `answer` (to the parent's question), `depth`, `rows` (of
        training), `impurity` and `says` (class -> chance, or a number). Nodes that split have
        `question`, `column`, `missing` (the answer of rows in which it is not known), `gain` (of
        impurity) and `gain_of_all` (as a part of all rows); leaves have `stopped`.

    Raises:
        DefinitionError: It is no tree.
        DataError: Its steps cannot read these rows.
    """
    if not is_one_tree(model):
        raise DefinitionError(f"{type(last_step(model)[1]).__name__} is not one decision tree")
    trees, parts = trees_of(model), prepared(model, table)
    if trees is None:
        raise DefinitionError("a tree that predicts several targets at once is not told")
    if parts is None:
        raise DataError("the steps before the tree cannot read these rows")
    return list(_Telling(tree=trees[0], parts=parts, table=table).nodes())


@record
class _Telling:
    tree: Tree
    parts: Prepared
    table: Table

    def nodes(self) -> Iterator[TreeNode]:
        columns = values_by_column(self.table.frame)
        waiting: list[tuple[int, int | None, str | None, int]] = [(0, None, None, 0)]
        while waiting:
            node, parent, answer, depth = waiting.pop()
            told = self._place(node, parent, answer, depth)
            if self.tree.left[node] == LEAF:
                yield told | {"stopped": self._why_stopped(node, depth)}
                continue
            asked = self._question(node, columns)
            yield told | self._split(node, asked)
            yes, no = self.tree.left[node], self.tree.right[node]
            if not asked.yes_left:
                yes, no = no, yes
            waiting += [(int(no), node, "no", depth + 1), (int(yes), node, "yes", depth + 1)]

    def _place(self, node: int, parent: int | None, answer: str | None, depth: int) -> TreeNode:
        raw, says = self.parts.estimator.tree_, self.tree.values[node].tolist()
        classes = getattr(self.parts.estimator, "classes_", None)
        return {
            "id": node,
            "parent": parent,
            "answer": answer,
            "depth": depth,
            "rows": int(raw.n_node_samples[node]),
            "impurity": float(raw.impurity[node]),
            "says": says[0]
            if classes is None
            else {str(name): each for name, each in zip(classes, says, strict=True)},
        }

    def _question(self, node: int, columns: Sequence[Sequence[Any]]) -> Question:
        at, threshold = int(self.tree.feature[node]), float(self.tree.threshold[node])
        owner, numbers = int(self.parts.owners[at]), self.parts.numbers
        if owner < 0:
            name = self._number_name(at)
            return Question(text=f"{name} ≤ {threshold:.4g}", column="", yes_left=True)
        return question(
            self.table.columns[owner],
            columns[owner],
            self.tree.goes_left(node, numbers),
            threshold=threshold,
            numbers=numbers[:, at],
        )

    def _number_name(self, at: int) -> str:
        names = getattr(self.parts.estimator, "feature_names_in_", None)
        return str(names[at]) if names is not None else f"prepared number {at}"

    def _split(self, node: int, asked: Question) -> TreeNode:
        raw = self.parts.estimator.tree_
        sizes, impurity = raw.weighted_n_node_samples, raw.impurity
        sides = [int(self.tree.left[node]), int(self.tree.right[node])]
        gain = float(impurity[node] - (sizes[sides] * impurity[sides]).sum() / sizes[node])
        return {
            "question": asked.text,
            "column": asked.column,
            "missing": asked.missing,
            "gain": gain,
            "gain_of_all": gain * float(sizes[node] / sizes[0]),
        }

    def _why_stopped(self, node: int, depth: int) -> str:
        raw, settings = self.parts.estimator.tree_, self.parts.estimator.get_params()
        rows = int(raw.n_node_samples[node])
        if raw.impurity[node] <= np.finfo(float).eps:
            return "its rows are all alike"
        if settings.get("max_depth") is not None and depth >= settings["max_depth"]:
            return f"max_depth = {settings['max_depth']} is reached"
        for name, times in (("min_samples_leaf", 2), ("min_samples_split", 1)):
            least = settings.get(name)
            if isinstance(least, int) and rows < times * least:
                return f"{rows:,} rows are too few for {name} = {least:,}"
        if settings.get("max_leaf_nodes") is not None:
            return f"max_leaf_nodes = {settings['max_leaf_nodes']}, and other splits gain more"
        if settings.get("ccp_alpha"):
            return f"no split gains ccp_alpha = {settings['ccp_alpha']:g} for each leaf it adds"
        return "no question about its rows gains anything"


def tree_in_words(nodes: Sequence[TreeNode], target: str = "") -> str:
    """The tree as text, each question and each end on a line of its own.

    Args:
        nodes: What `tree_nodes` told.
        target: What it predicts.
    """
    lines = [f"How {target or 'it'} is predicted; a question that gains more parts rows better."]
    if not any("question" in each for each in nodes):
        lines.append("The tree asks nothing: it says the same of every row.")
    for node in nodes:
        indent = "    " * node["depth"]
        opening = node["answer"] or "all rows"
        lines.append(f"{indent}{opening}: {node['rows']:,} rows, {says(node['says'])}")
        lines.append(f"{indent}    {_told(node)}")
    return "\n".join(lines) + "\n"


def _told(node: TreeNode) -> str:
    if "stopped" in node:
        return f"ends here: {node['stopped']}"
    missing = f" (not known: {node['missing']})" if node["missing"] else ""
    return f"{node['question']}?{missing} gains {node['gain_of_all']:.2g} over all rows"


def says(value: Any) -> str:
    """What a node says: a number, or the chances of the likeliest classes."""
    if not isinstance(value, dict):
        return f"{value:.4g}"
    likely = sorted(value.items(), key=lambda each: -each[1])
    if len(likely) == 2:
        likely = list(value.items())[1:]
    shown = [f"{name} {100 * chance:.1f} %" for name, chance in likely[:_MOST_CLASSES]]
    return ", ".join(shown)
