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
    return list(walk(pruned, grown, features))


def asked_features(tree: Pipeline, train: pl.DataFrame, columns: Columns) -> Iterator[Feature]:
    """Say for each column that the tree sees which column of the table it comes from."""
    encoder = tree["columns"].named_transformers_["names"]
    for column, categories in zip(columns.categories, encoder.categories_, strict=True):
        for category in categories:
            yield Feature(column=column, category=str(category), missing=False)
    for column in columns.numbers:
        missing = train.get_column(column).null_count() > 0
        yield Feature(column=column, category=None, missing=missing)


def walk(
    pruned: DecisionTreeClassifier, grown: DecisionTreeClassifier, features: list[Feature]
) -> Iterator[TreeNode]:
    """Visit the nodes of the tree beside the same nodes of the tree without pruning."""
    tree, whole = pruned.tree_, grown.tree_
    waiting = [(0, 0, None, None, 0)]
    while waiting:
        node, twin, parent, reply, depth = waiting.pop()
        told = {
            "id": node,
            "parent": parent,
            "answer": reply,
            "depth": depth,
            "rows": int(tree.n_node_samples[node]),
            "late": float(tree.value[node][0][1]),
            "impurity": float(tree.impurity[node]),
        }
        if is_leaf(tree, node):
            yield told | {"stopped": why_stopped(pruned, grown, twin, depth)}
            continue
        feature = features[tree.feature[node]]
        split = tell_split(tree, node, feature)
        yield told | {"split": split}
        # A name is asked for as "is it so?", and scikit-learn sends "it is" to the right.
        replies = ("yes", "no") if feature.category is None else ("no", "yes")
        children = [
            (tree.children_left[node], whole.children_left[twin], node, replies[0], depth + 1),
            (tree.children_right[node], whole.children_right[twin], node, replies[1], depth + 1),
        ]
        children = [(int(child), int(other), *rest) for child, other, *rest in children]
        waiting.extend(sorted(children, key=lambda child: child[3] == "yes"))


def tell_split(tree: Any, node: int, feature: Feature) -> dict[str, Any]:
    """Tell what a split asks, and what it gains."""
    left, right = int(tree.children_left[node]), int(tree.children_right[node])
    sizes = tree.weighted_n_node_samples
    after = (
        sizes[left] * tree.impurity[left] + sizes[right] * tree.impurity[right]
    ) / sizes[node]  # fmt: skip
    gain = float(tree.impurity[node] - after)
    threshold = float(tree.threshold[node])
    yes, no = (left, right) if feature.category is None else (right, left)
    return {
        "question": question(feature, threshold),
        "column": feature.column,
        "category": feature.category,
        "threshold": None if feature.category else threshold,
        "missing_counts_as": missing_side(tree, node) if feature.missing else None,
        "impurity_before": float(tree.impurity[node]),
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
    pruned: DecisionTreeClassifier, grown: DecisionTreeClassifier, node: int, depth: int
) -> dict[str, str]:
    """Say why a leaf was not split: one word, and a sentence.

    Args:
        pruned: The tree that the leaf belongs to.
        grown: The same tree without pruning.
        node: Where the leaf is in `grown`.
        depth: How many questions lead to it.
    """
    tree, rows = grown.tree_, int(grown.tree_.n_node_samples[node])
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
