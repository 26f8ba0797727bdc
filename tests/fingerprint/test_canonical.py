from __future__ import annotations

import enum
import math
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from pathlib import Path, PurePosixPath, PureWindowsPath
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from tilth.errors import FingerprintError
from tilth.fingerprint.canonical import combine, of_bytes, of_value


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Level(enum.IntEnum):
    LOW = 1


@dataclass(frozen=True)
class Point:
    x: int
    y: object = 0


@dataclass(frozen=True)
class Spot:
    x: int
    y: object = 0


# So that its pinned fingerprint does not tell how the tests were started.
Point.__module__ = "shop"

Pair = namedtuple("Pair", "x y")

# Each differs from every other.
DISTINCT = [
    None,
    False,
    True,
    0,
    1,
    -1,
    1 << 70,
    10**5000,
    0.0,
    -0.0,
    1.0,
    math.inf,
    -math.inf,
    math.nan,
    1j,
    complex(1, 0),
    "",
    "a",
    "1",
    "\ud800",
    b"",
    b"a",
    b"1",
    [],
    [1],
    [[1]],
    [1, 2],
    [2, 1],
    [[1], [2]],
    [[1, 2]],
    (),
    (1,),
    (1, 2),
    Pair(1, 2),
    {},
    {"a": 1},
    {"a": 1, "b": 2},
    {"a": {"b": 2}},
    {1: "a"},
    set(),
    {1},
    {1, 2},
    frozenset(),
    frozenset({1}),
    Colour.RED,
    Colour.BLUE,
    Level.LOW,
    Point(1),
    Point(1, 1),
    Spot(1),
    date(2013, 1, 1),
    datetime(2013, 1, 1),
    datetime(2013, 1, 1, tzinfo=UTC),
    datetime(2013, 1, 1, tzinfo=ZoneInfo("Europe/London")),
    datetime(2013, 1, 1, tzinfo=timezone(timedelta(hours=1))),
    datetime(2013, 1, 1, fold=1),
    time(1, 2),
    time(1, 2, tzinfo=UTC),
    timedelta(days=1),
    timedelta(seconds=1),
    Path("a/b"),
    Path("a"),
    PureWindowsPath("a/b"),
    Decimal("1"),
    Decimal("1.0"),
    Decimal("NaN"),
    UUID(int=1),
    np.int64(1),
    np.int32(1),
    np.float64(1),
    np.bool_(True),
    np.str_("a"),
    np.datetime64("2013-01-01"),
    np.datetime64("2013-01-01", "s"),
    np.array(1),
    np.array([1]),
    np.array([[1]]),
    np.array([1], dtype="i4"),
    np.array([1.0]),
    np.array(["a"], dtype=object),
    np.array([(1, 2)], dtype=[("a", "i4"), ("b", "i4")]),
    np.array([(1, 2)], dtype=[("a", "i4"), ("c", "i4")]),
]


def test_no_two_different_values_have_one_fingerprint():
    told = {}
    for value in DISTINCT:
        fingerprint = of_value("params", value)
        assert fingerprint not in told, (value, told[fingerprint])
        told[fingerprint] = value


@pytest.mark.parametrize(
    "value",
    DISTINCT,
    ids=range(len(DISTINCT)),
)
def test_a_value_has_the_same_fingerprint_each_time(value):
    assert of_value("params", value) == of_value("params", value)
    assert of_value("params", value) != of_value("other", value)


@pytest.mark.parametrize(
    ("value", "same"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"b", "a", "c"}, {"c", "b", "a"}),
        (math.nan, -math.nan),
        (Path("a") / "b", PurePosixPath("a//b")),
        (np.arange(6).reshape(2, 3), np.asfortranarray(np.arange(6).reshape(2, 3))),
        (np.arange(6)[::2], np.array([0, 2, 4])),
    ],
    ids=["dict", "set", "nan", "path", "order of an array", "slice of an array"],
)
def test_what_is_equal_has_the_same_fingerprint(value, same):
    assert of_value("params", value) == of_value("params", same)


