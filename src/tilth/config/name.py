"""What datasets, nodes and pipelines may be called.

A name is made of letters (of any script), digits, `_` and `-`; dots separate namespaces.
So a name can stand in a file name, on a command line and behind `params:` without quotes,
and cannot lead out of a folder.
Names are compared in Unicode's composed form (NFC): what looks the same is the same.
"""

from __future__ import annotations

import keyword
import re
import unicodedata

from tilth.config.grammar import Complaint
from tilth.config.mistake import quoted

NAME_RULE = "letters, digits, `_` and `-`, with dots between namespaces"
NAME_PATTERN = (
    r"^[\p{L}\p{N}\p{M}_][\p{L}\p{N}\p{M}_-]*(\.[\p{L}\p{N}\p{M}_][\p{L}\p{N}\p{M}_-]*)*$"
)
"""The rule for editors; JSON schema's regular expressions know Unicode classes."""

LONGEST = 200
_PLAIN = r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*\Z"
_PARTITION = r"\{([^{}]*)\}"
_PACKAGE = r"package://[^/]+/.+\Z"


def normal(name: str) -> str:
    """A name in Unicode's composed form."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def judge_name(text: str) -> Complaint | None:
    """What is wrong with the name of a dataset, node or pipeline."""
    if re.match(_PLAIN, text) and len(text) <= LONGEST:
        return None
    text = normal(text)
    return _odd_character(text) or _odd_shape(text)


def _odd_character(text: str) -> Complaint | None:
    odd = next((each for each in text if not _allowed(each)), None)
    if odd is None:
        return None
    if odd in "/\\":
        return Complaint("holds a path separator", "name it without folders")
    if odd.isspace():
        return Complaint("holds a space", "use `_` instead")
    return Complaint(f"holds the character {quoted(odd)}", "use `_` instead")


def _odd_shape(text: str) -> Complaint | None:
    if not text:
        return Complaint("is empty")
    if not all(text.split(".")):
        return Complaint("has a dot at its start, at its end, or beside another dot")
    if any(part.startswith("-") for part in text.split(".")):
        return Complaint("begins with `-`, as an option on the command line does")
    if len(text) > LONGEST:
        return Complaint(f"is longer than {LONGEST} characters")
    return None


def _allowed(character: str) -> bool:
    # Marks (M) are the vowel signs without which many scripts have no words.
    return character in "_-." or unicodedata.category(character)[0] in "LNM"


def judge_label(text: str) -> Complaint | None:
    """What is wrong with a tag, a layer or a project's name."""
    if not text.strip():
        return Complaint("is empty")
    if not text.isprintable():
        return Complaint("holds a line break or another character that cannot be printed")
    return None


def judge_dotted(text: str) -> Complaint | None:
    """What is wrong with `package.module.name`."""
    if "." not in text and text.isidentifier():
        return Complaint("names no module", "write the module before it: `module.name`")
    return judge_name_or_dotted(text)


def judge_name_or_dotted(text: str) -> Complaint | None:
    """What is wrong with the name of an extension, or of a class as `package.module.Name`."""
    if ":" in text:
        return Complaint("holds a colon", f"write it with dots only: `{text.replace(':', '.')}`")
    if text.endswith(("()", ".py")):
        return Complaint("is a call or a file", "name the function only: `package.module.name`")
    parts = text.split(".") if text else [""]
    if not all(part.isidentifier() for part in parts):
        return Complaint("is not made of Python names and dots")
    word = next((part for part in parts if keyword.iskeyword(part)), None)
    return Complaint(f"holds Python's keyword `{word}`") if word else None


def judge_reads(text: str) -> Complaint | None:
    """What is wrong with the input of a node: a dataset, or `params:a.b`."""
    if not text.startswith("params:"):
        if text.startswith(("parameters:", "param:", "parameter:")):
            return Complaint("is no dataset", f"write `params:{text.partition(':')[2]}`")
        return judge_name(text)
    return judge_parameter(text.removeprefix("params:"))


def judge_version(text: str) -> Complaint | None:
    """What is wrong with a version of a dataset, `trips@3`."""
    dataset, _, version = text.rpartition("@")
    if not dataset or not version:
        return Complaint("names no version of a dataset", "write `trips@3` or `trips@2026-11-01`")
    return judge_name(dataset)


def judge_parameter(text: str) -> Complaint | None:
    """What is wrong with the name of a parameter, `a.b.c`."""
    if not all(part.strip() for part in text.split(".")):
        return Complaint("names no parameter", "write `params:group.name`")
    return None


def judge_location(text: str) -> Complaint | None:
    """What is wrong with the place of a dataset."""
    if not text.strip():
        return Complaint("is empty")
    if not text.isprintable():
        return Complaint("holds a line break or another character that cannot be printed")
    if text.startswith("package:") and not re.match(_PACKAGE, text):
        return Complaint("names no file in a package", "write `package://name/path/in/it`")
    return _judge_fields(text)


def _judge_fields(text: str) -> Complaint | None:
    fields = re.findall(_PARTITION, text)
    if "{" in re.sub(_PARTITION, "", text) or "}" in re.sub(_PARTITION, "", text):
        return Complaint("has a brace that is not closed, or not opened")
    odd = next((each for each in fields if not each.isidentifier()), None)
    if odd is not None:
        return Complaint(f"has the partition field `{{{odd}}}`", "fields are names: `{month}`")
    twice = next((each for each in fields if fields.count(each) > 1), None)
    return Complaint(f"has the partition field `{{{twice}}}` twice") if twice else None
