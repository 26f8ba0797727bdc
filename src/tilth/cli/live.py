"""The live view of a run in a terminal: what runs now, how far it is, the time left.

It is drawn by rich, which a base install leaves out: with what rich itself needs, that is as much
as all else together.
"""

from __future__ import annotations

import sys
from time import monotonic
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from tilth.cli.output import duration

_MOST_RUNNING = 8


class View:
    """Draws how far a run is, until it is stopped.

    Args:
        standing: Is read while others change it.
        began: When the run did, on the monotonic clock.
    """

    def __init__(self, standing: Any, began: float) -> None:
        self._standing, self._began = standing, began
        self._spinner = Spinner("dots", style="cyan")
        self._console = Console(stderr=True)
        self._live = Live(
            console=self._console,
            refresh_per_second=10,
            transient=True,
            get_renderable=self._drawn,
            redirect_stdout=sys.stdout.isatty(),
        )
        self._live.start()

    def tell(self, text: str) -> None:
        """Print a line above."""
        self._console.print(Text.from_ansi(text), highlight=False, soft_wrap=True)

    def stop(self) -> None:
        """Take it away."""
        self._live.stop()

    def _drawn(self) -> Group:
        now = monotonic()
        standing = self._standing
        running = sorted(standing.running.copy().items(), key=lambda each: each[1])
        grid = Table.grid(padding=(0, 1))
        for node, since in running[:_MOST_RUNNING]:
            grid.add_row(self._spinner, node, Text(self._times(node, now - since), style="dim"))
        if len(running) > _MOST_RUNNING:
            grid.add_row("", f"and {len(running) - _MOST_RUNNING} more", "")
        bar = Table.grid(padding=(0, 1))
        ended = standing.done + standing.reused + standing.failed
        bar.add_row(
            ProgressBar(total=max(1, standing.n_nodes), completed=ended, width=30),
            standing.text(),
            Text(duration(now - self._began), style="dim"),
            Text(standing.time_left(now), style="cyan"),
        )
        return Group(grid, bar)

    def _times(self, node: str, seconds: float) -> str:
        expected = self._standing.expected.get(node)
        took = f" (last time {duration(expected)})" if expected and expected >= 1 else ""
        return duration(seconds) + took
