"""Data: seven tests of features and data."""

from __future__ import annotations

from typing import Any

from tilth.project.scoring.evidence import (
    FULL,
    HALF,
    Evidence,
    RubricTest,
    found_wrong,
    listed,
    nothing,
)
from tilth.project.scoring.facts import Facts
from tilth.project.scoring.known import EXPLAINS, PROFILES
from tilth.project.scoring.of_models import of_each_model
from tilth.project.scoring.policy import privacy, requirements
from tilth.project.scoring.promised import has_schema, promises_to
from tilth.project.scoring.tested import of_mini, tested

LEAST_SHARE = 0.01
"""A column that makes up less of what all columns take off the error adds nothing to speak of."""

DAYS = 61
"""In which an efficient team brings a feature into production, as the paper says: "as little as
one to two months" (Data 6)."""

_EXPLAIN = (
    "tilth.yml: `why: {{stage: explain, with: {{model: {model}, rows: ROWS, target: COLUMN}}}}` "
    "below `pipelines`"
)


# Data 1


@of_each_model
def expectations(facts: Facts, model: str) -> Evidence:
    """A contract on every way from a source into what the model learns from."""
    held, gaps = promises_to(facts, facts.lessons(model))
    if not gaps and held:
        return Evidence(points=FULL, proofs=tuple(held))
    unheld = [name for name in gaps if has_schema(facts, name)]
    bare = [name for name in gaps if name not in unheld]
    lacks = [f"the newest {listed(unheld)} was not held against its contract"] if unheld else []
    lacks += [f"nothing is promised of {listed(bare)} on the way into `{model}`"] if bare else []
    tables = [name for name in bare if facts.is_table(name)]
    earn = []
    for name in tables[:1]:
        earn.append(f"tilth data contract infer {name} --write")
        earn.append(f"catalog.yml: `contract: contracts/{name}.yml` at `{name}`")
    if bare and not tables:
        earn = [f"let a node make a table of {listed(bare[:1])}, and promise something of that"]
    return Evidence(
        points=HALF if held else 0.0,
        proofs=tuple(held),
        lacks=tuple(lacks),
        earn=(*earn, "tilth run"),
    )


# Data 2


@of_each_model
def benefit(facts: Facts, model: str) -> Evidence:
    """What each column takes off the error, measured on every version of the model."""
    earn = _EXPLAIN.format(model=model)
    for node, node_run in facts.reading(model, EXPLAINS):
        told = facts.told(node.makes[-1])
        columns, n_rows = told.get("columns", ()), told.get("rows", 0)
        measured = [each for each in columns if each.get("loss") is not None]
        about = f"measured what {len(columns)} columns of `{model}` are worth on {n_rows:,} rows"
        proofs = (facts.proof_of_node(node, node_run, about),)
        idle = _idle(measured or columns)
        if idle:
            share = f"less than {LEAST_SHARE:.0%} of what all columns take off the error"
            return found_wrong(
                f"{listed(idle)}: each {share} of `{model}` on {n_rows:,} rows, or nothing",
                f"take {listed(idle)} out of its features",
                f"`most_rows: {10 * n_rows}` in the stage of node `{node.name}`, to be surer",
                proofs=proofs,
            )
        if columns and measured:
            return Evidence(points=FULL, proofs=proofs)
        why = f"how far columns move `{model}` is known, not whether that makes it better"
        target = f"tilth.yml: `target: COLUMN` in the stage of node `{node.name}`"
        return Evidence(points=HALF, proofs=proofs, lacks=(why,), earn=(target,))
    return _alone(facts, model, earn)


def _idle(columns: Any) -> list[str]:
    """Columns that add nothing, or so little that noise would add as much."""
    worth = {each["column"]: each["loss"] for each in columns if each.get("loss") is not None}
    if not worth:
        return [each["column"] for each in columns if not each["strength"]["value"]]
    total = sum(max(0.0, each) for each in worth.values())
    return [name for name, each in worth.items() if each <= LEAST_SHARE * total]


def _alone(facts: Facts, model: str, earn: str) -> Evidence:
    """Half a point where each column alone was held against the target."""
    upstream = set(facts.upstream(model))
    for node, node_run in facts.of(PROFILES):
        fresh = [e for e in node.reads if e in upstream and facts.is_newest(node_run, e)]
        powers = facts.told(node.makes[0]).get("powers") if fresh else None
        if powers:
            text = f"told how well each of {len(powers)} columns alone tells the target"
            return Evidence(
                points=HALF,
                proofs=(facts.proof_of_node(node, node_run, text),),
                lacks=(f"what each column adds to the others in `{model}` is not known",),
                earn=(earn,),
            )
    return nothing(f"nobody has measured what each column is worth to `{model}`", earn)


# Data 3


