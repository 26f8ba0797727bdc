from datetime import date

import pointblank as pb
import polars as pl


def judge(table):
    done = (
        pb.Validate(data=table)
        .col_vals_not_null(columns=["id", "store", "day", "carrier", "tail", "price", "total"])
        .rows_distinct(columns_subset=["id"])
        .col_vals_ge(columns="id", value=0)
        .col_vals_between(columns="store", left=0, right=999)
        .col_vals_between(columns="day", left=date(2013, 1, 1), right=date(2013, 12, 31))
        .col_vals_in_set(columns="carrier", set=["AA", "B6", "EV", "UA"])
        .col_vals_regex(columns="tail", pattern="^N[0-9]{3}[A-Z]{2}$")
        .col_vals_between(columns="price", left=0, right=10000)
        .col_vals_between(columns="quantity", left=1, right=100, na_pass=True)
        .col_vals_between(columns="discount", left=0, right=1, na_pass=True)
        .col_vals_expr(expr=pl.col("note").str.len_chars().is_between(1, 40))
        .col_vals_expr(expr=pl.col("total") >= pl.col("price"))
        .interrogate(collect_extracts=False)
    )
    assert done.all_passed()
