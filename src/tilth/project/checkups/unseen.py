"""What a function reads without being given it: a change there runs nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from textwrap import dedent
from typing import TYPE_CHECKING

from tilth.errors import TilthError
from tilth.project.checkups.finding import Finding, Rule
from tilth.project.listing import all_nodes

if TYPE_CHECKING:
    from tilth.project.project import Project

_LONGEST = 200


def _files(project: Project) -> Iterator[Finding]:
    """Files of the project that code names, in nodes that do not say what they depend on."""
    seen = set()
    for node in all_nodes(project).values():
        if node.options.depends_on is not None or not node.options.cache:
            continue
        try:
            texts = project.step(node).texts()
        except TilthError:
            continue  # another rule tells
        for text, file, line in texts.values():
            for name in _named_files(project, text):
                if (name, file, line) not in seen:
                    seen.add((name, file, line))
                    yield Finding(
                        message=f"code of node `{node.name}` names the file `{name}` "
                        f"({file}:{line}): a change in it runs nothing",
                        hint="make it a dataset of catalog.yml, or name it in `depends_on`",
                    )


def _named_files(project: Project, text: str) -> Iterator[str]:
    try:
        tree = ast.parse(dedent(text))
    except SyntaxError:
        return
    for each in ast.walk(tree):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            name = each.value
            plain = 2 < len(name) < _LONGEST and name.isprintable() and "." in name
            if plain and (project.folder / name).is_file():
                yield name


RULES = (Rule(code="T208", what="Functions read nothing but what they are given.", look=_files),)
