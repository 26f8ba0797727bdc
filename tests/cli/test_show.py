from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest


class Page(HTMLParser):
    """What a page consists of, and whether it needs anything from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes: set[str] = set()
        self.outside: list[str] = []
        self.facts = ""
        self._in_facts = False

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "data-box" in given:
            self.boxes.add(given["data-box"])
        asked = [given[name] for name in ("src", "href") if name in given]
        self.outside += [each for each in asked if not each.startswith("data:")]
        self._in_facts = given.get("id") == "facts"

    def handle_data(self, data):
        if self._in_facts:
            self.facts += data

    def handle_endtag(self, tag):
        self._in_facts = False


def read(path) -> Page:
    page = Page()
    page.feed(path.read_text())
    return page


def test_the_tree_shows_what_each_node_reads_and_makes(tilth, project):
    answer = tilth("show")

    assert answer.out.startswith("shop: 2 pipelines, 4 nodes, 5 datasets\n")
    assert "├─ total    clean → total\n" in answer.out
    assert "└─ clean  orders → clean  intermediate\n" in answer.out


def test_a_pipeline_is_shown_alone(tilth, project):
    answer = tilth("show", "prepare")

    assert "clean" in answer.out
    assert "measure" not in answer.out


def test_a_node_is_shown_with_its_signature_and_its_last_run(tilth, project):
    tilth("run")

    answer = tilth("show", "total")

    assert answer.out.startswith("total(clean: list, rate: float = 1.0) -> float\n")
    assert "What came in." in answer.out
    assert "rate = params:rate" in answer.out
    assert "run 1, " in answer.out
    assert "its result still holds" in answer.out


def test_a_dataset_is_shown_with_its_maker_and_readers(tilth, project):
    tilth("run")

    answer = tilth("show", "clean", "--json")
    dataset = tilth("show", "orders", "--json")

    assert answer.json["outputs"] == ["clean"]
    assert dataset.json["readers"] == ["clean"]
    assert dataset.json["description"] == "What was ordered."


def test_an_unknown_name_is_told_with_the_nearest(tilth, project):
    answer = tilth("show", "totl")

    assert answer.code == 2
    assert "did you mean `total`?" in answer.err


def test_the_page_holds_every_node_and_needs_nothing_from_elsewhere(tilth, project):
    tilth("run")

    answer = tilth("show", "--html", "graph.html")
    page = read(project / "graph.html")

    assert answer.code == 0
    assert page.boxes == {"dorders", "nclean", "ntotal", "nmeasure", "ntell"}
    assert page.outside == []
    assert not re.search(r"https?://(?!www\.w3\.org)", (project / "graph.html").read_text())


def test_the_page_tells_of_each_node_what_there_is_to_know(tilth, project):
    tilth("run")
    tilth("show", "--html", "graph.html")

    facts = json.loads(read(project / "graph.html").facts)

    total = facts["nodes"]["total"]
    assert total["signature"] == "total(clean: list, rate: float = 1.0) -> float"
    assert total["place"].startswith("src/shop/flow.py:")
    assert total["state"] == "holds"
    assert total["run"] == 1
    assert facts["nodes"]["measure"]["metrics"] == [
        {"name": "day", "value": 34.0, "low": 33.0, "high": 35.0}
    ]
    assert facts["datasets"]["clean"]["maker"] == "clean"


def test_a_docstring_cannot_break_out_of_the_page(tilth, project, edit):
    edit("src/shop/flow.py", "What came in.", "</script><img src=x onerror=alert(1)>")
    edit("tilth.yml", "name: shop", "name: '<b>shop'")

    tilth("show", "--html", "graph.html")
    page = read(project / "graph.html")

    assert page.outside == []
    assert "<b>shop" not in (project / "graph.html").read_text()
    assert "onerror" in json.loads(page.facts)["nodes"]["total"]["doc"]


def test_numbers_that_are_none_do_not_break_the_page(tilth, project, edit):
    edit("src/shop/flow.py", '"value": total', '"value": float("nan")')
    tilth("run")
    tilth("show", "--html", "graph.html")

    facts = json.loads(read(project / "graph.html").facts, parse_constant=pytest.fail)

    assert facts["nodes"]["measure"]["metrics"][0]["value"] is None


def test_a_page_that_cannot_be_written_is_told(tilth, project):
    answer = tilth("show", "--html", "nowhere/graph.html")

    assert answer.code == 1
    assert answer.err.startswith("error: `nowhere/graph.html` cannot be written")
