from datetime import date

import pandera.polars as pa
import polars as pl


class Rows(pa.DataFrameModel):
    id: int = pa.Field(ge=0, unique=True)
    store: pl.Int32 = pa.Field(in_range={"min_value": 0, "max_value": 999})
    day: pl.Date = pa.Field(
        in_range={"min_value": date(2013, 1, 1), "max_value": date(2013, 12, 31)}
    )
    carrier: str = pa.Field(isin=["AA", "B6", "EV", "UA"])
    tail: str = pa.Field(str_matches="^N[0-9]{3}[A-Z]{2}$")
    price: float = pa.Field(in_range={"min_value": 0, "max_value": 10000})
    quantity: pl.Int16 = pa.Field(nullable=True, in_range={"min_value": 1, "max_value": 100})
    discount: float = pa.Field(nullable=True, in_range={"min_value": 0, "max_value": 1})
    total: float
    note: str = pa.Field(nullable=True, str_length={"min_value": 1, "max_value": 40})

    @pa.dataframe_check
    def total_covers_price(cls, data):
        return data.lazyframe.select(pl.col("total") >= pl.col("price"))


def judge(table):
    assert Rows.validate(table, lazy=True).height >= 1
