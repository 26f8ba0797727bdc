"""References: `${env:NAME}`, `${env:NAME:default}` and `${params:a.b}`.

A reference that is the whole of a value takes the type of what it names; in the middle of
a text it becomes text.
What the environment says is read as if it stood in the file: bare, `${env:N}` may become a
number; in quotes it stays text.
`$${` stands for `${` itself.

Everything that came from the environment is secret: the resolved item keeps the text as it
was written, and only that is ever shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NoReturn

from tilth.config.item import Item, Scalar, descend
from tilth.config.merge import as_text, parameter_names
from tilth.config.mistake import Mistakes, did_you_mean, quoted, shown
from tilth.config.parse import DEEPEST, MOST_VALUES
from tilth.config.scalar import read_scalar

REFERENCE = r"\$\$\{|\$\{([^{}]*)\}|\$\{"
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*\Z"
_EXPECTED = "`${env:NAME}`, `${env:NAME:default}` or `${params:a.b}`"


class _Unresolved(Exception):
    """A reference that cannot be followed; the mistake is on record."""


class Resolver:
    """Follows the references of a project's files.

    Args:
        params: The merged parameters, or None where params.yml could not be read: then no
            reference to a parameter is called a mistake.
        environ: The environment variables.

    Attributes:
        secrets: What was read from the environment -> the reference to it.
    """

    def __init__(self, params: Item | None, environ: Mapping[str, str], mistakes: Mistakes) -> None:
        self._params = params
        self._environ = environ
        self._mistakes = mistakes
        self._done: dict[int, Item] = {}
        self._kept: list[Item] = []  # keeps the ids of `_done` from being used again
        self._under_way: dict[int, str] = {}
        self._depth = 0
        self.secrets: dict[str, str] = {}

    def resolved(self, item: Item) -> Item:
        """The item with every reference in it followed; where that fails, as it was."""
        value = item.value
        if not isinstance(value, str | dict | list) or (
            isinstance(value, str) and "${" not in value
        ):
            return item
        done = self._done.get(id(item))
        if done is None:
            self._depth += 1
            done = self._followed(item)
            self._depth -= 1
            self._done[id(item)] = done
            self._kept.append(item)
        return done

    def _followed(self, item: Item) -> Item:
        value = item.value
        if isinstance(value, dict):
            inside = {key: self.resolved(each) for key, each in value.items()}
            same = all(inside[key] is each for key, each in value.items())
            return item if same else item.copy(value=inside)
        if isinstance(value, list):
            listed = [self.resolved(each) for each in value]
            same = all(new is old for new, old in zip(listed, value, strict=True))
            return item if same else item.copy(value=listed)
        try:
            return self._reference(item, str(value))
        except _Unresolved:
            # What comes later must not take the text for a value: nothing is known of it.
            return item.copy(value=UNKNOWN, written=str(value))

    def _reference(self, item: Item, text: str) -> Item:
        if id(item) in self._under_way:
            self._cycle(item)
        if self._depth > 2 * DEEPEST:
            self._fail(item, f"references lead into one another {DEEPEST} levels deep")
        self._under_way[id(item)] = text
        try:
            whole = re.fullmatch(REFERENCE, text)
            if whole is not None and whole[1] is not None:
                return self._whole(item, whole[1])
            return self._inline(item, text)
        finally:
            del self._under_way[id(item)]

    def _whole(self, item: Item, inside: str) -> Item:
        found = self._named(item, inside)
        return found.copy(
            file=item.file,
            spot=item.spot,
            key_spot=item.key_spot,
            written=item.value,
            replaced=item.replaced,
        )

    def _inline(self, item: Item, text: str) -> Item:
        parts, position, secret, written = list[str](), 0, False, None
        for match in re.finditer(REFERENCE, text):
            parts.append(text[position : match.start()])
            position = match.end()
            if match[0] == "$${":
                parts.append("${")
                continue
            if match[1] is None:
                self._fail(item, f"{quoted(text)} opens a `${{` that is not closed", _EXPECTED)
            found = self._named(item, match[1])
            parts.append(self._as_text(item, found, match[0]))
            secret, written = secret or found.secret, text
        parts.append(text[position:])
        return item.copy(value="".join(parts), written=written, secret=secret, quoted=True)

    def _as_text(self, item: Item, found: Item, reference: str) -> str:
        if found.value is None or isinstance(found.value, dict | list):
            self._fail(
                item,
                f"{quoted(reference)} is {shown(found.copy(written=None))}, "
                f"and stands in the middle of a text",
                "a text, number or truth value",
            )
        assert not isinstance(found.value, dict | list)
        return as_text(found.value)

    def _named(self, item: Item, inside: str) -> Item:
        kind, _, rest = inside.partition(":")
        if kind not in ("env", "params") or not rest:
            self._no_reference(item, inside)
        return self._variable(item, rest) if kind == "env" else self._parameter(item, rest)

    def _no_reference(self, item: Item, inside: str) -> NoReturn:
        hint = f"did you mean `${{env:{inside}}}`?" if re.match(_VARIABLE, inside) else None
        self._fail(item, f"{quoted('${' + inside + '}')} is not a reference", _EXPECTED, hint)

    def _variable(self, item: Item, rest: str) -> Item:
        name, colon, default = rest.partition(":")
        if not re.match(_VARIABLE, name):
            self._fail(
                item,
                f"{quoted(name)} cannot be the name of an environment variable",
                "letters, digits and `_`",
            )
        given = self._environ.get(name)
        if given is None and not colon:
            self._fail(
                item,
                f"the environment variable {quoted(name)} is not set",
                "that it is set, or a default: " + quoted(f"${{env:{name}:default}}"),
                did_you_mean(name, self._environ) or f"export {name}=...",
            )
        if given:
            self.secrets[given] = f"${{env:{name}}}"
        text = default if given is None else given
        return Item(
            _as_written(text, quoted=item.quoted), item.file, item.spot, secret=given is not None
        )

    def _parameter(self, item: Item, name: str) -> Item:
        if self._params is None:
            raise _Unresolved
        found: Item | None = self._params
        for key in name.split("."):
            # On the way there may be a group that is itself a reference.
            if found is not None and isinstance(found.value, str):
                found = self.resolved(found)
            found = found.child(key) if found is not None else None
        if found is None:
            self._fail(
                item,
                f"there is no parameter {quoted(name)}",
                "a parameter of params.yml",
                did_you_mean(name, parameter_names(self._params)),
            )
        resolved = self.resolved(found)
        if resolved.value is UNKNOWN:
            raise _Unresolved
        return resolved

    def _cycle(self, item: Item) -> NoReturn:
        texts = list(self._under_way.values())
        ring = texts[list(self._under_way).index(id(item)) :]
        steps = " -> ".join(quoted(each, 30) for each in [*ring[:6], ring[0]])
        self._fail(item, f"references go in a circle: {steps}", "a value somewhere")

    def _fail(
        self, item: Item, message: str, expected: str | None = None, hint: str | None = None
    ) -> NoReturn:
        self._mistakes.add(
            message, item.place, expected=expected, hint=hint, width=len(str(item.value))
        )
        raise _Unresolved


UNKNOWN = "${?}"
"""What stands in for the value of a reference that could not be followed."""


def _as_written(text: str, *, quoted: bool) -> Scalar:
    if quoted:
        return text
    try:
        return read_scalar(text)
    except OverflowError:
        return text


def is_unknown(item: Item) -> bool:
    """Whether its reference could not be followed, which was told already."""
    return item.value is UNKNOWN


def too_large(item: Item) -> bool:
    """Whether references made a value of it that would not fit into memory."""
    n_values, depth = _size(item, {})
    return n_values > MOST_VALUES or depth > DEEPEST


def _size(item: Item, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    inside = item.value
    if not isinstance(inside, dict | list):
        return 1, 1
    if id(inside) in known:
        return known[id(inside)]
    below = inside.values() if isinstance(inside, dict) else inside
    parts = [_size(each, known) for each in below]
    n_values = 1 + sum(n for n, _ in parts)
    depth = 1 + max((depth for _, depth in parts), default=0)
    known[id(inside)] = (n_values, depth)
    return n_values, depth


def lookup(params: Item, name: str) -> Item | None:
    """The parameter at `a.b.c`, or None."""
    return descend(params, name.split("."))