@of_each_model
def cost(facts: Facts, model: str) -> Evidence:
    """What features cost to make stands beside their worth, and has a limit."""
    proofs, lacks, earn = [], [], []
    nodes = facts.feature_nodes(model)
    for node in nodes:
        node_run = facts.done.get(node.name)
        if node_run is not None:
            peak = "" if node_run.peak_bytes is None else f", {node_run.peak_bytes / 1e6:,.0f} MB"
            limit = node.options.timeout
            bound = "without a limit" if limit is None else f"of {limit:g} s allowed"
            text = f"took {node_run.seconds:.3g} s{peak}, {bound}"
            proofs.append(facts.proof_of_node(node, node_run, text))
    open_ended = [each for each in nodes if each.options.timeout is None]
    explained = next(iter(facts.reading(model, EXPLAINS)), None)
    if explained is None:
        lacks.append(f"what the features of `{model}` are worth is not on record beside their cost")
        earn.append(_EXPLAIN.format(model=model))
    else:
        proofs.append(facts.proof_of_node(*explained, "says what each column is worth"))
    if not nodes:
        lacks.append(f"the features of `{model}` come ready-made: their cost is not on record")
    elif open_ended:
        lacks.append(f"{listed(each.name for each in open_ended)} may take any time")
        places = " and ".join(each.place for each in open_ended[:3] if each.place)
        earn.append(f"`timeout: SECONDS` at the nodes{f' of {places}' if places else ''}")
    n_met = (explained is not None) + bool(nodes and not open_ended)
    return Evidence(
        points=n_met * HALF,
        proofs=tuple(proofs) if n_met else (),
        lacks=tuple(lacks),
        earn=tuple(earn),
    )


# Data 6


@of_each_model
def quickly(facts: Facts, model: str) -> Evidence:
    """How long it took from the first run with a new column until a model with it was live."""
    from tilth.project.scoring.arrival import arrival_of  # it asks much of the history

    found = arrival_of(facts, model)
    if found is None:
        return nothing(
            f"no new column has come into what `{model}` learns from since the first run",
            "add a feature: the next `tilth run` puts on record how long it takes",
        )
    until_live = found.live_after
    if until_live is None:
        return Evidence(
            points=HALF,
            proofs=(found.proof,),
            lacks=("no version with that column has gone live",),
            earn=(f"tilth models register {model}", f"tilth models promote {model}@VERSION"),
        )
    if until_live > DAYS * 86_400:
        days = until_live / 86_400
        return Evidence(
            points=HALF,
            proofs=(found.proof,),
            lacks=(f"it took {days:,.0f} days until it was live, more than {DAYS}",),
            earn=("promote sooner: `tilth models promote`",),
        )
    return Evidence(points=FULL, proofs=(found.proof,))


# Data 7


@of_each_model
def feature_code(facts: Facts, model: str) -> Evidence:
    """Every function that makes features is called by a test, and the tests run by rote."""
    nodes = facts.feature_nodes(model)
    if nodes:
        return tested(facts, nodes)
    by_rote = of_mini(facts, "looks whether what prepares columns treats each row by itself")
    if by_rote:
        return Evidence(points=FULL, proofs=by_rote)
    return nothing(
        f"stages alone prepare what `{model}` is given, and nothing tests that by rote",
        "tilth ci",
        "where features are made outside of Tilth, nothing here can show that they are tested",
    )


TESTS: tuple[RubricTest, ...] = (
    RubricTest(
        id="data_1",
        title="Feature expectations are captured in a schema",
        asks="A contract on every way from a source to what a model learns from, held in a run.",
        look=expectations,
    ),
    RubricTest(
        id="data_2",
        title="All features are beneficial",
        asks="What each column takes off the error, for the newest model; none adds nothing.",
        look=benefit,
    ),
    RubricTest(
        id="data_3",
        title="No feature's cost is too much",
        asks="Seconds and memory of each node that makes features, with a limit, beside the worth.",
        look=cost,
    ),
    RubricTest(
        id="data_4",
        title="Features adhere to meta-level requirements",
        asks="Columns that models may not be given, in the catalog; and a contract that is closed.",
        look=requirements,
    ),
    RubricTest(
        id="data_5",
        title="The data pipeline has appropriate privacy controls",
        asks="Personal columns, in the catalog; no model and no file that is written has them.",
        look=privacy,
        reachable=HALF,
        not_covered="to erase one person everywhere; columns are followed by their names",
    ),
    RubricTest(
        id="data_6",
        title="New features can be added quickly",
        asks=f"From the first run with a new column to a live model with it, in {DAYS} days.",
        look=quickly,
    ),
    RubricTest(
        id="data_7",
        title="All input feature code is tested",
        asks="Tests that call each function that makes features, in a workflow that runs them.",
        look=feature_code,
    ),
)
