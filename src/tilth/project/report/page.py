"""The report as one page: plain words first, then tables, then where each number comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from time import localtime, strftime
from typing import Any

from tilth.config.scope import ScopeSettings
from tilth.history.record import Metric, NodeRun
from tilth.project.report.drawing import bar, hundred, stacked, whisker
from tilth.project.report.embedded import embedded
from tilth.project.report.facts import PAGES, Chapter, Fact
from tilth.project.report.report import Report, findings_of
from tilth.project.report.shown import number
from tilth.project.report.times import GroupTime, NodeTime
from tilth.project.report.words import (
    SCOPE_TITLE,
    UNSAID,
    Paragraph,
    scope_in_words,
    success_in,
    target_of,
)
from tilth.sheet import marked, sheet

_STATES = {"done": "ran", "reused": "as before", "failed": "failed", "interrupted": "stopped"}
_MOST_ROWS = 200
_SLOWEST = 3

Cells = Sequence[str]


def page(report: Report) -> str:
    """The whole page."""
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    origins = _Origins(report)
    front = "".join(_front(report, origins))
    deep = "".join(_deep(report, origins))
    head = f"<header><h1>{escape(report.project)}</h1><p>{_when(report)}</p></header>\n"
    title = f"{report.project}: report of run {report.run.id}"
    return sheet(title, f"{head}{_navigation(deep)}{front}{deep}", style=style)


def first_page(report: Report) -> str:
    """The plain words alone, for a notebook."""
    return "".join(_front(report, _Origins(report)))


class _Origins:
    """Numbers what the page rests on, in the order in which it is mentioned."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._numbers: dict[str, int] = {}
        self._facts: list[Fact] = []

    def link(self, facts: Iterable[Fact]) -> str:
        """Links to where facts come from."""
        return "".join(
            f'<a class="from" href="#from-{n}" title="{escape(self._told(fact))}">{n}</a>'
            for fact in facts
            for n in [self._number(fact)]
        )

    def _number(self, fact: Fact) -> int:
        name = fact.version.dataset
        if name not in self._numbers:
            self._facts.append(fact)
            self._numbers[name] = len(self._facts)
        return self._numbers[name]

    @staticmethod
    def _told(fact: Fact) -> str:
        return f"run {fact.made_by.run}, node {fact.made_by.node}"

    def rows(self) -> Iterator[tuple[str, Cells]]:
        """A row for each, with its anchor."""
        for n, fact in enumerate(self._facts, 1):
            digest = fact.version.fingerprint.partition(":")[2][:12]
            name = fact.version.dataset
            yield (
                f"from-{n}",
                (
                    str(n),
                    f"<code>{escape(name)}@{digest}</code>",
                    f"run {fact.made_by.run}",
                    f"<code>{escape(fact.made_by.node)}</code>",
                    f"<code>tilth data head {escape(name)}@{digest}</code>",
                ),
            )


# The first page


def _when(report: Report) -> str:
    run = report.run
    day = strftime("%d %B %Y, %H:%M", localtime(run.started_at)).lstrip("0")
    by = f", by {escape(run.person)}" if run.person else ""
    return f"Report of run {run.id}, {day}{by}"


def _front(report: Report, origins: _Origins) -> Iterator[str]:
    if report.scope is not None:
        yield _scope(report.scope)
    failed = [each for each in report.node_runs if each.state in ("failed", "interrupted")]
    if report.run.state != "done" or failed:
        yield "".join(_unfinished(report, failed))
    for chapter in report.chapters:
        yield _chapter(chapter, report.told[chapter.name], origins, len(report.chapters) > 1)
    if not report.chapters:
        yield '<section class="front"><h2>What came of it</h2>'
        yield "".join(f"<p>{each}</p>" for each in _plainly(report))
        yield "</section>\n"


def _scope(scope: ScopeSettings) -> str:
    rows = "".join(
        f"<dt>{title}</dt><dd>{marked(said)}</dd>"
        if said
        else f'<dt>{title}</dt><dd class="empty">{UNSAID}</dd>'
        for title, said in scope_in_words(scope)
    )
    return (
        f'<section class="front scope" id="scope"><h2>{SCOPE_TITLE}</h2><dl>{rows}</dl></section>\n'
    )


def _unfinished(report: Report, failed: Sequence[NodeRun]) -> Iterator[str]:
    yield '<section class="front"><h2 class="bad">It did not come to its end</h2>'
    for each in failed:
        yield f"<p><code>{escape(each.node)}</code>: {escape(each.error or each.state)}</p>"
    if not failed:
        yield f"<p>Its state is <code>{escape(report.run.state)}</code>.</p>"
    yield "</section>\n"


