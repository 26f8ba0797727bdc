from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import asdict, replace

import pytest

from tilth.record import changed, field, filler, maker, record


@record
class Point:
    """A place."""

    x: int
    y: int = 0
    names: list[str] = field(default_factory=list)
    seen: str = field(default="", compare=False, repr=False)

    @property
    def far(self) -> int:
        return self.x + self.y


@record(kw_only=False)
class Pair:
    first: int
    second: int = 2


@record
class Nothing:
    """No fields at all."""


def test_a_record_is_made_by_keywords_and_has_defaults():
    point = Point(x=1)

    assert (point.x, point.y, point.names, point.far) == (1, 0, [], 1)
    assert Point(x=1).names is not point.names


def test_positions_are_refused_unless_they_were_allowed():
    with pytest.raises(TypeError, match="positional"):
        Point(1)
    assert Pair(1, 3) == Pair(first=1, second=3)


def test_missing_and_unknown_fields_are_refused():
    with pytest.raises(TypeError, match="'x'"):
        Point()
    with pytest.raises(TypeError, match="'z'"):
        Point(x=1, z=2)
    assert Nothing() == Nothing()


def test_a_maker_is_called_as_its_class_is():
    make_point, make_pair = maker(Point), maker(Pair)

    assert make_point(x=1, seen="here") == Point(x=1)
    assert type(make_point(x=1)) is Point
    assert make_point(x=1).names is not make_point(x=1).names
    assert make_pair(1, 3) == make_pair(first=1, second=3) == Pair(1, 3)
    with pytest.raises(TypeError, match="positional"):
        make_point(1)
    with pytest.raises(TypeError, match="'x'"):
        make_point()
    with pytest.raises(AttributeError, match="cannot assign"):
        make_point(x=1).x = 2


def test_what_a_maker_makes_can_be_changed_where_its_class_allows_it():
    @record(frozen=False)
    class Open:
        x: int

    made = maker(Open)(x=1)
    made.x = 2

    assert made == Open(x=2)


def test_a_filler_takes_all_values_in_order():
    assert filler(Point)(1, 2, ["a"], "here") == Point(x=1, y=2, names=["a"])
    with pytest.raises(TypeError, match="'seen'"):
        filler(Point)(1, 2, ["a"])


@pytest.mark.parametrize("make", [maker, filler])
def test_records_that_are_more_than_their_values_have_no_maker(make):
    @record
    class Far(Point):
        z: int = 0

    @record
    class Checked:
        x: int

        def __post_init__(self):
            assert self.x

    for each in (Far, Checked):
        with pytest.raises(TypeError, match="made by its class"):
            make(each)


def test_a_record_cannot_be_changed():
    point = Point(x=1)
    with pytest.raises(AttributeError, match="`x`"):
        point.x = 2
    with pytest.raises(AttributeError, match="`x`"):
        del point.x
    with pytest.raises(AttributeError):
        point.other = 1


def test_records_compare_by_the_fields_that_count():
    assert Point(x=1, seen="a") == Point(x=1, seen="b")
    assert Point(x=1) != Point(x=2)
    assert Point(x=1) != Pair(1)
    assert hash(Pair(1, 2)) == hash(Pair(1, 2))
    assert repr(Point(x=1, seen="secret")) == "Point(x=1, y=0, names=[])"


def test_a_record_is_a_dataclass():
    assert asdict(Point(x=1)) == {"x": 1, "y": 0, "names": [], "seen": ""}
    assert replace(Point(x=1), x=5) == changed(Point(x=1), x=5) == Point(x=5)


def test_a_record_survives_pickling():
    assert pickle.loads(pickle.dumps(Point(x=3, names=["a"]))) == Point(x=3, names=["a"])


@record(frozen=False)
class Counter:
    n: int = 0


@record
class Place(Point):
    """A point with a name."""

    name: str = "here"


def test_a_record_may_be_made_to_change():
    counter = Counter()
    counter.n += 1

    assert counter == Counter(n=1)


def test_a_record_takes_over_the_fields_of_its_base():
    assert Place(x=1, name="there").far == 1
    assert Place(x=1) != Place(x=1, name="there")


def test_records_cost_no_import_of_dataclasses():
    code = "import sys, tilth.record; print('dataclasses' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
