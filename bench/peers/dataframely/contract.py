from datetime import date

import dataframely as dy
import polars as pl


class Rows(dy.Schema):
    id = dy.Int64(primary_key=True, min=0)
    store = dy.Int32(nullable=False, min=0, max=999)
    day = dy.Date(nullable=False, min=date(2013, 1, 1), max=date(2013, 12, 31))
    carrier = dy.String(nullable=False, check=lambda c: c.is_in(["AA", "B6", "EV", "UA"]))
    tail = dy.String(nullable=False, regex="^N[0-9]{3}[A-Z]{2}$")
    price = dy.Float64(nullable=False, min=0, max=10000)
    quantity = dy.Int16(nullable=True, min=1, max=100)
    discount = dy.Float64(nullable=True, min=0, max=1)
    total = dy.Float64(nullable=False)
    note = dy.String(nullable=True, min_length=1, max_length=40)

    @dy.rule()
    def total_covers_price(cls) -> pl.Expr:
        return pl.col("total") >= pl.col("price")


def judge(table):
    assert Rows.validate(table).height >= 1
