"""A recorded run is made again from the bytes that it read, and differences are traced."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

FLOW = '''
"""A shop's numbers."""

import random
import time
from pathlib import Path

OUTSIDE = "outside.txt"


def _paid(order: dict) -> bool:
    return order["paid"]


def clean(orders: list) -> list:
    """Keep orders that were paid."""
    return [each for each in orders if _paid(each)]


def total(clean: list, rate: float, share: float) -> float:
    """What came in."""
    return sum(each["price"] for each in clean) * rate * share


def drawn(clean: list) -> list:
    """Chance that is seeded."""
    return [random.random() for _ in clean]


def told(total: float) -> str:
    """One line."""
    return f"We took {total:.2f}."
'''

TILTH = """
pipelines:
  main:
    nodes:
      - call: flow.clean
      - call: flow.total
        inputs: {clean: clean, rate: "params:rate", share: {value: 2}}
      - call: flow.drawn
      - call: flow.told
"""

ORDERS = [
    {"price": 10, "paid": True},
    {"price": 5, "paid": False},
    {"price": 7, "paid": True},
] * 300
"""More than the history takes in itself."""


@pytest.fixture
def shop(tmp_path, monkeypatch, tilth):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "flow.py").write_text(FLOW)
    (tmp_path / "tilth.yml").write_text(TILTH)
    (tmp_path / "params.yml").write_text("rate: 1.5\n")
    (tmp_path / "catalog.yml").write_text(
        "orders: {format: json, location: orders.json}\ntold: {format: text, location: told.txt}\n"
    )
    (tmp_path / "orders.json").write_text(json.dumps(ORDERS))
    monkeypatch.chdir(tmp_path)
    assert tilth("run").code == 0
    return tmp_path


def states(answer):
    return {each["node"]: each["state"] for each in answer.json["nodes"]}


def causes(answer, node):
    return next(each["causes"] for each in answer.json["nodes"] if each["node"] == node)


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def unkept(shop, tilth):
    """Run 2, which reads another source and keeps no copy of it."""
    edit(shop / "catalog.yml", "orders.json}", "orders.json, keep: false}")
    (shop / "orders.json").write_text(json.dumps(ORDERS[1:]))
    assert tilth("run").code == 0


def everything(folder):
    """What lies in the project, without what Python and the memory of files leave behind."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "memo" not in path.name
        and path.suffix not in (".db-shm", ".db-wal")
    }  # fmt: skip


def test_the_same_comes_of_it_and_nothing_of_the_project_is_changed(shop, tilth):
    before = everything(shop)
    answer = tilth("reproduce", "1")

    assert answer.code == 0
    assert answer.out == "same clean\nsame total\nsame drawn\nsame told\n"
    assert "run 1: 4 nodes: 4 same, in " in answer.err
    assert everything(shop) == before
    assert [each["run"] for each in tilth("runs", "ls", "--json").json] == [1]


def test_digests_are_told_then_and_now(shop, tilth):
    answer = tilth("reproduce", "last", "--json")
    total = next(each for each in answer.json["nodes"] if each["node"] == "total")

    assert answer.json["same"] is True
    (made,) = total["outputs"]
    assert made["dataset"] == "total"
    assert made["then"] == made["now"]
    assert made["then"].startswith("bytes:")


def test_what_a_run_took_over_is_made_again_as_well(shop, tilth):
    tilth("run")
    answer = tilth("reproduce", "2", "--json")

    assert states(answer) == dict.fromkeys(["clean", "total", "drawn", "told"], "same")
    edit(shop / "src" / "flow.py", "* share", "+ share")
    assert states(tilth("reproduce", "2", "--json"))["total"] == "other"


def test_a_changed_function_is_named_with_its_lines_and_what_follows_from_it(shop, tilth):
    edit(shop / "src" / "flow.py", 'return order["paid"]', 'return order["price"] > 6')
    answer = tilth("reproduce", "1", "--json")
    assert answer.code == 0, "another helper, and the same bytes"

    edit(shop / "src" / "flow.py", 'order["price"] > 6', 'order["price"] > 1')
    answer = tilth("reproduce", "1", "--json")
    assert answer.code == 1
    assert states(answer) == dict.fromkeys(["clean", "total", "drawn", "told"], "other")
    told = causes(answer, "clean")[0].splitlines()
    assert told[0] == "code `flow._paid` changed (src/flow.py:12)"
    assert '+    return order["price"] > 1' in "\n".join(causes(answer, "clean"))
    assert causes(answer, "told")[0].startswith("input `total` has other bytes: ")


def test_the_code_of_its_commit_is_taken_where_that_alone_fits(shop, tilth):
    def git(*words):
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *who, *words], check=True, capture_output=True)

    (shop / ".gitignore").write_text(".tilth\n")
    git("init")
    git("add", "-A")
    git("commit", "-m", "first")
    edit(shop / "params.yml", "1.5", "2.5")
    tilth("run")
    edit(shop / "src" / "flow.py", "* share", "+ share")
    git("commit", "-am", "second")

    answer = tilth("reproduce", "2", "--json")
    assert states(answer) == dict.fromkeys(["clean", "total", "drawn", "told"], "same")
    assert answer.json["commit"]
    assert "note: the code is that of commit " in tilth("reproduce", "2").err


def test_the_run_s_own_parameters_are_taken(shop, tilth):
    edit(shop / "params.yml", "1.5", "9")

    assert tilth("reproduce", "1").code == 0


def test_a_changed_setting_is_named(shop, tilth):
    edit(shop / "tilth.yml", "value: 2", "value: 3")
    answer = tilth("reproduce", "1", "--json")

    assert causes(answer, "total") == ["parameter `share`: 2 -> 3"]
    assert states(answer)["drawn"] == "same"


def test_a_source_that_is_another_by_now_stops_what_depends_on_it(shop, tilth):
    unkept(shop, tilth)
    (shop / "orders.json").write_text(json.dumps([*ORDERS, *ORDERS]))
    answer = tilth("reproduce", "2", "--json")

    assert answer.code == 1
    assert set(states(answer).values()) == {"not run"}
    assert "was not kept, and its file holds something else by now" in causes(answer, "clean")[0]
    assert causes(answer, "told") == ["`total` could not be made"]


def test_a_source_that_is_gone_is_named(shop, tilth):
    unkept(shop, tilth)
    (shop / "orders.json").unlink()

    assert "of `orders` was not kept" in causes(tilth("reproduce", "2", "--json"), "clean")[0]


def test_a_source_that_was_kept_is_read_as_it_was(shop, tilth):
    (shop / "orders.json").write_text("[]")
    answer = tilth("reproduce", "1")

    assert answer.code == 0
    assert "note: `orders` is as run 1 read it; its file is another by now" in answer.err


def test_another_version_of_a_library_is_named(shop, tilth, tmp_path_factory, monkeypatch):
    site = tmp_path_factory.mktemp("site")
    (site / "toy.py").write_text("def price(n):\n    return n\n")
    old = site / "toy-1.0.dist-info"
    old.mkdir()
    (old / "RECORD").write_text("toy.py,,\ntoy-1.0.dist-info/RECORD,,\n")
    monkeypatch.syspath_prepend(str(site))
    edit(shop / "src" / "flow.py", "import random\n", "import random\n\nimport toy\n")
    edit(shop / "src" / "flow.py", "return sum(each", "return toy.price(1) + sum(each")
    assert tilth("run").code == 0

    old.rename(site / "toy-2.0.dist-info")
    (site / "toy.py").write_text("def price(n):\n    return 2 * n\n")
    done = subprocess.run(  # a library stays as it was imported, in this process
        [sys.executable, "-m", "tilth", "reproduce", "2", "--json"],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *sys.path])},
    )  # fmt: skip
    nodes = {each["node"]: each for each in json.loads(done.stdout)["nodes"]}
    assert done.returncode == 1
    assert nodes["total"]["causes"] == ["library `toy`: 1.0 -> 2.0"]


def test_a_node_that_is_not_deterministic_is_told_from_the_others(shop, tilth):
    edit(shop / "src" / "flow.py", 'return f"We took', 'return f"{time.time_ns()} We took')
    tilth("run")
    answer = tilth("reproduce", "2", "--json")

    assert states(answer) == {"clean": "same", "total": "same", "drawn": "same", "told": "other"}
    assert causes(answer, "told")[0].startswith("it is not deterministic: it ran twice just now")


def test_what_is_on_no_record_is_told_from_chance(shop, tilth):
    edit(
        shop / "src" / "flow.py", 'return f"We took', 'return Path(OUTSIDE).read_text() + f"We took'
    )
    (shop / "outside.txt").write_text("then: ")
    tilth("run")
    (shop / "outside.txt").write_text("now: ")
    answer = tilth("reproduce", "2", "--json")

    assert states(answer)["told"] == "other"
    assert "something that it uses is on no record" in causes(answer, "told")[0]


def test_where_plain_data_differs_is_told(shop, tilth):
    edit(
        shop / "src" / "flow.py",
        "return [random.random() for _ in clean]",
        'return {"n": 1, "took": [time.time_ns(), 2]}',
    )
    edit(
        shop / "src" / "flow.py", "def drawn(clean: list) -> list", "def drawn(clean: list) -> dict"
    )
    tilth("run")
    answer = tilth("reproduce", "2")

    assert "  `drawn` differs in `took`\n" in answer.out


def test_measured_times_make_no_other_result(shop, tilth):
    edit(
        shop / "src" / "flow.py",
        "return [random.random() for _ in clean]",
        'return {"n": 1, "fit": {"seconds": time.time_ns()}, "took_us": [time.time_ns(), 2]}',
    )
    edit(
        shop / "src" / "flow.py", "def drawn(clean: list) -> list", "def drawn(clean: list) -> dict"
    )
    tilth("run")
    answer = tilth("reproduce", "2")

    assert answer.code == 0
    assert "same but for times drawn\n  `drawn` differs in `fit.seconds`, `took_us`\n" in answer.out


@pytest.mark.parametrize(
    ("page", "state"),
    [("str(drawn)", "same but for times"), ("str(drawn) + str(time.time_ns())", "other")],
)
def test_a_page_that_shows_measured_times_is_no_other_result(shop, tilth, page, state):
    edit(
        shop / "src" / "flow.py",
        "return [random.random() for _ in clean]",
        'return {"n": 1, "took_us": time.time_ns()}',
    )
    edit(
        shop / "src" / "flow.py", "def drawn(clean: list) -> list", "def drawn(clean: list) -> dict"
    )
    with (shop / "src" / "flow.py").open("a") as file:
        file.write(f"\n\ndef page(drawn: dict) -> str:\n    return {page}\n")
    with (shop / "tilth.yml").open("a") as file:
        file.write("      - call: flow.page\n")
    assert tilth("run").code == 0
    answer = tilth("reproduce", "2")

    assert f"{state} page\n" in answer.out
    assert answer.code == (1 if state == "other" else 0)


def test_each_partition_is_compared(shop, tilth):
    for month in ("01", "02"):
        (shop / f"{month}.part.json").write_text(json.dumps([int(month)]))
    (shop / "tilth.yml").write_text(
        """
pipelines:
  main:
    nodes:
      - {call: flow.doubled, inputs: {part: {each: parts}}, outputs: twice}
      - {call: flow.summed, inputs: [twice]}
      - {call: flow.counted, inputs: [parts]}
"""
    )
    (shop / "catalog.yml").write_text(
        "parts: {format: json, location: '{month}.part.json'}\n"
        "twice: {format: json, location: 'out/{month}.json'}\n"
    )
    with (shop / "src" / "flow.py").open("a") as file:
        file.write(
            '\n\ndef doubled(part: list) -> list:\n    """Twice."""\n    return part * 2\n'
            '\n\ndef summed(twice: dict[str, list]) -> int:\n    """All."""\n'
            "    return sum(map(sum, twice.values()))\n"
            '\n\ndef counted(parts: dict[str, list]) -> float:\n    """Chance again."""\n'
            "    return len(parts) + random.random()\n"
        )
    assert tilth("run").code == 0
    answer = tilth("reproduce", "2", "--json")

    assert set(states(answer)) >= {"doubled[01]", "doubled[02]", "summed", "counted"}
    assert set(states(answer).values()) == {"same"}, answer.out


def test_parts_that_ended_are_compared_where_another_failed(shop, tilth):
    for month in ("01", "02"):
        (shop / f"{month}.part.json").write_text(json.dumps([int(month)]))
    (shop / "tilth.yml").write_text(
        "pipelines: {main: {nodes: "
        "[{call: flow.halved, inputs: {part: {each: parts}}, outputs: halves}]}}\n"
    )
    (shop / "catalog.yml").write_text("parts: {format: json, location: '{month}.part.json'}\n")
    with (shop / "src" / "flow.py").open("a") as file:
        file.write(
            '\n\ndef halved(part: list) -> list:\n    """Halves."""\n'
            "    return [1 / (each - 2) + random.random() for each in part]\n"
        )
    assert tilth("run").code == 1
    answer = tilth("reproduce", "2", "--json")

    assert states(answer) == {"halved[01]": "same", "halved[02]": "nothing to compare"}


def test_what_a_contract_looks_up_is_there(shop, tilth):
    (shop / "towns.csv").write_text("town\nUlm\nOslo\n")
    (shop / "bills.csv").write_text("town\nUlm\nOslo\nUlm\n")
    (shop / "tilth.yml").write_text(
        "pipelines: {main: {nodes: [{call: bills.counted, inputs: [bills]}]}}\n"
    )
    (shop / "catalog.yml").write_text(
        """
towns: {format: csv, location: towns.csv}
bills:
  format: csv
  location: bills.csv
  contract:
    columns:
      town: {references: towns.town}
"""
    )
    (shop / "src" / "bills.py").write_text(
        "import polars as pl\n\n\n"
        'def counted(bills: pl.DataFrame) -> int:\n    """Rows."""\n    return bills.height\n'
    )
    assert tilth("run").code == 0
    answer = tilth("reproduce", "2", "--json")

    assert states(answer) == {"counted": "same"}


def test_what_failed_then_cannot_be_compared_and_what_fails_now_is_told(shop, tilth):
    edit(
        shop / "src" / "flow.py", 'return f"We took', 'return Path(OUTSIDE).read_text() + f"We took'
    )
    tilth("run")
    answer = tilth("reproduce", "2", "--json")
    assert states(answer)["told"] == "nothing to compare"
    assert causes(answer, "told") == ["it was failed in that run"]
    assert answer.code == 0

    (shop / "outside.txt").write_text("now: ")
    tilth("run")
    (shop / "outside.txt").unlink()
    answer = tilth("reproduce", "3", "--json")
    assert states(answer)["told"] == "failed"
    assert "outside.txt" in causes(answer, "told")[0]


def test_a_damaged_source_in_the_store_is_not_read(shop, tilth):
    from tilth.project import Project

    with Project(shop) as project:
        path = project.blobs.path(project.version("orders").fingerprint)
    (shop / "orders.json").write_text("[]")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    answer = tilth("reproduce", "1", "--json")

    assert states(answer)["clean"] == "not run"
    assert "is damaged" in causes(answer, "clean")[0]


def test_a_node_that_is_gone_is_told(shop, tilth):
    edit(shop / "tilth.yml", "      - call: flow.drawn\n", "")
    answer = tilth("reproduce", "1", "--json")

    assert states(answer)["drawn"] == "not run"
    assert causes(answer, "drawn") == ["the project has no such node any more"]
    assert states(answer)["total"] == "same"


@pytest.mark.parametrize(
    ("run", "said"), [("99", "there is no run `99`"), ("x", "`x` is no run"), ("last-7", "no run")]
)
def test_mistakes_are_told(shop, tilth, run, said):
    answer = tilth("reproduce", run)

    assert answer.code == 2
    assert said in answer.err


def test_a_run_in_which_nothing_ended_says_so(shop, tilth):
    (shop / "orders.json").write_text("[1]")
    assert tilth("run").code == 1

    assert "run 2 cannot be made again: none of its nodes ended" in tilth("reproduce", "2").err


def test_a_project_without_its_nodes_says_so(shop, tilth):
    (shop / "tilth.yml").write_text(
        "pipelines: {main: {nodes: [{call: flow.clean, name: other}]}}\n"
    )

    assert "the project has none of its nodes" in tilth("reproduce", "1").err
