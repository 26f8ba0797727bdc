"""What to do next: fix labels, collect rows or leave it, by gain for the price."""

from __future__ import annotations

from collections.abc import Iterator

from tilth.cli.command import Invocation, command
from tilth.cli.opening import opened
from tilth.cli.output import paint, show, show_json, table
from tilth.project.evaluation import AdviceFindings, action_row

__all__ = ["advise"]


@command(
    examples=(
        ("tilth labels advise", "what the last run advises, with gains and prices"),
        ("tilth labels advise --json", "for programs"),
    )
)
def advise(invocation: Invocation) -> None:
    """Show what the last run advises to do next, ranked by gain for each unit of the price.

    The stage `evaluate` works it out in each run. Actions that share a rank cannot be told
    apart by what was measured.
    """
    with opened(invocation) as project:
        found = project.advice()
    if invocation.json:
        show_json([each.as_dict() for each in found])
        return
    show("\n\n".join("\n".join(_lines(each)) for each in found))


def _lines(advice: AdviceFindings) -> Iterator[str]:
    found = advice.found
    yield paint(f"{advice.dataset}: {advice.summary.replace('`', '')}", "bold")
    rows = [action_row(each) for each in advice.actions]
    metric = found["metric"]
    gain = "gain in accuracy" if metric == "accuracy" else f"less {metric}"
    titles = ("rank", "action", "what", gain, "price", "verdict")
    if len(rows) > 1:
        yield table(rows, titles=titles, right=(0, 4))
    for each in advice.actions:
        if each.get("command") and each["verdict"] != "does not gain":
            yield f"to {each['kind']} (rank {each['rank']}): {each['command']}"
    if found["exchange"]:
        yield found["exchange"]["text"]
    small = found["too_small"]
    if small:
        told = "; ".join(f"{each['kind']} ({each['what'].replace('`', '')})" for each in small)
        yield f"not worth it, below {found['least_gain']:.3g}: {told}"
    yield from (each.replace("`", "") for each in found["notes"])
