from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.quality.profile import DefectKind, Profile, profile_of
from tilth.quality.profile.page import framed, page

INFINITE = [1.0, float("nan"), float("inf"), -float("inf"), None]
START = datetime(2024, 1, 1, tzinfo=UTC)

TABLES = {
    "no columns": pl.DataFrame(),
    "no rows": pl.DataFrame(schema={"a": pl.Int64, "b": pl.String, "c": pl.Date}),
    "one row": pl.DataFrame({"a": [1], "b": ["x"], "c": [2.5]}),
    "all null": pl.DataFrame({"a": [None] * 9, "b": pl.Series([None] * 9, dtype=pl.Float64)}),
    "constant": pl.DataFrame({"a": [7] * 60, "b": ["x"] * 60}),
    "10,000 levels": pl.DataFrame({"a": [f"level {i}" for i in range(10_000)] * 2}),
    "NaN and infinities": pl.DataFrame({"a": INFINITE * 30}),
    "NaN alone": pl.DataFrame({"a": [float("nan")] * 60, "b": list(range(60))}),
    "the ends of floats": pl.DataFrame({"a": [1e308, -1e308, 5e-324, 0.0] * 20}),
    "the ends of integers": pl.DataFrame({
        "a": [2**63 - 1, -(2**63)] * 30,
        "b": pl.Series([2**64 - 1] * 60, dtype=pl.UInt64),
    }),
    "objects": pl.DataFrame({"a": pl.Series([1, "x", 2.5, None, b"y"] * 12, dtype=pl.Object)}),
    "nested and binary": pl.DataFrame({
        "a": [[1, 2], [], None] * 20,
        "b": [{"x": 1, "y": "z"}] * 60,
        "c": [b"\x00\xff", None, b""] * 20,
        "d": pl.Series([[1, 2]] * 60, dtype=pl.Array(pl.Int64, 2)),
    }),
    "zones, times and durations": pl.DataFrame({
        "a": pl.Series([START + timedelta(hours=i) for i in range(60)]),
        "b": [time(i % 24, i) for i in range(60)],
        "c": [timedelta(days=i, seconds=3 * i) for i in range(60)],
        "d": [date(1, 1, 1), date(9999, 12, 31)] * 30,
    }).with_columns(pl.col("a").dt.convert_time_zone("Asia/Tokyo")),
    "categories and decimals": pl.DataFrame({
        "a": pl.Series(["x", "y", None] * 20, dtype=pl.Categorical),
        "b": pl.Series(["x", "y", "x"] * 20, dtype=pl.Enum(["x", "y"])),
        "c": pl.Series(["1.5", "2.5", "3.5"] * 20).cast(pl.Decimal(10, 2)),
        "d": [True, None, False] * 20,
    }),
    "odd names": pl.DataFrame({
        "": [1, 2], "<b>&\"'": [3, 4], "`a`": [5, 6], "\n\x00": [7, 8], "é 😀": [9, 0],
    }),
}  # fmt: skip
ODD = [pytest.param(table, id=name) for name, table in TABLES.items()]


@pytest.mark.parametrize("table", ODD)
def test_any_table_has_a_profile_that_can_be_kept_and_shown(table):
    found = profile_of(table)

    assert found.n_rows == table.height
    assert [each.name for each in found.columns] == table.columns
    assert Profile.from_json(found.to_json()) == found
    assert page(found, "table").endswith("</html>\n")


@pytest.mark.parametrize("table", [each for each in ODD if each.id != "objects"])
def test_a_lazy_table_has_the_same_profile(table):
    assert profile_of(table.lazy()) == profile_of(table)


@pytest.mark.parametrize("table", ODD)
def test_any_column_may_be_the_target(table):
    for name in table.columns:
        found = profile_of(table, name)
        assert found.target == name
        assert all(each.column != name for each in found.powers)


def test_a_target_that_is_not_there_is_told():
    with pytest.raises(ValueError, match="there is no column `late`; there are `a`, `b`"):
        profile_of(pl.DataFrame({"a": [1], "b": [2]}), "late")


def test_a_sample_has_a_row():
    with pytest.raises(ValueError, match="at least one row, not 0"):
        profile_of(pl.DataFrame({"a": [1]}), sample=0)


