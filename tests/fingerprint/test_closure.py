"""What changes a function's fingerprint, and what does not: each kind of closure, both ways."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

import pytest

# Every case starts as these files; `app:main` is the function.
HELPER = {
    "app.py": """
        from tools import helper

        def main(x):
            return helper(x)
        """,
    "tools.py": """
        def helper(x):
            return x + 1

        def unrelated(x):
            return x
        """,
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A project, edits that matter and edits that do not; an edit is (file, old, new)."""

    name: str
    files: dict[str, str]
    matters: list[tuple[str, str, str]] = field(default_factory=list)
    idle: list[tuple[str, str, str]] = field(default_factory=list)
    ref: str = "app:main"


CASES = [
    Case(
        name="a helper in another module",
        files=HELPER,
        matters=[
            ("tools.py", "x + 1", "x + 2"),
            ("tools.py", "def helper(x)", "def helper(x, y=0)"),
            ("app.py", "helper(x)", "helper(x, x)"),
            ("app.py", "return helper", "print(x); return helper"),
        ],
        idle=[
            ("tools.py", "return x\n", "return -x\n"),
            ("tools.py", "x + 1", "(x  +  1)  # one more"),
            ("tools.py", "return x + 1", '"""Add one."""\n    return x + 1'),
            ("tools.py", "def helper", "NEW = 3\n\ndef helper"),
            ("tools.py", "def unrelated(x):\n    return x\n", ""),
            ("app.py", "def main", "import os\n\n\ndef main"),
            ("app.py", "from tools import helper", "from tools import helper, unrelated"),
            ("app.py", "from tools import helper", "from tools import (\n    helper,\n)"),
        ],
    ),
    Case(
        name="an attribute of an imported module",
        files={
            "app.py": "import pkg.tools as t\n\ndef main(x):\n    return t.helper(x)\n",
            "pkg/__init__.py": "",
            "pkg/tools.py": "def helper(x):\n    return x + 1\n\ndef other():\n    return 2\n",
        },
        matters=[("pkg/tools.py", "x + 1", "x + 2")],
        idle=[("pkg/tools.py", "return 2", "return 3"), ("pkg/__init__.py", "", "X = 1\n")],
    ),
    Case(
        name="a module imported by its full dotted name",
        files={
            "app.py": "import pkg.tools\n\ndef main(x):\n    return pkg.tools.helper(x)\n",
            "pkg/__init__.py": "",
            "pkg/tools.py": "def helper(x):\n    return x + 1\n\ndef other():\n    return 2\n",
        },
        matters=[("pkg/tools.py", "x + 1", "x + 2")],
        idle=[("pkg/tools.py", "return 2", "return 3")],
    ),
    Case(
        name="relative imports and a re-export",
        files={
            "pkg/__init__.py": "from .deep import first as second\n",
            "pkg/deep/__init__.py": "from ..tools import helper as first\nfrom . import side\n",
            "pkg/deep/side.py": "def g():\n    return 5\n",
            "pkg/tools.py": "def helper(x):\n    return x + 1\n\ndef other():\n    return 2\n",
            "pkg/use.py": """
                from . import second
                from .deep import side

                def main(x):
                    return second(x) + side.g()
                """,
        },
        ref="pkg.use.main",
        matters=[
            ("pkg/tools.py", "x + 1", "x + 2"),
            ("pkg/deep/side.py", "5", "6"),
        ],
        idle=[("pkg/tools.py", "return 2", "return 3")],
    ),
    Case(
        name="star imports",
        files={
            "app.py": "from tools import *\n\ndef main(x):\n    return helper(x) + CONST\n",
            "tools.py": """
                from more import *

                def helper(x):
                    return x

                def other():
                    return 1
                """,
            "more.py": "CONST = 3\n_HIDDEN = 4\n",
        },
        matters=[("tools.py", "return x", "return -x"), ("more.py", "CONST = 3", "CONST = 4")],
        idle=[("tools.py", "return 1", "return 2"), ("more.py", "_HIDDEN = 4", "_HIDDEN = 5")],
    ),
    Case(
        name="an import inside a function",
        files={
            "app.py": """
                def main(x):
                    from tools import helper as h
                    import pkg.tools as t
                    def inner(y):
                        return h(y) + t.f(y)
                    return inner(x)
                """,
            "tools.py": "def helper(x):\n    return x + 1\n\ndef other():\n    return 2\n",
            "pkg/__init__.py": "",
            "pkg/tools.py": "def f(x):\n    return 7\n\ndef g():\n    return 8\n",
        },
        matters=[("tools.py", "x + 1", "x + 2"), ("pkg/tools.py", "7", "9")],
        idle=[("tools.py", "return 2", "return 3"), ("pkg/tools.py", "8", "9")],
    ),
    Case(
        name="methods and base classes",
        files={
            "app.py": """
                from models import Child

                def main(x):
                    return Child().go(x)
                """,
            "models.py": """
                import base as b

                LIMIT = 3

                class Child(b.Base):
                    '''A child.'''

                    factor: int = 2

                    def go(self, x):
                        '''Go.'''
                        return self.step(x) * LIMIT

                class Stranger:
                    pass
                """,
            "base.py": """
                class Base:
                    def step(self, x):
                        return round(x)

                class Other:
                    def step(self, x):
                        return x
                """,
        },
        matters=[
            ("models.py", "* LIMIT", "/ LIMIT"),
            ("models.py", "LIMIT = 3", "LIMIT = 4"),
            ("models.py", "factor: int = 2", "factor: int = 3"),
            ("models.py", "factor: int = 2", "factor: float = 2"),
            ("base.py", "round(x)", "round(x, 1)"),
        ],
        idle=[
            ("models.py", "A child.", "An heir."),
            ("models.py", "'''Go.'''", "# go"),
            ("base.py", "return x\n", "return -x\n"),
            ("models.py", "pass", "y = 1"),
        ],
    ),
    Case(
        name="decorators",
        files={
            "app.py": """
                from marks import loud

                @loud(2)
                def main(x):
                    return x
                """,
            "marks.py": """
                import functools

                def loud(times):
                    def wrap(function):
                        @functools.wraps(function)
                        def inner(*args):
                            return function(*args) * times
                        return inner
                    return wrap

                def quiet(function):
                    return function
                """,
        },
        matters=[
            ("app.py", "@loud(2)", "@loud(3)"),
            ("app.py", "@loud(2)\n", ""),
            ("marks.py", "* times", "+ times"),
        ],
        idle=[("marks.py", "return function\n", "return None\n")],
    ),
    Case(
        name="nested functions and variables of the functions around them",
        files={
            "app.py": """
                SCALE = 2
                count = 5

                def main(x):
                    count = 0
                    def inner(y):
                        nonlocal count
                        count += 1
                        return y * SCALE + count
                    return inner(x)
                """,
        },
        matters=[("app.py", "SCALE = 2", "SCALE = 3"), ("app.py", "y * SCALE", "y + SCALE")],
        idle=[("app.py", "count = 5", "count = 6")],
    ),
    Case(
        name="default arguments",
        files={
            "app.py": "A = 1\nB = 2\nC = 3\n\ndef main(x, a=A, *, b=B):\n    return x\n",
        },
        matters=[("app.py", "A = 1", "A = 9"), ("app.py", "B = 2", "B = 9")],
        idle=[("app.py", "C = 3", "C = 9")],
    ),
    Case(
        name="constants made of other constants",
        files={
            "app.py": "from consts import TOTAL\n\ndef main(x):\n    return x + TOTAL\n",
            "consts.py": "ONE = 1\nTWO = ONE + 1\nTOTAL = sum([ONE, TWO])\nSPARE = ONE\n",
        },
        matters=[("consts.py", "ONE = 1", "ONE = 2"), ("consts.py", "[ONE, TWO]", "[TWO]")],
        idle=[("consts.py", "SPARE = ONE", "SPARE = 7"), ("consts.py", "ONE = 1", "ONE = 0x1")],
    ),
    Case(
        name="constants that are changed after they were made",
        files={
            "app.py": """
                TABLE = {"a": 1}
                LIST = []
                OTHER = []
                TABLE["b"] = 2
                LIST.append(3)
                LIST += [4]
                OTHER.append(5)

                def main(x):
                    return TABLE[x], LIST
                """,
        },
        matters=[
            ("app.py", '["b"] = 2', '["b"] = 3'),
            ("app.py", "LIST.append(3)", "LIST.append(4)"),
            ("app.py", "LIST += [4]", "LIST += [5]"),
            ("app.py", "LIST.append(3)\nLIST += [4]", "LIST += [4]\nLIST.append(3)"),
        ],
        idle=[
            ("app.py", "OTHER.append(5)", "OTHER.append(6)"),
            ("app.py", 'TABLE["b"] = 2\nLIST.append(3)', 'LIST.append(3)\nTABLE["b"] = 2'),
        ],
    ),
    Case(
        name="constants that functions change",
        files={
            "app.py": """
                STATE = {}
                TOTAL = 0

                def fill():
                    STATE["a"] = 1

                def add():
                    global TOTAL
                    TOTAL = 3

                def main(x):
                    return STATE, TOTAL
                """,
        },
        matters=[("app.py", '["a"] = 1', '["a"] = 2'), ("app.py", "TOTAL = 3", "TOTAL = 4")],
    ),
    Case(
        name="constants that are changed under another name",
        files={
            "app.py": """
                CONFIG = {"model": {"rate": 1}}
                LIST = SAME = []
                ITEMS = [{}]
                OTHER, MORE = [], []
                part = CONFIG["model"]
                part["rate"] = 2
                CONFIG.get("model").update(rate=3)
                SAME.append(4)
                more = LIST
                more += [5]
                for item in ITEMS:
                    item["a"] = 6
                OTHER.append(7)
                LIMIT = COUNT = 0
                COUNT += 8

                def main(x):
                    return CONFIG, LIST, ITEMS, MORE, LIMIT
                """,
        },
        matters=[
            ("app.py", '["rate"] = 2', '["rate"] = 9'),
            ("app.py", "rate=3", "rate=9"),
            ("app.py", "append(4)", "append(9)"),
            ("app.py", "[5]", "[9]"),
            ("app.py", '["a"] = 6', '["a"] = 9'),
        ],
        idle=[("app.py", "append(7)", "append(9)"), ("app.py", "+= 8", "+= 9")],
    ),
    Case(
        name="a star import over a name of one's own",
        files={
            "app.py": """
                def helper(x):
                    return x

                from tools import *

                def main(x):
                    return helper(x), _hidden
                """,
            "tools.py": """
                import more
                from more import *
                __all__ = ["helper", *more.__all__]

                def helper(x):
                    return 1

                def other(x):
                    return 2
                """,
            "more.py": "__all__ = ['_hidden']\n_hidden = 3\n_deep = 4\n",
        },
        matters=[
            ("tools.py", "return 1", "return 9"),
            ("app.py", "return x\n", "return -x\n"),
            ("more.py", "_hidden = 3", "_hidden = 9"),
        ],
        idle=[("tools.py", "return 2", "return 9"), ("more.py", "_deep = 4", "_deep = 9")],
    ),
    Case(
        name="a star import of a package's modules",
        files={
            "app.py": "from pkg import *\n\ndef main(x):\n    return tools.f(x)\n",
            "pkg/__init__.py": "__all__ = ['tools']\n",
            "pkg/tools.py": "def f(x):\n    return 1\n\ndef g(x):\n    return 2\n",
        },
        matters=[("pkg/tools.py", "return 1", "return 9")],
        idle=[("pkg/tools.py", "return 2", "return 9")],
    ),
    Case(
        name="functions that register themselves",
        files={
            "app.py": """
                STEPS = {}

                def step(function):
                    STEPS[function.__name__] = function
                    return function

                @step
                def clean(x):
                    return x

                def loose(x):
                    return x - 1

                def main(x):
                    return STEPS["clean"](x)
                """,
        },
        matters=[("app.py", "return x\n", "return x * 2\n")],
        idle=[("app.py", "return x - 1", "return x - 2")],
    ),
    Case(
        name="functions that are registered with a function, by the type that they take",
        files={
            "app.py": """
                from functools import singledispatch

                @singledispatch
                def described(x):
                    return "a thing"

                @described.register
                def _(x: int):
                    return "a number"

                @described.register(str)
                def of_text(x):
                    return "a text"

                def loose(x):
                    return x - 1

                def main(x):
                    return described(x)
                """,
        },
        matters=[
            ("app.py", "a thing", "it"),
            ("app.py", "a number", "n"),
            ("app.py", "a text", "t"),
        ],
        idle=[("app.py", "return x - 1", "return x - 2")],
    ),
    Case(
        name="classes that their base or metaclass keeps a list of",
        files={
            "app.py": """
                class Step:
                    known = []

                    def __init_subclass__(cls):
                        Step.known.append(cls)

                class Clean(Step):
                    weight = 1

                class Deep(Clean):
                    weight = 2

                class Listed(type):
                    known = []

                    def __init__(cls, name, bases, body):
                        Listed.known.append(cls)

                class Member(metaclass=Listed):
                    weight = 3

                class Loose:
                    weight = 4

                def main(x):
                    return sum(each.weight for each in Step.known + Listed.known)
                """,
        },
        matters=[("app.py", f"weight = {i}", "weight = 9") for i in (1, 2, 3)],
        idle=[("app.py", "weight = 4", "weight = 9")],
    ),
    Case(
        name="functions that are registered by a call",
        files={
            "app.py": """
                STEPS = {}

                def add(function):
                    STEPS[function.__name__] = function
                    return function

                def clean(x):
                    return x

                def fill(x):
                    return x + 1

                add(clean)
                kept = add(fill)

                def loose(x):
                    return x - 1

                def main(x):
                    return STEPS[x](x)
                """,
        },
        matters=[
            ("app.py", "return x\n", "return x * 2\n"),
            ("app.py", "return x + 1", "return x + 2"),
            ("app.py", "add(clean)\n", ""),
            ("app.py", "kept = add(fill)\n", ""),
        ],
        idle=[("app.py", "return x - 1", "return x - 2")],
    ),
    Case(
        name="a function that is handed on to something",
        files={
            "app.py": """
                import functools

                STEPS = []

                def main(x):
                    return x

                def other(x):
                    return 2

                def third(x):
                    return 3

                STEPS.append(main)
                STEPS.append(other)
                print(main(1))
                functools.update_wrapper(main, third)
                """,
        },
        matters=[("app.py", "return 3", "return 4")],
        idle=[("app.py", "return 2", "return 3"), ("app.py", "print(main(1))\n", "")],
    ),
    Case(
        name="an attribute of a function",
        files={
            "app.py": """
                def main(x):
                    return main.rate

                def other(x):
                    return 2

                main.rate = 1
                other.rate = 2
                """,
        },
        matters=[("app.py", "rate = 1", "rate = 3")],
        idle=[("app.py", "rate = 2", "rate = 3")],
    ),
    Case(
        name="loops and other statements at the top of a module",
        files={
            "app.py": """
                NAMES = ["a", "b"]
                TABLE = {}
                for name in NAMES:
                    TABLE[name] = len(name)
                with open(__file__) as stream:
                    TEXT = stream.read()
                SPARE = 1

                def main(x):
                    return TABLE
                """,
        },
        matters=[("app.py", "len(name)", "2"), ("app.py", '["a", "b"]', '["a"]')],
        idle=[("app.py", "stream.read()", "stream.read(3)"), ("app.py", "SPARE = 1", "SPARE = 2")],
    ),
    Case(
        name="dataclasses",
        files={
            "app.py": """
                from config import Settings

                def main(x, settings: Settings):
                    return x * settings.rate
                """,
            "config.py": """
                from dataclasses import dataclass, field

                @dataclass(frozen=True)
                class Inner:
                    deep: int = 1

                @dataclass(frozen=True)
                class Settings:
                    rate: float = 0.1
                    inner: Inner = field(default_factory=Inner)

                @dataclass
                class Other:
                    rate: float = 3
                """,
        },
        matters=[
            ("config.py", "0.1", "0.2"),
            ("config.py", "deep: int = 1", "deep: int = 2"),
            ("config.py", "rate: float = 0.1", "rate: int = 0.1"),
        ],
        idle=[("config.py", "rate: float = 3", "rate: float = 4")],
    ),
    Case(
        name="a type that only an annotation in quotes names",
        files={
            "app.py": """
                from __future__ import annotations
                from typing import TYPE_CHECKING

                if TYPE_CHECKING:
                    from config import Settings

                def main(x, settings: "Settings", more: list["Literal"] = ()):
                    return x * settings.rate
                """,
            "config.py": "class Settings:\n    rate = 1\n\nclass Other:\n    rate = 2\n",
        },
        matters=[("config.py", "rate = 1", "rate = 3")],
        idle=[("config.py", "rate = 2", "rate = 3")],
    ),
    Case(
        name="functools.partial",
        files={
            "app.py": """
                from functools import partial
                import tools

                half = partial(tools.scale, factor=0.5)
                third = partial(tools.other, factor=0.3)

                def main(x):
                    return half(x)
                """,
            "tools.py": """
                def scale(x, factor):
                    return x * factor

                def other(x, factor):
                    return 1
                """,
        },
        matters=[("app.py", "0.5", "0.6"), ("tools.py", "x * factor", "x / factor")],
        idle=[("app.py", "0.3", "0.4"), ("tools.py", "return 1", "return 2")],
    ),
    Case(
        name="a partial as the function itself",
        files={
            "app.py": """
                from functools import partial
                import tools

                main = partial(tools.scale, factor=0.5)
                """,
            "tools.py": "def scale(x, factor):\n    return x * factor\n",
        },
        matters=[("app.py", "0.5", "0.6"), ("tools.py", "x * factor", "x / factor")],
    ),
    Case(
        name="lambdas at the top of a module",
        files={
            "app.py": """
                RATE = 2
                SPARE = 3
                double = lambda x: x * RATE
                other = lambda x: x * SPARE
                main = lambda x: double(x)
                """,
        },
        matters=[("app.py", "RATE = 2", "RATE = 4"), ("app.py", "x * RATE", "x + RATE")],
        idle=[("app.py", "x * SPARE", "x + SPARE"), ("app.py", "SPARE = 3", "SPARE = 4")],
    ),
    Case(
        name="conditional imports",
        files={
            "app.py": """
                try:
                    import fast_tools as tools
                except ImportError:
                    import slow_tools as tools

                def main(x):
                    return tools.go(x)
                """,
            "slow_tools.py": "def go(x):\n    return x\n\ndef stop():\n    return 1\n",
        },
        matters=[
            ("slow_tools.py", "return x", "return -x"),
            ("app.py", "ImportError", "Exception"),
        ],
        idle=[("slow_tools.py", "return 1", "return 2")],
    ),
    Case(
        name="definitions under a condition",
        files={
            "app.py": """
                import sys

                if sys.platform == "linux":
                    def go(x):
                        return 1

                    def stop(x):
                        return 2
                else:
                    def go(x):
                        return 3

                def main(x):
                    return go(x)

                if __name__ == "__main__":
                    main(1)
                """,
        },
        matters=[
            ("app.py", "return 1", "return 9"),
            ("app.py", "return 3", "return 9"),
            ("app.py", '"linux"', '"darwin"'),
        ],
        idle=[("app.py", "return 2", "return 9"), ("app.py", "main(1)", "main(2)")],
    ),
    Case(
        name="functions that call one another in a circle",
        files={
            "app.py": """
                import other

                def main(x):
                    return other.odd(x - 1) if x else True
                """,
            "other.py": """
                import app

                def odd(x):
                    return app.main(x - 1) if x else False
                """,
        },
        matters=[("other.py", "else False", "else None"), ("app.py", "else True", "else 1")],
    ),
    Case(
        name="a star import of a module that imports back",
        files={
            "app.py": """
                from other import *

                def main(x):
                    return first(x), helper(x)

                def helper(x):
                    return x + 1
                """,
            "other.py": """
                from app import helper

                def first(x):
                    return helper(x)
                """,
        },
        matters=[("app.py", "x + 1", "x + 2"), ("other.py", "helper(x)", "-helper(x)")],
    ),
    Case(
        name="functions made by factories",
        files={
            "app.py": """
                from factory import make_adder

                main = make_adder(3)
                add4 = make_adder(4)
                """,
            "factory.py": """
                BASE = 10

                def make_adder(n):
                    def add(x):
                        return x + n + BASE
                    return add
                """,
        },
        matters=[
            ("app.py", "make_adder(3)", "make_adder(5)"),
            ("factory.py", "x + n + BASE", "x - n + BASE"),
            ("factory.py", "BASE = 10", "BASE = 11"),
        ],
        idle=[("app.py", "make_adder(4)", "make_adder(6)")],
    ),
    Case(
        name="a name bound several times",
        files={
            "app.py": """
                LIMIT = 1
                LIMIT = LIMIT + 1
                def pick(x):
                    return x
                pick = staticmethod(pick)
                SPARE = 1

                def main(x):
                    return LIMIT, pick
                """,
        },
        matters=[
            ("app.py", "LIMIT = 1\nLIMIT = LIMIT + 1", "LIMIT = LIMIT + 1\nLIMIT = 1"),
            ("app.py", "pick = staticmethod(pick)\n", ""),
            ("app.py", "LIMIT = LIMIT + 1\n", ""),
        ],
        idle=[("app.py", "SPARE = 1", "SPARE = 2"), ("app.py", "SPARE = 1\n", "")],
    ),
    Case(
        name="a name imported from two places",
        files={
            "app.py": """
                import pkg.one
                import pkg.two
                from one import f
                from two import f

                def main(x):
                    return f(x), pkg.one.A
                """,
            "one.py": "def f(x):\n    return 1\n",
            "two.py": "def f(x):\n    return 2\n",
            "pkg/__init__.py": "",
            "pkg/one.py": "A = 1\n",
            "pkg/two.py": "A = 2\n",
        },
        matters=[
            (
                "app.py",
                "from one import f\nfrom two import f",
                "from two import f\nfrom one import f",
            ),
            ("two.py", "return 2", "return 3"),
            ("pkg/one.py", "A = 1", "A = 3"),
        ],
        idle=[
            ("app.py", "import pkg.two\n", ""),
            ("app.py", "import pkg.one\nimport pkg.two", "import pkg.two\nimport pkg.one"),
            ("pkg/two.py", "A = 2", "A = 3"),
        ],
    ),
    Case(
        name="a constant that takes a name between its bindings",
        files={
            "app.py": "A = 1\nB = A\nA = 2\n\ndef main(x):\n    return B\n",
        },
        matters=[("app.py", "B = A\nA = 2\n", "A = 2\nB = A\n")],
    ),
    Case(
        name="comprehensions, match and walrus",
        files={
            "app.py": """
                import tools

                item = 1
                key = 2
                found = 3
                rest = 4

                def main(x):
                    a = [tools.f(item) for item in x if (found := item)]
                    b = {key: tools.g(value) for key, value in x}
                    match x:
                        case {"a": tools.KIND, **rest}:
                            return rest, found
                        case [first, *others] if tools.h(first):
                            return others
                    return a, b
                """,
            "tools.py": """
                KIND = "k"
                def f(x): return 11
                def g(x): return 12
                def h(x): return 13
                def i(x): return 14
                """,
        },
        matters=[
            ("tools.py", '"k"', '"l"'),
            ("tools.py", "11", "21"),
            ("tools.py", "12", "21"),
            ("tools.py", "13", "21"),
        ],
        idle=[
            ("tools.py", "14", "21"),
            ("app.py", "item = 1", "item = 9"),
            ("app.py", "key = 2", "key = 9"),
            ("app.py", "found = 3", "found = 9"),
            ("app.py", "rest = 4", "rest = 9"),
        ],
    ),
    Case(
        name="class attributes are no names for methods",
        files={
            "app.py": """
                limit = 7
                size = 8
                depth = 3

                class Box:
                    limit = 1
                    depth = depth + 1

                    @property
                    def width(self):
                        return 1

                    @width.setter
                    def width(self, x):
                        pass

                    def over(self, x):
                        return x > limit

                def main(x):
                    return Box().over(x)
                """,
        },
        matters=[
            ("app.py", "limit = 7", "limit = 9"),
            ("app.py", "limit = 1", "limit = 2"),
            ("app.py", "depth = 3", "depth = 4"),
        ],
        idle=[("app.py", "size = 8", "size = 9")],
    ),
    Case(
        name="a module with `__getattr__`",
        files={
            "app.py": "import lazy\n\ndef main(x):\n    return lazy.anything\n",
            "lazy.py": """
                HIDDEN = 1

                def __getattr__(name):
                    return HIDDEN

                def f():
                    return 2
                """,
        },
        matters=[("lazy.py", "HIDDEN = 1", "HIDDEN = 2"), ("lazy.py", "return 2", "return 3")],
        idle=[("lazy.py", "def f():", "# f\ndef f():")],
    ),
    Case(
        name="a module used as a value",
        files={
            "app.py": "import tools\n\ndef main(x):\n    return getattr(tools, x)(x)\n",
            "tools.py": "import more\n\ndef f(x):\n    return 1\n\nassert f\n",
            "more.py": "A = 1\n",
        },
        matters=[
            ("tools.py", "return 1", "return 2"),
            ("more.py", "A = 1", "A = 2"),
            ("tools.py", "assert f", "assert f(1)"),
        ],
        idle=[("tools.py", "def f", "# f\ndef f")],
    ),
    Case(
        name="import_module with a text",
        files={
            "app.py": """
                from importlib import import_module as load

                def main(x):
                    return load("tools").f(x)
                """,
            "tools.py": "def f(x):\n    return 1\n",
            "more.py": "def f(x):\n    return 1\n",
        },
        matters=[("tools.py", "return 1", "return 2"), ("app.py", '"tools"', '"more"')],
        idle=[("more.py", "return 1", "return 2")],
    ),
    Case(
        name="a name that is nowhere, until it is",
        files={
            "app.py": "import tools\n\ndef main(x):\n    return tools.later(x), soon\n",
            "tools.py": "A = 1\n",
        },
        matters=[
            ("tools.py", "A = 1", "def later(x):\n    return x\n"),
            ("app.py", "def main", "soon = 1\ndef main"),
        ],
        idle=[("tools.py", "A = 1", "A = 2")],
    ),
    Case(
        name="settings of a library that a statement makes",
        files={
            "app.py": """
                import json
                import random
                json.encoder.INDENT = 3
                random.seed(4)

                def main(x):
                    return json.dumps(x)
                """,
        },
        matters=[
            ("app.py", "INDENT = 3", "INDENT = 4"),
            ("app.py", "import json", "import marshal as json"),
        ],
        idle=[("app.py", "random.seed(4)", "random.seed(5)")],
    ),
    Case(
        name="a method as the function",
        files={
            "app.py": """
                class Box:
                    @staticmethod
                    def main(x):
                        return inner(x)

                def inner(x):
                    return 1

                def other(x):
                    return 2
                """,
        },
        ref="app:Box.main",
        matters=[("app.py", "return 1", "return 3"), ("app.py", "@staticmethod", "@classmethod")],
        idle=[("app.py", "return 2", "return 3")],
    ),
    Case(
        name="a namespace package",
        files={
            "app.py": "from space.inner import tools\n\ndef main(x):\n    return tools.f(x)\n",
            "space/inner/tools.py": "def f(x):\n    return 1\n\ndef g(x):\n    return 2\n",
        },
        matters=[("space/inner/tools.py", "return 1", "return 3")],
        idle=[("space/inner/tools.py", "return 2", "return 3")],
    ),
]


