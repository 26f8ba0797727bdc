"""Every error that Tilth raises on purpose, in one tree.

.. code-block:: text

    TilthError
    ├── DefinitionError        a pipeline, node or function is not what it should be
    │   ├── MissingInputError      a node reads what nothing provides
    │   ├── DuplicateOutputError   two nodes make the same dataset
    │   ├── CycleError             nodes wait for one another
    │   ├── ParameterError         a parameter is not what a function asks for
    │   └── UnknownNameError       a name that nothing has
    ├── ConfigError            the project's files hold mistakes (all of them, each with its place)
    ├── FingerprintError       something has no canonical form, so no identity
    ├── DataError              bytes could not be read or written as asked
    │   ├── MissingDataError       nothing is at the location
    │   ├── DamagedDataError       stored bytes are not what their fingerprint says
    │   ├── UnserialisableError    a value cannot become bytes
    │   └── ContractError          data does not keep its contract
    ├── HeldError              what the project holds, code or data, is another by now
    ├── HistoryError           the record of runs cannot be used
    ├── NodeError              the user's function failed, or broke its node's promise
    ├── WorkerLostError        a process that ran a node died
    ├── CrossingError          something could not be sent from one process to another
    ├── MissingLibraryError    an optional library is not installed
    └── Interrupted            the user asked to stop

An error says who, what and the value seen.
The remedy is apart, in `hint`, so that the command line, a page and a notebook can each
place it where it suits them.
Errors carry names and numbers, never objects of higher floors: they cross process borders.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class TilthError(Exception):
    """The root of all errors that Tilth raises on purpose.

    Attributes:
        hint: What to do next, or None.
        exit_code: What the command line returns for it.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        # Subclasses take other arguments than `args` shows; rebuild from the state instead.
        return _rebuilt, (type(self), self.args, self.__dict__)

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""

    def full(self) -> str:
        """The message, and the hint below it where there is one."""
        return f"{self}\n\nhint: {self.hint}" if self.hint else str(self)


def _rebuilt(kind: type[TilthError], args: tuple[object, ...], state: dict[str, object]) -> object:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class DefinitionError(TilthError):
    """A pipeline, node or function is not what it should be."""

    exit_code = 2


class UnknownNameError(DefinitionError):
    """A name that nothing has.

    Attributes:
        kind: What was looked for, such as `node` or `format`.
        name: The name as it was given.
    """

    def __init__(
        self, kind: str, name: str, known: Iterable[str], *, where: str | None = None
    ) -> None:
        known = sorted(known)
        place = f"{where}: " if where else ""
        super().__init__(
            f"{place}there is no {kind} `{name}`", hint=suggestion(name, known, kind=kind)
        )
        self.kind = kind
        self.name = name


class MissingInputError(DefinitionError):
    """A node reads a dataset that nothing provides."""

    def __init__(
        self, node: str, dataset: str, *, near: str | None = None, where: str | None = None
    ) -> None:
        place = f"{where}: " if where else ""
        super().__init__(
            f"{place}node `{node}` reads `{dataset}`, which no node makes and the catalog lacks",
            hint=f"did you mean `{near}`?"
            if near
            else "add it to catalog.yml, or make it in a node",
        )
        self.node = node
        self.dataset = dataset


class DuplicateOutputError(DefinitionError):
    """Two nodes make the same dataset."""

    def __init__(self, dataset: str, first: str, second: str) -> None:
        super().__init__(
            f"dataset `{dataset}` is made by two nodes, `{first}` and `{second}`",
            hint="give one of them another output, or put one into a namespace",
        )
        self.dataset = dataset
        self.nodes = (first, second)


class CycleError(DefinitionError):
    """Nodes wait for one another.

    Attributes:
        nodes: The ring in order; the last waits for the first.
    """

    def __init__(self, nodes: Sequence[str], datasets: Sequence[str]) -> None:
        steps = [f"`{node}` makes `{made}`" for node, made in zip(nodes, datasets, strict=True)]
        shown = steps if len(steps) <= 8 else [*steps[:7], f"... {len(steps) - 7} more"]
        ring = ", which goes into ".join(shown)
        super().__init__(
            f"the pipeline goes in a circle: {ring}, which goes into `{nodes[0]}`",
            hint="rename one of these outputs",
        )
        self.nodes = tuple(nodes)


class ParameterError(DefinitionError):
    """A parameter is not what a function asks for.

    Attributes:
        faults: Where inside of the parameter, as keys and positions, and what is wrong there.
    """

    def __init__(self, who: str, faults: Sequence[tuple[Sequence[str | int], str]]) -> None:
        shown = [f"`{'.'.join(map(str, path))}` {said}" if path else said for path, said in faults]
        more = [f"and {len(shown) - 8} more"] if len(shown) > 8 else []
        super().__init__(f"{who}: {'; '.join([*shown[:8], *more])}")
        self.faults = tuple((tuple(path), said) for path, said in faults)


