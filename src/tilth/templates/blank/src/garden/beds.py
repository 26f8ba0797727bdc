"""What the readings say about the beds."""

from __future__ import annotations

from collections import defaultdict

from garden.clean import Reading


def dry_days(readings: list[Reading], dry_below: float = 30.0) -> dict[str, int]:
    """Count the mornings on which each bed was dry."""
    days: dict[str, int] = defaultdict(int)
    for reading in readings:
        days[str(reading["bed"])] += float(reading["moisture"]) < dry_below
    return dict(sorted(days.items()))


def advise(dry: dict[str, int], after_days: int = 2) -> str:
    """Say which beds want water."""
    thirsty = [bed for bed, days in dry.items() if days >= after_days]
    if not thirsty:
        return "No bed wants water.\n"
    return "".join(f"Water the {bed}: dry on {dry[bed]} mornings.\n" for bed in thirsty)
