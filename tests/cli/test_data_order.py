"""`tilth data order` and `tilth data receive`, typed: rows go out as a sheet, and come back."""

from __future__ import annotations

import csv
import json

import numpy as np
import polars as pl
import pytest

CATALOG = """
train: {format: csv, location: train.csv, metadata: {target: back}}
test: {format: csv, location: test.csv}
more: {format: csv, location: "data/more/{order}.csv"}
lists: {format: parquet, location: lists.parquet}
"""
SLICE = "age >= 0 and town = Oslo"


def orders(n, seed):
    rng = np.random.default_rng(seed)
    price, age = rng.normal(size=(2, n)).round(3)
    town = rng.choice(["Oslo", "Bonn", "Ulm"], n)
    back = rng.random(n) < 0.5
    return pl.DataFrame({"price": price, "age": age, "town": town, "back": back})


@pytest.fixture
def shop(tmp_path, monkeypatch):
    orders(300, 1).write_csv(tmp_path / "train.csv")
    orders(100, 2).write_csv(tmp_path / "test.csv")
    pl.DataFrame({"a": [[1, 2]]}).write_parquet(tmp_path / "lists.parquet")
    (tmp_path / "tilth.yml").write_text("name: shop\n")
    (tmp_path / "catalog.yml").write_text(CATALOG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


@pytest.fixture
def ordered(tilth, shop):
    made = tilth("data", "order", "train", "--slice", SLICE, "--rows", "4", "--against", "test")
    assert made.code == 0
    return shop


def fill(folder, *rows, name="filled.csv", header="order,price,age,town,back"):
    (folder / name).write_text("\n".join([header, *rows]) + "\n")
    return name


FINE = ("train-1,0.1234,0.5678,Oslo,true", "train-1,-0.4321,1.8765,Oslo,no")


def known(folder, dataset, n=0):
    inside = pl.read_csv(folder / f"{dataset}.csv").filter(
        (pl.col("town") == "Oslo") & (pl.col("age") >= 0)
    )
    return inside.row(n)


def refused(folder):
    with (folder / "filled.refused.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


# What goes out


def test_a_sheet_has_a_line_for_each_row_and_what_is_known_of_it(ordered):
    with (ordered / "orders" / "train-1.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))

    assert list(rows[0]) == ["order", "price", "age", "town", "back"]
    assert len(rows) == 4
    assert {(each["order"], each["town"], each["back"]) for each in rows} == {
        ("train-1", "Oslo", "")
    }


def test_the_instruction_says_what_is_allowed_and_gives_no_label_away(ordered):
    told = (ordered / "orders" / "train-1.md").read_text()

    assert "| `town` | text | must be filled in; one of Bonn, Oslo, Ulm | Oslo |" in told
    assert "| `back` | boolean | must be filled in | left to you |" in told
    assert SLICE in told


def test_the_next_order_has_the_next_number(tilth, ordered):
    made = tilth("data", "order", "train", "--where", "town = 'Ulm'", "--rows", "1", "--json").json

    assert (made["id"], made["into"], made["label"]) == ("train-2", "train", "back")
    assert made["present"] == (pl.read_csv(ordered / "train.csv")["town"] == "Ulm").sum()


def test_a_contract_says_what_is_allowed_where_there_is_one(tilth, shop):
    (shop / "catalog.yml").write_text(
        CATALOG.replace(
            "metadata: {target: back}",
            "contract: {columns: {price: {type: float, between: [-9, 9]}, age: float, "
            "town: {levels: [Oslo, Bonn, Ulm, Kiel]}, back: boolean}}",
        )
    )
    assert tilth("data", "order", "train", "--rows", "1").code == 0

    told = (shop / "orders" / "train-1.md").read_text()
    assert "| `price` | float | at least -9, at most 9 |" in told
    assert "one of Oslo, Bonn, Ulm, Kiel" in told


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("nothing", "--rows", "1"), "`nothing`"),
        (("train", "--rows", "0"), "0 is not in the range"),
        (("train",), "missing option '--rows'"),
        (("train", "--rows", "1", "--slice", "town is"), "is no slice"),
        (("train", "--rows", "1", "--slice", "tow = Oslo"), "there is no column `tow`"),
        (("train", "--rows", "1", "--slice", "town >= 3"), "asks for numbers"),
        (("train", "--rows", "1", "--where", "tow = 'x'"), "there is no column `tow`"),
        (("train", "--rows", "1", "--where", "town ="), "ends where"),
        (("train", "--rows", "1", "--where", "age > 0", "--slice", "age >= 0"), "take one"),
        (("train", "--rows", "1", "--label", "bak"), "there is no column `bak`"),
        (("train", "--rows", "1", "--against", "tset"), "did you mean `test`?"),
        (("train", "--rows", "1", "--into", "nothing"), "takes no rows"),
        (("lists", "--rows", "1"), "column `a` is"),
    ],
)
def test_orders_that_make_no_sense_are_refused(tilth, shop, typed, said):
    answer = tilth("data", "order", *typed)

    assert answer.code != 0
    assert said in answer.err
    assert not (shop / "orders").exists()


