"""Does the same data give the same bytes in another process?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tilth.errors import TilthError
from tilth.project.mini.again import Again, digests
from tilth.project.mini.checks.differing import differing, is_a_time
from tilth.project.mini.tested import Check, failed, left_out, passed

if TYPE_CHECKING:
    from tilth.project.mini.looked import Looked

SAME = "the same again"

_MOST = 3


def same(looked: Looked, found: Mapping[str, Any] | None, again: Again) -> Iterator[Check]:
    """A line for each node that made other bytes of the same inputs, or one for all.

    Args:
        looked: The first run.
        found: Node -> what it read and made in the second; None where that could not run.
        again: The second run.
    """
    if looked.result.failures:
        yield left_out(SAME, "not all nodes ran")
        return
    if found is None:
        said = looked.home.config.secrets.masked(again.last_words())
        words = f": {said}" if said else ""
        yield left_out(SAME, f"a second run, in a process of its own, did not end well{words}")
        return
    n_same, n_other, fine = 0, 0, True
    for name, node_run in looked.node_runs.items():
        here, there = digests(node_run), found.get(name)
        if node_run.state != "done" or there is None:
            continue
        if "error" in there:
            fine = False
            yield failed(SAME, f"it fails in a second run: {there['error']}", name, name)
            continue
        if here["inputs"] != there["inputs"]:
            n_other += 1
            continue
        outputs = [each for each, it in here["outputs"].items() if it != there["outputs"].get(each)]
        n_same += not outputs
        if outputs:
            check = _told(looked, name, outputs, again)
            fine = fine and check.state != "failed"
            yield check
    if fine:
        rest = f"; {n_other:,} read something that differs" if n_other else ""
        yield passed(SAME, f"{n_same:,} nodes made the same bytes in two processes{rest}")


def _told(looked: Looked, name: str, outputs: list[str], again: Again) -> Check:
    node = looked.chosen.by_name.get(name.partition("[")[0])
    shown = ", ".join(f"`{each}`" for each in outputs)
    if node is not None and not node.options.cache:
        return left_out(SAME, f"{shown} differs, as `cache: false` says it may", name)
    paths = [path for each in outputs for path in _paths(looked, each, again)]
    if paths and all(map(is_a_time, paths)):
        return left_out(
            SAME, f"{shown} differs only in how long things took: {_listed(paths)}", name
        )
    where = f", at {_listed(paths)}" if paths else ""
    message = f"a second run made other bytes of {shown} from the same inputs{where}"
    return failed(SAME, message, name, name)


def _paths(looked: Looked, dataset: str, again: Again) -> list[str]:
    """Where the two values differ; none where that cannot be told."""
    try:
        return list(differing(looked.value(dataset), again.value(dataset)))
    except (TilthError, KeyError):
        return []


def _listed(paths: list[str]) -> str:
    first = ", ".join(f"`{each}`" for each in paths[:_MOST])
    return f"{first} and {len(paths) - _MOST:,} more" if len(paths) > _MOST else first
