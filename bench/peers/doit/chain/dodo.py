"""The chain in doit: values are kept in its database; a task runs once."""

import os

from doit.tools import run_once

DOIT_CONFIG = {"verbosity": 0}


def start():
    return {"value": 0}


def add_one(value):
    return {"value": value + 1}


def task_start():
    return {"actions": [start], "uptodate": [run_once]}


def task_add():
    for i in range(int(os.environ["CHAIN"])):
        before = f"add:{i - 1}" if i else "start"
        yield {
            "name": str(i),
            "actions": [add_one],
            "getargs": {"value": (before, "value")},
            "uptodate": [run_once],
        }
