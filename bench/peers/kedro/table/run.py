"""Three nodes with Kedro's ParallelRunner; the table crosses by pickle."""

from kedro.io import SharedMemoryDataCatalog
from kedro.pipeline import node, pipeline
from kedro.runner import ParallelRunner
from table import make, read, read_too

if __name__ == "__main__":
    nodes = [
        node(make, None, "table"),
        node(read, "table", "total"),
        node(read_too, "table", "total_too"),
    ]
    ParallelRunner(max_workers=2).run(pipeline(nodes), SharedMemoryDataCatalog())
