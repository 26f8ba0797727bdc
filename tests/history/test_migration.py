from __future__ import annotations

import shutil

import pytest

from tilth.errors import HistoryError
from tilth.history.driver import Sqlite
from tilth.history.migration import STEPS, migrate, statements

NEWEST = 3


@pytest.fixture
def driver(tmp_path):
    driver = Sqlite(tmp_path / "history.db")
    yield driver
    driver.close()


@pytest.fixture
def steps(tmp_path):
    """Three steps, of which the second moves data."""
    folder = tmp_path / "steps"
    folder.mkdir()
    (folder / "0001_first.sql").write_text(
        "-- People; with names.\nCREATE TABLE person (name TEXT NOT NULL);\n"
    )
    (folder / "0002_split.sql").write_text(
        "ALTER TABLE person ADD COLUMN family TEXT;\n"
        "UPDATE person SET family = 'none; yet' WHERE family IS NULL;\n"
    )
    (folder / "0003_more.sql").write_text("CREATE TABLE pet (name TEXT);\n")
    return folder


def only(steps, n, tmp_path):
    """As it was when there were n steps."""
    folder = tmp_path / f"steps-{n}"
    folder.mkdir()
    for path in sorted(steps.iterdir())[:n]:
        shutil.copy(path, folder)
    return folder


def test_the_steps_are_numbered_without_a_gap():
    numbers = sorted(int(path.name[:4]) for path in STEPS.glob("*.sql"))

    assert numbers == list(range(1, NEWEST + 1))


def test_a_new_database_gets_all_steps(driver, steps):
    migrate(driver, steps)

    assert driver.tables() == {"schema_version", "person", "pet"}
    assert driver.query("SELECT version FROM schema_version") == [(1,), (2,), (3,)]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_older_database_is_brought_up_and_keeps_what_it_holds(
    driver, steps, tmp_path, version
):
    migrate(driver, only(steps, version, tmp_path))
    driver.execute("INSERT INTO person (name) VALUES (?)", ("Ada",))

    migrate(driver, steps)
    migrate(driver, steps)

    assert driver.tables() == {"schema_version", "person", "pet"}
    expected = "none; yet" if version == 1 else None
    assert driver.query("SELECT name, family FROM person") == [("Ada", expected)]


def test_a_step_that_fails_undoes_all_that_came_with_it(driver, steps, tmp_path):
    migrate(driver, only(steps, 1, tmp_path))
    (steps / "0003_more.sql").write_text("CREATE TABLE pet (name TEXT);\nNOT SQL;\n")

    with pytest.raises(HistoryError):
        migrate(driver, steps)

    assert driver.tables() == {"schema_version", "person"}
    assert driver.query("SELECT version FROM schema_version") == [(1,)]
    assert driver.query("SELECT * FROM person") == []


def test_a_newer_database_is_refused_with_both_versions(driver, steps, tmp_path):
    migrate(driver, steps)

    with pytest.raises(HistoryError, match=r"has version 3, this Tilth knows up to 2") as told:
        migrate(driver, only(steps, 2, tmp_path))
    assert "newer Tilth" in told.value.hint
    assert driver.name in str(told.value)


def test_a_database_of_something_else_is_refused(driver):
    driver.execute("CREATE TABLE bills (total INTEGER)")

    with pytest.raises(HistoryError, match="of something else: it has a table `bills`"):
        migrate(driver)
    assert driver.tables() == {"bills"}


def test_a_step_is_split_into_its_statements():
    text = "-- a; comment;\nCREATE TABLE a (\n    b TEXT -- not; the end\n);\n\nDROP TABLE a;"

    assert statements(text) == ["CREATE TABLE a (\n    b TEXT -- not; the end\n)", "DROP TABLE a"]


@pytest.mark.parametrize("version", range(1, NEWEST + 1))
def test_the_steps_of_this_tilth_can_be_applied_one_by_one(driver, tmp_path, version):
    migrate(driver, only(STEPS_OF_TILTH(tmp_path), version, tmp_path))
    migrate(driver)

    ((newest,),) = driver.query("SELECT max(version) FROM schema_version")
    assert newest == NEWEST


def STEPS_OF_TILTH(tmp_path):
    folder = tmp_path / "all"
    folder.mkdir()
    for path in STEPS.glob("*.sql"):
        shutil.copy(path, folder)
    return folder
