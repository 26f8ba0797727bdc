"""Which label each image has, of all that was said of it."""

from __future__ import annotations

import polars as pl

from digits.pictures import file_name


def settle_labels(delivered: pl.DataFrame, resolved: pl.DataFrame) -> pl.DataFrame:
    """What people have agreed on since, and the delivered label where nobody was asked.

    An image on which people differ, or for which they find no single digit, has no label until
    they have talked about it.

    Args:
        delivered: `image`, `label`, `labeler`.
        resolved: `item`, `outcome`, `label`, as the label log has them.

    Returns:
        `image`; `picture`, its file; `label`; `whence`, who said so, `agreed` or `open to talk`.
    """
    asked = resolved.select(  # the columns of a log without decisions are text
        image=pl.col("item").cast(pl.Int64),
        outcome="outcome",
        settled=pl.col("label").cast(pl.Int64),
    )
    is_open = pl.col("outcome").is_null() | (pl.col("outcome") == "open")
    is_settled = (pl.col("outcome") == "agreed") & pl.col("settled").is_not_null()
    return delivered.join(asked, on="image", how="left", maintain_order="left").select(
        "image",
        picture=pl.format(
            "pictures/{}.png", pl.col("image").map_elements(file_name, return_dtype=pl.String)
        ),
        label=pl.when(is_open).then("label").otherwise("settled"),
        whence=pl.when(is_open)
        .then("labeler")
        .when(is_settled)
        .then(pl.lit("agreed"))
        .otherwise(pl.lit("open to talk")),
    )


def count_wrong(
    delivered: pl.DataFrame, labelled: pl.DataFrame, truth: pl.DataFrame
) -> dict[str, dict[str, int]]:
    """How many labels are not the published digit, as delivered and now.

    Only a simulation can know this; with real people one estimates it: `tilth labels issues`.
    """
    return {"delivered": wrong(delivered, truth), "now": wrong(labelled, truth)}


def wrong(labels: pl.DataFrame, truth: pl.DataFrame) -> dict[str, int]:
    """Counts: `labels` that there are, and how many of them are `wrong`."""
    known = labels.drop_nulls("label").join(truth, on="image")
    return {
        "labels": known.height,
        "wrong": known.filter(pl.col("label") != pl.col("digit")).height,
    }
