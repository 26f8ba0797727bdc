from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest

from tilth.errors import ConfigError, DefinitionError, MissingDataError, UnknownNameError
from tilth.history.lineage import Version, upstream
from tilth.project.datasets import dataset_states, dataset_versions
from tilth.project.reference import Reference, reference, split
from tilth.project.versions import digest_of

CATALOG = """\
orders: {format: json, location: data/orders.json}
total: {format: json, location: out/total.json}
"""
SHOP = {
    "tilth.yml": """
        name: shop
        pipelines:
          main:
            nodes: [shop.clean, shop.total]
        """,
    "catalog.yml": CATALOG,
    "data/orders.json": "[1, 2, 3]",
    "src/shop.py": """
        def clean(orders: list) -> list:
            return [each for each in orders if each > 0]

        def total(clean: list) -> int:
            return sum(clean)
        """,
}


@pytest.fixture
def shop(make):
    """A shop that ran three times: with 1, 2, 3, then 4, 5, then 1, 2, 3 again."""
    home = make(SHOP)
    for orders in ("[1, 2, 3]", "[4, 5]", "[1, 2, 3]"):
        home.write({"data/orders.json": orders})
        home.done()
    return home


def digest(home, dataset):
    with home.open() as project:
        return digest_of(project.version(dataset))


# What names a version


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("latest", {"back": 0}),
        ("latest~", {"back": 1}),
        ("latest~12", {"back": 12}),
        ("3", {"run": 3}),
        ("3fa9", {"digest": "3fa9"}),
        ("3FA9", {"digest": "3fa9"}),
        ("blake3-3fa9", {"digest": "3fa9"}),
        ("bytes:3fa9", {"digest": "3fa9"}),
        ("12345678", {"digest": "12345678"}),  # no run has so many digits
        ("2026-11-01", {"before": datetime(2026, 11, 2).timestamp()}),
        ("2026-11-01T12:30", {"before": datetime(2026, 11, 1, 12, 30).timestamp()}),
        ("2026-11-01T12:30+00:00", {"before": 1793536200.0}),
    ],
)
def test_a_version_is_named_by_run_date_digest_or_counted_back(text, meant):
    assert reference(text) == Reference(text=text, **meant)


@pytest.mark.parametrize("text", ["yesterday", "latest-1", "2026-13-01", "xyz", "", "-1", "1.5"])
def test_what_names_no_version_is_told_with_what_does(text):
    with pytest.raises(DefinitionError) as caught:
        reference(text)

    assert "2026-11-01" in (caught.value.hint or "")


def test_the_version_stands_behind_an_at():
    assert split("trips@3") == ("trips", "3")
    assert split("trips") == ("trips", "")


# Which one is meant


@pytest.mark.parametrize(
    ("version", "orders"),
    [
        (1, [1, 2, 3]),
        ("2", [4, 5]),
        (3, [1, 2, 3]),
        ("latest", [1, 2, 3]),
        ("latest~1", [4, 5]),
        ("latest~2", [1, 2, 3]),
        (None, [1, 2, 3]),
    ],
)
@pytest.mark.parametrize("dataset", ["orders", "clean"])
def test_any_version_can_be_loaded_that_a_run_made_took_over_or_read(
    shop, dataset, version, orders
):
    with shop.open() as project:
        assert project.load(dataset, version=version) == orders
        if version is not None:
            assert project.load(f"{dataset}@{version}") == orders


def test_a_version_is_found_by_the_beginning_of_its_digest(shop):
    with shop.open() as project:
        second = project.version("orders@2")
        for written in (digest_of(second)[:9], f"blake3-{digest_of(second)}", second.fingerprint):
            assert project.load(f"orders@{written}") == [4, 5]


def test_a_source_that_no_run_has_read_has_a_digest_too(shop):
    shop.write({"data/orders.json": "[9]"})

    with shop.open() as project:
        made = project.version("orders")
        assert project.load("orders", version=digest_of(made)[:12]) == [9]
        assert project.load("orders@latest~1") == [1, 2, 3]


def test_a_version_is_found_by_a_date(shop):
    with shop.open() as project:
        runs = {each.id: each.started_at for each in project.history.runs()}
        for run, orders in ((1, [1, 2, 3]), (2, [4, 5]), (3, [1, 2, 3])):
            moment = datetime.fromtimestamp(runs[run]).astimezone() + timedelta(microseconds=1)
            assert project.load(f"orders@{moment.isoformat()}") == orders
            assert project.load(f"clean@{moment.isoformat()}") == orders
        today = datetime.fromtimestamp(runs[3]).date().isoformat()
        assert project.load(f"clean@{today}") == [1, 2, 3]


