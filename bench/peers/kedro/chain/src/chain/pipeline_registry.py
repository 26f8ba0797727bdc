import os

from kedro.pipeline import node, pipeline


def start():
    return 0


def add_one(x):
    return x + 1


def register_pipelines():
    nodes = [node(start, None, "x0", name="start")]
    nodes += [
        node(add_one, f"x{i}", f"x{i + 1}", name=f"add_{i}")
        for i in range(int(os.environ["CHAIN"]))
    ]
    return {"__default__": pipeline(nodes)}
