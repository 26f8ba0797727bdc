"""The conditions of `relation`."""

from __future__ import annotations

from contextlib import suppress

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.contract.expression import ExpressionError, parse

ROWS = pl.DataFrame(
    {
        "a": [1, 2, None, -3],
        "b": [2.0, 2.0, 1.0, 0.5],
        "name": ["Ann", "bob", None, "it's"],
        "odd name": [True, False, True, None],
        "day": pl.Series(["2026-01-31", "2026-02-01", None, "2025-12-31"]).str.to_date(),
    }
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < b", [True, False, None, True]),
        ("a + 1 * 2 = 3", [True, False, None, False]),
        ("(a + 1) * 2 = 4", [True, False, None, False]),
        ("-a = 3", [False, False, None, True]),
        ("a between 1 and 2 and b >= 2", [True, True, False, False]),
        ("a not between 1 and 2", [False, False, None, True]),
        ("a in (1, -3)", [True, False, None, True]),
        ("a not in (1, 2)", [False, False, None, True]),
        ("a is null or a > 1", [False, True, True, False]),
        ("not a is not null", [False, False, True, False]),
        ("lower(name) = 'bob'", [False, True, None, False]),
        ("name = 'it''s'", [False, False, None, True]),
        ("contains(name, 'n') or starts_with(name, 'b')", [True, True, None, False]),
        ("length(name) > 3", [False, False, None, True]),
        ('"odd name" = true', [True, False, True, None]),
        ("`odd name` <> false", [True, False, True, None]),
        ("year(day) = 2026 AND month(day) <= 1", [True, False, None, False]),
        ("coalesce(a, 0) % 2 = 0", [False, True, True, False]),
        ("round(b, 0) = 2 or abs(a) = 3", [True, True, None, True]),
        ("a = 1 or a = 2 and b = 1", [True, False, None, False]),
    ],
)
def test_a_condition_means_what_it_means_in_sql(text, expected):
    assert ROWS.select(parse(text).polars()).to_series().to_list() == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a >", "ends where there should be a column or a value"),
        ("a > b c", "has `c` at character 7"),
        ("a > 'x", "a quote that is not closed"),
        ("a ; b", "holds `;` at character 3"),
        ("1 < a < 3", "compares three things at once"),
        ("a + 1 and b > 1", "must be a condition"),
        ("lenght(a) > 1", "there is no function `lenght`"),
        ("length(a, b) > 1", "takes 1 and was given 2"),
        ("a in (b)", "values only"),
        ("__import__('os').system('x')", "holds `.` at character 17"),
        ("(" * 100 + "a" + ")" * 100, "nested too deeply"),
        ("round(a, b) = 1", "a whole number of digits"),
        ("a not > 1", "`in` or `between`"),
        ("", "ends where"),
    ],
)
def test_what_is_no_condition_is_told(text, told):
    with pytest.raises(ExpressionError, match=told.replace("(", r"\(")):
        parse(text)


def test_a_condition_tells_its_columns_in_order():
    assert parse("b > a and length(c) = b or \"d e\" in ('x')").columns == ("b", "a", "c", "d e")


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_a_clear_error(text):
    with suppress(ExpressionError):
        assert parse(text).tree


NUMBERS = st.integers(-5, 5)
NAMES, SIGNS = st.sampled_from("ab"), st.sampled_from(["<", "<=", "<>"])
CONDITIONS = st.recursive(
    st.builds("{} {} {}".format, NAMES, SIGNS, NUMBERS),
    lambda inner: st.one_of(
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=6,
)  # fmt: skip


@given(CONDITIONS, st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=5))
def test_conditions_hold_as_the_query_engines_own_parser_has_it(text, rows):
    frame = pl.DataFrame(rows, schema=["a", "b"], orient="row")

    ours = frame.select(parse(text).polars().alias("x"))

    assert ours.equals(frame.select(pl.sql_expr(text).alias("x")))