def _chapter(
    chapter: Chapter, told: Sequence[Paragraph], origins: _Origins, is_one_of_many: bool
) -> str:
    target = target_of(chapter)
    title = f"A model of <code>{escape(target)}</code>" if target else "A model"
    if is_one_of_many:
        title += f" <small>({escape(chapter.name)})</small>"
    parts = [f'<section class="front" id="model-{escape(chapter.name)}"><h2>{title}</h2>']
    for each in told:
        parts.append(f"<h3>{escape(each.title)}</h3>")
        for said in each.sentences:
            parts.append(f"<p>{marked(said.text)}{origins.link(said.facts)}</p>")
        if each.title == "How good it is":
            parts.append(_pictures(chapter, target))
    return f"{''.join(parts)}</section>\n"


def _pictures(chapter: Chapter, target: str) -> str:
    """The model beside the same answer each time."""
    _, found = success_in(chapter, target)
    if found is None or found.simple is None:
        return ""
    usual = f"to say {number(found.usual)} each time"
    if found.is_quantity:
        most = max(found.own.value, found.simple) or 1.0
        drawn = (
            (bar(found.own.value, most, "the model"), "how far off this model is"),
            (bar(found.simple, most, "a rule"), usual),
        )
    else:
        drawn = (
            (hundred(found.own.value, "the model"), "this model: right of 100"),
            (hundred(found.simple, "a rule"), usual),
        )
    figures = "".join(
        f"<figure>{picture}<figcaption>{escape(what)}</figcaption></figure>"
        for picture, what in drawn
    )
    return f'<div class="pictures">{figures}</div>'


def _plainly(report: Report) -> Iterator[str]:
    """What there is to say of a run without a model of a stage's."""
    made = [each for each in report.node_runs if each.state in ("done", "reused")]
    rows = sum(each.rows or 0 for each in report.sources)
    steps = "One step was" if len(made) == 1 else f"{len(made)} steps were"
    n = len(report.sources)
    of = "one table or file" if n == 1 else f"{n} tables or files"
    read = f" It read {of}{f' with {rows:,} rows' if rows else ''}." if n else ""
    yield f"{steps} done.{read}"
    scalars = sum(each.value is not None for found in report.metrics.values() for each in found)
    if scalars:
        yield f"{scalars} numbers were measured; they stand below, each with the step it is from."
    broken = [each for each in report.checks if each.state == "broken"]
    if broken:
        yield f"{len(broken)} promises about data were not kept; they stand below."


# What is behind it


def _navigation(deep: str) -> str:
    found = re.findall(r'<section[^>]* id="([\w-]+)"><h2>(.*?)</h2>', deep)
    # Behind a title may stand where its numbers come from.
    titles = [(name, re.sub(r'<a class="from".*?</a>', "", title)) for name, title in found]
    links = "".join(f'<a href="#{name}">{title}</a>' for name, title in titles)
    return f"<nav>{links}</nav>\n" if links else ""


def _deep(report: Report, origins: _Origins) -> Iterator[str]:
    for i, chapter in enumerate(report.chapters):
        yield from _models(chapter, origins, i)
        yield from _preparation(chapter, origins, i)
    facts = [fact for each in report.chapters for fact in each.facts.values()]
    for fact in [*facts, *report.loose]:
        if fact.kind in PAGES and isinstance(fact.value, str):
            yield _page_of_stage(fact, report.changes.get(fact.version.dataset, ""))
    yield _section("metrics", "All that was measured", _metrics(report.metrics))
    yield _section("checks", "Promises about data", _checks(report))
    yield _section("sources", "The data it began with", _sources(report))
    yield _section("time", "Where the time went", _times(report))
    yield _section("steps", "What was done", _steps(report))
    yield _section("environment", "With what it was made", _environment(report))
    rows = list(origins.rows())
    titles = ("", "dataset", "found in", "by the node", "to look at it")
    table = _table(titles, [cells for _, cells in rows], anchors=[name for name, _ in rows])
    yield _section("origins", "Where the numbers come from", table if rows else "")


def _section(name: str, title: str, inside: str) -> str:
    return f'<section id="{name}"><h2>{title}</h2>{inside}</section>\n' if inside else ""