def edits(kind):
    return [
        pytest.param(case, edit, id=f"{case.name}: {edit[0]} {edit[1][:20]!r} -> {edit[2][:20]!r}")
        for case in CASES
        for edit in getattr(case, kind)
    ]


def edited(files, edit):
    name, old, new = edit
    text = textwrap.dedent(files[name]).lstrip("\n")
    assert old in text, f"the edit finds nothing to change: {old!r}"
    changed = text.replace(old, new, 1)
    assert changed != text
    return {**files, name: changed}


@pytest.mark.parametrize(("case", "edit"), edits("matters"))
def test_a_change_that_matters_changes_the_fingerprint(case, edit, sources):
    before = sources(case.files).function(case.ref)

    after = sources(edited(case.files, edit)).function(case.ref)

    assert after.fingerprint != before.fingerprint
    assert after.parts != before.parts


@pytest.mark.parametrize(("case", "edit"), edits("idle"))
def test_a_change_that_does_not_matter_leaves_the_fingerprint(case, edit, sources):
    before = sources(case.files).function(case.ref)

    after = sources(edited(case.files, edit)).function(case.ref)

    assert after.parts == before.parts
    assert after.fingerprint == before.fingerprint


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_of_it_is_refused(case, sources):
    assert sources(case.files).function(case.ref).refused == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_order_of_functions_does_not_matter(case, sources):
    import ast

    def turned(text):
        """Swap neighbouring definitions of functions and classes."""
        tree = ast.parse(textwrap.dedent(text).lstrip("\n"))
        body = tree.body
        for index in range(len(body) - 1):
            pair = body[index : index + 2]
            if all(isinstance(each, ast.FunctionDef) and not each.decorator_list for each in pair):
                body[index], body[index + 1] = body[index + 1], body[index]
        return ast.unparse(tree)

    before = sources(case.files).function(case.ref)

    after = sources({name: turned(text) for name, text in case.files.items()}).function(case.ref)

    assert after.fingerprint == before.fingerprint
