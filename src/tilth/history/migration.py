"""How an older database becomes today's: numbered SQL files, applied in one transaction."""

from __future__ import annotations

import time
from pathlib import Path

from tilth.errors import HistoryError
from tilth.history.driver import Driver

STEPS = Path(__file__).parent / "migrations"


def migrate(driver: Driver, folder: Path = STEPS) -> None:
    """Bring a database to the newest version; a new one gets all its tables.

    Raises:
        HistoryError: The database is newer than this code, or not a history at all.
    """
    steps = _steps(folder)
    newest = max(steps)
    if _version(driver) == newest:
        return
    driver.prepare()
    with driver.writing():
        version = _version(driver)  # another process may have been faster
        if version > newest:
            raise _too_new(driver, version, newest)
        for number in range(version + 1, newest + 1):
            _apply(driver, number, steps[number])


def statements(text: str) -> list[str]:
    """The statements of a step: each ends with a semicolon at the end of a line."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    parts = "\n".join(lines).split(";\n")
    return [part.strip().removesuffix(";") for part in parts if part.strip()]


def _steps(folder: Path) -> dict[int, Path]:
    return {int(path.name.partition("_")[0]): path for path in folder.glob("[0-9]*_*.sql")}


def _version(driver: Driver) -> int:
    """The version of the database, 0 where it is empty."""
    tables = driver.tables()
    if "schema_version" in tables:
        ((version,),) = driver.query("SELECT max(version) FROM schema_version")
        return int(version)
    if tables:
        raise HistoryError(
            f"{driver.name} is a database of something else: it has a table `{min(tables)}`",
            hint="move it away, or let the history have another place",
        )
    return 0


def _apply(driver: Driver, number: int, path: Path) -> None:
    if number == 1:
        driver.execute(
            "CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY, "
            "applied_at DOUBLE PRECISION NOT NULL)"
        )
    for statement in statements(path.read_text(encoding="utf-8")):
        driver.execute(statement)
    driver.execute("INSERT INTO schema_version VALUES (?, ?)", (number, time.time()))


def _too_new(driver: Driver, version: int, newest: int) -> HistoryError:
    return HistoryError(
        f"the history {driver.name} has version {version}, this Tilth knows up to {newest}",
        hint="install a newer Tilth: pip install --upgrade tilth",
    )
