"""Show the pipelines: as a tree, as one HTML page, or one node in detail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tilth.cli.command import Invocation, command
from tilth.cli.completing import nodes_and_datasets
from tilth.cli.detail import show_dataset, show_node
from tilth.cli.opening import opened_for
from tilth.cli.output import paint, plural, say, show, show_json, table
from tilth.cli.selecting import selecting, selection_of
from tilth.errors import DataError, UnknownNameError
from tilth.graph.pipeline import Pipeline
from tilth.graph.select import matching
from tilth.project import Project
from tilth.project.datasets import dataset_states
from tilth.project.listing import all_nodes, dataset_names, of_project
from tilth.project.page import page
from tilth.project.page.facts import node_facts

__all__ = ["show_graph"]


@command(
    name="show",
    examples=(
        ("tilth show", "all pipelines: what each node reads and makes"),
        ("tilth show train_tree", "a node: signature, inputs, last run"),
        ("tilth show trips", "a dataset: where it lies, who makes and reads it"),
        ("tilth show --html graph.html", "one page that works without a network"),
        ("tilth show models --to metrics", "a part of the graph"),
    ),
)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=nodes_and_datasets)
@click.option("--html", metavar="FILE", help="Write the graph as an HTML page.")
@selecting
def show_graph(
    invocation: Invocation,
    names: tuple[str, ...],
    html: str | None,
    **selection: tuple[str, ...],
) -> None:
    """Show the pipelines as a tree, or what NAMEs a node, a dataset or a pipeline."""
    project, rest = opened_for(invocation, names)
    with project:
        if len(rest) == 1 and html is None and rest[0] not in project.pipelines:
            _show_one(invocation, project, rest[0])
            return
        chosen = _chosen(project, rest, selection)
        if html is not None:
            _write_page(project, chosen, Path(html))
        elif invocation.json:
            facts = node_facts(project, chosen)
            show_json({"project": project.name, "nodes": list(_named(facts))})
        else:
            _show_tree(project, chosen)


def _chosen(
    project: Project, names: tuple[str, ...], selection: dict[str, tuple[str, ...]]
) -> Pipeline:
    wanted = selection_of(selection)
    if not names and wanted is None:
        return project.everything
    return project.selected(names, wanted)


def _named(facts: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": name, **each} for name, each in facts.items()]


def _show_one(invocation: Invocation, project: Project, name: str) -> None:
    node = all_nodes(project).get(name)
    if node is not None:
        show_node(invocation, project, node)
        return
    for state in dataset_states(project):
        if state.name == name:
            show_dataset(invocation, project, state)
            return
    known = dict.fromkeys([*project.pipelines, *all_nodes(project), *dataset_names(project)])
    fits = matching([name], known, "node, dataset or pipeline")
    raise UnknownNameError("single node, dataset or pipeline", name, fits)


def _write_page(project: Project, chosen: Pipeline, file: Path) -> None:
    text = page(project, chosen)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(f"`{file}` cannot be written: {error.strerror or error}") from error
    say(f"wrote {file} ({len(text.encode()) / 1000:,.0f} kB): open it in a browser")


def _show_tree(project: Project, chosen: Pipeline) -> None:
    n_pipelines = len(of_project(project, "pipelines"))
    show(
        f"{paint(project.name, 'bold')}: {plural(n_pipelines, 'pipeline')}, "
        f"{plural(len(chosen), 'node')}, {plural(len(chosen.datasets), 'dataset')}"
    )
    seen: set[str] = set()
    for name, each in project.pipelines.items():
        nodes = [node for node in each if node.name in chosen and node.name not in seen]
        seen.update(node.name for node in nodes)
        if not nodes:
            continue
        show(f"\n{paint(name, 'bold')}")
        rows = []
        for i, node in enumerate(nodes):
            branch = "└─" if i == len(nodes) - 1 else "├─"
            reads = ", ".join(dict.fromkeys(node.reads)) or "-"
            each_mark = " (each partition)" if node.fans_out else ""
            rows.append(
                (
                    f"{paint(branch, 'dim')} {node.name}{each_mark}",
                    f"{_cut(reads)} {paint('→', 'dim')} {_cut(', '.join(node.makes) or '-')}",
                    paint(node.options.layer, "dim"),
                )
            )
        show(table(rows))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
