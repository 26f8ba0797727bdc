"""Open the page on which people label items, by keys."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FunctionType
from typing import Any, cast

import click

from tilth import plugins
from tilth.cli.command import Invocation, command
from tilth.cli.labels import asked, chosen_rounds, name_argument, warn
from tilth.cli.opening import opened
from tilth.cli.output import plural, say, show_json
from tilth.errors import DataError, DefinitionError
from tilth.labels.entry import Source
from tilth.project.label_rounds import ask_unlabelled
from tilth.project.label_set import LabelSet, label_set
from tilth.project.person import person

__all__ = ["review"]

_LONGEST = 60
_UNASKED = (Source.IMPORT, Source.MIGRATION)


@command(
    examples=(
        ("tilth labels review tone", "what is asked about `tone`, under your user name"),
        ("tilth labels review tone --as ada --as bob", "for two people at this machine"),
        ("tilth labels review tone --of issue", "suspected labels only"),
        ("tilth labels review tone --no-browser --port 8400", "print the link, and no more"),
    )
)
@name_argument
@click.option(
    "--as",
    "people",
    metavar="PERSON",
    multiple=True,
    help="Who works; may be repeated. Your user name if not given.",
)
@click.option(
    "--of",
    "sources",
    type=click.Choice([str(each) for each in Source if each not in _UNASKED]),
    multiple=True,
    help="Ask only this; may be repeated.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="A free one if not given.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen; one that others can reach needs `--token`.",
)
@click.option("--token", metavar="SECRET", help="What the links are made from; random else.")
@click.option("--no-browser", is_flag=True, help="Print the link, and open nothing.")
def review(invocation: Invocation, name: str, **options: Any) -> None:
    """Open the page on which people answer what is asked about NAME.

    Every key press is written to the log at once; any answer can be taken back. The page may be
    closed at any time, and goes on where it was. Ctrl-C ends it.
    """
    people = list(dict.fromkeys(options["people"])) or [person()]
    for each in people:
        if not each.strip() or not each.isprintable() or len(each) > _LONGEST:
            raise DefinitionError(f"{each!r} is no name of a person")
    with opened(invocation) as project:
        labels = label_set(project, name)
        rounds = _rounds(invocation, labels, options["sources"])
        for each in labels.items.complaints:
            say(f"warning: {each}")
        warn(labels)
        serve = cast(Callable[..., None], plugins.find("tilth.web", "review", of=FunctionType))
        before = len(labels.log.entries())
        with suppress(KeyboardInterrupt):
            serve(
                labels,
                people,
                rounds,
                host=options["host"],
                port=options["port"],
                token=options["token"],
                ready=lambda links: _ready(invocation, links, not options["no_browser"]),
            )
        n_new = len(labels.log.entries()) - before
        if not invocation.json:
            say(f"\nclosed; the log has {plural(n_new, 'line')} more")


def _rounds(invocation: Invocation, labels: LabelSet, sources: tuple[str, ...]) -> list[str]:
    """What is asked: the blind rounds first, as who has seen a label is blind no more."""
    if not labels.standing.rounds and labels.items.unlabelled:
        asked(invocation, labels, ask_unlabelled(labels, who=person()))
    rounds = chosen_rounds(labels, sources)
    if not rounds:
        raise DataError(
            f"label set `{labels.name}`: nothing is asked yet",
            hint=f"`tilth labels sample {labels.name}` has a sample labelled by two people, "
            f"`tilth labels issues {labels.name} --ask` suspected labels looked at",
        )
    known = labels.standing.rounds
    return sorted(rounds, key=lambda each: not known[each].is_blind)


def _ready(invocation: Invocation, links: Mapping[str, str], browser: bool) -> None:
    if invocation.json:
        show_json({"links": dict(links)})
    else:
        for who, link in links.items():
            say(f"{who}: {link}")
        say("every key press is kept at once; Ctrl-C ends it")
    if browser:
        webbrowser.open(next(iter(links.values())))
