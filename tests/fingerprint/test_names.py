"""The names that code mentions, against what Python's own compiler makes of it."""

from __future__ import annotations

import ast
import dis
import types
from pathlib import Path

import pytest

from tilth.fingerprint.names import mentions, root

LIBRARY = Path(ast.__file__).parent
MODULES = [
    "argparse.py",
    "ast.py",
    "dataclasses.py",
    "functools.py",
    "inspect.py",
    "logging/__init__.py",
    "pathlib.py",
    "statistics.py",
    "typing.py",
    "zipfile.py",
    "unittest/mock.py",
    "collections/__init__.py",
    "concurrent/futures/process.py",
    "json/encoder.py",
    "test/test_scope.py",
    "test/test_named_expressions.py",
    "test/test_patma.py",
    "test/test_generators.py",
]


def loaded(code):
    """The names that compiled code, and the code inside it, looks up in the module."""
    found = {
        each.argval
        for each in dis.get_instructions(code)
        if each.opname in ("LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_NAME")
    }
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            found |= loaded(inner)
    return found


@pytest.mark.parametrize("name", MODULES)
def test_names_are_those_that_the_compiler_looks_up(name):
    path = LIBRARY / name
    if not path.exists():
        pytest.skip("not in this Python")
    tree = ast.parse(path.read_bytes())
    checked = 0
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        code = compile(ast.Module([node], []), name, "exec", dont_inherit=True)
        found = mentions([node])
        ours = {root(each) for each in {*found.all(), *found.soft}} | found.changed | found.mutated
        theirs = loaded(code) - {node.name}
        # The compiler looks a class's own names up as well, and imports inside are not roots.
        bound = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        missed = (theirs & bound) - ours - own_names(node)
        assert not missed, f"{node.name}: missed {missed}"
        checked += 1
        if isinstance(node, ast.FunctionDef) and not has_class(node):
            more = ours - theirs - {None, node.name} - annotated(node)
            assert not more, f"{node.name}: mentions {more}, which are local"
    assert checked


def own_names(node):
    """What class bodies and imports bind, which is looked up by name there too."""
    found = {"__name__", "__module__", "__qualname__", "__annotations__"}
    for each in ast.walk(node):
        if isinstance(each, ast.Import | ast.ImportFrom):
            found |= {(name.asname or name.name).partition(".")[0] for name in each.names}
        if isinstance(each, ast.ClassDef):
            found |= {inner.name for inner in each.body if hasattr(inner, "name")}
    return found


def has_class(node):
    return any(isinstance(each, ast.ClassDef) for each in ast.walk(node))


def annotated(node):
    """Names in annotations of variables inside functions, which are never evaluated."""
    return {
        name.id
        for each in ast.walk(node)
        if isinstance(each, ast.AnnAssign)
        for name in ast.walk(each.annotation)
        if isinstance(name, ast.Name)
    }


CASES = {
    "a name": ("def f(x): return a + x", {"a"}),
    "an attribute": ("def f(x): return a.b.c(x)", {"a.b.c"}),
    "an attribute of a result": ("def f(x): return a(x).b.c", {"a"}),
    "a default": ("def f(x=a): ...", {"a"}),
    "a default of the same name": ("def f(a=a): return a", {"a"}),
    "a decorator": ("@a.b(c)\ndef f(): ...", {"a.b", "c"}),
    "a variable": ("def f():\n    a = 1\n    return a", set()),
    "a variable that is bound later": ("def f():\n    print(a)\n    a = 1", {"print"}),
    "a global variable": ("def f():\n    global a\n    a = 1", set()),
    "a comprehension": ("def f(x): return [a for a in a]", {"a"}),
    "a nested comprehension": ("def f(x): return [b for a in x for b in a]", set()),
    "a walrus in a comprehension": ("def f(x): return [y := a for a in x], y", set()),
    "an inner function": ("def f():\n    a = 1\n    def g(): return a, b\n    return g", {"b"}),
    "a class in a function": (
        "def f():\n    class C:\n        a = 1\n        def g(self): return a\n    return C",
        {"a"},
    ),
    "a class attribute in its class": (
        "class C:\n    a = 1\n    b = a + c\n    @a.setter\n    def d(self): return b",
        {"b", "c"},
    ),
    "an import": ("def f():\n    import a.b as c\n    return c.d", {">a.b|d"}),
    "a dotted import": ("def f():\n    import a.b\n    return a.b.c", {">a|b.c"}),
    "a relative import": ("def f():\n    from ..a import b as c\n    return c.d", {">..a|b.d"}),
    "a pattern": ("def f(x):\n    match x:\n        case a.B(c, d=e): return c, e", {"a.B"}),
    "a pattern of a list": ("def f(x):\n    match x:\n        case [a, *b]: return a, b", set()),
    "a handler": ("def f():\n    try: ...\n    except A as b: return b", {"A"}),
    "a formatted text": ("def f(x): return f'{a} {x:{b}}'", {"a", "b"}),
    "an annotation": ("def f(x: a.B) -> c: ...", {"a.B", "c"}),
    "a star": ("def f(*a, **b): return a, b", set()),
    "a lambda": ("f = lambda a, b=c: a + b + d", {"c", "d"}),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_names_are_told(text, expected):
    assert mentions([ast.parse(text).body[0]]).all() == expected


def test_changes_are_told():
    text = """
def f(x):
    global total
    total += 1
    table["a"]["b"] = 1
    box.inner.value = 2
    rows[0].items.append(x)
    names.update(x)
    del gone["a"]
    x["a"] = 1
    local = {}
    local["a"] = 2
"""

    found = mentions([ast.parse(text).body[0]])

    assert found.changed == {"total", "table", "box", "rows", "gone"}
    assert found.mutated == {"names"}
    assert found.declared == {"total"}
