"""What differs within a parameter that is a mapping or a list, instead of both as a whole."""

from __future__ import annotations

import json
from typing import Any


def setting_changes(
    name: str, old: str | None, new: str | None
) -> list[tuple[str, str | None, str | None]]:
    """Where a parameter differs, each place with what was there and what is there.

    Args:
        name: Of the parameter.
        old: Its value as JSON; None where there was none.
        new: Likewise; other than `old`.

    Returns:
        Place such as `tune.trials` or `estimators[1]`, old and new value as JSON. The parameter
        itself where it is no mapping or list, on one side or both.
    """
    sides = [_nested(each) for each in (old, new)]
    if None in sides or type(sides[0]) is not type(sides[1]):
        return [(name, old, new)]
    from tilth.quality.structure import structural_difference  # only what differs needs it

    found = []
    for edit in structural_difference(*sides):
        place = edit.place
        dot = "" if not place or place.startswith("[") else "."
        was = None if edit.kind == "added" else _text(edit.old)
        found.append(
            (f"{name}{dot}{place}", was, None if edit.kind == "removed" else _text(edit.new))
        )
    return found or [(name, old, new)]


def _nested(text: str | None) -> Any:
    try:
        value = json.loads(text or "")
    except ValueError:  # it is told in another way, such as a fingerprint
        return None
    return value if isinstance(value, dict | list) else None


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