def _page_of_stage(fact: Fact, more: str) -> str:
    inside = embedded(fact.value.replace("</main>", f"{more}</main>"))
    title = f"{PAGES[fact.kind]} <small><code>{escape(fact.name)}</code></small>"
    name = f"{fact.kind}-{fact.name}".replace("_", "-").replace(".", "-")
    return _section(name, title, inside).replace("<section ", '<section class="deep" ', 1)


def _models(chapter: Chapter, origins: _Origins, place: int) -> Iterator[str]:
    candidates, comparison = chapter.get("candidates"), chapter.get("comparison")
    if candidates is None or comparison is None:
        return
    metric, chosen = comparison.value["metric"], comparison.value["chosen"]
    rows = candidates.value.to_dicts()
    known = [each for each in rows if each[metric] is not None]
    ends = (
        min((min(each["low"], each[metric]) for each in known), default=0.0),
        max((max(each["high"], each[metric]) for each in known), default=1.0),
    )
    titles = ("model", metric, "95 % interval", "", "seconds to fit", "size", "why")
    cells = [
        (
            escape(each["model"]),
            number(each[metric]),
            f"{number(each['low'])} to {number(each['high'])}",
            whisker(each[metric], each["low"], each["high"], ends),
            number(each["fit_seconds"]),
            f"{each['size_bytes'] / 1000:,.1f} kB",
            marked(each["why"]),
        )
        for each in known
    ]
    classes = ["chosen" if each["model"] == chosen else "" for each in known]
    table = _table(titles, cells, right=(1, 4, 5), classes=classes)
    why = f"<p>{marked(comparison.value['why'])}.{origins.link([comparison, candidates])}</p>"
    yield _section(
        f"models-{place}", f"Models that were tried: {escape(chapter.name)}", why + table
    )


def _preparation(chapter: Chapter, origins: _Origins, place: int) -> Iterator[str]:
    """What became of each column, and what leaks."""
    for kind, title, names in (
        ("columns", "What becomes of each column", ("column", "kind", "treatment", "why")),
        ("leakage", "What may leak", ("severity", "column", "evidence", "advice")),
    ):
        fact = chapter.get(kind)
        if fact is None or fact.value.height == 0:
            continue
        rows = [
            tuple(marked(str(each[name])) for name in names)
            for each in fact.value.head(_MOST_ROWS).to_dicts()
        ]
        yield _section(f"{kind}-{place}", title + origins.link([fact]), _table(names, rows))


def _metrics(found: Mapping[str, Sequence[Metric]]) -> str:
    rows = [
        (
            f"<code>{escape(node)}</code>",
            escape(each.name),
            number(each.value),
            "" if each.low is None else f"{number(each.low)} to {number(each.high)}",
        )
        for node, metrics in found.items()
        for each in metrics
        if each.value is not None
    ]
    more = f"<p class='note'>and {len(rows) - _MOST_ROWS:,} more: <code>tilth runs show</code></p>"
    table = _table(("node", "metric", "value", "interval"), rows[:_MOST_ROWS], right=(2,))
    return (table + (more if len(rows) > _MOST_ROWS else "")) if rows else ""


def _checks(report: Report) -> str:
    rows = [
        (
            f"<code>{escape(each.dataset)}</code>",
            each.state if each.state != "broken" else '<span class="bad">broken</span>',
            "; ".join(marked(str(one.get("message", ""))) for one in findings_of(each)),
        )
        for each in report.checks
    ]
    return _table(("dataset", "contract", "what was found"), rows) if rows else ""


def _sources(report: Report) -> str:
    rows = [
        (
            f"<code>{escape(each.dataset)}</code>",
            "" if each.rows is None else f"{each.rows:,}",
            "" if each.columns is None else str(each.columns),
            f"{each.n_bytes:,}",
            f"<code>{each.fingerprint.partition(':')[2][:12]}</code>",
        )
        for each in report.sources
    ]
    titles = ("dataset", "rows", "columns", "bytes", "version")
    return _table(titles, rows, right=(1, 2, 3)) if rows else ""


