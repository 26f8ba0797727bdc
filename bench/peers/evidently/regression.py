"""Evidently's page on a regression: the data, the predictions and the errors."""

import warnings

warnings.simplefilter("ignore")

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Regression, Report
from evidently.presets import DataSummaryPreset, RegressionPreset

table = pd.read_csv("houses.csv").drop(columns="sold")
table["prediction"] = table["price"] + np.random.default_rng(0).normal(0, 30, len(table))
definition = DataDefinition(
    regression=[Regression(target="price", prediction="prediction")],
    numerical_columns=[name for name in table if table[name].dtype.kind in "if"],
    categorical_columns=["town", "street", "built", "garden", "note"],
)
half = len(table) // 2
parts = [Dataset.from_pandas(each, data_definition=definition) for each in (table[:half], table[half:])]
Report([DataSummaryPreset(), RegressionPreset()]).run(*parts).save_html("report.html")
