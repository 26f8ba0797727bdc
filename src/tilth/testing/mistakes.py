"""Planted mistakes: small projects, each with a mistake and what should be said about it.

A corpus is a text file of cases:

.. code-block:: text

    ## a key that no node has
    -- tilth.yml
    pipelines:
      features:
        nodes:
          - {call: shop.clean, ouputs: rows}
    -- expect tilth.yml:4:29
    a node has no key `ouputs`
    did you mean `outputs`?

`-- <file>` begins a file of the project, `-- escaped <file>` one whose text is a Python
string literal's (for tabs and bytes).
`-- env NAME`, `-- set a=1` and `-- environ NAME=value` say how the project is opened.
`-- expect <place>` begins what one mistake must hold, a line each; the place may be `-` for
a mistake that is in no file.
`-- secret TEXT` must appear nowhere.
`-- open FILE` opens a single Python file, and `-- do run`, `-- do plan nodes=a,b` and the like
say what is done with the project once it is open.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tilth.record import field, record

SMALLEST = "pipelines: {}\n"
"""What tilth.yml says where a case says nothing of it."""


@record
class Expected:
    """What one mistake must say.

    Attributes:
        place: `file:line:column`, or None where it is in no file.
        fragments: Texts that it must hold.
    """

    place: str | None
    fragments: tuple[str, ...]


@record
class Case:
    """One small project with what should be said about it.

    Attributes:
        files: Path -> bytes.
        expected: One for each mistake, in the order in which they are told.
        opened: What is opened below the folder; empty for the folder itself.
        done: What is done with the project then; empty for nothing.
    """

    title: str
    files: dict[str, bytes]
    expected: tuple[Expected, ...]
    env: str | None = None
    overrides: tuple[str, ...] = ()
    environ: dict[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    opened: str = ""
    done: str = ""

    def write(self, folder: Path) -> None:
        """Put the files into a folder."""
        for name, data in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)

    def complaints(self, mistakes: tuple[str, ...]) -> list[str]:
        """What is wrong with the mistakes that were told: nothing, in the best of worlds."""
        found = [
            complaint
            for mistake, expected in zip(mistakes, self.expected, strict=False)
            for complaint in _complaints(mistake, expected)
        ]
        if len(mistakes) != len(self.expected):
            found.append(f"{len(mistakes)} mistakes instead of {len(self.expected)}")
        whole = "\n".join(mistakes)
        return found + [f"tells the secret {each!r}" for each in self.secrets if each in whole]


def _complaints(mistake: str, expected: Expected) -> Iterator[str]:
    n_lines = mistake.count("\n") + 1
    if n_lines > 12:
        yield f"has {n_lines} lines"
    if "Traceback" in mistake:
        yield "shows a traceback"
    if expected.place is not None and not mistake.startswith(f"{expected.place}: "):
        yield f"is not in {expected.place}"
    for each in expected.fragments:
        if each not in mistake:
            yield f"does not say {each!r}"


def read_cases(corpus: Path) -> list[Case]:
    """All cases of one file, or of all `.txt` files of a folder."""
    files = sorted(corpus.glob("*.txt")) if corpus.is_dir() else [corpus]
    return [_case(part) for file in files for part in _split(file.read_text("utf-8"), "## ")]


def _split(text: str, mark: str) -> list[str]:
    return [each.rstrip("\n") for each in ("\n" + text).split("\n" + mark)[1:]]


_OPTIONS = ("env", "set", "environ", "secret", "open", "do")


def _case(text: str) -> Case:
    title = text.partition("\n")[0]
    files: dict[str, bytes] = {"tilth.yml": SMALLEST.encode()}
    expected = list[Expected]()
    options: dict[str, list[str]] = {name: [] for name in _OPTIONS}
    for section in _split(text, "-- "):
        head, _, body = section.partition("\n")
        word, _, rest = head.partition(" ")
        if word in options:
            options[word].append(rest)
        elif word == "expect":
            place = None if rest == "-" else rest
            fragments = tuple(line for line in body.split("\n") if line)
            expected.append(Expected(place=place, fragments=fragments))
        elif word == "escaped":
            files[rest] = body.encode("latin-1").decode("unicode_escape").encode("latin-1")
        else:
            files[head] = f"{body}\n".encode()
    return Case(
        title=title,
        files={name: data for name, data in files.items() if data != b"absent\n"},
        expected=tuple(expected),
        env=options["env"][-1] if options["env"] else None,
        overrides=tuple(options["set"]),
        environ=dict(each.split("=", 1) for each in options["environ"]),
        secrets=tuple(options["secret"]),
        opened="".join(options["open"]),
        done="".join(options["do"]),
    )
