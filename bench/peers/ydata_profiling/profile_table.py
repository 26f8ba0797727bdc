"""Profile table.parquet and write page.html, with ydata-profiling's minimal settings."""

import json
import os
import time

import pandas as pd
from ydata_profiling import ProfileReport

start = time.perf_counter()
table = pd.read_parquet("table.parquet")
ProfileReport(table, minimal=True, progress_bar=False).to_file("page.html", silent=True)
seconds = time.perf_counter() - start
print()
print(json.dumps([seconds, os.path.getsize("page.html")]))
