"""Where an alias's version runs: what is there for it, and what a version lacks there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tilth.config.version_range import allows
from tilth.record import field, record

_MOST_TOLD = 3
_ONNX, _NATIVE, _RUNTIME = "onnx", "native", "onnxruntime"


@record
class Host:
    """What is there for the version that an alias points at; what is None is not said.

    Attributes:
        alias: Which, such as `production`.
        memory: Bytes that the process may take.
        accelerator: The one that is there, or `none`.
        latency: Seconds in which 99 of 100 answers to a single row have to come.
        start: Seconds from the start of the process to the first answers.
        python: Versions of Python, as a range.
        packages: Distribution -> range of versions; with what these require, nothing else is
            there.
        place: Where it is written: `goals.yml:12`.
    """

    alias: str
    memory: int | None = None
    accelerator: str | None = None
    latency: float | None = None
    start: float | None = None
    python: str | None = None
    packages: Mapping[str, str] | None = None
    place: str = field(default="", compare=False)


@record
class Form:
    """A form of a model, as it was asked: in ONNX, or as it is.

    Attributes:
        name: `onnx` or `native`.
        python: The version that asked it; empty where it could not be asked.
        distributions: What it needs, each with its exact version.
        figures: See `tilth.models.replay.replay`; empty where it could not be loaded.
    """

    name: str
    python: str
    distributions: Mapping[str, str]
    figures: Mapping[str, Any]


@record
class Lack:
    """Something that a version needs and a host does not have.

    Attributes:
        what: The key in `goals.yml`: `memory`, `packages` and so on.
        form: Of the model: `onnx` or `native`.
        needs: The value that was found, as people write it.
        limit: What there is, as people write it.
        text: The end of a sentence that begins with the version.
        hint: What may be done.
    """

    what: str
    form: str
    needs: str
    limit: str
    text: str
    hint: str


def lacks(host: Host, forms: Sequence[Form], brought: Iterable[str] = ()) -> tuple[Lack, ...]:
    """What a version lacks on a host.

    Where the host says which packages it has, these tell which form runs there: the one in ONNX
    where onnxruntime is among them. Otherwise each form has to fit.

    Args:
        host: Where it shall run.
        forms: Those that were asked.
        brought: Distributions that the packages of the host require, and theirs.
    """
    there = frozenset(brought) | frozenset(host.packages or ())
    name = _ONNX if _RUNTIME in there else _NATIVE
    chosen = [each for each in forms if host.packages is None or each.name == name]
    found = [each for form in chosen or forms for each in _of_form(host, form, there)]
    return tuple(found)


def _of_form(host: Host, form: Form, there: frozenset[str]) -> Iterable[Lack]:
    yield from _packages(host, form, there)
    yield from _python(host, form)
    yield from _accelerator(host, form)
    figures = form.figures
    if not figures:  # it could not be loaded, which is told by itself
        return
    yield from _within(host, form, "memory", figures.get("memory_bytes"))
    yield from _within(host, form, "latency", (figures.get("answers") or {}).get("p99_seconds"))
    yield from _within(host, form, "start", figures.get("start_seconds"))


def _packages(host: Host, form: Form, there: frozenset[str]) -> Iterable[Lack]:
    if host.packages is None:
        return
    absent = [name for name in form.distributions if name not in there]
    if absent:
        named = ", ".join(f"`{name}` {form.distributions[name]}" for name in absent[:_MOST_TOLD])
        more = f" and {len(absent) - _MOST_TOLD} more" if len(absent) > _MOST_TOLD else ""
        yield Lack(
            what="packages",
            form=form.name,
            needs=", ".join(f"{name}=={form.distributions[name]}" for name in absent),
            limit=", ".join(host.packages),
            text=f"{_told(form)} needs {named}{more}, which `packages` of `{host.alias}`"
            f"{_at(host)} lacks",
            hint=f"install {'it' if len(absent) == 1 else 'them'} there, and name "
            f"{'it' if len(absent) == 1 else 'them'} in `packages`",
        )
    for name, version in form.distributions.items():
        allowed = host.packages.get(name)
        if allowed is not None and not allows(allowed, version):
            yield Lack(
                what="packages",
                form=form.name,
                needs=f"{name}=={version}",
                limit=f"{name} {allowed}",
                text=f"{_told(form)} needs `{name}` {version}, and `packages` of `{host.alias}`"
                f"{_at(host)} has `{allowed}`",
                hint=f"install {version} there, or make the model with what is there",
            )


def _python(host: Host, form: Form) -> Iterable[Lack]:
    if host.python is None or not form.python or allows(host.python, form.python):
        return
    yield Lack(
        what="python",
        form=form.name,
        needs=form.python,
        limit=host.python,
        text=f"it was tested with Python {form.python}, and `{host.alias}`{_at(host)} has "
        f"`{host.python}`",
        hint="test and promote it with the Python that is there",
    )


def _accelerator(host: Host, form: Form) -> Iterable[Lack]:
    wanted = form.figures.get("accelerator", "none")
    if host.accelerator is None or wanted in ("none", host.accelerator):
        return
    there = "none" if host.accelerator == "none" else f"`{host.accelerator}`"
    yield Lack(
        what="accelerator",
        form=form.name,
        needs=wanted,
        limit=host.accelerator,
        text=f"{_told(form)} asks for the accelerator `{wanted}`, and `{host.alias}`{_at(host)} "
        f"has {there}",
        hint="set the `device` of the model to `cpu` before it is kept, or let it run elsewhere",
    )


_MEASURED = {
    "memory": ("took {} of memory", "a smaller model (`stage: prune`), or more memory"),
    "latency": ("took {} for a row (99 of 100 came within it)", "a smaller model, or more time"),
    "start": ("took {} from its start to the first answers", "a smaller model, or more time"),
}


def _within(host: Host, form: Form, what: str, found: float | None) -> Iterable[Lack]:
    limit: float | None = getattr(host, what)
    if limit is None or (found is not None and found <= limit):
        return
    said = size if what == "memory" else duration
    words, hint = _MEASURED[what]
    needs = said(found) if found is not None else ""
    took = words.format(needs) if needs else f"has no known {what}, as nothing could be measured"
    yield Lack(
        what=what,
        form=form.name,
        needs=needs,
        limit=said(limit),
        text=f"{_told(form)} {took}, and `{host.alias}`{_at(host)} allows {said(limit)}",
        hint=hint if needs else "`tilth models bundle` says why it cannot be asked",
    )


def _told(form: Form) -> str:
    return "in ONNX, it" if form.name == _ONNX else "as it is, it"


def _at(host: Host) -> str:
    return f" ({host.place})" if host.place else ""


def size(n_bytes: float) -> str:
    """Bytes, such as `231.4 MB`."""
    for unit, bytes_of in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= bytes_of:
            return f"{n_bytes / bytes_of:.4g} {unit}"
    return f"{n_bytes:.0f} B"


def duration(seconds: float) -> str:
    """Seconds, such as `2.31 ms`."""
    for unit, n in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= n:
            return f"{seconds / n:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def told_figures(figures: Mapping[str, Any]) -> str:
    """In words, what asking a form of a model took; see `tilth.models.replay.replay`."""
    told = []
    answers = figures["answers"]
    if answers is not None:
        told.append(
            f"{duration(answers['median_seconds'])} a row (99 of 100 within "
            f"{duration(answers['p99_seconds'])})"
        )
    if figures["memory_bytes"] is not None:
        told.append(f"{size(figures['memory_bytes'])} of memory")
    told.append(
        f"{duration(figures['start_seconds'])} to its first answers, "
        f"{duration(figures['import_seconds'])} of it imports"
    )
    if figures["accelerator"] != "none":
        told.append(f"asks for `{figures['accelerator']}`")
    if figures["broken"]:
        refused = figures["broken"] - len(figures["taken"])
        told.append(f"refuses {refused} of {figures['broken']} rows against its signature")
    return ", ".join(told)