def _times(report: Report) -> str:
    """By pipeline or layer: what ran, and beside it what was taken over, told apart."""
    ran = sum(each.ran for each in report.times)
    reused = sum(each.reused for each in report.times)
    if not ran + reused:
        return ""
    names = [each.node.partition("[")[0] for each in report.node_runs[:_MOST_ROWS]]
    steps = {name: i for i, name in reversed(list(enumerate(names)))}
    rows = [
        (
            f"<code>{escape(each.name)}</code>",
            ", ".join(escape(kind) for kind in each.kinds),
            stacked(each.ran, each.reused, ran + reused, _shares(each, ran + reused)),
            f"{100 * each.seconds / (ran + reused):.0f} %",
            number(each.ran) if each.ran else "–",
            number(each.reused) if each.reused else "–",
            _slowest(each.nodes, steps),
        )
        for each in report.times
    ]
    titles = ("", "stage or layer", "", "share", "ran: seconds", "as before: seconds", "in")
    return (
        f"<p>The steps that ran in this run took {number(ran)} seconds, with reading and writing. "
        f"What stayed as before had taken {number(reused)} seconds when it ran; in the picture it "
        "is paler. Steps that went side by side count in full.</p>"
        f"{_table(titles, rows, right=(3, 4, 5))}"
    )


def _shares(each: GroupTime, whole: float) -> str:
    ran, reused = round(100 * each.ran / whole), round(100 * each.reused / whole)
    return f"{each.name}: {ran} % ran, {reused} % as before"


def _slowest(nodes: Sequence[NodeTime], steps: Mapping[str, int]) -> str:
    """Nodes with their seconds, each with a link to what is on record of it."""
    told = []
    for each in nodes:
        name = f"<code>{escape(each.node)}</code>"
        if each.node in steps:
            name = f'<a href="#step-{steps[each.node]}">{name}</a>'
        told.append(f"{name} {number(each.seconds)}")
    shown, rest = ", ".join(told[:_SLOWEST]), ", ".join(told[_SLOWEST:])
    more = len(told) - _SLOWEST
    return shown + (f"<details><summary>{more} more</summary>{rest}</details>" if rest else "")


def _steps(report: Report) -> str:
    run = report.run
    told = [f"<code>tilth {escape(run.arguments)}</code>" if run.arguments else ""]
    if run.commit:
        clean = "" if run.clean else ", with changes that were not committed"
        told.append(f"at commit <code>{escape(run.commit[:12])}</code>{clean}")
    if run.note:
        told.append(escape(run.note))
    rows = [
        (
            f"<code>{escape(each.node)}</code>",
            _STATES.get(each.state, each.state),
            escape(each.reason.replace("_", " ")),
            number(each.seconds),
            ", ".join(_output(made.dataset, made.rows) for made in each.outputs),
        )
        for each in report.node_runs
    ]
    head = f"<p>{', '.join(filter(None, told))}</p>" if any(told) else ""
    shown = rows[:_MOST_ROWS]
    more = (
        ""
        if len(rows) <= _MOST_ROWS
        else f"<p class='note'>and {len(rows) - _MOST_ROWS:,} more</p>"
    )
    titles = ("node", "", "why it ran", "seconds", "made")
    anchors = [f"step-{i}" for i in range(len(shown))]
    return f"{head}{_table(titles, shown, right=(3,), anchors=anchors)}{more}"


def _output(dataset: str, rows: int | None) -> str:
    return f"<code>{escape(dataset)}</code>" + ("" if rows is None else f" ({rows:,} rows)")


def _environment(report: Report) -> str:
    names = [f"{escape(name)} {escape(v)}" for name, v in sorted(report.environment.items())]
    items = "".join(f"<li>{each}</li>" for each in names)
    if not items:
        return ""
    return (
        f"<details><summary>Python and {len(names) - 1} libraries</summary>"
        f'<ul class="list">{items}</ul></details>'
    )


def _table(
    titles: Cells,
    rows: Sequence[Cells],
    *,
    right: Iterable[int] = (),
    anchors: Sequence[str] = (),
    classes: Sequence[str] = (),
) -> str:
    """A table; cells are HTML already."""
    aligned = frozenset(right)

    def cells(tag: str, row: Cells) -> str:
        return "".join(
            f"<{tag}{' class=number' if i in aligned else ''}>{cell}</{tag}>"
            for i, cell in enumerate(row)
        )

    body = "".join(
        f"<tr{_attribute('id', anchors, i)}{_attribute('class', classes, i)}>"
        f"{cells('td', row)}</tr>"
        for i, row in enumerate(rows)
    )
    head = cells("th", [escape(each) for each in titles])
    return (
        '<div class="wide" tabindex="0"><table><thead>'
        f"<tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _attribute(name: str, values: Sequence[Any], i: int) -> str:
    return f' {name}="{escape(str(values[i]))}"' if i < len(values) and values[i] else ""
