"""Projects made at random and edited at random, against what the generator knows.

The generator draws the graph of which definition names which, writes it down in many styles of
definition and import, and so knows what each edit can reach.
"""

from __future__ import annotations

import ast
import random
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.fingerprint.function import Sources
from tilth.installed import Installed

KINDS = [
    "function",
    "factory",
    "decorated",
    "class",
    "child",
    "constant",
    "changed",
    "lambda",
    "partial",
    "conditional",
]
STYLES = [
    "from",
    "renamed",
    "module",
    "dotted",
    "relative",
    "sibling",
    "inside",
    "re-export",
    "star",
    "tried",
]
# Statements whose place among their neighbours does not matter.
MOVABLE = {"function", "factory"}


@dataclass(frozen=True)
class Definition:
    """One definition: in which module, of which kind, and what it names in which style."""

    number: int
    module: int
    kind: str
    salt: int = 0
    uses: tuple[tuple[int, str], ...] = ()

    @property
    def name(self) -> str:
        return f"d{self.number}"


@dataclass(frozen=True)
class Look:
    """What does not matter."""

    seed: int = 0
    comments: bool = False
    docs: str = "Doc."
    plain: bool = False
    shuffled: bool = False
    strangers: bool = False


@dataclass
class Module:
    head: list[str] = field(default_factory=list)
    blocks: list[tuple[str, str]] = field(default_factory=list)


def project(definitions, look):
    """The files of a project."""
    modules = {each.module: Module() for each in definitions}
    exported = []
    for each in definitions:
        module = modules[each.module]
        inside, names = [], []
        for used, style in each.uses:
            target = definitions[used]
            names.append(named(each, target, style, module, inside, exported))
        module.blocks.append((each.kind, written(each, names, inside, look)))
    files = {"pkg/__init__.py": "".join(f"{line}\n" for line in exported)}
    files["pkg/marks.py"] = "def same(function):\n    return function\n"
    for number, module in modules.items():
        files[f"pkg/m{number}.py"] = laid_out(module, look)
    return files


def named(user, target, style, module, inside, exported):
    """How one definition names another; writes the imports that it takes."""
    home, name = f"m{target.module}", target.name
    if target.module == user.module:
        return name
    lines = {
        "from": (f"from pkg.{home} import {name}", name),
        "renamed": (f"from pkg.{home} import {name} as {name}_as", f"{name}_as"),
        "module": (f"import pkg.{home} as {home}_as", f"{home}_as.{name}"),
        "dotted": (f"import pkg.{home}", f"pkg.{home}.{name}"),
        "relative": (f"from .{home} import {name} as {name}_near", f"{name}_near"),
        "sibling": (f"from . import {home}", f"{home}.{name}"),
        "re-export": (f"from pkg import {name} as {name}_out", f"{name}_out"),
        "star": (f"from pkg.{home} import *", name),
        "tried": (
            f"try:\n    import pkg.{home} as {home}_tried\nexcept ImportError:\n    pass",
            f"{home}_tried.{name}",
        ),
        "inside": (f"from .{home} import {name} as inner_{name}", f"inner_{name}"),
    }
    line, text = lines[style]
    if style == "inside" and user.kind in ("function", "factory", "decorated"):
        inside.append(line)
        return text
    if style == "re-export":
        exported.append(f"from .{home} import {name}")
    module.head.append(line)
    return text


def written(each, names, inside, look):
    """The statements of one definition."""
    uses = ", ".join(names)
    doc = f'    """{look.docs}"""\n' if look.docs else ""
    imports = "".join(f"    {line}\n" for line in inside)
    note = f"  # {look.seed}" if look.comments else ""
    body = f"{doc}{imports}    return x + {each.salt}, [{uses}]{note}\n"
    name = each.name
    base = f"({names[0]})" if names else ""
    return {
        "function": f"def {name}(x):\n{body}",
        "decorated": f"@marks.same\ndef {name}(x):\n{body}",
        "factory": (
            f"def {name}(n):\n{doc}{imports}    def inner(x):\n"
            f"        return n + {each.salt}, [{uses}]{note}\n    return inner\n"
        ),
        "class": (
            f"class {name}:\n{doc}    size = {each.salt}{note}\n\n"
            f"    def go(self, x):\n        return [{uses}]\n"
        ),
        "child": f"class {name}{base}:\n{doc}    size = {each.salt}, [{uses}]{note}\n",
        "constant": f"{name} = ({each.salt}, [{uses}]){note}\n",
        "changed": f"{name} = []{note}\n{name}.append({each.salt})\n{name} += [{uses}]\n",
        "lambda": f"{name} = lambda x: (x, {each.salt}, [{uses}]){note}\n",
        "partial": f"{name} = functools.partial(print, {each.salt}, [{uses}]){note}\n",
        "conditional": (
            f"if sys.version_info > (3,):\n    {name} = {each.salt}, [{uses}]\n"
            f"else:\n    {name} = None\n"
        ),
    }[each.kind]


