"""Options: how a node is run, and what people want to know of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tilth.errors import DefinitionError, nearest
from tilth.record import changed, field, fields_of, record


@record
class Options:
    """How a node is run, and what people want to know of it.

    Attributes:
        retries: How often it is tried again after a failure.
        retry_wait: Seconds before the first of these; twice as long before each next one.
        timeout: Seconds after which it is stopped, None for never.
        cache: False where it must run each time, since it is impure.
        refresh: Seconds after which its result is no longer trusted, None for never.
        resources: Name -> how much it takes of what the project has.
        depends_on: Names of functions or modules, or files, that its code needs and that
            reading it does not show. None where nothing was declared.
        owner: Who looks after it.
        layer: Where it belongs, such as `feature`.
        description: What it is for; the docstring's first line where empty.
    """

    retries: int = 0
    retry_wait: float = 1.0
    timeout: float | None = None
    cache: bool = True
    refresh: float | None = None
    resources: Mapping[str, float] = field(default_factory=dict)
    depends_on: tuple[str, ...] | None = None
    owner: str = ""
    layer: str = ""
    description: str = ""


DEFAULT = Options()


def options_from(node_name: str, given: Mapping[str, Any]) -> Options:
    """Options of a node from keyword arguments.

    Raises:
        DefinitionError: One is unknown, or its value makes no sense.
    """
    if not given:
        return DEFAULT
    known = fields_of(Options)
    for name, value in given.items():
        if name not in known:
            near = nearest(name, known)
            there_are = "there are " + ", ".join(f"`{each}`" for each in known)
            raise DefinitionError(
                f"node `{node_name}` has no option `{name}`",
                hint=f"did you mean `{near}`?" if near else there_are,
            )
        expected = _expected(name, value)
        if expected is not None:
            raise DefinitionError(
                f"node `{node_name}`: `{name}` is {value!r:.80}, not {expected}",
                hint=_HINTS.get(name),
            )
    declared = given.get("depends_on")
    made = Options(**given)
    if declared is None:
        return made
    return changed(made, depends_on=(declared,) if isinstance(declared, str) else tuple(declared))


def _expected(name: str, value: Any) -> str | None:
    """What should stand there, or None where all is well."""
    fits, expected = _RULES[name]
    return None if fits(value) else expected


def _is_number(value: Any, least: float = 0.0) -> bool:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and math.isfinite(value) and value >= least


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_HINTS = {
    "retries": "in Python, `retries=3, retry_wait=10.0` is what tilth.yml calls "
    "`retries: {times: 3, wait: 10s}`",
    "timeout": "units are for tilth.yml; in Python five minutes are `timeout=300`",
    "refresh": "units are for tilth.yml; in Python an hour is `refresh=3600`",
    "resources": "units are for tilth.yml; in Python 4 GB are `resources={'memory': 4e9}`",
}
_SECONDS = "a number of seconds, zero or more"
_RULES: Mapping[str, tuple[Any, str]] = {
    "retries": (lambda it: isinstance(it, int) and _is_number(it), "a whole number, zero or more"),
    "retry_wait": (_is_number, _SECONDS),
    "timeout": (
        lambda it: it is None or (_is_number(it) and it > 0),
        "seconds above zero, or None",
    ),
    "cache": (lambda it: isinstance(it, bool), "True or False"),
    "refresh": (lambda it: it is None or _is_number(it), f"{_SECONDS}, or None"),
    "resources": (
        lambda it: (
            isinstance(it, Mapping)
            and all(_is_text(name) and _is_number(n) for name, n in it.items())
        ),
        "a mapping from a name to an amount, zero or more",
    ),
    "depends_on": (
        lambda it: (
            it is None
            or _is_text(it)
            or (isinstance(it, list | tuple) and all(_is_text(each) for each in it))
        ),
        "a name, or a list of names, of functions, modules or files",
    ),
    "owner": (_is_text, "a text"),
    "layer": (_is_text, "a text"),
    "description": (_is_text, "a text"),
}
