"""What of a contract may be asked of a part of the table.

Types, keys, and what each row keeps by itself hold for any part of a table that keeps them.
What speaks of amounts, shares, ages or distributions does not: a thousandth of the rows are
not 300,000, and of them more than 1 % may be null by chance.
"""

from __future__ import annotations

from tilth.contract.check import RowCheck
from tilth.contract.contract import Contract, Promise
from tilth.record import changed

_CLOSED = frozenset({"type", "key", "unique", "no_duplicates"})


def holds_for_parts(promise: Promise) -> bool:
    """Whether each part of a table that keeps it must keep it as well."""
    if promise.name in _CLOSED:
        return not promise.check.given.get("at_most")
    return isinstance(promise.check, RowCheck) and not promise.check.given.get("at_most")


def for_part(contract: Contract) -> Contract:
    """The contract as a part of the table is held to: what need not hold for it only warns.

    What compares with a recorded version is left out: a part has no history.
    """
    kept = contract.only(lambda each: not any("@" in name for name in each.check.sources))
    return changed(kept, promises=tuple(_lenient(each) for each in kept.promises))


def _lenient(promise: Promise) -> Promise:
    if promise.severity != "stop" or holds_for_parts(promise):
        return promise
    return changed(promise, severity="warn")
