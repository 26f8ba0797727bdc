"""Infrastructure: seven tests of training, testing and going live."""

from __future__ import annotations

from tilth.graph.node import Node
from tilth.history.record import ModelEvent
from tilth.models.registry import PRODUCTION, ModelVersion
from tilth.project.contents import can_be_had
from tilth.project.scoring.evidence import (
    FULL,
    HALF,
    Evidence,
    Proof,
    RubricTest,
    found_wrong,
    listed,
    nothing,
)
from tilth.project.scoring.facts import Facts
from tilth.project.scoring.known import (
    EXPLAINS,
    MAKES_ESTIMATOR,
    PASSED,
    TEST_TRIGGERS,
    VALIDATED,
)
from tilth.project.scoring.of_models import of_each_model
from tilth.project.scoring.repeats import reproduced
from tilth.project.scoring.stage_nodes import is_own
from tilth.project.scoring.tested import of_mini, run_by_rote, tested
from tilth.project.scoring.verdicts import details_of

_REGISTER, _PROMOTE = "tilth models register MODEL", "tilth models promote MODEL@VERSION"


# Infra 1: see `repeats.py`

reproducible = of_each_model(reproduced)


# Infra 2


@of_each_model
def model_code(facts: Facts, model: str) -> Evidence:
    """Tests that call what makes the model, or that run the pipeline and look at the model."""
    by_rote = of_mini(facts, "looks whether models learn, and treat each row by itself")
    if by_rote:
        return Evidence(points=FULL, proofs=by_rote)
    nodes = _own_makers(facts, model)
    if nodes:
        return tested(facts, nodes)
    place = facts.tests.naming(model)
    if not place:
        return nothing(
            f"no test looks at `{model}`, which stages make",
            "tilth ci",
            f'tests/test_{model}.py: `Project(...).run()["{model}"]` on a small table, and '
            "assert what it predicts",
        )
    text = f"runs the pipeline and looks at `{model}`"
    return run_by_rote(facts, [Proof(kind="file", place=place, text=text)])


def _own_makers(facts: Facts, model: str) -> list[Node]:
    """Nodes of the project's own code that fit the model, or make what is fitted."""
    maker = facts.makers[model]
    if not is_own(maker):
        return [maker]
    lessons = set(facts.lessons(model))
    parts = [facts.makers[name] for name in maker.reads if name in facts.makers]
    return [
        node
        for node in parts
        if not lessons & set(node.makes)
        and not is_own(node)
        and node.function.name != MAKES_ESTIMATOR
    ]


# Infra 3


def integration(facts: Facts) -> Evidence:
    """A test that runs the whole pipeline."""
    by_rote = of_mini(facts, "runs the whole pipeline on a small data set")
    if by_rote:
        return Evidence(points=FULL, proofs=by_rote)
    for run in facts.project.history.runs(state="done", n=200):
        if run.trigger in TEST_TRIGGERS:
            text = f"tested the pipeline: {run.trigger}"
            proof = Proof(kind="run", place=f"run {run.id}", text=text)
            return run_by_rote(facts, [proof])
    place = facts.tests.run_of_pipeline
    if not place:
        return nothing(
            "no test runs the pipeline from its sources to its results",
            "tilth ci",
            "tilth test",
            "tests/test_pipeline.py: `with Project(FOLDER) as project: "
            "assert project.run().ok` on a small copy of the data",
        )
    return run_by_rote(facts, [Proof(kind="file", place=place, text="runs the pipeline")])


# Infra 4


def validated(facts: Facts) -> Evidence:
    """A verdict that was passed before a version went live."""
    live = _live(facts)
    if not live:
        return nothing("no model is registered as live, so nothing was judged before",
            _REGISTER, "tilth models validate MODEL@VERSION", _PROMOTE)  # fmt: skip
    found = [_judged(each, went_live) for each, went_live in live]
    least = min(found, key=lambda each: each.points)
    if least.breach or not least.points:
        return least
    proofs = tuple(proof for each in found for proof in each.proofs)
    return Evidence(points=least.points, proofs=proofs, lacks=least.lacks, earn=least.earn)


def _live(facts: Facts) -> list[tuple[ModelVersion, ModelEvent]]:
    """Versions that are live, each with the decision that made them so."""
    found = []
    for name in facts.registry.models:
        version = facts.registry.alias(name, PRODUCTION)
        decisions = version.decisions if version is not None else ()
        went = [e for e in decisions if (e.kind, e.alias) == ("aliased", PRODUCTION)]
        if version is not None and went:
            found.append((version, went[0]))
    return found


def _judged(version: ModelVersion, went_live: ModelEvent) -> Evidence:
    before = [e for e in version.decisions if e.id < went_live.id]
    verdicts = [e for e in before if e.kind == VALIDATED]
    if verdicts:
        outcome = str(details_of(verdicts[-1]).get("outcome", ""))
        text = f"a gate's verdict before it went live: {outcome or 'which cannot be read'}"
        proof = Proof(kind="decision", place=version.name, text=text)
        if outcome == PASSED:
            return Evidence(points=FULL, proofs=(proof,))
        lacks = f"{version.name} went live though its verdict was `{outcome}`"
        return found_wrong(lacks, f"tilth models rollback {version.model}", proofs=(proof,))
    approvals = [e for e in before if e.kind == "approved"]
    if not approvals:
        return found_wrong(
            f"{version.name} went live though nobody had judged it: {went_live.why}",
            f"tilth models validate {version.name}",
        )
    said = f"{approvals[-1].person or 'somebody'} approved it: {approvals[-1].why}"
    return Evidence(
        points=HALF,
        proofs=(Proof(kind="decision", place=version.name, text=said),),
        lacks=(f"no gate has judged {version.name} before it went live",),
        earn=("goals.yml: what a version must meet", f"tilth models validate {version.name}"),
    )


