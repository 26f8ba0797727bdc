"""What a bare word means."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.config.scalar import read_scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("0", 0),
        ("-12", -12),
        ("+3", 3),
        ("007", "007"),
        ("0x1F", 31),
        ("0o17", 15),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        ("-.5", -0.5),
        ("2.", 2.0),
        ("1e3", 1000.0),
        (".", "."),
        ("-", "-"),
        ("1.2.3", "1.2.3"),
        ("1:30", "1:30"),
        ("2013-01-01", "2013-01-01"),
        (".inf", math.inf),
        ("-.inf", -math.inf),
        ("12 ", "12 "),
        ("１２", "１２"),
    ],
)
def test_a_bare_word_is_what_it_looks_like(text: str, value: object) -> None:
    read = read_scalar(text)

    assert read == value
    assert type(read) is type(value)


def test_not_a_number_is_a_number() -> None:
    value = read_scalar(".nan")

    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize("text", ["9" * 301, "1e400", "0x" + "f" * 400])
def test_a_number_that_is_too_large_is_refused(text: str) -> None:
    with pytest.raises(OverflowError):
        read_scalar(text)


@given(st.integers(min_value=-(10**290), max_value=10**290))
def test_every_whole_number_is_read_as_itself(number: int) -> None:
    assert read_scalar(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_read_as_itself(number: float) -> None:
    assert read_scalar(repr(number)) == number
