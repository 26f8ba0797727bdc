"""The chain in joblib: each call's result is kept in a file."""

import os

from joblib import Memory

memory = Memory("kept", verbose=0)


def start():
    return 0


@memory.cache
def add_one(x):
    return x + 1


value = start()
for _ in range(int(os.environ["CHAIN"])):
    value = add_one(value)
