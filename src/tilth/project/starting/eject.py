"""Makes an ordinary project of one that was started."""

from __future__ import annotations

import json
import os
import re
import shutil
import unicodedata
from pathlib import Path

from tilth.errors import DataError, DefinitionError, MissingDataError, UnknownNameError
from tilth.project.new import refuse_unfit
from tilth.project.starting.asked import named
from tilth.project.starting.start import started_in
from tilth.record import record

_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


@record
class Ejected:
    """What came of it.

    Attributes:
        folder: Where the project is now.
        started: Where it was started, and still is.
        files: Relative to the folder, in order; without what is kept in `.tilth/`.
    """

    folder: Path
    started: Path
    files: tuple[str, ...]


def eject(where: Path, name: str = "", to: Path | None = None) -> Ejected:
    """Copy what was started, with all that it has made, so that nothing has to run again.

    Args:
        where: The folder in which it was started.
        name: Of what was started; the latest if not given.
        to: The new folder; `where` and the name of the table if not given.

    Raises:
        MissingDataError: Nothing was started here.
        UnknownNameError: Nothing of that name was.
        DefinitionError: There is something at the new folder already.
        DataError: It cannot be written.
    """
    source = _started(where, name)
    folder = to or where / source.name.partition("-")[0]
    try:
        refuse_unfit(folder)
    except DefinitionError as error:
        raise DefinitionError(str(error), hint="say where with `--to`") from error
    package = named(folder.resolve().name, "project")
    try:
        shutil.copytree(source, folder, ignore=_LEFT_OUT, dirs_exist_ok=True)
        _point_again(folder / "catalog.yml", source, folder)
        for path, text in _more(folder.resolve().name, package).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise DataError(
            f"{folder} cannot be written: {error.strerror or error}", hint="say where with `--to`"
        ) from error
    except BaseException:  # Ctrl-C, say: half a project is none
        shutil.rmtree(folder, ignore_errors=True)
        raise
    files = sorted(
        each.relative_to(folder).as_posix()
        for each in folder.rglob("*")
        if each.is_file() and ".tilth" not in each.relative_to(folder).parts
    )
    return Ejected(folder=folder, started=source, files=tuple(files))


def _started(where: Path, name: str) -> Path:
    found = started_in(where)
    if not found:
        raise MissingDataError(
            "nothing was started in this folder",
            hint="`tilth start FILE --target COLUMN` starts; it is ejected from the same folder",
        )
    if not name:
        return found[0]
    for each in found:
        if each.name == name:
            return each
    raise UnknownNameError("start", name, [each.name for each in found])


_LOCATION = re.compile(r'location: ("[^"]*"|[^,}]+)')


def _point_again(catalog: Path, old: Path, new: Path) -> None:
    """Have the table's location, the first in the catalog, lead to the same file from elsewhere."""

    def moved(found: re.Match[str]) -> str:
        location = json.loads(found[1]) if found[1].startswith('"') else found[1].strip()
        path = Path(os.path.relpath((old / location).resolve(), new.resolve()))
        return f"location: {json.dumps(path.as_posix(), ensure_ascii=False)}"

    text = catalog.read_text(encoding="utf-8")
    catalog.write_text(_LOCATION.sub(moved, text, count=1), encoding="utf-8")


def _more(name: str, package: str) -> dict[str, str]:
    """What an ordinary project has besides."""
    return {
        "README.md": _README.format(name=name, package=package),
        "pyproject.toml": _PYPROJECT.format(name=_distribution(package)),
        f"src/{package}/__init__.py": _PACKAGE,
    }


def _distribution(package: str) -> str:
    """A name that pip takes: it knows no letters but ASCII's."""
    plain = unicodedata.normalize("NFKD", package).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-") or "project"


_README = """\
# {name}

Made by `tilth start` and `tilth eject`: the stages of `tilth.yml`, from the table to a report.

```console
$ tilth run        # what changed, and nothing else
$ tilth report     # in plain words, and report.html
$ tilth show       # the graph
$ tilth test       # all of it, on few rows, in half a minute
```

| | |
| --- | --- |
| `tilth.yml` | what it is for, and the pipelines: which stage makes what of what |
| `catalog.yml` | the data: where it lies, in what format |
| `goals.yml` | what a model must meet to go live: review it, and write your own |
| `src/{package}/` | place for functions of your own |
| `reports/` | the pages that a run writes |

What it costs and what may go wrong nobody knows but you: write it below `scope` in `tilth.yml`.
`tilth report` opens with it.

To change the table before it is split, write a function into `src/{package}/`, and a node that
calls it into `tilth.yml`:

```yaml
  clean:
    nodes:
      - {{call: {package}.clean.clean, inputs: [TABLE], outputs: cleaned}}
```

Then let `prepare` read `cleaned`.
"""

_PACKAGE = '"""Functions of your own: plain ones, that know no Tilth."""\n'

_PYPROJECT = """\
[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["tilth[ml]"]

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["src"]
"""
