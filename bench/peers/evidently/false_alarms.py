"""Evidently's default rule on the same draws: how often it raises an alarm.

Its report takes a second for each data set; here its choice of a test and its tests are called
as the report does, without drawing it.
"""

import json
import sys
import warnings

warnings.simplefilter("ignore")

import pandas as pd
from draws import N_COLUMNS, SHIFTS, n_repeats, pairs
from evidently.legacy.calculations.stattests import get_stattest
from evidently.legacy.core import ColumnType


def drifted(reference, current):
    before, after = pd.Series(reference), pd.Series(current)
    test = get_stattest(before, after, ColumnType.Numerical, None)
    return test(before, after, ColumnType.Numerical, None).drifted


told = {"any": {}, "half": {}}
for shift in (0.0, *SHIFTS):
    alarms = {"any": 0, "half": 0}
    for reference, current in pairs(shift):
        found = [drifted(reference[i], current[i]) for i in range(N_COLUMNS)]
        alarms["any"] += any(found) if shift == 0 else found[0]
        alarms["half"] += sum(found) >= N_COLUMNS / 2
    for rule, n in alarms.items():
        told[rule][shift] = 100 * n / n_repeats(shift)
print(json.dumps(told), file=sys.stdout)
