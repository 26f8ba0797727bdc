from datetime import datetime

import great_expectations as gx
import great_expectations.expectations as gxe

EXPECTED = [
    *[
        gxe.ExpectColumnValuesToNotBeNull(column=each)
        for each in ("id", "store", "day", "carrier", "tail", "price", "total")
    ],
    gxe.ExpectColumnValuesToBeUnique(column="id"),
    gxe.ExpectColumnValuesToBeBetween(column="id", min_value=0),
    gxe.ExpectColumnValuesToBeBetween(column="store", min_value=0, max_value=999),
    gxe.ExpectColumnValuesToBeBetween(
        column="day", min_value=datetime(2013, 1, 1), max_value=datetime(2013, 12, 31)
    ),
    gxe.ExpectColumnValuesToBeInSet(column="carrier", value_set=["AA", "B6", "EV", "UA"]),
    gxe.ExpectColumnValuesToMatchRegex(column="tail", regex="^N[0-9]{3}[A-Z]{2}$"),
    gxe.ExpectColumnValuesToBeBetween(column="price", min_value=0, max_value=10000),
    gxe.ExpectColumnValuesToBeBetween(column="quantity", min_value=1, max_value=100),
    gxe.ExpectColumnValuesToBeBetween(column="discount", min_value=0, max_value=1),
    gxe.ExpectColumnValueLengthsToBeBetween(column="note", min_value=1, max_value=40),
    gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="total", column_B="price", or_equal=True),
    gxe.ExpectTableRowCountToBeBetween(min_value=1),
]


def judge(table):
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("rows").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(
        {"dataframe": table.to_pandas()}
    )
    done = batch.validate(gx.ExpectationSuite(name="rows", expectations=EXPECTED))
    assert done.success, done
