"""Pictures for people: drawn once, for files as well as for the report."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path

from flights.tree import TreeNode
from flights.words import count, percent

INK = "#1d2430"
FAINT = "#8a93a3"
GRID = "#dfe3ea"
INK_ON_COLOUR = "#161b26"
COLOURS = {"baseline": "#8a93a3", "tree": "#d97706", "boosting": "#3b82f6"}
LATE = LinearSegmentedColormap.from_list("late", ["#dbeafe", "#f3f4f6", "#fed7aa", "#fb923c"])
BOX_WIDTH, BOX_HEIGHT, STEP_X, STEP_Y = 1.9, 0.74, 2.4, 0.88
LINE_HEIGHT = 0.2


def draw_roc(curves: dict[str, Any]) -> Figure:
    """Draw what share of late flights a model finds at each rate of false alarms."""
    figure, axes = empty_figure(5.4, 5.0)
    for name, colour in COLOURS.items():
        curve = curves["roc"][name]
        axes.plot(curve["false_alarms"], curve["found"], color=colour, linewidth=2, label=name)
    axes.set_aspect("equal")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("flights on time that are called late")
    axes.set_ylabel("late flights that are found")
    axes.legend(frameon=False, loc="lower right", labelcolor=INK)
    shares_on(axes)
    return figure


def draw_calibration(curves: dict[str, Any]) -> Figure:
    """Draw what the models said against what came; the diagonal is perfect."""
    figure, axes = empty_figure(5.4, 5.0)
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
    limit = 0.1
    for name, colour in COLOURS.items():
        curve = curves["calibration"][name]
        size = 9 if len(curve["said"]) == 1 else 5
        axes.plot(
            curve["said"], curve["came"],
            color=colour, linewidth=2, marker="o", markersize=size, label=name,
        )  # fmt: skip
        limit = max(limit, *curve["said"], *curve["came"])
    axes.set_aspect("equal")
    axes.set_xlim(0, min(1.0, limit * 1.08))
    axes.set_ylim(0, min(1.0, limit * 1.08))
    axes.set_xlabel("chance of being late, as the model said")
    axes.set_ylabel("share that was late")
    axes.legend(frameon=False, loc="upper left", labelcolor=INK)
    shares_on(axes)
    return figure


def draw_tree(tree_nodes: list[TreeNode]) -> Figure:
    """Draw the tree from left to right, with a leaf to a row, so that its words have room."""
    places = place(tree_nodes)
    depth = max(node["depth"] for node in tree_nodes)
    n_leaves = sum("stopped" in node for node in tree_nodes)
    width, height = depth * STEP_X + BOX_WIDTH, n_leaves * STEP_Y
    figure = Figure(figsize=(width + 0.2, height + 0.2))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(-0.1, width + 0.1)
    axes.set_ylim(height + 0.1 - STEP_Y / 2, -0.1 - STEP_Y / 2)
    for node in tree_nodes:
        if node["parent"] is not None:
            draw_branch(axes, node, places, tree_nodes[0]["rows"])
    shares = [node["late"] for node in tree_nodes]
    for node in tree_nodes:
        colour = to_hex(LATE(node["late"] / max(shares)))
        draw_box(axes, node, places[node["id"]], colour)
    return figure


def place(tree_nodes: list[TreeNode]) -> dict[int, tuple[float, float]]:
    """Find a place for each node: leaves below one another, parents amid their children."""
    rows: dict[int, float] = {}
    for node in tree_nodes:  # from the root down, yes before no: so leaves come in order
        if "stopped" in node:
            rows[node["id"]] = len(rows)
    for node in reversed(tree_nodes):  # children come after their parents
        if "split" in node:
            rows[node["id"]] = (rows[node["split"]["yes"]] + rows[node["split"]["no"]]) / 2
    return {node["id"]: (node["depth"] * STEP_X, rows[node["id"]] * STEP_Y) for node in tree_nodes}


def draw_box(axes: Axes, node: TreeNode, at: tuple[float, float], colour: str) -> None:
    """Draw a node: its question or its end, how many flights it has and how many late."""
    left, middle = at
    axes.add_patch(
        FancyBboxPatch(
            (left, middle - BOX_HEIGHT / 2),
            BOX_WIDTH,
            BOX_HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=colour,
            edgecolor=FAINT,
            linewidth=0.8,
        )
    )
    head, tail = box_text(node)
    top = middle - (len(head) + len(tail) - 1) / 2 * LINE_HEIGHT
    for i, line in enumerate([*head, *tail]):
        bold = i < len(head)
        axes.text(
            left + BOX_WIDTH / 2, top + i * LINE_HEIGHT, line,
            ha="center", va="center", color=INK_ON_COLOUR,
            fontsize=9.5 if bold else 8.5, weight="bold" if bold else "normal",
        )  # fmt: skip


def box_text(node: TreeNode) -> tuple[list[str], list[str]]:
    """The lines of a box: a question or a share of late flights; and how it came to it."""
    flights, late = f"{count(node['rows'])} flights", f"{percent(node['late'])} late"
    if "stopped" in node:
        return [late], [flights, node["stopped"]["reason"]]
    column, sign, limit = node["split"]["question"].partition(" ≤ ")
    head = [column, f"{sign.strip()} {limit}?"] if sign else [f"{column}?"]
    return head, [f"{flights}, {late}"]


def draw_branch(
    axes: Axes, node: TreeNode, places: dict[int, tuple[float, float]], n_flights: int
) -> None:
    """Draw the way from a parent to a child, as broad as the share of flights that take it."""
    (left, top), (right, bottom) = places[node["parent"]], places[node["id"]]
    start, bend = left + BOX_WIDTH, (left + BOX_WIDTH + right) / 2
    curve = Path(
        [(start, top), (bend, top), (bend, bottom), (right, bottom)],
        [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4],
    )
    width = 0.8 + 9 * node["rows"] / n_flights
    axes.add_patch(PathPatch(curve, facecolor="none", edgecolor=GRID, linewidth=width))
    above = -0.12 if bottom < top else 0.12
    text: dict[str, Any] = {"fontsize": 8.5, "color": INK, "ha": "right", "va": "center"}
    axes.text(right - 0.06, bottom + above, node["answer"], **text)


def empty_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure in the style of all pictures; inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, length=0, pad=6)
    axes.xaxis.label.set_color(INK)
    axes.yaxis.label.set_color(INK)
    for spine in axes.spines.values():
        spine.set_color(GRID)
    return figure, axes


def shares_on(axes: Axes) -> None:
    """Write the ticks of both axes in per cent."""
    axes.xaxis.set_major_formatter(lambda share, _: percent(share))
    axes.yaxis.set_major_formatter(lambda share, _: percent(share))
