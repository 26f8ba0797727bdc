"""MLflow: its interface shows runs of Tilth, its server serves the models, its runs come here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tilth.history.exchange import ForeignRun, Handed, ToldModel, ToldRun

__all__ = ["Mlflow"]


class Mlflow:
    """Stores of MLflow: a folder, a database such as `sqlite:///mlflow.db`, or a server."""

    def export(self, to: str, runs: Iterable[ToldRun], models: Iterable[ToldModel]) -> Handed:
        """Hand on runs, then the models that they made; see `history/exchange.py`."""
        from tilth.systems.mlflow.sending import Sending  # only who sends pays for it

        return Sending(to).all(runs, models)

    def runs(self, source: str, *, most: int, known: frozenset[str]) -> Iterator[ForeignRun]:
        """All runs of a store, oldest first; see `history/exchange.py`."""
        from tilth.systems.mlflow.reading import runs_in

        return runs_in(source, most, known)