def laid_out(module, look):
    dice = random.Random(look.seed)
    head = ["import functools", "import sys", "from . import marks", *dict.fromkeys(module.head)]
    blocks = list(module.blocks)
    if look.strangers:
        head.append("import json")
        blocks.append(("constant", f"stranger_{look.seed} = 1\n"))
    if look.shuffled:
        moved = [block for block in blocks if block[0] in MOVABLE]
        dice.shuffle(moved)
        blocks = [block for block in blocks if block[0] not in MOVABLE]
        for block in moved:
            blocks.insert(dice.randrange(len(blocks) + 1), block)
        dice.shuffle(head)
    text = "\n".join([*head, "", *(block[1] for block in blocks)])
    if look.comments:
        text = f"# {look.seed}\n\n\n{text}\n# end\n"
    return ast.unparse(ast.parse(text)) + "\n" if look.plain else text


def reached(definitions, start):
    found, waiting = {start}, [start]
    while waiting:
        for used, _ in definitions[waiting.pop()].uses:
            if used not in found:
                found.add(used)
                waiting.append(used)
    return found


@st.composite
def definitions_of_a_project(draw):
    count = draw(st.integers(1, 9))
    n_modules = draw(st.integers(1, 4))
    made = []
    for number in range(count):
        uses = draw(
            st.lists(
                st.tuples(st.integers(0, count - 1), st.sampled_from(STYLES)),
                max_size=3,
                unique_by=lambda use: use[0],
            )
        )
        made.append(
            Definition(
                number=number,
                module=draw(st.integers(0, n_modules - 1)),
                kind=draw(st.sampled_from(KINDS)),
                uses=tuple(uses),
            )
        )
    return made


looks = st.builds(
    Look,
    seed=st.integers(0, 1000),
    comments=st.booleans(),
    docs=st.sampled_from(["", "Doc.", "Other doc.\n\n    More."]),
    plain=st.booleans(),
    shuffled=st.booleans(),
    strangers=st.booleans(),
)


def told(definitions, look, number=0):
    """The closure of one definition, in a project of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in project(definitions, look).items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        each = definitions[number]
        sources = Sources([Path(folder)], path=[], installed=Installed([]))
        return sources.function(f"pkg.m{each.module}:{each.name}")


def definitions_in(parts):
    """The numbers of the definitions among the parts."""
    names = [part.rpartition(".")[2] for part in parts]
    return {int(name[1:]) for name in names if name[0] == "d" and name[1:].isdigit()}


@settings(max_examples=80, deadline=None)
@given(definitions_of_a_project())
def test_a_closure_has_exactly_what_can_be_reached(definitions):
    code = told(definitions, Look())

    assert definitions_in(code.parts) == reached(definitions, 0)
    assert code.refused == ()


@settings(max_examples=120, deadline=None)
@given(definitions_of_a_project(), st.data(), looks)
def test_a_fingerprint_changes_exactly_where_an_edit_can_be_reached(definitions, data, look):
    edited = data.draw(st.sets(st.integers(0, len(definitions) - 1), max_size=3))
    after = [
        replace(each, salt=each.salt + 1) if each.number in edited else each for each in definitions
    ]
    before = told(definitions, Look())

    now = told(after, look)

    expected = reached(definitions, 0) & edited
    differing = {part for part in before.parts if before.parts[part] != now.parts.get(part)}
    assert definitions_in(differing) == expected
    assert (now.fingerprint != before.fingerprint) == bool(expected)


@settings(max_examples=60, deadline=None)
@given(definitions_of_a_project(), st.data())
def test_a_use_that_is_added_changes_what_can_reach_it(definitions, data):
    number = data.draw(st.integers(0, len(definitions) - 1))
    target = data.draw(st.integers(0, len(definitions) - 1))
    style = data.draw(st.sampled_from(STYLES))
    user = definitions[number]
    if target in {used for used, _ in user.uses}:
        return
    # What a module imports by name goes on to whoever takes all of it with a star, and may
    # bear the name of something there: then more changes than reachability says, rightly.
    starred = {definitions[used].module for each in definitions for used, how in each.uses
               if how == "star"}  # fmt: skip
    if user.module in starred and definitions[target].module != user.module:
        return
    after = [
        replace(each, uses=(*each.uses, (target, style))) if each.number == number else each
        for each in definitions
    ]

    before, now = told(definitions, Look()), told(after, Look())

    assert (now.fingerprint != before.fingerprint) == (number in reached(definitions, 0))
    assert definitions_in(now.parts) == reached(after, 0)
