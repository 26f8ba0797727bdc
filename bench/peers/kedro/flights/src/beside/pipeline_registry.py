"""Kedro's pipelines, read from the tilth.yml of the same project."""

import importlib
import os
import sys
from dataclasses import asdict, is_dataclass
from datetime import date
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import get_origin, get_type_hints

import yaml
from kedro.pipeline import node, pipeline

PROJECT = Path(os.environ["BENCH_FLIGHTS"])
sys.path[:0] = [str(PROJECT / "src"), os.environ["BENCH_STAGES"]]


def function(dotted):
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


def typed(plain):
    """Parameters become what the functions are annotated with."""
    hints = get_type_hints(plain)
    names = list(signature(plain).parameters)

    @wraps(plain)
    def called(*args, **named):
        given = {**dict(zip(names, args)), **named}
        return plain(**{name: converted(hints.get(name), value) for name, value in given.items()})

    return called


def converted(hint, value):
    """OmegaConf reads a date as text, which Kedro puts into a dataclass as it is."""
    if hint is date:
        return date.fromisoformat(value)
    if is_dataclass(hint):
        value = value if isinstance(value, dict) else asdict(value)
        hints = get_type_hints(hint)
        return hint(**{key: converted(hints[key], each) for key, each in value.items()})
    if get_origin(hint) is tuple:
        return tuple(value)
    return value


def made(entry):
    plain = function(entry["call"])
    name = entry.get("name", plain.__name__)
    inputs = entry.get("inputs", list(signature(plain).parameters))
    return node(typed(plain), inputs, entry.get("outputs", plain.__name__), name=name)


def staged(entry):
    """The nodes of a stage that comes with Tilth: plain functions, which Kedro calls like others."""
    stage = function(f"tilth.stages.{entry['stage']}.{entry['stage']}")
    return [of_stage(each) for each in stage(**entry["with"])]


def of_stage(each):
    given = {one.argument: one.value for one in each.inputs if not one.name}
    inputs = {one.argument: one.name for one in each.inputs if one.name}
    plain = each.function.callable
    lazy = [name for name, one in signature(plain).parameters.items() if "LazyFrame" in str(one)]

    @wraps(plain)
    def called(**named):
        frames = {name: named[name].lazy() for name in lazy if name in named}
        return plain(**given, **{**named, **frames})

    outputs = [one.name for one in each.outputs]
    return node(called, inputs, outputs if len(outputs) > 1 else outputs[0], name=each.name)


def nodes(body):
    return staged(body) if "stage" in body else [made(entry) for entry in body["nodes"]]


def register_pipelines():
    pipelines = yaml.safe_load((PROJECT / "tilth.yml").read_text())["pipelines"]
    found = {name: pipeline(nodes(body)) for name, body in pipelines.items()}
    return {**found, "__default__": sum(found.values(), pipeline([]))}