@pytest.mark.parametrize(
    "target", [[None] * 200, [1] * 200, [True] * 199 + [False], [float("nan")] * 200]
)
def test_a_target_that_cannot_be_learnt_tells_nothing_of_columns(target):
    table = pl.DataFrame({"x": list(range(200)), "y": target}, strict=False)

    found = profile_of(table, "y")

    assert found.powers == ()
    assert not [each for each in found.defects if each.kind is DefectKind.LEAK]


def test_a_target_with_gaps_is_judged_where_it_is_there_and_the_gaps_are_told():
    random = np.random.default_rng(0)
    y = random.normal(size=500)
    table = pl.DataFrame({"copy": 3 * y + 1, "noise": random.normal(size=500), "y": y})
    table = table.with_columns(y=pl.when(pl.int_range(500) % 10 > 0).then("y"))

    found = profile_of(table, "y")

    assert [each.column for each in found.defects if each.kind is DefectKind.LEAK] == ["copy"]
    assert ("drop rows", "y") in {(each.action, each.column) for each in found.suggestions}


def test_one_line_of_a_page_is_no_tag_of_the_data():
    name = '<script>alert("1")</script>'
    table = pl.DataFrame({name: ["<img src=x>", "a\x00b", "<i>"] * 40, "n": list(range(120))})

    text = page(profile_of(table, name), name, name, name)

    assert "<script" not in text
    assert "<img" not in text
    assert "\x00" not in text
    assert "a␀b" in text
    assert "&lt;img src=x&gt;" in text


def test_a_page_asks_for_nothing_from_elsewhere():
    text = page(profile_of(pl.DataFrame({"a": list(range(99)), "b": ["x", "y", "z"] * 33})), "t")

    for word in ("http://", "https://", "<link", "<script", "@import", "url("):
        assert word not in text


def test_a_page_in_a_page_is_escaped():
    assert (
        framed('<p title="x">&</p>').count('srcdoc="&lt;p title=&quot;x&quot;&gt;&amp;&lt;/p') == 1
    )


def test_the_sample_is_said_and_depends_on_the_seed_alone():
    table = pl.DataFrame({"x": np.random.default_rng(0).normal(size=3000), "y": np.arange(3000)})

    first, same, other = (profile_of(table, sample=500, seed=seed) for seed in (1, 1, 2))

    assert first == same
    assert first.associations != other.associations
    assert first.n_sample == 500
    assert "500 rows, drawn at random with seed 1" in page(first, "t")


def test_batches_make_no_difference(monkeypatch):
    from tilth.quality.sketch import table as scanned

    random = np.random.default_rng(0)
    n = 5_000
    rows = pl.DataFrame({"a": random.normal(size=n), "b": random.choice(["x", "y", "zebra"], n)})
    rows = rows.with_columns(
        a=pl.when(pl.int_range(n) == 4_321).then(-999.0).otherwise("a"),
        b=pl.when(pl.int_range(n) % 1000 == 7).then(pl.lit("zebar")).otherwise("b"),
    )
    whole = profile_of(rows, sample=700)
    monkeypatch.setattr(scanned, "BATCH", 640)

    parts = profile_of(rows, sample=700)

    assert parts.associations == whole.associations
    assert parts.defects == whole.defects
    assert whole.by_name["a"].n_null == parts.by_name["a"].n_null


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=True)), max_size=60))
def test_counts_of_any_numbers_add_up(values):
    column = profile_of(pl.DataFrame({"x": pl.Series(values, dtype=pl.Float64)})).columns[0]

    shown = column.histogram
    n_shown = sum(shown.counts) + shown.below + shown.above if shown else 0
    assert n_shown == column.n_valid
    assert column.n_distinct == len(
        {each + 0.0 for each in values if each is not None and np.isfinite(each)}
    )


@given(st.lists(st.text(max_size=12), max_size=40))
def test_any_texts_have_a_profile_and_a_page(values):
    found = profile_of(pl.DataFrame({"t": pl.Series(values, dtype=pl.String)}))

    assert Profile.from_json(found.to_json()) == found
    assert page(found)
