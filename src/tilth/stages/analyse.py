"""Look at a table: its profile as data, and as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilth.graph.node import node
from tilth.graph.pipeline import Pipeline, pipeline

if TYPE_CHECKING:
    import polars

__all__ = ["analyse"]


def analyse(
    table: str, target: str | None = None, *, sample: int = 20_000, seed: int = 0
) -> Pipeline:
    """Make the profile of a table, and a page of it.

    It reads the dataset `table` and makes two: `<table>_profile`, plain data that `tilth data
    diff` compares from run to run, and `<table>_profile_page`, a page that needs no network.
    An entry with `format: html` in the catalog puts that where you want it.

    Args:
        table: The dataset, in any format of tables.
        target: The column that is to be predicted, so that columns that give it away are found.
        sample: Rows that are drawn for what looks at pairs of columns or of texts.
        seed: Of that draw.
    """
    settings = {"target": {"value": target}, "sample": {"value": sample}, "seed": {"value": seed}}
    return pipeline(
        [
            node(
                profile,
                inputs={"table": table, **settings},
                outputs=f"{table}_profile",
                name=f"profile_{table}",
            ),
            node(
                profile_page,
                inputs={"profile": f"{table}_profile", "title": {"value": table}},
                outputs=f"{table}_profile_page",
                name=f"page_of_{table}_profile",
            ),
        ]
    )


def profile(
    table: polars.LazyFrame, target: str | None = None, sample: int = 20_000, seed: int = 0
) -> dict[str, Any]:
    """The profile of a table as plain data; see `tilth.quality.profile.profile_of`.

    Raises:
        DataError: The file cannot be read to its end, as a line has too many fields.
    """
    from polars.exceptions import ComputeError

    from tilth.errors import DataError
    from tilth.quality.profile import profile_of  # it imports Polars

    try:
        return profile_of(table, target, sample=sample, seed=seed).as_dict()
    except ComputeError as error:  # the file is read only here
        raise DataError(
            f"stage `analyse`: the table cannot be read: {str(error).partition(chr(10))[0]}",
            hint="say in the catalog what the file is like, under `read`",
        ) from error


def profile_page(profile: dict[str, Any], title: str) -> str:
    """A profile as one page that needs no network."""
    from tilth.quality.profile import Profile  # it imports Polars
    from tilth.quality.profile.page import page

    return page(Profile.from_dict(profile), title)
