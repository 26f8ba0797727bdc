"""The tree as data and in words: what each split gains, and why each leaf is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from flights.models import Columns, answer, known
from flights.words import count, label, percent, quantity

TreeNode = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Feature:
    """What a split asks about.

    Attributes:
        column: The column of the table.
        category: The name that is asked for, None where it is a number.
        missing: Whether training flights lack it.
    """

    column: str
    category: str | None
    missing: bool


def explain_tree(tree: Pipeline, train: pl.DataFrame, columns: Columns) -> list[TreeNode]:
    """Tell each node of the tree as data.

    To know why a leaf was not split, the tree is grown once more without pruning: what that
    one has below a leaf was cut off, and its gain was too small.

    Returns:
        The nodes from the root down, yes before no. Each has `id`, `parent`, `answer` (to the
        parent's question), `depth`, `rows`, `late` (a share) and `impurity` (Gini). Nodes that
        split have `split`, leaves have `stopped`.
    """
    pruned: DecisionTreeClassifier = tree["model"]
    rows = tree["columns"].transform(known(train, columns))
    grown = clone(pruned).set_params(ccp_alpha=0.0).fit(rows, answer(train))
    features = list(asked_features(tree, train, columns))
    return list(walk(pruned, grown, features, Place()))


def asked_features(tree: Pipeline, train: pl.DataFrame, columns: Columns) -> Iterator[Feature]:
    """Say for each column that the tree sees which column of the table it comes from."""
    encoder = tree["columns"].named_transformers_["names"]
    for column, categories in zip(columns.categories, encoder.categories_, strict=True):
        for category in categories:
            yield Feature(column=column, category=str(category), missing=False)
    for column in columns.numbers:
        missing = train.get_column(column).null_count() > 0
        yield Feature(column=column, category=None, missing=missing)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the walk through the tree has come to.

    Attributes:
        node: The node in the tree.
        twin: The same node in the tree without pruning.
        parent: The node above it, None at the root.
        answer: The answer to the parent's question that leads here.
        depth: How many questions lead here.
    """

    node: int = 0
    twin: int = 0
    parent: int | None = None
    answer: str | None = None
    depth: int = 0


def walk(
    pruned: DecisionTreeClassifier,
    grown: DecisionTreeClassifier,
    features: list[Feature],
    place: Place,
) -> Iterator[TreeNode]:
    """Visit the nodes of the tree beside the same nodes of the tree without pruning."""
    told = tell_place(pruned.tree_, place)
    if is_leaf(pruned.tree_, place.node):
        yield told | {"stopped": why_stopped(pruned, grown, place)}
        return
    feature = features[pruned.tree_.feature[place.node]]
    yield told | {"split": tell_split(pruned.tree_, place.node, feature)}
    for reply in ("yes", "no"):
        next_place = Place(
            node=child(pruned.tree_, place.node, feature, reply),
            twin=child(grown.tree_, place.twin, feature, reply),
            parent=place.node,
            answer=reply,
            depth=place.depth + 1,
        )
        yield from walk(pruned, grown, features, next_place)


def child(tree: Any, node: int, feature: Feature, reply: str) -> int:
    """The node to which an answer leads.

    Small numbers go left. A name is a column of noughts and ones, and its ones go right.
    """
    goes_left = (reply == "yes") == (feature.category is None)
    return int((tree.children_left if goes_left else tree.children_right)[node])


def tell_place(tree: Any, place: Place) -> TreeNode:
    """Tell where a node is, how many flights it has and how mixed they are."""
    return {
        "id": place.node,
        "parent": place.parent,
        "answer": place.answer,
        "depth": place.depth,
        "rows": int(tree.n_node_samples[place.node]),
        "late": float(tree.value[place.node][0][1]),
        "impurity": float(tree.impurity[place.node]),
    }


def tell_split(tree: Any, node: int, feature: Feature) -> dict[str, Any]:
    """Tell what a split asks, and what it gains."""
    yes, no = (child(tree, node, feature, reply) for reply in ("yes", "no"))
    sizes, impurity = tree.weighted_n_node_samples, tree.impurity
    after = (sizes[yes] * impurity[yes] + sizes[no] * impurity[no]) / sizes[node]
    gain = float(impurity[node] - after)
    threshold = float(tree.threshold[node])
    return {
        "question": question(feature, threshold),
        "column": feature.column,
        "category": feature.category,
        "threshold": None if feature.category else threshold,
        "missing_counts_as": missing_side(tree, node) if feature.missing else None,
        "impurity_before": float(impurity[node]),
        "impurity_after": float(after),
        "gain": gain,
        "gain_of_all": gain * float(sizes[node] / sizes[0]),
        "rows_yes": int(tree.n_node_samples[yes]),
        "rows_no": int(tree.n_node_samples[no]),
        "yes": yes,
        "no": no,
    }


def question(feature: Feature, threshold: float) -> str:
    """What a split asks, such as `temperature ≤ 65.48°F` or `airline is EV`."""
    if feature.category is not None:
        return f"{label(feature.column)} is {feature.category}"
    return f"{label(feature.column)} ≤ {quantity(feature.column, threshold)}"


def missing_side(tree: Any, node: int) -> str:
    """To which answer the flights go for which the number is missing."""
    return "yes" if tree.missing_go_to_left[node] else "no"


def is_leaf(tree: Any, node: int) -> bool:
    """Whether a node has no children."""
    return bool(tree.children_left[node] == -1)


def why_stopped(
    pruned: DecisionTreeClassifier, grown: DecisionTreeClassifier, place: Place
) -> dict[str, str]:
    """Say why a leaf was not split: one word or two, and a sentence."""
    tree, node, depth = grown.tree_, place.twin, place.depth
    rows = int(tree.n_node_samples[node])
    if tree.impurity[node] == 0:
        return {"reason": "pure", "because": "its flights are all alike"}
    if not is_leaf(tree, node):
        return {"reason": "gain too small", "because": why_cut_off(pruned, grown, node)}
    if depth == pruned.max_depth:
        return {"reason": "max depth", "because": f"max_depth = {depth} is reached"}
    if rows < 2 * pruned.min_samples_leaf:
        because = (
            f"{count(rows)} flights cannot be parted into two leaves "
            f"of min_samples_leaf = {count(pruned.min_samples_leaf)}"
        )
        return {"reason": "too few rows", "because": because}
    because = (
        f"no question that leaves min_samples_leaf = {count(pruned.min_samples_leaf)} flights "
        "on both sides gains anything"
    )
    return {"reason": "no split", "because": because}


def why_cut_off(pruned: DecisionTreeClassifier, grown: DecisionTreeClassifier, node: int) -> str:
    """Say how little the branches would have gained that pruning took from here."""
    leaves = leaves_below(grown.tree_, node)
    each = gain_per_leaf(grown.tree_, node, leaves)
    return (
        f"splitting it into {len(leaves)} leaves would gain {each:.2g} for each leaf more, "
        f"less than ccp_alpha = {pruned.ccp_alpha:g}"
    )


def leaves_below(tree: Any, node: int) -> list[int]:
    """The leaves that can be reached from a node."""
    found, waiting = [], [node]
    while waiting:
        each = waiting.pop()
        if is_leaf(tree, each):
            found.append(each)
        else:
            waiting += [int(tree.children_left[each]), int(tree.children_right[each])]
    return found


def gain_per_leaf(tree: Any, node: int, leaves: list[int]) -> float:
    """By how much leaves lower the impurity, over all rows, for each leaf that they add.

    References:
        L. Breiman, J. Friedman, R. Olshen and C. Stone, "Classification and Regression
        Trees", 1984, section 3.3: minimal cost-complexity pruning.
    """
    sizes = tree.weighted_n_node_samples
    after = float(np.sum(sizes[leaves] * tree.impurity[leaves]))
    before = float(sizes[node] * tree.impurity[node])
    return (before - after) / float(sizes[0]) / (len(leaves) - 1)


def tell_tree(tree_nodes: list[TreeNode]) -> str:
    """Tell the tree in words, each question and each end on a line of its own."""
    lines = ["Will the flight arrive late? Impurity is Gini's; shares are of training flights.", ""]
    for node in tree_nodes:
        indent = "    " * node["depth"]
        lines.append(f"{indent}{opening(node)}: {size(node)}")
        lines.append(f"{indent}    {tell_node(node)}")
    return "\n".join(lines) + "\n"


def opening(node: TreeNode) -> str:
    """How a node is reached from its parent."""
    return node["answer"] or "all flights"


def size(node: TreeNode) -> str:
    """How many flights a node has, how many of them late, and how mixed they are."""
    return (
        f"{count(node['rows'])} flights, {percent(node['late'], 1)} late, "
        f"impurity {node['impurity']:.4f}"
    )


def tell_node(node: TreeNode) -> str:
    """What happens at a node: a question with its gain, or the end with its reason."""
    if "stopped" in node:
        return f"ends here, since {node['stopped']['because']}"
    split = node["split"]
    missing = split["missing_counts_as"]
    unknown = f" (where it is not known: {missing})" if missing else ""
    return (
        f"{split['question']}?{unknown} "
        f"{count(split['rows_yes'])} yes, {count(split['rows_no'])} no; impurity "
        f"{split['impurity_before']:.4f} → {split['impurity_after']:.4f}, "
        f"gain {split['gain']:.4f} ({split['gain_of_all']:.5f} over all flights)"
    )
