"""Durations and sizes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.config.unit import n_bytes, seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10s", 10),
        ("1h 30m", 5400),
        ("1h30m", 5400),
        ("2d", 172800),
        ("1w", 604800),
        ("250ms", 0.25),
        ("1.5h", 5400),
        (" 5 m ", 300),
        ("30", 30),
        (30, 30),
        (0, 0),
    ],
)
def test_a_duration_is_in_seconds(text: float | str, value: float) -> None:
    assert seconds(text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4GB", 4e9),
        ("4 GB", 4e9),
        ("512 MiB", 512 * 1024**2),
        ("1kB", 1000),
        ("1KB", 1000),
        ("1KiB", 1024),
        ("0.5TB", 5e11),
        ("7B", 7),
        (1024, 1024),
    ],
)
def test_a_size_is_in_bytes(text: float | str, value: float) -> None:
    assert n_bytes(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("soon", "not a number"),
        ("10 parsecs", "the unit `parsecs`"),
        ("10 min", "the unit `min`"),
        ("1m 1h", "from large units to small"),
        ("1h 1h", "from large units to small"),
        ("1h 30", "lacks a unit"),
        ("-5s", "not a number"),
        (-5, "at least 0"),
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        ("9" * 400 + "w", "finite"),
    ],
)
def test_what_is_no_duration_is_refused_with_a_reason(text: float | str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        seconds(text)


@given(st.text("0123456789.hmsd -µ\n", max_size=12))
def test_no_text_is_a_negative_duration_or_another_error(text: str) -> None:
    with suppress(ValueError):
        assert seconds(text) >= 0


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_the_parts_of_a_duration_add_up(hours: int, minutes: int, rest: int) -> None:
    assert seconds(f"{hours}h {minutes}m {rest}s") == hours * 3600 + minutes * 60 + rest
