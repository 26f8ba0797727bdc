"""Model: seven tests of how models are specified, tuned and judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tilth.graph.node import Node
from tilth.history.record import NodeRun, Run
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
    AGES,
    CHOOSES,
    FITS,
    TUNES,
)
from tilth.project.scoring.of_models import of_each_model
from tilth.project.scoring.quality import inclusion, slices
from tilth.project.scoring.verdicts import BASELINE, told_by_goals, version_of

# Model 1


@of_each_model
def reviewed(facts: Facts, model: str) -> Evidence:
    """The newest version comes from a commit, and somebody has said that it may go live."""
    runs = facts.runs_with(model)
    committed_in = next((each for each in runs if each.commit and each.clean), None)
    if committed_in is None:
        return _uncommitted(model, runs[-1] if runs else None)
    text = f"made `{model}` from commit {committed_in.commit[:12]}, with nothing changed since"
    committed = Proof(kind="run", place=f"run {committed_in.id}", text=text)
    version = version_of(facts, model)
    decisions = version.decisions if version is not None else ()
    approval = next((each for each in decisions if each.kind == "approved"), None)
    if version is None or approval is None:
        name = version.name if version else f"{model}@VERSION"
        earn = [] if version else [f"tilth models register {model}"]
        return Evidence(
            points=HALF,
            proofs=(committed,),
            lacks=(f"nobody has said that `{model}` may go live",),
            earn=(*earn, f"tilth models approve {name} --why REASON"),
        )
    said = f"{approval.person or 'somebody'} approved it: {approval.why}"
    return Evidence(
        points=FULL,
        proofs=(committed, Proof(kind="decision", place=version.name, text=said)),
    )


def _uncommitted(model: str, run: Run | None) -> Evidence:
    if run is None or not run.commit:
        made_by = f"run {run.id}, which made `{model}`, ran" if run else f"`{model}` was made"
        return nothing(f"{made_by} outside of git", "git init; git add .; git commit", "tilth run")
    return found_wrong(
        f"run {run.id}, which made `{model}`, ran with changes that are in no commit",
        "git commit",
        "tilth run",
    )


# Model 2


def correlates(facts: Facts) -> Evidence:
    """What it takes is not there: predictions that were served, and what came of them."""
    return nothing("nothing is on record of what a served model achieved")


# Model 3


@of_each_model
def tuned(facts: Facts, model: str) -> Evidence:
    """A search for the chosen model's settings, that left nothing open."""
    earn = "tilth.yml: `tune: {trials: 30}` in `stage: train`"
    chosen = _choice(facts, model)
    if chosen is None:
        return _tuned_by_hand(facts, model, earn)
    node = _search_of(facts, model, chosen)
    if node is None:
        return nothing(
            f"the settings of `{chosen}`, which was chosen, were not tuned",
            f"tilth.yml: `{chosen}` among `estimators`, and `tune: {{trials: 30}}`",
        )
    told, node_run = facts.told(node.makes[-1]), facts.done[node.name]
    trials = told.get("trials", ())
    proof = facts.proof_of_node(node, node_run, f"tried {len(trials)} settings of `{chosen}`")
    proofs = (proof, facts.proof_of_data(node.makes[-1], _varied(told)))
    open_ends = [
        f"the best `{each['name']}` lies at the {each['end']} end of its range"
        for each in told.get("borders", ())
    ]
    open_ends += [f"only one value was tried of `{each}`" for each in told.get("one_value", ())]
    if open_ends:
        wider = [str(each["hint"]) for each in told.get("borders", ())]
        return Evidence(
            points=HALF,
            proofs=proofs,
            lacks=tuple(open_ends),
            earn=tuple(f"tilth.yml: `tune: {{spaces: ...}}`, {each}" for each in wider) or (earn,),
        )
    return Evidence(points=FULL, proofs=proofs)


def _varied(told: Mapping[str, Any]) -> str:
    """Which settings a search varied, and which it left as they were."""
    varied = {name for each in told.get("trials", ()) for name in each.get("settings", {})}
    parts = {
        "varied": sorted(varied),
        "set by hand": told.get("by_hand", ()),
        "never varied": told.get("never_varied", ()),
    }
    return "; ".join(f"{what}: {listed(names, 8)}" for what, names in parts.items() if names)


def _tuned_by_hand(facts: Facts, model: str, earn: str) -> Evidence:
    """Half a point where the project's own code searches with a library for that."""
    for node in facts.before(model):
        node_run = facts.done.get(node.name)
        recipe = facts.recipe(node_run) if node_run is not None else None
        known = set(recipe.libraries) & _TUNERS if recipe is not None else set()
        if node_run is not None and known:
            text = f"uses {listed(sorted(known))}"
            return Evidence(
                points=HALF,
                proofs=(facts.proof_of_node(node, node_run, text),),
                lacks=(f"what was varied for `{model}`, and what was left open, is not on record",),
                earn=(earn,),
            )
    return nothing(f"no search for the settings of `{model}` is on record", earn)