# Infra 5


@of_each_model
def debuggable(facts: Facts, model: str) -> Evidence:
    """One example can be followed: through the nodes, and through the model's answer."""
    nodes = [facts.makers[model], *facts.feature_nodes(model)]
    gone = [
        name
        for node in nodes
        for name in node.reads
        if not can_be_had(facts.project, facts.version(name))
    ]
    if gone:
        return nothing(
            f"what nodes read is no longer there: {listed(dict.fromkeys(gone))}",
            f"tilth run --to {model}",
        )
    n = len(nodes)
    read = "its node reads" if n == 1 else f"its {n} nodes read"
    kept = facts.proof_of_data(model, f"all that {read} is kept: `tilth debug {nodes[0].name}`")
    for node, node_run in facts.reading(model, EXPLAINS):
        text = "tells of single rows what each value adds"
        return Evidence(points=FULL, proofs=(kept, facts.proof_of_node(node, node_run, text)))
    return Evidence(
        points=HALF,
        proofs=(kept,),
        lacks=(f"why `{model}` says what it says of a row is not on record",),
        earn=(f"tilth explain {model} --row 0",
              f"tilth.yml: `why: {{stage: explain, with: {{model: {model}, rows: ROWS}}}}`"),
    )  # fmt: skip


# Infra 6


def canaried(facts: Facts) -> Evidence:
    """What it takes is not there: a model that answers a share of requests."""
    return nothing("nothing is on record of a model that answered a share of requests first")


# Infra 7


def rolled_back(facts: Facts) -> Evidence:
    """A rollback that was done, or could be, since what was live before is kept."""
    drills = [e for e in facts.events if e.kind == "rolled_back"]
    versions = [each for name in facts.registry.models for each in _went_live(facts, name)]
    gone = [each.name for each in versions if not _is_kept(facts, each)]
    if gone:
        return found_wrong(
            f"the bytes of {listed(gone)}, which was live, are gone",
            "tilth models register: a version that is kept",
        )
    if drills:
        last = drills[-1]
        text = f"`{last.alias}` went back to it{f': {last.why}' if last.why else ''}"
        return Evidence(
            points=FULL,
            proofs=(Proof(kind="decision", place=f"{last.model}@{last.version}", text=text),),
        )
    model = next((n for n in facts.registry.models if len(_went_live(facts, n)) > 1), "")
    if not model:
        return nothing("no two versions of a model have been live, so there is no way back",
                       _REGISTER, _PROMOTE)  # fmt: skip
    names = listed(each.name for each in _went_live(facts, model))
    return Evidence(
        points=HALF,
        proofs=(Proof(kind="decision", place=model, text=f"{names} were live and are kept"),),
        lacks=("nobody has tried to go back",),
        earn=(f"tilth models rollback {model} --why 'a drill'", f"tilth models promote {model}@N"),
    )


def _went_live(facts: Facts, model: str) -> list[ModelVersion]:
    """Versions that were live at some time."""
    live = {e.version for e in facts.events if (e.model, e.kind) == (model, "aliased")}
    return [e for e in facts.registry.versions(model) if e.version in live and e.state != "retired"]


def _is_kept(facts: Facts, version: ModelVersion) -> bool:
    known = facts.project.history.version(version.event.dataset, version.event.fingerprint)
    return known is not None and can_be_had(facts.project, known[0])


TESTS: tuple[RubricTest, ...] = (
    RubricTest(
        id="infra_1",
        title="Training is reproducible",
        asks="All nodes from the sources to the model run again, and the model has the same bytes.",
        look=reproducible,
    ),
    RubricTest(
        id="infra_2",
        title="Model specs are unit tested",
        asks="Tests that call what makes the model, in a workflow that runs them.",
        look=model_code,
    ),
    RubricTest(
        id="infra_3",
        title="The ML pipeline is integration tested",
        asks="A test that runs the whole pipeline, in a workflow that runs it.",
        look=integration,
    ),
    RubricTest(
        id="infra_4",
        title="Model quality is validated before serving",
        asks="A gate's verdict that was passed before a version went live.",
        look=validated,
    ),
    RubricTest(
        id="infra_5",
        title="The model is debuggable",
        asks="All that nodes read is kept, and single rows are explained.",
        look=debuggable,
    ),
    RubricTest(
        id="infra_6",
        title="Models are canaried before serving",
        asks="A version that answered a share of requests before it answered all.",
        look=canaried,
        earn=("nothing in this release: write down by hand what you did, see `score.yml`",),
        reachable=0.0,
        not_covered="this release does not serve models",
    ),
    RubricTest(
        id="infra_7",
        title="Serving models can be rolled back",
        asks="A rollback that was done, to a version whose bytes are kept.",
        look=rolled_back,
    ),
)
