"""Each check keeps clean data and finds planted faults."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import inf, nan
from typing import Any, ClassVar

import polars as pl

from tilth.contract.check import check_names
from tilth.testing.checks import CheckTests


class TestBetween(CheckTests):
    name, column, value = "between", "age", [0, 130]
    clean: ClassVar[Any] = {"age": [0, 44, 130, None]}
    faulty: ClassVar[Any] = {"age": [44, 131, -1]}
    wrong = (1, 2)


class TestBetweenOfFloats(CheckTests):
    name, column = "between", "x"
    value: ClassVar[Any] = {"low": 0.5}
    clean: ClassVar[Any] = {"x": [0.5, 1e300, inf, None]}
    faulty: ClassVar[Any] = {"x": [1.0, nan, -inf, 0.4]}
    wrong = (1, 2, 3)


class TestBetweenWithAnUpperEnd(CheckTests):
    name, column = "between", "x"
    value: ClassVar[Any] = [None, 1]
    clean: ClassVar[Any] = {"x": [-inf, 0.0, 1.0]}
    faulty: ClassVar[Any] = {"x": [0.0, inf, nan]}
    wrong = (1, 2)


class TestBetweenOfDates(CheckTests):
    name, column = "between", "day"
    value: ClassVar[Any] = ["2026-01-01", "2026-12-31"]
    clean: ClassVar[Any] = {"day": [date(2026, 1, 1), date(2026, 12, 31)]}
    faulty: ClassVar[Any] = {"day": [date(2026, 1, 1), date(2025, 12, 31)]}
    wrong = (1,)


class TestBetweenOfTimesWithAZone(CheckTests):
    name, column = "between", "at"
    value: ClassVar[Any] = ["2026-01-01", None]
    clean: ClassVar[Any] = {"at": pl.Series([datetime(2026, 1, 1)]).dt.replace_time_zone("UTC")}
    faulty: ClassVar[Any] = {
        # One in the morning in Berlin is midnight in London.
        "at": pl.Series(
            [datetime(2026, 1, 1, 1), datetime(2026, 1, 1, 0, 59)]
        ).dt.replace_time_zone("Europe/Berlin")
    }
    wrong = (1,)


class TestLevels(CheckTests):
    name, column, value = "levels", "origin", ["EWR", "JFK", "LGA"]
    clean: ClassVar[Any] = {"origin": ["EWR", "LGA", None]}
    faulty: ClassVar[Any] = {"origin": ["EWR", "ewr", ""]}
    wrong = (1, 2)


class TestLevelsOfCategories(CheckTests):
    name, column, value = "levels", "origin", ["EWR", "JFK"]
    clean: ClassVar[Any] = {"origin": pl.Series(["EWR", "JFK"], dtype=pl.Categorical)}
    faulty: ClassVar[Any] = {"origin": pl.Series(["EWR", "LGA"], dtype=pl.Categorical)}
    wrong = (1,)


class TestLevelsOfNumbers(CheckTests):
    name, column, value = "levels", "class", [1, 2]
    clean: ClassVar[Any] = {"class": pl.Series([1, 2], dtype=pl.UInt8)}
    faulty: ClassVar[Any] = {"class": pl.Series([1, 3], dtype=pl.UInt8)}
    wrong = (1,)


class TestLevelsOfAnotherDataset(CheckTests):
    name, column, value = "levels", "carrier", "airlines.code"
    references: ClassVar[Any] = {"airlines": {"code": ["AA", "EV", "EV"]}}
    clean: ClassVar[Any] = {"carrier": ["AA", "EV", None]}
    faulty: ClassVar[Any] = {"carrier": ["AA", "XX"]}
    wrong = (1,)


class TestPattern(CheckTests):
    name, column, value = "pattern", "tail", "N[0-9]{3}[A-Z]{2}"
    clean: ClassVar[Any] = {"tail": ["N123AA", None]}
    faulty: ClassVar[Any] = {"tail": ["N123AA", "N123AAA", "xN123AA", "N123AA\n"]}
    wrong = (1, 2, 3)


class TestNotNull(CheckTests):
    name, column = "not_null", "x"
    clean: ClassVar[Any] = {"x": [1.0, nan]}
    faulty: ClassVar[Any] = {"x": [1.0, None]}
    wrong = (1,)

    def test_some_nulls_may_be_allowed(self) -> None:
        from tilth.config.contracts import contract_from

        contract = contract_from({"columns": {"x": {"not_null": "25%"}}})

        assert contract.check(pl.DataFrame({"x": [1, 2, 3, None]})).ok
        assert not contract.check(pl.DataFrame({"x": [1, 2, None, None]})).ok


class TestUnique(CheckTests):
    name, column = "unique", "id"
    clean: ClassVar[Any] = {"id": [1, 2, None, None]}
    faulty: ClassVar[Any] = {"id": [1, 2, 1, 1, None]}
    wrong = (2, 3)


class TestUniqueTogether(CheckTests):
    name = "unique"
    value: ClassVar[Any] = ["a", "b"]
    clean: ClassVar[Any] = {"a": [1, 1, 2], "b": ["x", "y", "x"]}
    faulty: ClassVar[Any] = {"a": [1, 1, 1, 1], "b": ["x", "x", None, None]}
    wrong = (1, 3)


class TestKey(CheckTests):
    name = "key"
    value: ClassVar[Any] = ["a", "b"]
    clean: ClassVar[Any] = {"a": [1, 1, 2], "b": ["x", "y", "x"]}
    faulty: ClassVar[Any] = {"a": [1, 1, 1, 2], "b": ["x", "x", "y", None]}
    wrong = (1, 3)


class TestKeyOfOneColumn(CheckTests):
    name, value = "key", "a"
    clean: ClassVar[Any] = {"a": [1, 2]}
    faulty: ClassVar[Any] = {"a": [1, None, 1, None]}
    wrong = (1, 2, 3)


class TestNoDuplicates(CheckTests):
    name = "no_duplicates"
    clean: ClassVar[Any] = {"a": [1, 1, 2], "b": ["x", "y", "x"]}
    faulty: ClassVar[Any] = {"a": [1, 1, 2, 1], "b": ["x", "x", "x", "x"]}
    wrong = (1, 3)


class TestReferences(CheckTests):
    name, column, value = "references", "tail", "planes.tailnum"
    references: ClassVar[Any] = {"planes": {"tailnum": ["N1", "N2"]}}
    clean: ClassVar[Any] = {"tail": ["N1", "N2", "N1", None]}
    faulty: ClassVar[Any] = {"tail": ["N1", "N3"]}
    wrong = (1,)


class TestReferencesOfSeveralColumns(CheckTests):
    name = "references"
    value: ClassVar[Any] = {"columns": ["origin", "hour"], "to": "weather", "on": ["at", "hour"]}
    references: ClassVar[Any] = {"weather": {"at": ["JFK", "LGA"], "hour": [1, 2]}}
    clean: ClassVar[Any] = {
        "origin": ["JFK", "LGA", None, "LGA"],
        "hour": pl.Series([1, 2, 1, None], dtype=pl.Int16),
    }
    faulty: ClassVar[Any] = {"origin": ["JFK", "JFK"], "hour": [1, 2]}
    wrong = (1,)


class TestRelation(CheckTests):
    name, value = "relation", "arr > dep or arr is null"
    clean: ClassVar[Any] = {"dep": [1, 2, None], "arr": [2, None, 3]}
    faulty: ClassVar[Any] = {"dep": [1, 2, 3], "arr": [1, 3, 0]}
    wrong = (0, 2)


class TestLength(CheckTests):
    name, column = "length", "note"
    value: ClassVar[Any] = [1, 3]
    clean: ClassVar[Any] = {"note": ["a", "äöü", None]}
    faulty: ClassVar[Any] = {"note": ["a", "", "abcd"]}
    wrong = (1, 2)


class TestLengthOfLists(CheckTests):
    name, column = "length", "words"
    value: ClassVar[Any] = {"low": 1}
    clean: ClassVar[Any] = {"words": [["a"], ["a", "b"]]}
    faulty: ClassVar[Any] = {"words": [["a"], []]}
    wrong = (1,)


class TestType(CheckTests):
    name, column, value = "type", "x", "int"
    clean: ClassVar[Any] = {"x": pl.Series([1, None], dtype=pl.Int16)}
    faulty: ClassVar[Any] = {"x": ["1", "2"]}


class TestRowCount(CheckTests):
    name = "row_count"
    value: ClassVar[Any] = [2, 3]
    clean: ClassVar[Any] = {"x": [1, 2]}
    faulty: ClassVar[Any] = {"x": [1, 2, 3, 4]}


class TestFreshness(CheckTests):
    name, column = "freshness", "at"
    value: ClassVar[Any] = timedelta(days=2)
    clean: ClassVar[Any] = {"at": [datetime(2026, 2, 28), datetime(2026, 2, 27, 12), None]}
    faulty: ClassVar[Any] = {"at": [datetime(2026, 2, 27, 11), datetime(2020, 1, 1)]}

    def test_what_lies_in_the_future_is_not_fresh(self) -> None:
        (found,) = self.findings(pl.DataFrame({"at": [datetime(2026, 3, 2)]}))

        assert "in the future" in found.message

    def test_a_date_lasts_until_its_end(self) -> None:
        assert self.findings(pl.DataFrame({"at": [date(2026, 2, 27)]})) == ()

    def test_a_time_zone_counts(self) -> None:
        moments = pl.Series([datetime(2026, 2, 27, 12, 30)]).dt.replace_time_zone("Asia/Tokyo")

        (found,) = self.findings(pl.DataFrame({"at": moments}))

        assert found.measured == timedelta(days=2, hours=8, minutes=30).total_seconds()


class TestDistribution(CheckTests):
    name, column, value = "distribution", "x", "before"
    references: ClassVar[Any] = {"before": {"x": list(range(1000))}}
    clean: ClassVar[Any] = {"x": list(range(0, 1000, 3))}
    faulty: ClassVar[Any] = {"x": list(range(600, 1000))}


class TestDistributionOfLevels(CheckTests):
    name, column = "distribution", "x"
    value: ClassVar[Any] = {"like": "before@3", "distance": 0.2}
    references: ClassVar[Any] = {"before@3": {"x": ["a", "b"] * 200}}
    clean: ClassVar[Any] = {"x": ["b", "a"] * 50}
    faulty: ClassVar[Any] = {"x": ["a", "c"] * 200}


def test_every_check_is_tested_here() -> None:
    tested = {
        each.name for each in globals().values()
        if isinstance(each, type) and issubclass(each, CheckTests) and each is not CheckTests
    }  # fmt: skip

    assert tested == set(check_names())


class TestCases(CheckTests):
    name = "cases"
    value: ClassVar[Any] = ["town = 'Oslo' and rain > 0", "rain is null"]
    clean: ClassVar[Any] = {"town": ["Oslo", "Bonn"], "rain": [2, None]}
    faulty: ClassVar[Any] = {"town": ["Oslo", "Bonn"], "rain": [0, None]}


class TestCasesOfManyRows(CheckTests):
    name = "cases"
    value: ClassVar[Any] = {"rows": "town = 'Oslo'", "least": 2}
    clean: ClassVar[Any] = {"town": ["Oslo", "Bonn", "Oslo"]}
    faulty: ClassVar[Any] = {"town": ["Oslo", "Bonn", None]}
