"""What every check must satisfy: keep clean data, find planted faults, however data comes.

A check's test names it, and gives clean data, faulty data and what is wrong there::

    class TestBetween(CheckTests):
        name, column, value = "between", "age", [0, 130]
        clean = {"age": [0, 44, 130, None]}
        faulty = {"age": [44, 131, -1]}
        wrong = (1, 2)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tilth.contract.check import TableCheck, check_names, find_check, make_check
from tilth.contract.contract import Contract, Promise
from tilth.contract.finding import Finding
from tilth.contract.quarantine import REASONS, split
from tilth.contract.setting import SettingError
from tilth.contract.view import at_hand


class CheckTests:
    """The conformance suite of checks.

    Attributes:
        name: The check's public name, or a class of one's own by its dotted name.
        column: The column that it is written below; empty for a check of the table.
        value: What stands behind its name.
        clean: Columns of data that keeps it.
        faulty: Columns of data that breaks it.
        wrong: The numbers of the rows that do; none for a check of the table as a whole.
        references: Dataset -> columns, where it looks others up.
        now: What time it is.
    """

    name: ClassVar[str]
    column: ClassVar[str] = ""
    value: ClassVar[Any] = True
    clean: ClassVar[Mapping[str, Any]]
    faulty: ClassVar[Mapping[str, Any]]
    wrong: ClassVar[tuple[int, ...]] = ()
    references: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    now: ClassVar[datetime] = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def contract(self, severity: Any = "stop") -> Contract:
        """A contract with this check alone."""
        check = make_check(self.name, self.column, self.value)
        return Contract(
            dataset="planted",
            promises=(Promise(name=self.name, check=check, severity=severity),),
        )

    def findings(self, table: Any, n: int = 100) -> tuple[Finding, ...]:
        """What the check finds in a table."""
        given = {name: _frame(columns) for name, columns in self.references.items()}
        report = self.contract().check(table, references=given, now=self.now, examples=n)
        return report.findings

    def test_it_is_found_by_its_name(self) -> None:
        assert "." in self.name or self.name in check_names()
        assert (find_check(self.name).__doc__ or "").strip()

    def test_its_settings_say_what_they_take(self) -> None:
        for setting in find_check(self.name).settings.values():
            assert setting.expected

    def test_a_setting_that_it_does_not_have_is_refused(self) -> None:
        with pytest.raises(SettingError, match="no setting `nonsense`"):
            make_check(self.name, self.column, {"nonsense": 1})

    def test_clean_data_keeps_it(self) -> None:
        assert self.findings(_frame(self.clean)) == ()

    def test_a_planted_fault_is_found(self) -> None:
        (found,) = self.findings(_frame(self.faulty))

        assert found.check == self.name
        assert found.message
        assert found.count == len(self.wrong)
        assert tuple(each.row for each in found.examples) == self.wrong

    def test_the_examples_are_the_first_of_the_wrong_rows(self) -> None:
        (found,) = self.findings(_frame(self.faulty), 1)

        assert tuple(each.row for each in found.examples) == self.wrong[:1]
        assert found.count == len(self.wrong)

    def test_scanned_data_is_judged_as_data_in_memory(self, tmp_path: Path) -> None:
        import polars  # as where data is judged

        for columns in (self.clean, self.faulty):
            frame = _frame(columns)
            frame.write_parquet(tmp_path / "table.parquet", row_group_size=2)
            scanned = polars.scan_parquet(tmp_path / "table.parquet")

            assert self.findings(scanned) == self.findings(frame) == self.findings(frame.lazy())

    def test_other_libraries_tables_are_judged_alike(self) -> None:
        frame = _frame(self.faulty)

        assert self.findings(frame.to_arrow()) == self.findings(frame)

    def test_a_row_by_itself_is_judged_as_a_table_of_one_row(self) -> None:
        for columns in (self.clean, self.faulty):
            frame = _frame(columns)
            for i in range(frame.height):
                alone = _told(self.findings(frame[i].row(0, named=True)))

                assert alone == _told(self.findings(frame[i]))

    def test_a_table_without_rows_has_no_wrong_row(self) -> None:
        for found in self.findings(_frame(self.faulty).clear()):
            assert found.kind in ("table", "schema")

    def test_nothing_but_nulls_can_be_judged(self) -> None:
        import polars  # as where data is judged

        frame = _frame(self.clean)
        typed = frame.with_columns(
            polars.lit(None).cast(t).alias(n) for n, t in frame.schema.items()
        )
        bare = frame.with_columns(polars.lit(None).alias(n) for n in frame.columns)

        self.findings(typed)
        self.findings(bare)

    def test_a_column_that_is_gone_is_told(self) -> None:
        columns = self.contract().promises[0].check.columns
        if not columns:
            pytest.skip("it looks at no column in particular")
        import polars  # as where data is judged

        (found,) = self.findings(polars.DataFrame({"stranger": [1]}))[:1]

        assert found.kind == "schema"
        assert found.column == columns[0]

    def test_what_it_sets_apart_and_what_stays_is_all_there_was(self) -> None:
        contract = self.contract("quarantine")
        if isinstance(contract.promises[0].check, TableCheck):
            pytest.skip("no row is to blame")
        frame = _frame(self.faulty)
        given = {name: _frame(columns) for name, columns in self.references.items()}

        kept, rejected = split(contract, frame, references=at_hand(given), now=self.now)

        rows = list(range(frame.height))
        stay = [i for i in rows if i not in self.wrong]
        assert kept.collect().equals(frame[stay])
        assert rejected.drop(REASONS).collect().equals(frame[list(self.wrong)])
        assert all(rejected.collect()[REASONS].list.len() == 1)

    def test_its_identity_is_its_settings(self) -> None:
        assert self.contract().fingerprint == self.contract().fingerprint
        assert self.contract().fingerprint != self.contract("warn").fingerprint


def _frame(columns: Mapping[str, Any]) -> Any:
    import polars  # as where data is judged

    return polars.DataFrame(columns)


def _told(findings: tuple[Finding, ...]) -> list[tuple[str, str, int]]:
    return [(each.check, each.message, each.count) for each in findings]