def test_before_the_first_run_there_was_no_version(shop):
    with shop.open() as project, pytest.raises(MissingDataError) as caught:
        project.load("clean@2001-01-01")

    assert str(caught.value) == "dataset `clean` has no version `2001-01-01`"
    assert "nearest: `1` (" in (caught.value.hint or "")


def test_a_run_that_had_nothing_to_do_with_it_has_no_version_of_it(shop):
    shop.write({"tilth.yml": SHOP["tilth.yml"] + "  other:\n            nodes: [shop.lone]\n"})
    shop.edit("src/shop.py", "def clean", "def lone() -> int:\n    return 1\n\ndef clean")
    shop.done("other")

    with shop.open() as project, pytest.raises(MissingDataError) as caught:
        project.load("orders", version=4)

    assert re.match(r"nearest: `3` \(\d{4}-\d\d-\d\d, \w{8}\), `2`", caught.value.hint or "")


@pytest.mark.parametrize("version", ["99", "ffffffff", "latest~9"])
def test_an_unknown_version_names_the_nearest(shop, version):
    with shop.open() as project, pytest.raises(MissingDataError) as caught:
        project.load("clean", version=version)

    assert f"has no version `{version}`" in str(caught.value)
    assert "`tilth data versions clean` lists all" in (caught.value.hint or "")


def test_a_digest_that_begins_several_versions_is_refused(shop):
    for number in range(17):  # two of eighteen digests begin with the same of sixteen digits
        shop.write({"data/orders.json": f"[{number}]"})
        shop.done()
    with shop.open() as project:
        firsts = [each.fingerprint[6] for each in dataset_versions(project, "orders")]
        twice = next(each for each in firsts if firsts.count(each) > 1)
        letter = twice if not twice.isdecimal() else f"bytes:{twice}"
        with pytest.raises(DefinitionError, match="begins the digests of"):
            project.load("orders", version=letter)


def test_two_versions_of_one_dataset_are_one_too_many(shop):
    with shop.open() as project, pytest.raises(DefinitionError, match="`2` is another"):
        project.load("orders@1", version=2)


def test_an_unknown_dataset_is_told_whatever_its_version(shop):
    with shop.open() as project, pytest.raises(UnknownNameError, match="no dataset `order`"):
        project.load("order@1")


# What became of its bytes


def test_the_store_keeps_what_runs_read(shop):
    with shop.open() as project:
        kept = {each.run: each.kept for each in dataset_versions(project, "orders")}

    assert kept == {1: True, 2: True}


def test_what_shall_not_be_kept_is_gone_when_its_file_is_another(make):
    home = make(SHOP)
    home.edit("catalog.yml", "orders.json}", "orders.json, keep: false}")
    home.done()
    home.write({"data/orders.json": "[4, 5]"})
    home.done()

    with home.open() as project:
        assert [each.kept for each in dataset_versions(project, "orders")] == [True, False]
        assert project.load("orders@2") == [4, 5]
        with pytest.raises(MissingDataError, match="holds something else by now") as caught:
            project.load("orders@1")
    assert "keep: true" in (caught.value.hint or "")


def test_what_is_large_is_kept_where_that_is_asked_for(make, monkeypatch):
    monkeypatch.setattr("tilth.project.keeping.MOST_BYTES", 5)
    home = make({**SHOP, "data/orders.json": "[1, 2, 3]"})
    for kept, keep in ((False, ""), (True, ", keep: true")):
        home.write({"catalog.yml": CATALOG.replace("orders.json}", f"orders.json{keep}}}")})
        home.done()
        with home.open() as project:
            assert project.blobs.has(project.version("orders").fingerprint) is kept


def test_a_version_whose_bytes_were_collected_says_who_made_it(shop):
    shop.write({"data/orders.json": json.dumps(list(range(1, 2000)))})
    shop.done()
    with shop.open() as project:
        made = project.version("clean", 4)
        project.blobs.remove(made.fingerprint)
        with pytest.raises(MissingDataError, match="its bytes are not in the store") as caught:
            project.load("clean@4")
        assert dataset_versions(project, "clean")[0].kept is False

    assert "run 4 made it with node `clean`" in (caught.value.hint or "")


