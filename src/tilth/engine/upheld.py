"""Holding what a call made against its contract, in the process where it was made."""

from __future__ import annotations

from tilth.contract.report import Report
from tilth.data.shape import ARROW, DUCKDB, PANDAS, POLARS, shape_of
from tilth.engine.call import Reported, Stored, Target
from tilth.engine.promises import scanned
from tilth.errors import ContractError
from tilth.history.record import Made
from tilth.store.blobs import Blobs

_IN_MEMORY = frozenset({POLARS, PANDAS, ARROW, DUCKDB})


class Upheld:
    """Holds the outputs of one call; what was found goes home with the call's outcome.

    A table in memory is held before it is written. What streams, by a generator or lazily, can
    be gone through once: it is written into the store, and held by scanning what was written,
    before it is put at its location or on record.
    """

    def __init__(self) -> None:
        self.reported: list[Reported] = []

    def before(self, target: Target, value: object) -> None:
        """Hold a value that is about to be written.

        Raises:
            ContractError: It breaks its contract.
        """
        if target.promised is not None and shape_of(value) in _IN_MEMORY:
            self._hold(target, value)

    def after(self, target: Target, made: Made, value: object, blobs: Blobs) -> None:
        """Hold what was written of a value that could not be held before.

        Raises:
            ContractError: It breaks its contract.
        """
        if target.promised is None or shape_of(value) in _IN_MEMORY:
            return
        if not made.kept:
            raise ContractError(
                target.dataset, f"a {made.shape} cannot be held against it",
                hint="return a table, or remove the contract",
            )  # fmt: skip
        path = None if made.data is not None else str(blobs.path(made.fingerprint))
        stored = Stored(
            name=target.dataset, format=made.format, path=path, data=made.data, shape=made.shape
        )
        self._hold(target, scanned(stored))

    def _hold(self, target: Target, table: object) -> None:
        from tilth.contract.hold import hold  # late, as Polars comes with it

        promised = target.promised
        assert promised is not None
        report = hold(promised.contract, table, references=promised.references())
        self.reported.append(_reported(target, promised.identity, report))
        report.checked()


def _reported(target: Target, identity: str, report: Report) -> Reported:
    return Reported(
        dataset=target.dataset,
        partition=target.partition,
        identity=identity,
        report=report.as_dict(),
    )
