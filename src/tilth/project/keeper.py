"""The function of a contract's node: it parts what is kept from what is rejected."""

from __future__ import annotations

from typing import Any

from tilth.contract.contract import Contract
from tilth.record import record


@record
class Keeper:
    """Called with the rows that arrive, and with what the contract looks up.

    Attributes:
        contract: The contract.
        sources: The datasets that it looks up, in the order of the arguments.
        shape_of: The input whose type the outputs are had as where nobody asks for one: that
            rows were set apart must not change what a function gets.
    """

    contract: Contract
    sources: tuple[str, ...] = ()
    shape_of: int = 0

    def __call__(self, rows: Any, **looked_up: Any) -> Any:
        """The rows that are kept; and those that are rejected, where any may be."""
        if not self.contract.quarantines:
            return rows
        from tilth.contract.quarantine import split  # late, as Polars comes with it
        from tilth.contract.view import at_hand

        tables = dict(zip(self.sources, looked_up.values(), strict=True))
        return split(self.contract, rows, references=at_hand(tables))