def test_a_sheet_that_is_there_is_not_overwritten(tilth, shop):
    (shop / "mine.csv").write_text("mine")

    answer = tilth("data", "order", "train", "--rows", "1", "--to", "mine.csv")

    assert "is there already" in answer.err
    assert (shop / "mine.csv").read_text() == "mine"


# What comes back


def test_rows_that_are_fine_are_added_behind_what_is_there(tilth, ordered):
    before = (ordered / "train.csv").read_bytes()
    found = tilth("data", "receive", "train-1", fill(ordered, *FINE), "--json").json
    after = (ordered / "train.csv").read_bytes()

    assert (found["rows"], found["accepted"], found["refused"]) == (2, 2, 0)
    assert (found["came"], found["ordered"], found["refused_file"]) == (2, 4, None)
    assert after.startswith(before)
    assert after[len(before) :] == b"0.1234,0.5678,Oslo,true\n-0.4321,1.8765,Oslo,false\n"
    assert pl.read_csv(ordered / "train.csv").height == 302


def test_every_row_is_accepted_or_refused_with_a_reason(tilth, ordered):
    test, train = (",".join(map(str, known(ordered, each))) for each in ("test", "train"))
    rows = {
        FINE[0]: "",
        "train-1,much,0.11,Oslo,true": "`price` is not a number: 'much'",
        "train-1,99,0.22,Oslo,true": "`price` is not between",
        "train-1,0.5,0.33,Kiel,true": "`town` is none of",
        "train-1,0.6,-0.44,Oslo,true": f"it is of another kind: not {SLICE}",
        "train-1,0.7,0.55,Oslo,": "it has no label: `back` is empty",
        "other-9,0.8,0.66,Oslo,true": "it answers another order: other-9",
        "train-1,,0.77,Oslo,true": "`price`",
        f"train-1,{train}": "it copies a row of `train`",
        f"train-1,{test}": "it copies a row of `test`",
        "train-1,0.1234,0.5678,Oslo,no": "it copies a row above in the file",
        "train-1,0.9,0.88,Oslo,true,5": "it has 6 cells",
    }
    empty = "train-1,,,Oslo,"
    name = fill(ordered, *rows, empty)
    found = tilth("data", "receive", "train-1", name, "--json").json

    assert found["rows"] == found["accepted"] + found["refused"] == len(rows)
    assert (found["accepted"], found["empty"]) == (1, 1)
    told = [(each["refused_line"], each["refused_because"]) for each in refused(ordered)]
    wanted = [(str(line), said) for line, said in enumerate(rows.values(), 2) if said]
    assert [line for line, _ in told] == [line for line, _ in wanted]
    for (_, because), (_, said) in zip(told, wanted, strict=True):
        assert said in because


def test_a_copy_but_for_rounding_is_found(tilth, ordered):
    price, age, town, _ = known(ordered, "test")
    near = f"train-1,{price + 1e-5},{age + 1e-5},{town},true"
    found = tilth("data", "receive", "train-1", fill(ordered, *FINE, near), "--json").json

    assert found["accepted"] == 2
    assert refused(ordered)[0]["refused_because"] == "it copies a row of `test` but for rounding"


def test_the_same_file_is_not_taken_twice(tilth, ordered):
    name = fill(ordered, *FINE)
    tilth("data", "receive", "train-1", name)
    again = tilth("data", "receive", "train-1", name)

    assert again.code == 1
    assert "2  it copies a row of `train`" in again.out
    assert pl.read_csv(ordered / "train.csv").height == 302


def test_what_was_mended_comes_back_with_its_reasons_in_it(tilth, ordered):
    tilth("data", "receive", "train-1", fill(ordered, *FINE, "train-1,much,0.11,Oslo,true"))
    mended = (ordered / "filled.refused.csv").read_text("utf-8-sig").replace("much,", "0.3,")
    (ordered / "mended.csv").write_text(mended)

    found = tilth("data", "receive", "train-1", "mended.csv", "--json").json

    assert (found["accepted"], found["came"]) == (1, 3)


def test_to_check_alone_writes_nothing(tilth, ordered):
    name = fill(ordered, FINE[0], "train-1,much,0.11,Oslo,true")
    before = {path: path.read_bytes() for path in ordered.rglob("*.[cj]s*")}
    answer = tilth("data", "receive", "train-1", name, "--check")

    assert "1 would be accepted into `train`, 1 refused" in answer.out
    after = {path: path.read_bytes() for path in ordered.rglob("*.[cj]s*")}
    assert before == after


def test_a_partitioned_dataset_gets_a_file_of_its_own_for_each_delivery(tilth, ordered):
    for row, file in zip(FINE, ("train-1.csv", "train-1-2.csv"), strict=True):
        name = fill(ordered, row)
        found = tilth("data", "receive", "train-1", name, "--into", "more", "--json").json
        assert found["file"] == f"data/more/{file}"
    again = tilth("data", "receive", "train-1", fill(ordered, *FINE), "--into", "more")

    assert "2  it copies a row of `more`" in again.out
    assert pl.read_csv(ordered / "data/more/*.csv").height == 2