_TUNERS = frozenset({"optuna", "hyperopt", "scikit-optimize", "ray", "flaml", "ax-platform"})


def _choice(facts: Facts, model: str) -> str | None:
    """Which candidate stage `train` took for this model; None of a model of another maker."""
    maker = facts.makers[model]
    if maker.function.name != FITS:
        return None
    chosen = next((each.name for each in maker.inputs if each.argument == "choice"), "")
    return str(facts.told(chosen).get("name", ""))


def _search_of(facts: Facts, model: str, chosen: str) -> Node | None:
    for node in facts.before(model):
        if node.function.name == TUNES and node.name in facts.done:
            told: Any = next((e.value for e in node.inputs if e.argument == "candidate"), {})
            if isinstance(told, Mapping) and told.get("name") == chosen:
                return node
    return None


# Model 4


@of_each_model
def decays(facts: Facts, model: str) -> Evidence:
    """How much worse the model gets with its age, as a stage has measured it."""
    about = {model, *facts.lessons(model)}
    for node, node_run in facts.of(AGES):
        read = [name for name in node.reads if name in about]
        if not read or not all(facts.is_newest(node_run, name) for name in read):
            continue
        told = facts.told(node.makes[0])
        if "left_out" in told:
            return nothing(f"how `{model}` ages could not be measured: {told['left_out']}", _TIME)
        if told.get("is_bounded"):
            text = f"found that it should be trained anew every {told.get('retrain_after_words')}"
        else:
            ages, window = len(told.get("ages", ())), told.get("window")
            text = f"found it not much worse after {ages} times {window}"
        return Evidence(points=FULL, proofs=(facts.proof_of_node(node, node_run, text),))
    return nothing(f"nobody has measured how `{model}` does as it gets older", _TIME)


_TIME = "tilth.yml: `train: TABLE` and `time: COLUMN` in `stage: evaluate`"


# Model 5


@of_each_model
def simpler_is_not_better(facts: Facts, model: str) -> Evidence:
    """The model beside the simplest ones on the same rows; a simpler one that does is taken."""
    by_goals = told_by_goals(facts, model, BASELINE)
    if by_goals is not None:
        return by_goals
    chosen = _choice(facts, model)
    if chosen is None:
        return nothing(
            f"`{model}` was not held against a simpler one on the same rows",
            "tilth.yml: `stage: train` with your class among `estimators`: baselines come along",
        )
    node, node_run = next(iter(_choosing(facts, model)))
    told = facts.told(node.makes[1])
    simplest = told.get("simplest_within_noise", "")
    proof = facts.proof_of_node(node, node_run, f"chose: {told.get('why', '')}")
    if simplest != chosen:
        return found_wrong(
            f"`{simplest}` is simpler than `{chosen}`, and is not told apart from it",
            "tilth.yml: `prefer: simplest` in `stage: train`",
            proofs=(proof,),
        )
    return Evidence(points=FULL, proofs=(proof,))


def _choosing(facts: Facts, model: str) -> Iterator[tuple[Node, NodeRun]]:
    """The node that chose among candidates, for a model of stage `train`."""
    for node in facts.before(model):
        if node.function.name == CHOOSES and node.name in facts.done:
            yield node, facts.done[node.name]


TESTS: tuple[RubricTest, ...] = (
    RubricTest(
        id="model_1",
        title="Model specs are reviewed and submitted",
        asks="A run from a commit with nothing changed since, and an approval with its reason.",
        look=reviewed,
    ),
    RubricTest(
        id="model_2",
        title="Offline and online metrics correlate",
        asks="What models achieved when they were chosen beside what they achieved when served.",
        look=correlates,
        earn=("nothing in this release: write down by hand what you found, see `score.yml`",),
        reachable=0.0,
        not_covered="it takes predictions that were served, and what came of them",
    ),
    RubricTest(
        id="model_3",
        title="All hyperparameters have been tuned",
        asks="A search for the settings of the chosen model, whose best lies within its ranges.",
        look=tuned,
    ),
    RubricTest(
        id="model_4",
        title="The impact of model staleness is known",
        asks="A model that was scored on rows that came later and later.",
        look=decays,
    ),
    RubricTest(
        id="model_5",
        title="A simpler model is not better",
        asks="Simple models on the same folds, none of which does as well as the chosen one.",
        look=simpler_is_not_better,
    ),
    RubricTest(
        id="model_6",
        title="Model quality is sufficient on important data slices",
        asks="A search for weak slices that finds none, or floors for slices that are met.",
        look=slices,
    ),
    RubricTest(
        id="model_7",
        title="The model is tested for considerations of inclusion",
        asks="Groups of people that are named, and goals for the gap between them that are met.",
        look=inclusion,
    ),
)
