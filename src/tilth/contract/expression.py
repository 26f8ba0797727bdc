"""The conditions of `relation`: a small language, parsed here and never run as Python.

It is the part of SQL that speaks of one row. A parser of our own costs two hundred lines and
gives what the one of the query engine cannot: mistakes are told when a project is opened,
without loading the engine, with the column that was meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tilth.errors import DefinitionError, nearest
from tilth.record import record

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<text>'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")+"|`[^`]+`)
  | (?P<word>[^\W\d]\w*)
  | (?P<sign><=|>=|<>|!=|==|[-+*/%=<>(),])
)""",
    re.VERBOSE,
)
_DEEPEST = 40
_WORDS = frozenset({"and", "or", "not", "is", "in", "between", "null", "true", "false"})
_COMPARISONS = {"=": "eq", "==": "eq", "<>": "ne", "!=": "ne", "<": "lt", "<=": "le",
                ">": "gt", ">=": "ge"}  # fmt: skip
_ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "truediv", "%": "mod"}


class ExpressionError(DefinitionError):
    """A text that is no condition."""


@record
class Expression:
    """A condition or a value, parsed.

    Attributes:
        tree: What it consists of: names of operations with their operands.
        columns: The columns that it names, in order.
    """

    tree: tuple[Any, ...]
    columns: tuple[str, ...]

    @property
    def is_condition(self) -> bool:
        """Whether it is true or false of a row."""
        return _is_condition(self.tree)

    def polars(self) -> Any:
        """As a Polars expression."""
        return _polars_of(self.tree)


def parse(text: str) -> Expression:
    """Parse a condition.

    Raises:
        ExpressionError: It is none; it says where.
    """
    parser = _Parser(list(_tokens(text)), text)
    tree = parser.whole()
    return Expression(tree=tree, columns=tuple(dict.fromkeys(_columns(tree))))


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            rest = text[at:].lstrip()
            what = "a quote that is not closed" if rest[0] in "'\"`" else f"`{rest[0]}`"
            raise ExpressionError(
                f"`{text}` holds {what} at character {len(text) - len(rest) + 1}",
                hint="texts stand in single quotes, odd column names in double ones",
            )
        kind = str(match.lastgroup)
        yield _Token(kind, match[kind], match.start(kind))
        at = match.end()


