from datetime import date
from typing import Literal, Optional

import patito as pt
import polars as pl


class Rows(pt.Model):
    id: int = pt.Field(unique=True, ge=0)
    store: int = pt.Field(dtype=pl.Int32, ge=0, le=999)
    day: date = pt.Field(
        constraints=pt.field.is_between(date(2013, 1, 1), date(2013, 12, 31))
    )
    carrier: Literal["AA", "B6", "EV", "UA"] = pt.Field(dtype=pl.String)
    tail: str = pt.Field(pattern="^N[0-9]{3}[A-Z]{2}$")
    price: float = pt.Field(ge=0, le=10000, constraints=pl.col("total") >= pl.col("price"))
    quantity: Optional[int] = pt.Field(dtype=pl.Int16, ge=1, le=100)
    discount: Optional[float] = pt.Field(ge=0, le=1)
    total: float
    note: Optional[str] = pt.Field(min_length=1, max_length=40)


def judge(table):
    assert table.height >= 1
    Rows.validate(table)
