"""A model as it lies in a bundle: in a format that runs no code when it is read."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.data.library import need
from tilth.engine.importing import prepare
from tilth.engine.load import format_for
from tilth.errors import DataError
from tilth.history.record import Made
from tilth.project.bundled_imports import imported_by
from tilth.project.contents import stored, value_of
from tilth.record import field, record

if TYPE_CHECKING:
    from tilth.project.project import Project

_KNOWN = (
    "sklearn", "numpy", "scipy", "pandas", "polars", "lightgbm", "xgboost", "catboost",
    "tilth.stages", "tilth.quality", "builtins", "collections", "functools.partial", "datetime",
)  # fmt: skip
"""Where the types come from that any model of these libraries may hold."""

_AS_IT_IS = frozenset({"json", "metrics", "text", "html", "bytes", "numpy", "figure", "onnx"})
"""Formats that run no code when they are read."""


_READS = {"numpy": ("numpy",), "onnx": ("numpy", "onnxruntime")}
"""What reads some of them."""


@record
class Packed:
    """A model, and the file that holds it.

    Attributes:
        value: The model itself.
        file: The file's name.
        content: Its bytes.
        format: What it is written in.
        trusted: Types that a reader has to allow, all of known libraries or of the project.
        modules: Modules that its types are in, and what reads the file.
        code: `code/...` -> bytes, of the project's modules that its types are in.
        distributions: What that code needs.
    """

    value: Any = field(repr=False)
    file: str
    content: bytes = field(repr=False)
    format: str
    trusted: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    code: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    distributions: tuple[str, ...] = ()


def packed(project: Project, made: Made) -> Packed:
    """A model as it goes into a bundle.

    Raises:
        MissingDataError: Its bytes are gone.
        DataError: It could only be pickled, or holds types of unknown libraries.
        MissingLibraryError: What writes it is not installed.
    """
    if made.format == "skops":
        return _skops(project, made, None, _bytes_of(project, made))
    value = value_of(project, made)
    if made.format in _AS_IT_IS:
        kind = format_for(made.format)
        needed = _READS.get(made.format, ())
        content = _bytes_of(project, made)
        return Packed(
            value=value,
            file=f"model{kind.suffix}",
            content=content,
            format=made.format,
            modules=needed,
        )
    if not callable(getattr(value, "predict", None)):
        raise DataError(
            f"`{made.dataset}` ({made.shape}) cannot be bundled: it could only be pickled, and "
            "reading a pickle runs whatever it holds",
            hint="let the node return plain data, bytes, or an estimator of scikit-learn's "
            "interface",
        )
    stream = io.BytesIO()
    format_for("skops").write(stream, value)
    return _skops(project, made, value, stream.getvalue())


def _bytes_of(project: Project, made: Made) -> bytes:
    found = stored(project, made)
    return Path(found.path).read_bytes() if found.path else found.data or b""


def _skops(project: Project, made: Made, value: Any, content: bytes) -> Packed:
    skops = need("skops.io", f"the bundle of `{made.dataset}`", extra="skops")
    trusted = tuple(sorted(skops.get_untrusted_types(data=content)))
    modules = {"skops", *_modules(content)}
    own = sorted(each for each in modules if _place(project, each) is not None)
    allowed = (*_KNOWN, *own, *_allowed(project, made))
    refused = [each for each in trusted if not _is_below(each, allowed)]
    if refused:
        raise DataError(
            f"`{made.dataset}` cannot be bundled: it holds types of no known library: "
            f"{', '.join(refused[:8])}{' ...' if len(refused) > 8 else ''}",
            hint=f"if they are harmless, give `{made.dataset}` in the catalog `format: skops` "
            f"and `read: {{trusted: [{', '.join(refused[:8])}]}}`",
        )
    if value is None:  # it lies in the store as it is, and its bytes are what they were
        prepare(project.roots)
        value = skops.loads(content, trusted=list(trusted))
    code = _code(project, own)
    modules |= imported_by({name.removeprefix("code/"): each for name, each in code.items()}, own)
    return Packed(
        value=value,
        file="model.skops",
        content=content,
        format="skops",
        trusted=trusted,
        modules=tuple(sorted(modules - set(own))),
        code=code,
        distributions=tuple(_needed(project, trusted, own)),
    )


def _allowed(project: Project, made: Made) -> tuple[str, ...]:
    entry = project.catalog.get(made.dataset)
    said = entry.read.get("trusted", ()) if entry is not None else ()
    return (said,) if isinstance(said, str) else tuple(said)


def _is_below(name: str, places: tuple[str, ...]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in places)


_TABLES = frozenset({"pandas", "polars"})


def _modules(content: bytes) -> set[str]:
    """Every module that the file's types are in, or that `set_output` asked for tables of."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        schema = json.loads(archive.read("schema.json"))
    waiting, found = [schema], set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            found.add(each.get("__module__") or "builtins")
            asked = json.dumps(each.get("_sklearn_output_config", ""))
            found |= {name for name in _TABLES if f'"{name}' in asked.replace("\\", "")}
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return found


# The project's own code


def _place(project: Project, module: str) -> Path | None:
    """The folder of sources that holds a module; None where the project has no such."""
    top = module.partition(".")[0]
    for each in map(Path, project.roots):
        if (each / f"{top}.py").is_file() or (each / top).is_dir():
            return each
    return None


def _code(project: Project, modules: list[str]) -> dict[str, bytes]:
    """The packages that these modules are in, whole, as importing one runs its `__init__`."""
    found = {}
    for top in sorted({each.partition(".")[0] for each in modules}):
        root = _place(project, top)
        assert root is not None
        for path in _sources(root, top):
            name = path.relative_to(root).as_posix()
            found[f"code/{name}"] = path.read_bytes()
    return found


def _sources(root: Path, top: str) -> Iterator[Path]:
    single = root / f"{top}.py"
    yield from [single] if single.is_file() else sorted((root / top).rglob("*.py"))


def _needed(project: Project, trusted: tuple[str, ...], own: list[str]) -> list[str]:
    """Distributions that the project's own types use."""
    types = [each for each in trusted if _is_below(each, tuple(own))]
    codes = [project.code.sources.closure_of_type(each) for each in types]
    return sorted({name for each in codes for name in each.distributions})
