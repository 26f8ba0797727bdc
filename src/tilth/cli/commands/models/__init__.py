"""Models: versions, what was decided about them, and which one is live."""

from __future__ import annotations

from tilth.cli.group import group

__all__ = ["models"]


@group(
    package="tilth.cli.commands.models",
    examples=(
        ("tilth models register boosting --as late", "the newest `boosting` is late@1"),
        ("tilth models validate late@1", "against goals.yml, beside what is live"),
        ("tilth models approve late@1 --why 'beats the rule'", "it may go live"),
        ("tilth models promote late@1", "it is live: `late@production`"),
        ("tilth models rollback late", "what was live before is live again"),
        ("tilth models show late", "its versions; `late@1` shows one"),
    ),
)
def models() -> None:
    """Models: versions, what was decided about them, and which one is live."""
