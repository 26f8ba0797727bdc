"""The nodes of the stage: what is run, each a plain function of tables and plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars

    from tilth.data.metrics import Metrics


def split_table(table: polars.DataFrame, asked: dict[str, Any]) -> tuple[Any, ...]:
    """Part the rows, so that a row stays on its side when others come.

    Args:
        table: The rows.
        asked: What the columns mean and how to split; see `tilth.stages.prepare`.

    Returns:
        How rows were parted, as metrics: `rows`, `without_target`, `rows` and `share` of each
        side, `stable` with its `reason`, `classes` with their share on each side, and `warnings`;
        and the rows to train on, to test on, and to validate on where that was asked for.

    Raises:
        DataError: There is nothing to learn, or a side would be empty.
    """
    from tilth.stages.prepare.parting import parted

    return parted(table, asked)


def prepare_columns(train: polars.DataFrame, asked: dict[str, Any]) -> tuple[Any, polars.DataFrame]:
    """Decide what becomes of each column, by the training rows alone.

    Args:
        train: The training rows.
        asked: What the columns mean and what a person wants otherwise.

    Returns:
        An unfitted pipeline of scikit-learn, and a table with a row for each column: `column`,
        `kind`, `treatment`, `why`, and `n_out`, how many numbers it becomes.

    Raises:
        DataError: No column is left, or one cannot be treated as asked.
    """
    from tilth.stages.prepare.columns import prepared

    return prepared(train, asked)


def find_leaks(
    train: polars.DataFrame,
    test: polars.DataFrame,
    columns: polars.DataFrame,
    asked: dict[str, Any],
    *,
    validation: polars.DataFrame | None = None,
) -> tuple[polars.DataFrame, Metrics]:
    """Look for what the training rows tell of the others, and columns of the target.

    Args:
        train: The training rows.
        test: The test rows.
        columns: What was decided for each column.
        asked: What the columns mean, and whether what surely leaks is an error.
        validation: The validation rows, where there are some.

    Returns:
        A row for each finding, the worst first: `kind`, `severity` (`sure` or `likely`),
        `column`, `sides`, `n`, `of`, `evidence`, `advice`; and how many there are of each kind,
        as metrics.

    Raises:
        DataError: It is strict, and something surely leaks.
    """
    from tilth.stages.prepare.leaking import leaks_of

    return leaks_of(train, test, validation, columns, asked)
