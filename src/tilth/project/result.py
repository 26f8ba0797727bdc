"""What came of a run, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tilth.engine.call import Failure
from tilth.errors import NodeError
from tilth.history.record import Made
from tilth.record import field, record

if TYPE_CHECKING:
    from tilth.contract.report import Report


@record
class Result:
    """What came of a run.

    Attributes:
        run: Its number in the history.
        state: `done`, `failed` or `interrupted`.
        counts: `done`, `reused`, `failed`, `skipped` -> how many.
        seconds: Wall time.
        versions: Dataset -> the version that this run made, reused or read.
        failures: Node -> what went wrong.
        warnings: What a person should know.
        reports: Dataset -> what was found when it was held against its contract.
    """

    run: int
    state: str
    counts: Mapping[str, int]
    seconds: float
    versions: Mapping[str, Made] = field(repr=False)
    failures: Mapping[str, Failure] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    reports: Mapping[str, Report] = field(default_factory=dict, repr=False)
    _load: Callable[[str], Any] = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether everything that was asked for is there."""
        return self.state == "done"

    def __getitem__(self, dataset: str) -> Any:
        """The value of a dataset as of this run."""
        return self._load(dataset)

    def checked(self) -> Result:
        """The same result, where nothing failed.

        Raises:
            NodeError: The first failure.
        """
        for node, failure in self.failures.items():
            raise NodeError(node, failure.message, hint=failure.hint, report=failure.report)
        return self

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "run": self.run,
            "state": self.state,
            "seconds": round(self.seconds, 6),
            "counts": dict(self.counts),
            "datasets": {
                name: {
                    "fingerprint": made.fingerprint,
                    "format": made.format,
                    "rows": made.rows,
                    "columns": made.columns,
                    "bytes": made.n_bytes,
                }
                for name, made in self.versions.items()
            },
            "failures": {
                node: {"error": each.message, "hint": each.hint}
                for node, each in self.failures.items()
            },
            "warnings": list(self.warnings),
            "contracts": {name: each.as_dict() for name, each in self.reports.items()},
        }

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{name}</td><td>{made.shape}</td><td>{_count(made.rows)}</td></tr>"
            for name, made in self.versions.items()
        )
        counts = ", ".join(f"{n} {state}" for state, n in self.counts.items())
        return (
            f"<p><b>run {self.run}: {self.state}</b> in {self.seconds:.2f} s ({counts})</p>"
            f"<table><tr><th>dataset</th><th>type</th><th>rows</th></tr>{rows}</table>"
        )


def _count(n: int | None) -> str:
    return "" if n is None else f"{n:,}"
