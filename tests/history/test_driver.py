"""What the driver of SQLite adds to SQLite."""

from __future__ import annotations

import pytest

from tilth.history.driver import Sqlite


@pytest.mark.parametrize("n", [0, 1, 99, 100, 101, 250])
def test_narrow_rows_are_added_together_and_counted(tmp_path, n):
    driver = Sqlite(tmp_path / "some.db")
    driver.execute("CREATE TABLE pair (a INTEGER PRIMARY KEY, b TEXT)")
    add = "INSERT INTO pair VALUES (?, ?) ON CONFLICT DO NOTHING"
    rows = [(i, f"row {i}") for i in range(n)]

    assert driver.many(add, iter(rows)) == n
    assert driver.many(add, [*rows, *rows, (n, "new")]) == 1, "only what is new counts"

    assert driver.query("SELECT a, b FROM pair ORDER BY a") == [*rows, (n, "new")]
    driver.close()
