"""Where a contract may stand, and in which forms."""

from __future__ import annotations

from tilth.config.grammar import Complaint, Either, Late, Record, Text
from tilth.config.name import judge_name_or_dotted

FOLDER = "contracts/"
"""Where contracts lie that stand in files of their own."""


def judge_contract(text: str) -> Complaint | None:
    """What is wrong with a contract that is named: a file, or a schema by its dotted name."""
    if "/" in text or text.endswith((".yml", ".yaml")):
        if not text.startswith(FOLDER) or ".." in text.split("/"):
            return Complaint(
                f"does not lie in `{FOLDER}`",
                f"put it there: `{FOLDER}{text.rsplit('/', maxsplit=1)[-1]}`",
            )
        return None if text.endswith(".yml") else Complaint("does not end in `.yml`")
    if "." not in text:
        return Complaint("names neither a file nor a schema", f"write `{FOLDER}{text}.yml`")
    return judge_name_or_dotted(text)


def is_contract_file(value: object) -> bool:
    """Whether it names a file of its own that a contract may stand in."""
    named = isinstance(value, str) and value.endswith(".yml")
    return named and judge_contract(str(value)) is None


def _whole() -> Record:
    from tilth.config.contract_kinds import contract  # only projects with contracts pay for it

    return contract()


WHOLE = Late(expected="a contract: a mapping", of=_whole)
"""A contract as a mapping, such as a file holds."""

CONTRACT = Either(
    expected=f"a contract: a mapping, a file `{FOLDER}name.yml`, or a schema of pandera, "
    "dataframely or pydantic by its dotted name",
    kinds=(Text(expected="a file, or a schema by its dotted name", judge=judge_contract), WHOLE),
)
