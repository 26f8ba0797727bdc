"""The benchmark tells what it measured, and still fits what it measures."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pictures
import pytest
import report
import run
from measure import CommandError, Usage, command
from work import OURS, Entrant, Row, Tools
from works import chain, flights

ROOT = Path(__file__).resolve().parents[2]
MODULES = [importlib.import_module(f"works.{name}") for name in run.WORKS]
PEERS = ROOT / "bench" / "peers"
GROUPS = {path.stem for path in (PEERS / "requirements").iterdir()}
TOOLS = Tools(
    root=ROOT, ours=Path("ours"), groups={group: Path(".venv-peers", group) for group in GROUPS}
)


def names(path):
    """The distributions that a list of requirements or of pins names."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line.partition("==")[0] for line in lines if line and not line.startswith("#")}


def usage(cpu: float) -> Usage:
    return Usage(cpu=cpu, wall=2 * cpu, peak=10.0)


def test_the_middle_round_counts():
    row = Row(name="start", unit="s CPU", at_most=0.3)
    results = {"start": {OURS: [usage(0.1), usage(0.2), usage(9.0)], "doit": [usage(1.0)]}}

    assert report.cells(row, [row], results) == ("start", "≤ 0.3 s CPU", "0.200 ✓", "doit 1")


@pytest.mark.parametrize(
    ("row", "value", "reached"),
    [
        (Row(name="a", unit="s", at_most=1), 1.0, True),
        (Row(name="a", unit="s", at_most=1), 1.1, False),
        (Row(name="a", unit="%", at_least=80), 79.0, False),
        (Row(name="a", unit="%", at_least=80), 81.0, True),
        (Row(name="a", unit="s"), 81.0, None),
    ],
)
def test_a_goal_is_reached_or_not(row, value, reached):
    assert row.reached(value) is reached


def test_a_ratio_divides_medians_of_the_same_run():
    whole = Row(name="flights", unit="s")
    ratio = Row(name="×", unit="×", at_most=1.15, of="flights", by="script")
    results = {"flights": {OURS: [usage(3.0)], "script": [usage(2.0)]}, "×": {}}

    assert report.medians(ratio, [whole, ratio], results) == {OURS: 1.5}


def test_one_that_fails_drops_out_and_is_named(tmp_path):
    def broken(folder):
        raise CommandError("no")

    class Broken:
        ROWS = (Row(name="a", unit="s"),)

        @staticmethod
        def entrants(tools):
            return [
                Entrant(who="bad", round=broken),
                Entrant(who="good", round=lambda folder: {"a": 1.0}),
            ]

    results, failures = run.measure_work("it", Broken, TOOLS, 2)

    assert results == {"a": {"good": [1.0, 1.0]}}
    assert failures == ["it: bad: CommandError: no"]


def test_a_command_that_fails_has_no_figure(tmp_path):
    with pytest.raises(CommandError, match="ended with 3"):
        command(["bash", "-c", "exit 3"], folder=tmp_path)


def test_the_children_of_a_command_count(tmp_path):
    spent = command(["bash", "-c", "for i in 1 2 3 4; do true | true; done"], folder=tmp_path)

    assert spent.wall > 0
    assert spent.peak > 0


def test_the_table_goes_between_the_marks_of_a_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{report.START}\nold\n{report.END}\n\nafter\n")
    row = Row(name="start", unit="s CPU", at_most=0.3)

    report.refresh(page, [row], [row], {"start": {OURS: [usage(0.1)]}})

    text = page.read_text()
    assert f"| start | ≤ 0.3 s CPU | 0.100 ✓ |  | {report.measured()} |" in text
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")


def test_rows_that_were_not_measured_again_stay_where_they_were(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"{report.START}\n{report.END}\n")
    rows = [Row(name=name, unit="s CPU") for name in ("a", "b", "c")]
    first = {row.name: {OURS: [usage(0.1)]} for row in rows}
    report.refresh(page, rows[:2], rows, first)

    report.refresh(page, rows[1:], rows, {row.name: {OURS: [usage(0.2)]} for row in rows})

    lines = [line for line in page.read_text().splitlines() if "s CPU" in line]
    assert [line.rpartition("|  |")[0] for line in lines] == [
        "| a (s CPU) |  | 0.100 ",
        "| b (s CPU) |  | 0.200 ",
        "| c (s CPU) |  | 0.200 ",
    ]


def test_a_row_says_when_and_on_what_it_was_measured(monkeypatch):
    cpu = "Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz"
    monkeypatch.setattr(report, "machine", lambda: {"cpu": cpu, "cores": "2"})

    assert report.measured().endswith(", 2 × Intel Xeon Platinum 8370C")
    assert re.match(r"\d{4}-\d\d-\d\d, ", report.measured())


def test_every_row_has_a_name_of_its_own():
    names = [row.name for module in MODULES for row in module.ROWS]

    assert len(names) == len(set(names))
    assert set(names) >= run.README_ROWS


def test_every_work_has_an_entrant_of_ours():
    for module in MODULES:
        assert OURS in {entrant.who for entrant in module.entrants(TOOLS)}


def test_pages_that_show_the_table_have_its_marks():
    for page in (ROOT / "README.md", ROOT / "docs" / "explanation" / "speed.md"):
        text = page.read_text(encoding="utf-8")
        assert text.index(report.START) < text.index(report.END)


def test_the_helper_that_is_changed_is_still_there():
    project = ROOT / "src" / "tilth" / "templates" / "flights"

    assert (project / flights.HELPER).read_text().count(flights.BEFORE) == 1
    assert (project / pictures.HELPER).read_text().count(pictures.BEFORE) == 1


def test_each_group_of_peers_has_a_place_of_its_own():
    assert TOOLS.peers == Path(".venv-peers/pipelines")
    assert TOOLS.quality_peers == Path(".venv-peers/quality")
    assert Tools(root=ROOT, ours=Path("ours"), groups={}).peers is None


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_every_version_of_a_group_of_peers_is_pinned(group):
    pins = PEERS / "constraints" / f"{group}.txt"

    assert names(PEERS / "requirements" / f"{group}.txt") <= names(pins)
    assert "pip" in names(pins)
    assert all("==" in line for line in pins.read_text().splitlines() if line[0] != "#")


@pytest.mark.parametrize("peer", chain.PEERS, ids=lambda peer: peer.who)
def test_every_peer_of_the_chain_has_its_files(peer):
    files = {path.name for path in (PEERS / peer.folder / "chain").iterdir()}

    named = {argument for argument in peer.command if Path(argument).suffix == ".py"}
    assert files >= named
    assert files


def test_peers_that_are_not_installed_do_not_enter():
    alone = Tools(root=ROOT, ours=Path("ours"), groups={})

    assert [entrant.who for entrant in chain.entrants(alone)] == [OURS, "plain calls, nothing kept"]
    assert {entrant.who for entrant in chain.entrants(TOOLS)} >= {peer.who for peer in chain.PEERS}
