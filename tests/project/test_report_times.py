"""Where the time of a run went, as the recorded node runs have it."""

from __future__ import annotations

import re

import pytest

from tilth import Project
from tilth.project.report.times import GONE, NO_LAYER

PROJECT = """
pipelines:
  ready:
    nodes:
      - {call: shop.prices, inputs: [orders], layer: source}
      - {call: shop.clean, inputs: [prices], layer: feature}
  model:
    nodes:
      - {call: shop.total, inputs: {clean: clean, rate: "params:rate"}, layer: model}
      - {call: shop.tell, inputs: [total], layer: report}
"""
CODE = """
import time


def prices(orders: list) -> list:
    time.sleep(0.03)
    return orders


def clean(prices: list) -> list:
    return [each for each in prices if each]


def total(clean: list, rate: float) -> float:
    time.sleep(0.02)
    return rate * sum(clean)


def tell(total: float) -> str:
    return f"<b>{total}</b>"
"""


@pytest.fixture
def home(tmp_path):
    (tmp_path / "tilth.yml").write_text(PROJECT)
    (tmp_path / "catalog.yml").write_text("orders: {format: json, location: orders.json}\n")
    (tmp_path / "params.yml").write_text("rate: 2.0\n")
    (tmp_path / "orders.json").write_text("[1, 0, 3]")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "shop.py").write_text(CODE)
    return tmp_path


def reported(folder, *overrides):
    """The report of a new run, and what is on record of it: node -> seconds in all."""
    with Project(folder, overrides=overrides) as project:
        run = project.run()
        report = project.report(run.run)
        assert report.html
        recorded = {
            each.node: each.load_seconds + each.seconds + each.save_seconds
            for each in project.history.node_runs(run.run)
        }
    return report, recorded


def spent(report):
    return {each.node: each for group in report.times for each in group.nodes}


def test_each_pipeline_has_the_time_of_its_nodes(home):
    report, recorded = reported(home)

    ready, model = report.times
    assert (ready.name, model.name) == ("ready", "model")
    assert ready.ran == pytest.approx(recorded["prices"] + recorded["clean"])
    assert model.ran == pytest.approx(recorded["total"] + recorded["tell"])
    assert ready.ran >= 0.03
    assert ready.reused == model.reused == 0
    assert [each.node for each in ready.nodes] == ["prices", "clean"]  # the slowest first
    assert set(ready.kinds) == {"source", "feature"}


def test_what_was_taken_over_counts_with_the_time_that_it_took_and_is_told_apart(home):
    first, recorded = reported(home)
    second, _ = reported(home, "rate=3.0")

    ready, model = second.times
    assert ready.ran == 0
    assert ready.reused == pytest.approx(first.times[0].ran)
    assert model.reused == 0
    assert model.ran >= 0.02
    again = spent(reported(home)[0])
    assert {name: each.reused for name, each in again.items()} == pytest.approx(recorded)
    assert {each.ran for each in again.values()} == {0}


def test_the_shares_add_up_and_each_node_is_linked_to_its_step(home):
    reported(home)
    report, _ = reported(home, "rate=3.0")
    section = re.search(r'<section id="time">.*?</section>', report.html, re.DOTALL)[0]

    shares = [int(each) for each in re.findall(r"<td class=number>(\d+) %</td>", section)]
    assert len(shares) == 2
    assert abs(sum(shares) - 100) <= 1
    assert re.findall(r'aria-label="(\w+): \d+ % ran', section) == ["ready", "model"]
    links = dict(re.findall(r'<a href="#(step-\d+)"><code>(\w+)</code></a>', section))
    assert set(links.values()) == {"prices", "clean", "total", "tell"}
    for anchor, node in links.items():
        assert f'<tr id="{anchor}"><td><code>{node}</code></td>' in report.html
    assert '<a href="#time">Where the time went</a>' in report.html


def test_programs_get_the_same(home):
    report, recorded = reported(home)
    told = {each["name"]: each for each in report.as_dict()["time"]}

    assert told["model"]["ran_seconds"] == pytest.approx(recorded["total"] + recorded["tell"])
    assert told["model"]["reused_seconds"] == 0
    assert told["ready"]["nodes"]["clean"]["ran_seconds"] == pytest.approx(recorded["clean"])


def test_one_pipeline_alone_is_told_by_its_layers(home):
    text = PROJECT.replace("  model:\n    nodes:\n", "").replace(", layer: report", "")
    (home / "tilth.yml").write_text(text)
    report, recorded = reported(home)

    assert [each.name for each in report.times] == ["source", "feature", "model", NO_LAYER]
    assert [each.ran for each in report.times] == pytest.approx(
        [recorded[each] for each in ("prices", "clean", "total", "tell")]
    )


def test_a_step_that_failed_counts_with_the_time_until_then(home):
    code = CODE.replace("return rate *", 'raise ValueError("no")\n    return rate *')
    (home / "src" / "shop.py").write_text(code)
    report, recorded = reported(home)

    assert spent(report)["total"].ran == pytest.approx(recorded["total"])
    assert recorded["total"] >= 0.02
    assert "tell" not in spent(report)


def test_a_node_that_is_no_longer_there_keeps_its_time(home):
    _, recorded = reported(home)
    (home / "tilth.yml").write_text(PROJECT.replace("shop.tell", "shop.tell, name: told"))
    with Project(home) as project:
        gone = project.report(1).times[-1]

    assert (gone.name, gone.kinds) == (GONE, ())
    assert gone.ran == pytest.approx(recorded["tell"])


def test_partitions_count_as_their_node_also_where_the_whole_was_taken_over(home):
    (home / "tilth.yml").write_text(
        "pipelines: {a: {nodes: [{call: shop.prices, inputs: [{each: orders}]}]},"
        " b: {nodes: [{call: shop.count, inputs: [prices]}]}}"
    )
    (home / "src" / "shop.py").write_text(
        f"{CODE}\n\ndef count(prices: dict) -> int:\n    return len(prices)\n"
    )
    location = 'orders: {format: json, location: "orders_{month}.json"}\n'
    (home / "catalog.yml").write_text(location)
    for month in ("01", "02"):
        (home / f"orders_{month}.json").write_text(f'["{month}"]')

    _, recorded = reported(home)
    again, _ = reported(home)
    (home / "orders_03.json").write_text("[3]")
    more, _ = reported(home)

    both = recorded["prices[01]"] + recorded["prices[02]"]
    assert both >= 0.06
    assert spent(again)["prices"].reused == pytest.approx(both)
    assert spent(again)["prices"].ran == 0
    assert spent(more)["prices"].reused == pytest.approx(both)
    assert spent(more)["prices"].ran >= 0.03
    assert 'href="#step-' in again.html


def test_the_stage_of_a_node_is_told_as_it_is_on_record(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{i},{i % 3}\n" for i in range(40)))
    (tmp_path / "catalog.yml").write_text("t: {format: csv, location: t.csv}\n")
    (tmp_path / "tilth.yml").write_text(
        "pipelines:\n"
        "  look: {stage: analyse, with: {table: t}}\n"
        "  ready: {stage: prepare, with: {table: t, target: b}}\n"
    )
    report, recorded = reported(tmp_path)

    assert {each.name: each.kinds for each in report.times} == {
        "look": ("analyse",),
        "ready": ("prepare",),
    }
    assert sum(each.seconds for each in report.times) == pytest.approx(sum(recorded.values()))