def test_partitions_of_an_old_version_are_those_of_then(make):
    home = make(
        {
            **SHOP,
            "catalog.yml": "orders: {format: json, location: 'data/{day}.json'}\n",
            "tilth.yml": """
                pipelines:
                  main:
                    nodes:
                      - {call: shop.clean, inputs: [{each: orders}]}
                """,
            "data/mon.json": "[1]",
            "data/tue.json": "[2]",
        }
    )
    (home.folder / "data/orders.json").unlink()
    home.done()
    home.write({"data/mon.json": "[3]", "data/wed.json": "[4]"})
    home.done()

    with home.open() as project:
        assert project.load("orders@1") == {"mon": [1], "tue": [2]}
        assert project.load("orders@2") == {"mon": [3], "tue": [2], "wed": [4]}
        assert project.load("clean@1") == {"mon": [1], "tue": [2]}


# In the catalog


def pinned(home, of):
    home.write(
        {
            "catalog.yml": f"{CATALOG}then: {{of: {of}}}\n",
            "tilth.yml": SHOP["tilth.yml"].replace("shop.total", "shop.total, shop.grown"),
        }
    )
    home.edit(
        "src/shop.py",
        "def clean",
        "def grown(orders: list, then: list):\n    return sum(orders) - sum(then)\n\ndef clean",
    )


@pytest.mark.parametrize("of", ["orders@2", "clean@2", "orders@latest~1"])
def test_an_entry_may_stand_for_a_version_of_another_dataset(shop, of):
    pinned(shop, of)

    told = shop.done(load=("grown",))

    assert told["grown"] == 6 - 9
    with shop.open() as project:
        assert project.load("then") == [4, 5]


def test_a_pinned_version_counts_by_its_bytes(shop):
    pinned(shop, "orders@1")
    shop.done()

    shop.edit("catalog.yml", "orders@1", "orders@3")  # the same bytes
    assert shop.done().ran == {}
    shop.edit("catalog.yml", "orders@3", "orders@2")
    assert shop.done().ran == {"grown": "input changed"}


def test_a_pinned_version_stays_when_its_dataset_changes(shop):
    pinned(shop, "orders@2")
    shop.done()
    shop.write({"data/orders.json": "[10]"})

    assert shop.done(load=("grown",))["grown"] == 10 - 9


def test_a_pinned_source_is_kept_even_if_nothing_else_of_it_is(make):
    home = make(SHOP)
    home.edit("catalog.yml", "orders.json}", "orders.json, keep: false}")
    home.done()
    pinned(home, "orders@1")
    home.edit("catalog.yml", "orders.json}", "orders.json, keep: false}")
    assert home.done(load=("grown",))["grown"] == 0

    home.write({"data/orders.json": "[10]"})

    assert home.done(load=("grown",))["grown"] == 10 - 6


def test_the_lineage_of_a_pinned_version_leads_to_who_made_it(shop):
    pinned(shop, "clean@2")
    told = shop.done()

    with shop.open() as project:
        found = upstream(project.history, told.fingerprints["grown"], dataset="grown")
        pin = next(each for each in found.steps if each.dataset == "then")
        assert found.steps[pin].maker is not None
        assert found.steps[pin].maker.node == "clean"
        second = project.version("orders@2")
        assert Version("orders", second.fingerprint) in found.steps


@pytest.mark.parametrize("asked", ["run", "plan"])
def test_a_version_that_is_not_there_is_told_with_its_line(shop, asked):
    pinned(shop, "orders@99")

    with shop.open() as project, pytest.raises(ConfigError) as caught:
        getattr(project, asked)()

    (told,) = caught.value.mistakes
    assert told.startswith("catalog.yml:3:")
    assert "dataset `then`: dataset `orders` has no version `99`" in told
    assert "nearest: `3`" in told


def test_a_pin_that_no_chosen_node_reads_is_not_looked_for(shop):
    pinned(shop, "orders@99")

    with shop.open() as project:
        from tilth.graph.select import Selection

        assert project.run(selection=Selection(to=("total",))).ok


def test_a_pinned_version_is_listed_with_what_it_stands_for(shop):
    pinned(shop, "orders@2")

    with shop.open() as project:
        (state,) = [each for each in dataset_states(project) if each.name == "then"]
    assert (state.state, state.location) == ("pinned", "orders@2")
