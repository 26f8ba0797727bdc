"""Hand runs and registered models on to another system, such as MLflow."""

from __future__ import annotations

import click

from tilth import plugins
from tilth.cli.command import Invocation, command
from tilth.cli.numbered import RUN, number
from tilth.cli.opening import opened
from tilth.cli.output import plural, say, show, show_json
from tilth.project.exporting import SYSTEMS, exported

__all__ = ["export"]


def _systems(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    return [each for each in plugins.names(SYSTEMS) if each.startswith(typed)]


@command(
    examples=(
        ("tilth export mlflow", "the newest run, to MLFLOW_TRACKING_URI or ./mlflow"),
        ("tilth export mlflow --all --to shared/mlflow", "all runs, to a folder"),
        ("tilth export mlflow --run 12 --to http://localhost:5000", "one, to a server"),
    )
)
@click.argument("system", shell_complete=_systems)
@click.option("--to", metavar="PLACE", default="", help="A folder or an address of the system's.")
@click.option("--run", "run", type=RUN, help="Which run: its number, `last`, or `last-1`.")
@click.option("--all", "every", is_flag=True, help="All runs that have ended.")
def export(invocation: Invocation, system: str, to: str, run: int | None, every: bool) -> None:
    """Hand runs on to SYSTEM, with the registered models that they made.

    A run goes with its parameters, metrics with their steps, commit, fingerprints and lineage;
    a model with its whole bundle, so that the system can serve it. What is there already stays.
    """
    if every and run is not None:
        raise click.UsageError("--run and --all cannot both be given")
    with opened(invocation) as project:
        chosen = None if every else [number(project, run or 0)]
        found = exported(project, system, to, chosen)
    if invocation.json:
        show_json(found.as_dict())
        return
    handed = found.handed
    models = f", {plural(len(handed.models), 'model version')}" if handed.models else ""
    known = f" ({handed.known} there already)" if handed.known else ""
    show(f"{plural(handed.runs, 'run')}{models} exported to {handed.where}{known}")
    for version, why in found.left.items():
        say(f"{version} stays here: {why}")
    say(f"look at it: {handed.look}")
