from __future__ import annotations

from tilth.data.dataset import Dataset


def test_its_identity_is_its_format_and_options_and_not_its_place():
    here = Dataset(name="a", format="csv", location="a.csv", read={"rows": 1, "separator": ";"})
    there = Dataset(
        name="b", format="csv", location="/b.csv", read={"separator": ";", "rows": 1}, owner="me"
    )

    assert here.identity() == there.identity()
    assert here.identity() == '{"format":"csv","read":{"rows":1,"separator":";"},"write":{}}'


def test_an_option_changes_its_identity():
    one = Dataset(name="a", format="csv", read={"rows": 1})

    assert one.identity() != Dataset(name="a", format="csv", read={"rows": 2}).identity()
    assert one.identity() != Dataset(name="a", format="csv", write={"rows": 1}).identity()
    assert one.identity() != Dataset(name="a", format="json", read={"rows": 1}).identity()


def test_fields_in_its_location_make_it_partitioned():
    assert Dataset(name="a", format="csv", location="{year}/{month}.csv").fields == (
        "year",
        "month",
    )
    assert Dataset(name="a", format="csv", location="a.csv").fields == ()
    assert Dataset(name="a", format="csv").fields == ()
