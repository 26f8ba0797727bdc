"""Performing a call: load, seed, call, write. It runs wherever an executor puts it."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from importlib import import_module
from pathlib import Path
from time import perf_counter, time
from types import CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any

from tilth.data.log import Logged, together
from tilth.data.metrics import Flat, flatten
from tilth.data.mutation import Snapshot, snapshot_of
from tilth.engine.call import Argument, Call, Outcome, Target, new_outcome
from tilth.engine.failure import broken_promise, failure_of
from tilth.engine.importing import prepare, prepared, verify
from tilth.engine.load import load, load_parts
from tilth.engine.save import Saver
from tilth.engine.typed import instance
from tilth.fingerprint.function import Sources
from tilth.graph.node import NOTHING
from tilth.history.record import Made, Metric
from tilth.store.blobs import Blobs
from tilth.store.unfinished import Attempt

if TYPE_CHECKING:
    from tilth.engine.upheld import Upheld


class Performer:
    """Performs calls. It crosses into worker processes as a few paths.

    Args:
        folder: The project's.
        store: Where blobs are kept.
        roots: Folders with the user's modules.
        seeds: Whether the global random generators may be seeded; not where several calls
            share them at the same time.
    """

    def __init__(
        self, *, folder: Path, store: Path, roots: tuple[str, ...], seeds: bool = True
    ) -> None:
        self.folder = folder
        self.store = store
        self.roots = roots
        self.seeds = seeds
        self._unfinished = store / "unfinished"
        self._blobs: Blobs | None = None
        self._peak = _Peak()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_blobs": None}

    def __call__(self, call: Call) -> Outcome:
        """Perform a call. Whatever the user's code does ends in an outcome, never in an error."""
        started_at, start = time(), perf_counter()
        values: dict[str | int, object] = {}
        upheld, logged = None, Logged(call.node)
        for each in call.targets:
            if each.promised is not None:
                upheld = _upheld()
        try:
            return self._perform(call, values, upheld, logged, (started_at, start))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a node may raise anything, SystemExit too
            return Outcome(
                failure=failure_of(error, call, values, folder=str(self.folder)),
                metrics=_metrics([], logged),
                started_at=started_at,
                seconds=perf_counter() - start,
                reported=tuple(upheld.reported) if upheld is not None else (),
            )

    def _perform(
        self,
        call: Call,
        values: dict[str | int, object],
        upheld: Upheld | None,
        logged: Logged,
        since: tuple[float, float],
    ) -> Outcome:
        started_at, start = since
        prepare(self.roots, call.sources)
        for each in call.arguments:
            values[each.name] = self._value(each, call.node)
        shared = [each for each in call.arguments if each.snapshot is not None or each.watched]
        before = _snapshots(shared, values) if shared else {}
        if shared and (stale := _differing(shared, before, _given(shared))):
            return Outcome(stale=stale, started_at=started_at)
        loaded = perf_counter()
        function = self._function(call)
        if self.seeds and call.seed is not None:
            seed_generators(call.seed, call.generators)
        saver = Saver(self.blobs, self._code_of, upheld)
        called = perf_counter()
        with self._attempt(call), logged:
            written, done = _written(saver, call, _returned(call, function, values))
        verify(call.sources)  # of modules that the function imported itself
        saver.place_all()
        saved = perf_counter()
        altered = _differing(shared, _snapshots(shared, values), before) if shared else ()
        return new_outcome(
            made=tuple([made for made, _, _ in written]),
            values=tuple([value for _, value, _ in written]) if call.hands_on else (),
            loaded=_to_share(shared, values, before, altered) if shared else {},
            metrics=_metrics([metric for _, _, metrics in written for metric in metrics], logged),
            changed=altered,
            started_at=started_at,
            seconds=done - called,
            load_seconds=loaded - start,
            save_seconds=saved - done,
            peak_bytes=self._peak.after(saved - start),
            reported=tuple(upheld.reported) if upheld is not None else (),
        )

    def _value(self, argument: Argument, node: str) -> object:
        if argument.parts is not None:
            return load_parts(argument.parts, argument.shape, argument.dataset)
        if argument.stored is not None:
            return load(argument.stored, argument.shape)
        if argument.typed:
            return instance(argument.shape, argument.value, f"node `{node}`")
        return argument.value

    def _attempt(self, call: Call) -> AbstractContextManager[None]:
        if not call.fingerprint:
            return nullcontext()
        return Attempt(self._unfinished, call.fingerprint)

    def _function(self, call: Call) -> Any:
        if call.callable is not None:
            return call.callable
        if call.pickled is not None:
            import cloudpickle  # heavy, and only for functions without an importable name

            return cloudpickle.loads(call.pickled)
        return prepared(call.function, call.sources)

    def _code_of(self, name: str) -> str:
        """What the user's class or function with this dotted name is."""
        sources = Sources([Path(each) for each in self.roots], folder=self.folder)
        return sources.function(name).fingerprint

    @property
    def blobs(self) -> Blobs:
        """The store; opened where it is needed."""
        if self._blobs is None:
            self._blobs = Blobs(self.store)
        return self._blobs


