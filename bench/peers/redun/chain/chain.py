"""The chain in redun: values are kept in its database."""

import os

from redun import task

redun_namespace = "chain"


@task()
def start() -> int:
    return 0


@task()
def add_one(x: int) -> int:
    return x + 1


@task()
def main(n: int = int(os.environ["CHAIN"])) -> int:
    x = start()
    for _ in range(n):
        x = add_one(x)
    return x
