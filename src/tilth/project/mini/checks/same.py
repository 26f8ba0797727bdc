"""Does the same data give the same bytes in another process?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tilth.project.mini.again import digests
from tilth.project.mini.tested import Check, failed, left_out, passed

if TYPE_CHECKING:
    from tilth.project.mini.looked import Looked

SAME = "the same again"


def same(looked: Looked, again: Mapping[str, Any] | None) -> Iterator[Check]:
    """A line for each node that made other bytes of the same inputs, or one for all."""
    if looked.result.failures:
        yield left_out(SAME, "not all nodes ran")
        return
    if again is None:
        yield left_out(SAME, "a second run, in a process of its own, did not come to its end")
        return
    n_compared, fine = 0, True
    for name, node_run in looked.node_runs.items():
        here, there = digests(node_run), again.get(name)
        if node_run.state != "done" or there is None or here["inputs"] != there["inputs"]:
            continue
        n_compared += 1
        other = [
            each for each in here["outputs"] if here["outputs"][each] != there["outputs"].get(each)
        ]
        if not other:
            continue
        node = looked.chosen.by_name.get(name.partition("[")[0])
        shown = ", ".join(f"`{each}`" for each in other)
        if node is not None and not node.options.cache:
            yield left_out(SAME, f"{shown} differs, as `cache: false` says it may", name)
            continue
        fine = False
        yield failed(
            SAME, f"a second run made other bytes of {shown} from the same inputs", name, name
        )
    if fine:
        yield passed(SAME, f"{n_compared:,} nodes made the same bytes in two processes")