class _Peak:
    """The highest memory of this process, asked of the system as seldom as makes no difference."""

    _BRIEF = 0.002
    """Seconds in which a process can touch no more than a few megabytes."""

    def __init__(self) -> None:
        self._n_bytes = 0
        self._unread = self._BRIEF

    def after(self, seconds: float) -> int:
        """Bytes, when a call has taken so long."""
        self._unread += seconds
        if self._unread >= self._BRIEF:
            self._unread = 0.0
            self._n_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return self._n_bytes


def _upheld() -> Upheld:
    from tilth.engine.upheld import Upheld  # only outputs with contracts pay for it

    return Upheld()


_Saved = tuple[Made, object, list[Flat]]
"""What was written of an output, its value where that may be handed on, its metrics."""


def _save(saver: Saver, call: Call, target: Target, value: object) -> _Saved:
    if target.partitioned:
        if not isinstance(value, Mapping):
            raise broken_promise(
                call.node,
                f"should return a dictionary of partitions for `{target.dataset}`, "
                f"but returned {_kind(value)}",
            )
        return saver.partitions(target, value.items()), NOTHING, []
    made, exact = saver.whole(target, value)
    metrics = flatten(value) if made.format == "metrics" else []
    return made, value if exact else NOTHING, metrics


def _metrics(returned: list[Flat], logged: Logged) -> tuple[Metric, ...]:
    if not returned and logged.is_empty:
        return ()
    return tuple(
        [
            Metric(name=name, value=value, low=low, high=high, data=data)
            for name, value, low, high, data in together(returned, logged)
        ]
    )


def _save_yielded(saver: Saver, call: Call, chunks: Iterator[Any]) -> list[_Saved]:
    if len(call.targets) == 1:
        (target,) = call.targets
        if target.partitioned:
            return [(saver.partitions(target, chunks), NOTHING, [])]
        return [(saver.chunks(target, chunks), NOTHING, [])]
    rows = [list(parts_of(call, each)) for each in chunks]
    return [
        (saver.chunks(target, iter([row[i] for row in rows])), NOTHING, [])
        for i, target in enumerate(call.targets)
    ]


def parts_of(call: Call, returned: object) -> list[object]:
    """What the function returned, one part for each target.

    Raises:
        NodeError: It does not have the parts that the node promises.
    """
    targets = call.targets
    if not targets:
        return []
    if returned is None:
        names = ", ".join(f"`{each.dataset}`" for each in targets)
        raise broken_promise(
            call.node,
            f"should make {names}, but its function returned None",
            "is a `return` missing? Write `outputs: []` for a function that makes nothing",
        )
    if targets[0].key is None:
        return [returned]
    if isinstance(targets[0].key, int):
        return _parts_by_position(call, returned)
    return [_part_by_key(call, returned, each) for each in targets]


