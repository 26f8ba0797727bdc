"""The chain in Dagster: an asset for each node, all in one process.

From the command line, values are kept as pickles and events in a database; called as a script,
both are in memory.
"""

import os

from dagster import AssetIn, Definitions, asset, define_asset_job, in_process_executor


@asset
def x0() -> int:
    return 0


def adding(i):
    @asset(name=f"x{i + 1}", ins={"x": AssetIn(f"x{i}")})
    def add_one(x: int) -> int:
        return x + 1

    return add_one


# By itself, Dagster would start a process for each node.
definitions = Definitions(
    assets=[x0, *(adding(i) for i in range(int(os.environ["CHAIN"])))],
    jobs=[define_asset_job("chain")],
    executor=in_process_executor,
)

if __name__ == "__main__":
    definitions.resolve_job_def("chain").execute_in_process()