@pytest.mark.parametrize(
    ("value", "pinned"),
    [
        (None, "params:5e3a025beffceda2e831a0e6e88e0f7dda4adc90"),
        (1, "params:db23625fc9c5979f96dc05d392e088a05b61ab5f"),
        ({"late_after": 15, "months": [1, 2]}, "params:71fcdf61442b22d4df206f46a13c4164f80457b5"),
        (Point(1, "a"), "params:2e85ff6c0b0368f3859128eac64267c085fc9b8f"),
        (np.array([1.5]), "params:9488fef5767482de1f1bac1f191301a154f34fd7"),
    ],
    ids=["none", "int", "dict", "dataclass", "array"],
)
def test_fingerprints_stay_as_they_were(value, pinned):
    assert of_value("params", value) == pinned


def test_other_fingerprints_stay_as_they_were():
    assert of_bytes(b"tilth") == "bytes:39543214ba03deb9eeb020567eb8eb621e3111c9"
    assert of_bytes(b"tilth", "code") == "code:e73c16234596c6daf79c9f0d39e062addbe44473"
    assert combine("node", "a", b"b", "") == "node:337c8110b9cc0532a8fcb751f2d344a9514d7da1"


def test_the_fingerprint_of_bytes_is_plain_blake3():
    data = bytes(range(256)) * 40_000

    assert of_bytes(data) == f"bytes:{blake3(data).hexdigest()[:40]}"
    assert of_bytes(data, "other")[6:] != of_bytes(data)[6:]


@given(st.lists(st.text() | st.binary()), st.lists(st.text() | st.binary()))
def test_parts_are_told_apart(left, right):
    assert (combine("k", *left) == combine("k", *right)) == (left == right)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.dates(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner)
        | st.frozensets(st.integers())
    ),
    max_leaves=8,
)


def same(left, right):
    """Equal, also in type, all the way down."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float):
        return left.hex() == right.hex()
    return left == right


@given(plain, plain)
def test_values_are_the_same_exactly_where_their_fingerprints_are(left, right):
    assert (of_value("v", left) == of_value("v", right)) == same(left, right)


@given(st.dictionaries(st.text(), st.integers()))
def test_the_order_of_parameters_does_not_matter(params):
    backwards = dict(reversed(params.items()))

    assert of_value("params", params) == of_value("params", backwards)


class Odd:
    pass


class Zone(tzinfo):
    pass


@pytest.mark.parametrize(
    ("value", "place", "kind"),
    [
        ({"model": {"callback": lambda: 0}}, "params.model.callback", "builtins.function"),
        ([1, Odd()], "params[1]", "Odd"),
        (Point(1, Odd()), "params.y", "Odd"),
        ({"a": {1, Odd}}, "a member of params.a", "builtins.type"),
        ({Odd(): 1}, "a key of params", "Odd"),
        (OrderedDict(a=1), "params", "collections.OrderedDict"),
        (bytearray(b"a"), "params", "builtins.bytearray"),
        (np.ma.array([1]), "params", "MaskedArray"),
        (np.array([Odd()], dtype=object), "params[0]", "Odd"),
        ({"at": datetime(2013, 1, 1, tzinfo=Zone())}, "params.at", "Zone"),
    ],
)
def test_what_has_no_canonical_form_is_refused_with_its_place(value, place, kind):
    with pytest.raises(FingerprintError) as caught:
        of_value("params", value)

    assert f"`{place}`" in str(caught.value)
    assert kind in str(caught.value)


def test_a_value_inside_itself_is_refused():
    value = {}
    value["again"] = [value]

    with pytest.raises(FingerprintError, match=r"`params.again\[0\]` contains itself"):
        of_value("params", value)


def test_a_value_that_is_nested_too_deeply_is_refused():
    value = []
    for _ in range(100_000):
        value = [value]

    with pytest.raises(FingerprintError, match="nested too deeply"):
        of_value("params", value)


def test_a_value_twice_in_another_is_fine():
    inner = [1]

    assert of_value("v", [inner, inner]) == of_value("v", [[1], [1]])
