"""A function as a node knows it: its name and its parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from tilth.errors import DefinitionError
from tilth.record import field, record

UNKNOWN = "?"
"""The maker of a function of which it is not known yet what makes it."""


@record(kw_only=False)
class Function:
    """What a node calls.

    Attributes:
        name: `package.module:qualified.name`.
        maker: Of a function that cannot be imported under its name (a lambda, a partial, one
            made by a factory): what makes the pipeline that holds it; empty otherwise.
        callable: The function itself, where it is at hand.
    """

    name: str
    maker: str = ""
    callable: Callable[..., Any] | None = field(default=None, repr=False)

    def __eq__(self, other: object) -> bool:
        """By name; lambdas share names, so their makers must be known, or they be the same."""
        if other is self:
            return True
        if not isinstance(other, Function):
            return False
        if self.name != other.name or self.maker != other.maker:
            return False
        return self.maker != UNKNOWN or self.callable == other.callable

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def short(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(":")[2].rpartition(".")[2]

    @property
    def importable(self) -> bool:
        """Whether it can be had by importing its module."""
        return not self.maker


@record(kw_only=False)
class Parameter:
    """One parameter of a function's signature.

    Attributes:
        name: Its name.
        required: Whether it has no default.
        kind: `positional`, `any`, `keyword`, `rest` for `*args`, `rest_named` for `**kwargs`.
    """

    name: str
    required: bool = True
    kind: str = "any"


_CODE_FLAGS_REST, _CODE_FLAGS_REST_NAMED = 0x04, 0x08
_KINDS = ("positional", "any", "rest", "keyword", "rest_named")


def function_of(callable: Callable[..., Any]) -> Function:
    """What is noted of a callable.

    Raises:
        DefinitionError: It is none.
    """
    name = function_name(callable)
    if not hasattr(callable, "__call__"):  # noqa: B004 - three times as fast as `callable`
        raise DefinitionError(
            f"a node needs a function, not {callable!r:.80}",
            hint="name the function itself, without quotes and without calling it",
        )
    return Function(name, _maker(callable), callable)


def function_name(function: Callable[..., Any]) -> str:
    """`package.module:qualified.name` of a callable; a partial goes by what it wraps."""
    inner = function
    while isinstance(inner, partial):
        inner = inner.func
    qualified = getattr(inner, "__qualname__", None)
    if qualified is None:
        kind = type(inner)
        return f"{kind.__module__}:{kind.__qualname__}"
    return f"{getattr(inner, '__module__', None) or 'builtins'}:{qualified}"


def _maker(function: Callable[..., Any]) -> str:
    """Empty for what importing finds again."""
    qualified = getattr(function, "__qualname__", "<instance>")
    simple = hasattr(function, "__code__") and "<" not in qualified
    return "" if simple and not hasattr(function, "__self__") else UNKNOWN


def parameters_of(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The parameters of a callable, in order.

    A plain function is read off its code object, which is fast; anything else by `inspect`.
    """
    code = getattr(function, "__code__", None)
    if code is None or hasattr(function, "__wrapped__") or hasattr(function, "__self__"):
        return _inspected(function)
    names, n, n_keyword = code.co_varnames, code.co_argcount, code.co_kwonlyargcount
    first_default = n - len(getattr(function, "__defaults__", None) or ())
    n_positional = code.co_posonlyargcount
    found = [
        Parameter(names[i], i < first_default, "positional" if i < n_positional else "any")
        for i in range(n)
    ]
    if not n_keyword and not code.co_flags & (_CODE_FLAGS_REST | _CODE_FLAGS_REST_NAMED):
        return tuple(found)
    keyword_defaults = getattr(function, "__kwdefaults__", None) or {}
    found += [
        Parameter(each, each not in keyword_defaults, "keyword")
        for each in names[n : n + n_keyword]
    ]
    rest = n + n_keyword
    if code.co_flags & _CODE_FLAGS_REST:
        found.append(Parameter(names[rest], False, "rest"))
        rest += 1
    if code.co_flags & _CODE_FLAGS_REST_NAMED:
        found.append(Parameter(names[rest], False, "rest_named"))
    return tuple(found)


def _inspected(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    import inspect  # heavy, and plain functions do without

    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise DefinitionError(
            f"the arguments of `{function_name(function)}` cannot be known: {error}",
            hint="wrap it into a function of your own",
        ) from error
    return tuple(
        Parameter(
            each.name,
            each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD),
            _KINDS[each.kind],
        )
        for each in found
    )


def listed(parameters: Sequence[Parameter]) -> str:
    """What a function takes, for people."""
    shown = [each.name if each.required else f"{each.name} (optional)" for each in parameters]
    return ", ".join(f"`{name}`" for name in shown[:12]) or "no arguments"