class ConfigError(TilthError):
    """The project's files hold mistakes; the message lists all of them.

    Attributes:
        mistakes: Each mistake as text of at most twelve lines.
    """

    exit_code = 2

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n\n".join(mistakes))
        self.mistakes = tuple(mistakes)


class FingerprintError(TilthError):
    """Something has no canonical form, so it has no identity."""

    exit_code = 2


class DataError(TilthError):
    """Bytes could not be read or written as asked."""


class MissingDataError(DataError):
    """Nothing is at the location."""


class DamagedDataError(DataError):
    """Stored bytes are not what their fingerprint says."""


class UnserialisableError(DataError):
    """A value cannot become bytes, so it lives no longer than its process."""


class HeldError(TilthError):
    """What the project holds, code or data, is not what it was in the run that it holds to.

    Attributes:
        what: `code` or `data`.
        run: The number of that run.
        changes: What is another, each in a line or more.
    """

    exit_code = 2

    def __init__(self, what: str, run: int, changes: Sequence[str]) -> None:
        shown = [line for each in changes[:8] for line in each.splitlines()]
        more = [f"... and {len(changes) - 8} more"] if len(changes) > 8 else []
        listed = "\n".join(f"  {line}" for line in [*shown, *more])
        super().__init__(
            f"the project holds its {what} to run {run}, and this is another by now:\n{listed}",
            hint=f"put it back; or take the hold off: `hold` in tilth.yml, `--hold {what}=RUN` "
            "for another run, `--hold nothing` for this once",
        )
        self.what = what
        self.run = run
        self.changes = tuple(changes)


class ContractError(DataError):
    """Data does not keep its contract, or cannot be held against it.

    Attributes:
        dataset: Whose contract it is; empty where that is not known.
        checks: The names of the checks that are broken; none where they could not be judged.
    """

    def __init__(
        self, dataset: str, message: str, *, hint: str | None = None, checks: Sequence[str] = ()
    ) -> None:
        who = f"the contract of `{dataset}`" if dataset else "the contract"
        super().__init__(f"{who} {message}" if checks else f"{who}: {message}", hint=hint)
        self.dataset = dataset
        self.checks = tuple(checks)


class HistoryError(TilthError):
    """The record of runs cannot be used."""


class NodeError(TilthError):
    """The user's function failed, or broke its node's promise.

    Attributes:
        node: Its name.
        report: What a person should read: the user's own lines first, then the node, the
            shapes of its inputs and how to go on.
    """

    def __init__(
        self, node: str, message: str, *, hint: str | None = None, report: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.node = node
        self.report = report or message


class WorkerLostError(TilthError):
    """The process that ran a node died.

    Attributes:
        status: Its exit code, or a signal's number with a minus; None where nobody can tell.
    """

    def __init__(self, status: int | None) -> None:
        how, hint = _how_it_died(status)
        super().__init__(f"the worker process died: {how}", hint=hint)
        self.status = status


def _how_it_died(status: int | None) -> tuple[str, str]:
    if status is None:
        return "the process that looks after the workers was ended", "run again"
    if status >= 0:
        return (
            f"it ended by itself with exit code {status}",
            "look for `os._exit` in the code that ran, or in the libraries that it uses",
        )
    # Needed for this failure alone.
    import signal

    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    hint = "someone, or the system, has ended it from outside"
    if name == "SIGKILL":
        hint = "the system kills when memory runs out: use fewer workers, or less data at a time"
    elif name in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT"):
        hint = "a compiled library crashed; PYTHONFAULTHANDLER=1 in the environment shows where"
    return f"{name} ended it", hint


class CrossingError(TilthError):
    """Something could not be sent from one process to another.

    Attributes:
        what: `work`, `call`, `result`, or `error`: an exception that came across as text alone.
        report: The traceback in the worker, as text; empty where it did not get that far.
    """

    def __init__(self, what: str, why: str, *, report: str = "") -> None:
        if what == "error":
            super().__init__(why)
        else:
            super().__init__(
                f"the {what} could not be pickled to cross between processes: {why}",
                hint="send plain data, and functions and classes of importable modules; "
                "or use the executor `serial` or `threads`",
            )
        self.what = what
        self.report = report


class MissingLibraryError(TilthError):
    """An optional library is not installed."""

    def __init__(self, what: str, library: str, *, extra: str | None = None) -> None:
        super().__init__(
            f"{what} needs `{library}`",
            hint=f"pip install 'tilth[{extra}]'" if extra else f"pip install {library}",
        )
        self.library = library


class Interrupted(TilthError):
    """The user asked to stop; everything finished is kept."""

    exit_code = 130


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like this one, or None where none is alike."""
    from difflib import get_close_matches  # 3 ms, and only mistakes need it

    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def suggestion(name: str, known: Iterable[str], *, kind: str) -> str | None:
    """A hint that names the nearest, or lists what there is."""
    names = sorted(known)
    near = nearest(name, names)
    if near:
        return f"did you mean `{near}`?"
    if not names:
        return f"there is no {kind} at all yet"
    shown = ", ".join(f"`{each}`" for each in names[:8])
    return f"there is {shown}{' ...' if len(names) > 8 else ''}"
