"""Put columns of other tables beside a table's rows, and say which rows found nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tilth.graph.node import node
from tilth.graph.pipeline import Pipeline, pipeline
from tilth.graph.stage import FINDINGS

if TYPE_CHECKING:
    import polars

    from tilth.data.metrics import Metrics

__all__ = ["join"]


def join(
    table: str,
    sources: Mapping[str, Mapping[str, Any]],
    *,
    columns: Sequence[str] | Mapping[str, str] | None = None,
    provenance: bool = False,
    output: str | None = None,
    most_keys: int = 1000,
) -> Pipeline:
    """Put columns of other tables beside the rows of a table, found by their keys.

    It makes `<table>_joined`, in the order of the table's rows; `<table>_joined_sources`, what
    became of each source (rows without a key, without a match, asked for by nobody, keys that
    occur twice) as metrics on record; and `<table>_joined_unmatched`, a table of the keys that
    found nothing, on either side. Sources are taken in order, so a later one can be found by a
    column of an earlier one. A key that is null or NaN matches nothing. What would go wrong in
    silence is an error: a key that occurs twice there, and would multiply rows; keys of two
    types; columns of one name.

    Args:
        table: The dataset whose rows are the rows of the result.
        sources: Name -> what is taken from where. `table`: the dataset (the name, if not given).
            `on`: the key, as a column, a list of them, or a mapping from the name here to the
            name there. `columns`: those taken, as a list or a mapping from the name there to the
            name here; all but the key if not given. `how`: `left` keeps all rows, `inner` those
            with a match, `asof` takes the row there that is nearest in `time`. `relation`:
            `many_to_one` (a key is there once), `one_to_one`, `one_to_many` (here once), or
            `many_to_many` (not checked). `at_most`: the share of rows without a match from which
            on it is an error, such as `5%`. For `asof`: `time`, a column, or a mapping from the
            name here to the name there; `tolerance`, such as `2h`, or a number; `direction`,
            `backward` (what was known by then), `forward` or `nearest`.
        columns: Those of the table that are kept, as a list or a mapping from the name there to
            the new one, by which `on` knows it; all if not given.
        provenance: Whether columns `row_of_<table>` and `row_of_<source>` say which rows, counted
            from 0, a row was made of; null where nothing matched.
        output: What the first output is called, if not `<table>_joined`.
        most_keys: How many keys without a match are listed per source and side, those of most
            rows first.
    """
    # It is light, and mistakes in settings are told before anything runs.
    from tilth.stages.join.plan import JoinPlan

    plan = JoinPlan.of(
        {
            "table": table,
            "sources": sources,
            "columns": columns,
            "provenance": provenance,
            "most_keys": most_keys,
        }
    )
    made = output or f"{table}_joined"
    return pipeline(
        [
            node(
                join_tables,
                inputs=[{"value": plan.as_dict()}, *plan.tables],
                outputs=[made, f"{made}_sources", f"{made}_unmatched"],
                name=f"join_{table}" if output is None else f"join_{output}",
                tags=FINDINGS,  # where every key is found, the list of the others is empty
            )
        ]
    )


def join_tables(
    asked: dict[str, Any], *tables: polars.DataFrame
) -> tuple[polars.DataFrame, Metrics, polars.DataFrame]:
    """Join tables as asked; needs no project.

    Args:
        asked: `table`, `sources`, and where wanted `columns`, `provenance` and `most_keys`; see
            `tilth.stages.join.join`.
        *tables: The table, then one for each source, in order.

    Returns:
        The joined rows. `rows_in`, `rows`, `columns`, `warnings`, and for each of `sources`:
        `rows_before` and `rows_after` it, `without_key`, `unmatched` (those without a key too),
        `unmatched_share`, `unmatched_keys` (examples), and of the rows there `rows`,
        `without_key_there`, `repeated`, `unused`, `unused_share`, `unused_keys`, as metrics. And
        a table with a row for each key that found nothing, rows without a key and then keys of most
        rows first: `source`,
        `side` (`left`: asked for and not there; `right`: there, and nobody asked), `key` (null
        for rows without one), `rows`, `first_row` (counted from 0, in the first table or in the
        source).

    Raises:
        DataError: A key occurs twice where it should not, has two types, or finds too little;
            or a name would be there twice.
        UnknownNameError: A column is not there.
    """
    from tilth.stages.join.joining import joined

    return joined(asked, tables)