def _parts_by_position(call: Call, returned: object) -> list[object]:
    promised = len(call.targets)
    if not isinstance(returned, tuple | list):
        raise broken_promise(
            call.node,
            f"should return {promised} values, but returned {_kind(returned)}",
            f"its outputs are {', '.join(f'`{each.dataset}`' for each in call.targets)}",
        )
    if len(returned) != promised:
        raise broken_promise(
            call.node,
            f"should return {promised} values, but returned {len(returned)}",
            f"its outputs are {', '.join(f'`{each.dataset}`' for each in call.targets)}",
        )
    return list(returned)


def _part_by_key(call: Call, returned: object, target: Target) -> object:
    key = str(target.key)
    if isinstance(returned, Mapping):
        if key in returned:
            return returned[key]
        has = ", ".join(f"`{each}`" for each in list(returned)[:8])
    else:
        if hasattr(returned, key):
            return getattr(returned, key)
        has = _kind(returned)
    raise broken_promise(
        call.node,
        f"should return something with `{key}` for `{target.dataset}`, but returned {has}",
    )


def _kind(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _returned(
    call: Call, function: Callable[..., object], values: Mapping[str | int, object]
) -> object:
    returned = _called(function, values)
    if isinstance(returned, CoroutineType):
        returned.close()
        raise broken_promise(
            call.node,
            "calls an async function, which gives nothing until it is awaited",
            "wrap it: `def run(...): return asyncio.run(function(...))`",
        )
    return returned


def _written(saver: Saver, call: Call, returned: object) -> tuple[list[_Saved], float]:
    """What was written, and the moment at which the function was through."""
    if isinstance(returned, GeneratorType):
        # Its work is done while it is written, so that counts as its own.
        return _save_yielded(saver, call, returned), perf_counter()
    done = perf_counter()
    parts = zip(call.targets, parts_of(call, returned), strict=True)
    return [_save(saver, call, target, value) for target, value in parts], done


def _called(function: Callable[..., object], values: Mapping[str | int, object]) -> object:
    """What a function returns, given arguments by name and by position."""
    if int not in map(type, values):
        return function(**values)  # type: ignore[arg-type]  # all names are texts
    places = sorted([name for name in values if isinstance(name, int)])
    named = {name: value for name, value in values.items() if isinstance(name, str)}
    return function(*[values[place] for place in places], **named)


_Snapshots = Mapping[str | int, Snapshot | None]


def _given(shared: list[Argument]) -> _Snapshots:
    """What the values were when they were handed on."""
    return {each.name: each.snapshot for each in shared}


def _snapshots(shared: list[Argument], values: Mapping[str | int, object]) -> _Snapshots:
    """What the values are that others read as well, or may."""
    return {each.name: snapshot_of(values[each.name]) for each in shared}


def _differing(shared: list[Argument], now: _Snapshots, before: _Snapshots) -> tuple[str, ...]:
    """Datasets that are not what they were; those without a snapshot tell nothing."""
    return tuple(
        dict.fromkeys(
            [
                each.dataset
                for each in shared
                if before[each.name] is not None and now[each.name] != before[each.name]
            ]
        )
    )


_ONE_USE = {"pyarrow.RecordBatchReader", "duckdb.DuckDBPyRelation"}


def _to_share(
    shared: list[Argument],
    values: Mapping[str | int, object],
    snapshots: _Snapshots,
    altered: tuple[str, ...],
) -> dict[str, tuple[object, Snapshot | None]]:
    """Loaded values that another reader of the same dataset may be given as they are."""
    return {
        each.dataset: (values[each.name], snapshots[each.name])
        for each in shared
        if each.watched and each.dataset not in altered and each.shape not in _ONE_USE
    }


def seed_generators(seed: int, needed: Iterable[str] = ()) -> None:
    """Seed the global generators of the libraries that are loaded.

    Args:
        seed: A number.
        needed: Those that the function may load itself, when it would be too late.
    """
    import random  # 2 ms, and only where a node runs

    random.seed(seed)
    for library in needed:
        with suppress(ImportError):
            import_module(library)
    if "numpy" in sys.modules and hasattr(sys.modules["numpy"], "random"):
        sys.modules["numpy"].random.seed(seed % 2**32)
    if "torch" in sys.modules and hasattr(sys.modules["torch"], "manual_seed"):
        sys.modules["torch"].manual_seed(seed)