class _Parser:
    """Recursive descent: `or`, `and`, `not`, comparison, sum, product, sign, atom."""

    def __init__(self, tokens: list[_Token], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> tuple[Any, ...]:
        tree = self._either()
        if self._at < len(self._tokens):
            raise self._odd("an operator")
        return tree

    def _either(self) -> tuple[Any, ...]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError(f"`{self._text[:60]} ...` is nested too deeply")
        tree = self._joined("or", lambda: self._joined("and", self._negated))
        self._depth -= 1
        return tree

    def _joined(self, word: str, part: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
        tree = part()
        while self._word(word):
            tree = (word, self._condition(tree), self._condition(part()))
        return tree

    def _negated(self) -> tuple[Any, ...]:
        if self._word("not"):
            return ("not", self._condition(self._negated()))
        return self._compared()

    def _condition(self, tree: tuple[Any, ...]) -> tuple[Any, ...]:
        if not _is_condition(tree) and tree[0] != "column":
            raise ExpressionError(
                f"`{self._text}`: what stands beside `and`, `or` and `not` must be a condition",
                hint="compare it with something: `a > b`",
            )
        return tree

    def _compared(self) -> tuple[Any, ...]:
        left = self._sum()
        token = self._peek()
        if token is not None and token.text in _COMPARISONS:
            self._at += 1
            compared = (_COMPARISONS[token.text], left, self._sum())
            following = self._peek()
            if following is not None and following.text in _COMPARISONS:
                raise ExpressionError(
                    f"`{self._text}` compares three things at once",
                    hint="write `a < b and b < c`",
                )
            return compared
        if self._word("is"):
            negated = self._word("not")
            self._must_word("null")
            return ("is_not_null" if negated else "is_null", left)
        negated = self._word("not")
        tree: tuple[Any, ...]
        if self._word("in"):
            tree = ("in", left, *self._values())
        elif self._word("between"):
            low = self._sum()
            self._must_word("and")
            tree = ("between", left, low, self._sum())
        elif negated:
            raise self._odd("`in` or `between`")
        else:
            return left
        return ("not", tree) if negated else tree

    def _values(self) -> Sequence[tuple[Any, ...]]:
        self._must("(")
        values = [self._sum()]
        while self._sign(","):
            values.append(self._sum())
        self._must(")")
        odd = next((each for each in values if each[0] != "literal"), None)
        if odd is not None:
            raise ExpressionError(f"`{self._text}`: behind `in` there may be values only")
        return values

    def _sum(self) -> tuple[Any, ...]:
        tree = self._product()
        while sign := self._sign("+", "-"):
            tree = (_ARITHMETIC[sign], tree, self._product())
        return tree

    def _product(self) -> tuple[Any, ...]:
        tree = self._signed()
        while sign := self._sign("*", "/", "%"):
            tree = (_ARITHMETIC[sign], tree, self._signed())
        return tree

    def _signed(self) -> tuple[Any, ...]:
        n = 0
        while self._sign("-"):
            n += 1
        tree = self._atom()
        if n % 2 == 0:
            return tree
        return ("literal", -tree[1]) if _is_number(tree) else ("neg", tree)

    def _atom(self) -> tuple[Any, ...]:
        token = self._peek()
        if token is None:
            raise self._odd("a column or a value")
        self._at += 1
        if token.text == "(":
            tree = self._either()
            self._must(")")
            return tree
        if token.kind == "number":
            plain = token.text.isdigit()
            return ("literal", int(token.text) if plain else float(token.text))
        if token.kind == "text":
            return ("literal", token.text[1:-1].replace("''", "'"))
        if token.kind == "quoted":
            return ("column", token.text[1:-1].replace('""', '"'))
        if token.kind == "word":
            return self._named(token)
        self._at -= 1
        raise self._odd("a column or a value")

    def _named(self, token: _Token) -> tuple[Any, ...]:
        word = token.text.lower()
        if word in ("true", "false"):
            return ("literal", word == "true")
        if word in _WORDS:
            self._at -= 1
            raise self._odd("a column or a value")
        if not self._sign("("):
            return ("column", token.text)
        if word not in _FUNCTIONS:
            near = nearest(word, _FUNCTIONS)
            raise ExpressionError(
                f"`{self._text}`: there is no function `{token.text}`",
                hint=f"did you mean `{near}`?"
                if near
                else "there is " + ", ".join(f"`{each}`" for each in _FUNCTIONS),
            )
        arguments = [self._sum()]
        while self._sign(","):
            arguments.append(self._sum())
        self._must(")")
        least, most = _FUNCTIONS[word]
        if not least <= len(arguments) <= most:
            raise ExpressionError(
                f"`{self._text}`: `{word}` takes "
                f"{least if least == most else f'at least {least}'} and was given {len(arguments)}"
            )
        if word == "round" and not all(isinstance(each[1], int) for each in arguments[1:]):
            raise ExpressionError(f"`{self._text}`: `round` takes a whole number of digits")
        return (word, *arguments)

    # Tokens

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _word(self, word: str) -> bool:
        token = self._peek()
        found = token is not None and token.kind == "word" and token.text.lower() == word
        self._at += found
        return found

    def _sign(self, *signs: str) -> str:
        token = self._peek()
        if token is None or token.kind != "sign" or token.text not in signs:
            return ""
        self._at += 1
        return token.text

    def _must_word(self, word: str) -> None:
        if not self._word(word):
            raise self._odd(f"`{word}`")

    def _must(self, sign: str) -> None:
        if not self._sign(sign):
            raise self._odd(f"`{sign}`")

    def _odd(self, expected: str) -> ExpressionError:
        token = self._peek()
        if token is None:
            return ExpressionError(f"`{self._text}` ends where there should be {expected}")
        return ExpressionError(
            f"`{self._text}` has `{token.text}` at character {token.at + 1}, "
            f"where there should be {expected}",
            hint=_HINTS.get(token.text.lower()),
        )


_HINTS = {
    "=": "one `=` is enough",
    "&": "write `and`",
    "like": "there is `starts_with(a, 'x')`, `ends_with` and `contains`",
}

_CONDITIONS = frozenset(
    {"and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "is_null", "is_not_null", "in",
     "between", "starts_with", "ends_with", "contains"}
)  # fmt: skip

_FUNCTIONS: Mapping[str, tuple[int, int]] = {
    "abs": (1, 1), "round": (1, 2), "length": (1, 1), "lower": (1, 1), "upper": (1, 1),
    "coalesce": (2, 20), "starts_with": (2, 2), "ends_with": (2, 2), "contains": (2, 2),
    "year": (1, 1), "month": (1, 1), "day": (1, 1), "hour": (1, 1),
}  # fmt: skip
"""Function -> how many arguments it takes at least and at most."""


def _is_condition(tree: tuple[Any, ...]) -> bool:
    return tree[0] in _CONDITIONS


def _is_number(tree: tuple[Any, ...]) -> bool:
    number = tree[0] == "literal" and isinstance(tree[1], int | float)
    return number and not isinstance(tree[1], bool)


def _columns(tree: tuple[Any, ...]) -> Iterator[str]:
    if tree[0] == "column":
        yield tree[1]
    elif tree[0] != "literal":
        for part in tree[1:]:
            yield from _columns(part)


def _polars_of(tree: tuple[Any, ...]) -> Any:
    import polars  # 0.1 s, and only where data is judged

    what, *parts = tree
    if what == "column":
        return polars.col(parts[0])
    if what == "literal":
        return polars.lit(parts[0])
    if what == "in":
        return _polars_of(parts[0]).is_in([each[1] for each in parts[1:]])
    if what == "round":
        return _polars_of(parts[0]).round(parts[1][1] if len(parts) > 1 else 0)
    return _MAKE[what](*map(_polars_of, parts))


def _method(name: str) -> Callable[..., Any]:
    """What calls a method of a Polars expression, `str.len_chars` say, by its dotted name."""

    def called(expression: Any, *arguments: Any) -> Any:
        found = expression
        for part in name.split("."):
            found = getattr(found, part)
        return found(*arguments)

    return called


def _coalesce(*parts: Any) -> Any:
    import polars  # 0.1 s, and only where data is judged

    return polars.coalesce(parts)


_MAKE: Mapping[str, Callable[..., Any]] = {
    **{name: _method(name) for name in
       ("eq", "ne", "lt", "le", "gt", "ge", "add", "sub", "mul", "truediv", "mod", "neg",
        "is_null", "is_not_null", "abs")},
    "and": _method("and_"), "or": _method("or_"), "not": _method("not_"),
    "between": _method("is_between"),
    "length": _method("str.len_chars"), "lower": _method("str.to_lowercase"),
    "upper": _method("str.to_uppercase"), "starts_with": _method("str.starts_with"),
    "ends_with": _method("str.ends_with"),
    "contains": lambda text, part: text.str.contains(part, literal=True),
    "year": _method("dt.year"), "month": _method("dt.month"), "day": _method("dt.day"),
    "hour": _method("dt.hour"), "coalesce": _coalesce,
}  # fmt: skip