def test_another_format_is_written_anew_with_the_rows_at_its_end(tilth, shop):
    orders(50, 1).write_parquet(shop / "train.parquet")
    (shop / "catalog.yml").write_text("train: {format: parquet, location: train.parquet}\n")
    tilth("data", "order", "train", "--rows", "2")
    tilth("data", "receive", "train-1", fill(shop, *FINE))

    found = pl.read_parquet(shop / "train.parquet")
    assert found[:50].equals(orders(50, 1))
    assert found.row(50) == (0.1234, 0.5678, "Oslo", True)


def test_keys_that_are_taken_are_refused_and_no_key_hides_a_copy(tilth, shop):
    keyed = orders(60, 1).with_row_index("id").with_columns(pl.col("id").cast(pl.Int64))
    keyed.write_csv(shop / "train.csv")
    (shop / "catalog.yml").write_text(
        "train: {format: csv, location: train.csv, metadata: {target: back}, "
        "contract: {others: allow, columns: {id: {type: int, unique: true}}}}\n"
    )
    tilth("data", "order", "train", "--rows", "2")
    copy = ",".join(map(str, orders(60, 1).row(7)))
    name = fill(shop, "train-1,3,0.12,0.34,Oslo,true", f"train-1,900,{copy}",
                "train-1,901,0.56,0.78,Ulm,true", "train-1,901,0.91,0.87,Ulm,true",
                header="order,id,price,age,town,back")  # fmt: skip
    found = tilth("data", "receive", "train-1", name, "--json").json

    assert found["accepted"] == 1
    assert [each["refused_because"] for each in refused(shop)] == [
        "its key is taken: id = 3",
        "it copies a row of `train`",
        "its key is taken: id = 901",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lacks columns `price`, `age`, `town`, `back`"),
        ("order,prize,age,town,back\n", "is it `prize`?"),
        ("order,price,age,town,back,note\n", "has a column `note`"),
        ("order,price,price,age,town,back\n", "has the column `price` twice"),
        ("order,price,age,town,back\n,,,,\n", "has no row that is filled in"),
    ],
)
def test_a_file_that_is_no_such_sheet_is_refused_whole(tilth, ordered, text, said):
    (ordered / "filled.csv").write_text(text)
    answer = tilth("data", "receive", "train-1", "filled.csv")

    assert answer.code == 1
    assert said in answer.err


def test_a_spreadsheet_of_another_country_is_read(tilth, ordered):
    rows = [each.replace(",", ";") for each in FINE]
    name = fill(ordered, *rows, header="order;price;age;town;back")

    assert tilth("data", "receive", "train-1", name, "--json").json["accepted"] == 2


def test_files_that_cannot_be_read_and_orders_that_are_none_are_told(tilth, ordered):
    (ordered / "latin.csv").write_bytes("order,price\nä".encode("latin-1"))
    name = fill(ordered, *FINE)

    assert "cannot be read" in tilth("data", "receive", "train-1", "no.csv").err
    assert "not text in UTF-8" in tilth("data", "receive", "train-1", "latin.csv").err
    assert "did you mean `train-1`?" in tilth("data", "receive", "train-2", name).err
    (ordered / "orders" / "train-1.json").write_text("{}")
    assert "is no order" in tilth("data", "receive", "train-1", name).err


def test_a_file_that_would_be_read_otherwise_takes_no_rows(tilth, shop):
    (shop / "catalog.yml").write_text(
        "train: {format: csv, location: train.csv, read: {columns: [age, town]}}\n"
    )
    tilth("data", "order", "train", "--rows", "1")
    before = (shop / "train.csv").read_bytes()
    name = fill(shop, "train-1,0.5,Oslo", header="order,age,town")
    answer = tilth("data", "receive", "train-1", name)

    assert answer.code == 2
    assert "cannot take these rows" in answer.err
    assert (shop / "train.csv").read_bytes() == before


def test_rows_for_what_a_node_makes_need_a_place(tilth, shop):
    (shop / "flow.py").write_text("def made(train: list) -> list:\n    return train\n")
    (shop / "tilth.yml").write_text("pipelines: {main: {nodes: [{call: flow.made}]}}\n")
    (shop / "catalog.yml").write_text(CATALOG + "made: {format: csv, location: made.csv}\n")
    assert tilth("run").code == 0
    made = tilth("data", "order", "made", "--rows", "1")
    name = fill(shop, FINE[0].replace("train-1", "made-1"))

    assert made.code == 0
    assert "no dataset takes the rows yet" in made.err
    assert "node `made` makes it" in tilth("data", "receive", "made-1", name).err
    assert "takes no rows" in tilth("data", "receive", "made-1", name, "--into", "made").err
    assert tilth("data", "receive", "made-1", name, "--into", "more").code == 0


def test_an_order_is_remembered_as_plain_data(tilth, ordered):
    tilth("data", "receive", "train-1", fill(ordered, *FINE))
    kept = json.loads((ordered / "orders" / "train-1.json").read_text())

    assert kept["slice"] == SLICE
    assert [(each["accepted"], each["into"]) for each in kept["received"]] == [(2, "train")]
