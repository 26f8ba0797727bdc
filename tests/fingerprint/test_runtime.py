"""Functions that only exist as objects: lambdas, closures, partials, methods, instances."""

from __future__ import annotations

import functools
import importlib
import linecache
import math
import sys
import textwrap
import types

import pytest

from tilth.errors import FingerprintError
from tilth.fingerprint.function import Sources
from tilth.installed import Installed


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Writes modules, imports the first, and gives it with its sources."""
    folder = tmp_path / "src"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    names = set()

    def load_all(**texts):
        for name, text in texts.items():
            sys.modules.pop(name, None)
            names.add(name)
            (folder / f"{name}.py").write_text(textwrap.dedent(text).lstrip("\n"))
        importlib.invalidate_caches()
        module = importlib.import_module(next(iter(texts)))
        return module, Sources([folder], path=sys.path, installed=Installed())

    yield load_all
    for name in names:
        sys.modules.pop(name, None)


BASE = """
    import functools
    import objects_tools as tools

    SCALE = 2
    SPARE = 3

    def make(n, spare=0):
        def add(x, y=1):
            '''Add.'''
            return tools.helper(x) + n * SCALE
        def other(x):
            return x
        return add

    def lambdas():
        return [lambda x: x + SCALE, lambda x: x - SCALE]

    class Model:
        def __init__(self, rate):
            self.rate = rate

        def __call__(self, x):
            return x * self.rate + SCALE

        def fit(self, x):
            return x

        @classmethod
        def build(cls, x):
            return cls(x)

    made = make(3)
    double, half = lambda x: x * 2, lambda x: x / 2
    plain, minus = lambdas()
    partial = functools.partial(make(4), y=5)
    method = Model(0.5).fit
    instance = Model(0.5)
    built = Model.build

    @functools.lru_cache
    def cached(x):
        return x + SCALE

    recursive = None
    def make_recursive():
        def again(x):
            return again(x - 1) if x else SCALE
        return again
    recursive = make_recursive()
    """
TOOLS = """
    def helper(x):
        return x + 1

    def unrelated(x):
        return x
    """


def told(load, name, base=BASE, tools=TOOLS):
    module, sources = load(objects_base=base, objects_tools=tools)
    return sources.of_object(getattr(module, name))


EVERY = [
    "made",
    "double",
    "plain",
    "minus",
    "partial",
    "method",
    "instance",
    "built",
    "cached",
    "recursive",
    "make",
    "Model",
]


@pytest.mark.parametrize("name", EVERY)
def test_an_object_is_the_same_each_time(load, name):
    first = told(load, name)

    assert told(load, name).fingerprint == first.fingerprint
    assert told(load, name, base="\n\n# later\n" + textwrap.dedent(BASE)).fingerprint == (
        first.fingerprint
    )
    assert first.refused == ()


def test_all_objects_differ(load):
    module, sources = load(objects_base=BASE, objects_tools=TOOLS)

    found = {sources.of_object(getattr(module, name)).fingerprint for name in [*EVERY, "half"]}

    assert len(found) == len(EVERY) + 1


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("made", "make(3)", "make(4)"),
        ("made", "n * SCALE", "n / SCALE"),
        ("made", "SCALE = 2", "SCALE = 3"),
        ("made", "y=1", "y=2"),
        ("double", "x * 2", "x * 3"),
        ("plain", "x + SCALE, lambda", "x * SCALE, lambda"),
        ("plain", "SCALE = 2", "SCALE = 3"),
        ("minus", "x - SCALE]", "x / SCALE]"),
        ("partial", "make(4)", "make(5)"),
        ("partial", "y=5", "y=6"),
        ("partial", "SCALE = 2", "SCALE = 3"),
        ("method", "return x\n\n", "return -x\n\n"),
        ("method", "Model(0.5).fit", "Model(0.6).fit"),
        ("instance", "Model(0.5)\n", "Model(0.6)\n"),
        ("instance", "x * self.rate", "x / self.rate"),
        ("built", "cls(x)", "cls(-x)"),
        ("cached", "x + SCALE", "x * SCALE"),
        ("recursive", "x - 1", "x - 2"),
        ("recursive", "SCALE = 2", "SCALE = 3"),
    ],
)
def test_a_change_that_matters_changes_an_object(load, name, old, new):
    text = textwrap.dedent(BASE)
    before = told(load, name)
    if name in ("instance", "cached"):
        index = text.rindex(old)
        changed = text[:index] + new + text[index + len(old) :]
    else:
        changed = text.replace(old, new, 1)
    assert changed != text

    assert told(load, name, base=changed).fingerprint != before.fingerprint


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("made", "'''Add.'''", "# add"),
        ("made", "SPARE = 3", "SPARE = 4"),
        ("made", "make(4)", "make(5)"),
        ("double", "x / 2", "x / 3"),
        ("double", "lambda x: x * 2", "lambda x: (x * 2)"),
        ("plain", "x - SCALE", "x / SCALE"),
        ("instance", "SPARE = 3", "SPARE = 4"),
        ("recursive", "SPARE = 3", "SPARE = 4"),
    ],
)
def test_a_change_that_does_not_matter_leaves_an_object(load, name, old, new):
    before = told(load, name)
    changed = textwrap.dedent(BASE).replace(old, new, 1)

    assert told(load, name, base=changed).fingerprint == before.fingerprint


def test_a_helper_of_an_object_matters(load):
    before = told(load, "made")

    assert told(load, "made", tools=TOOLS.replace("x + 1", "x + 2")).fingerprint != (
        before.fingerprint
    )
    assert told(load, "made", tools=TOOLS.replace("return x\n", "return -x\n")).fingerprint == (
        before.fingerprint
    )


def test_what_an_object_holds_is_named(load):
    code = told(load, "made")

    assert "make.<locals>.add.n" in code.parts
    assert "objects_tools.helper" in code.parts
    assert code.ref == "objects_base:make.<locals>.add"
    assert code.doc == "Add."


def test_an_object_with_a_name_is_what_its_name_says(load):
    module, sources = load(objects_base=BASE, objects_tools=TOOLS)

    assert sources.of_object(module.make) == sources.function("objects_base:make")


HOLDING = """
    import functools

    class Config:
        def __init__(self, rate):
            self.rate = rate

    def helper(x):
        return x + 1

    def make(value):
        return lambda x: value
    """


@pytest.mark.parametrize(
    "value",
    [
        "1",
        "[1, {'a': 2}]",
        "helper",
        "functools.partial(helper, 1)",
        "{'steps': [helper]}",
        "Config(1)",
        "Config",
        "make(make(2))",
        "len",
        "functools",
        "__import__('re').compile('a')",
        "__import__('math').sin",
        "__import__('numpy').float64(1)",
    ],
)
def test_a_function_may_hold_many_kinds_of_values(load, value):
    def once(text, more=""):
        module, sources = load(objects_holding=textwrap.dedent(HOLDING) + f"{more}\nf = {text}\n")
        return sources.of_object(module.f).fingerprint

    assert once(f"make({value})") == once(f"make({value})", more="# later\n")
    assert once(f"make({value})") != once("make(None)")


def test_a_helper_that_a_function_holds_matters(load):
    def once(text):
        module, sources = load(objects_holding=text)
        return sources.of_object(module.f).fingerprint

    text = textwrap.dedent(HOLDING) + "f = make([helper])\n"

    assert once(text) != once(text.replace("x + 1", "x + 2"))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("object()", "builtins.object"),
        ("__import__('sys').__stdout__", "_io.TextIOWrapper"),
        ("__import__('threading').Lock()", "lock"),
        ("__import__('pandas').DataFrame({'a': [1]})", "DataFrame"),
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_what_cannot_be_told_is_refused_with_its_place(load, value, kind):
    module, sources = load(objects_holding=textwrap.dedent(HOLDING) + f"f = make({value})\n")

    with pytest.raises(FingerprintError) as caught:
        sources.of_object(module.f)

    assert kind in str(caught.value)
    assert "value" in str(caught.value)


def test_a_class_made_inside_a_function_is_refused(load):
    text = "def make():\n    class Inner:\n        pass\n    return Inner\n\nf = make()\n"
    module, sources = load(objects_inner=text)

    with pytest.raises(FingerprintError, match="is a class made inside a function"):
        sources.of_object(module.f)


def test_a_function_without_source_is_refused(load):
    _, sources = load(objects_none="")
    space = {"__name__": "nowhere"}
    exec("f = lambda x: x", space)

    with pytest.raises(FingerprintError, match="cannot be found"):
        sources.of_object(space["f"])


def test_what_is_no_function_is_refused(load):
    _, sources = load(objects_none="")

    with pytest.raises(FingerprintError, match="a int is not a function"):
        sources.of_object(3)


@pytest.mark.parametrize("function", [len, math.sin, functools.reduce, int, str.upper])
def test_builtin_functions_are_told_by_name(load, function):
    _, sources = load(objects_none="")

    assert sources.of_object(function).fingerprint == sources.of_object(function).fingerprint
    assert sources.of_object(function).fingerprint != sources.of_object(print).fingerprint


def test_an_eval_in_a_lambda_is_refused_or_declared(load):
    module, sources = load(objects_eval="f = [lambda x: eval(x)][0]\n")

    (refused,) = sources.of_object(module.f).refused

    assert refused.line == 1
    assert sources.of_object(module.f, depends_on=["objects_eval"]).refused == ()


def cell(number, text, space):
    """Runs a text as a notebook does: no file, but the lines are known."""
    name = f"<notebook-{number}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    exec(compile(text, name, "exec"), space)


@pytest.fixture
def notebook():
    space = types.ModuleType("notebook_main").__dict__
    yield space
    for name in [each for each in linecache.cache if each.startswith("<notebook-")]:
        linecache.cache.pop(name)


def test_functions_of_a_notebook_are_told_by_what_they_use(load, notebook):
    _, sources = load(objects_tools=TOOLS)
    import_line = "import math\nfrom objects_tools import helper as tool\n"
    cell(1, f"{import_line}RATE = 2\ndef inner(x):\n    return x * RATE\n", notebook)
    cell(2, "def outer(x):\n    return inner(tool(x)) + math.pi\n", notebook)
    first = sources.of_object(notebook["outer"]).fingerprint

    cell(3, "\n\ndef outer(x):  # again\n    return inner(tool(x)) + math.pi\n", notebook)
    assert sources.of_object(notebook["outer"]).fingerprint == first

    cell(4, "RATE = 3\n", notebook)
    second = sources.of_object(notebook["outer"]).fingerprint
    assert second != first

    cell(5, "def inner(x):\n    return x / RATE\n", notebook)
    assert sources.of_object(notebook["outer"]).fingerprint not in (first, second)
