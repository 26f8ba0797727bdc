from __future__ import annotations

import pytest

from tilth import plugins
from tilth.project.listing import EXTENSIONS, parts


def test_without_a_kind_it_lists_the_kinds(tilth):
    assert tilth("list").out.split() == [*parts(), *EXTENSIONS]


@pytest.mark.parametrize("kind", EXTENSIONS)
def test_extensions_are_listed_by_their_names(tilth, kind):
    assert [each["name"] for each in tilth("list", kind, "--json").json] == list(
        plugins.names(EXTENSIONS[kind])
    )


def test_formats_are_listed_without_importing_any(shell):
    imported = set(shell("list", "formats").err.split())

    assert not {name for name in imported if name.startswith("tilth.data.formats.")}


def test_nodes_are_listed_with_what_they_read_and_make(tilth, project):
    rows = {each["name"]: each for each in tilth("list", "nodes", "--json").json}

    assert rows["total"] == {
        "name": "total",
        "function": "shop.flow.total",
        "inputs": ["clean", "params:rate"],
        "outputs": ["total"],
        "tags": [],
    }


def test_pipelines_datasets_parameters_and_tags_are_listed(tilth, project):
    assert [each["name"] for each in tilth("list", "pipelines", "--json").json] == [
        "prepare",
        "report",
    ]
    assert tilth("list", "parameters", "--json").json == [{"name": "rate", "value": 2.0}]
    assert tilth("list", "tags", "--json").json == [{"name": "daily", "nodes": ["clean"]}]
    assert len(tilth("list", "datasets", "--json").json) == 5


def test_a_secret_is_listed_as_it_is_written(tilth, project, monkeypatch):
    monkeypatch.setenv("SHOP_KEY", "hunter22")
    (project / "params.yml").write_text("rate: 2.0\nkey: ${env:SHOP_KEY}\n")

    answer = tilth("list", "parameters")

    assert "hunter22" not in answer.out
    assert "${env:SHOP_KEY}" in answer.out


def test_an_unknown_kind_is_told(tilth):
    answer = tilth("list", "node")

    assert answer.code == 2
    assert "nodes" in answer.err
