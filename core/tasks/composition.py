"""Train a composition: with cross-validation over the whole area, or an expert for each region."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from .. import splits as cutting
from ..checkpoints import Arrays
from ..clock import Clock
from ..crossvalidation import Trainer
from ..errors import RegionwiseError
from ..features import WindowFeatures, about_the_mean
from ..inputs import Asked, Inputs, read_inputs
from ..learners.boosting import BoostingLearner
from ..learning import BOOSTING, NETWORK, STACK, Material, Trained
from ..levels import Levels
from ..machine import place_of
from ..measures import ShareMeasure
from ..outcome import Outcome
from ..params_composition import CompositionLearning, CompositionRegions, CompositionTraining
from ..regions import check_populated
from ..run import Result, Run
from ..samples import Samples
from ..scheduling import Place
from ..search import Searched
from ..spine.devices import device_for
from ..spine.training import (
    AnyLearner,
    Lineup,
    Members,
    cross_train,
    judge,
    judged_beside,
    members_of,
    outcome_of,
    planner_of,
    plans_beside,
    quickened,
    save,
    train_plan,
    weight_of,
    work_of,
)
from ..splits import Split
from ..studies import study_fractions, tried
from ..validation import Plan

FAMILY = "composition"
QUICK = {"width": 8, "blocks": "1,1,1", "epochs": 4, "patience": 4}
FEWEST_OWN = 8  # samples: with less there is nothing to choose the best epoch by
FOLDS_BESIDE = 5  # of the validations beside experts by region
HOLDOUT_KINDS = {"both": ["within", "pooled", "strict"], "within": ["within"], "strict": ["strict"]}


def train(params: CompositionTraining, run: Run) -> Result:
    """Train one member per fold; every observed sample is predicted by a member that never saw it."""
    with place_of(run) as place:
        return _train(quickened(params, QUICK, run), run, place)


def _train(params: CompositionTraining, run: Run, place: Place) -> Result:
    inputs = _read(params, [params.validation], run, place)
    lineup = _lineup(params, inputs.material)
    chosen, kind = lineup.learners[_base_type(params)], _base_type(params)
    fractions = params.fraction_list()

    def more_work(plan: Plan) -> float:
        return weight_of(kind) * len(plan.splits) * len(fractions) * params.repeats

    title = "Composition: cross-validation"
    learned = cross_train(params, title, inputs, lineup, run, place, plain=NETWORK, more_work=more_work)
    splits, trainer, outcome = learned.plan.splits, learned.trainer, learned.outcome
    if fractions:
        samples = inputs.material.samples
        outcome.curve.extend(study_fractions(params, chosen, splits, samples, trainer, weight_of(kind)))
    if isinstance(chosen, Searched):
        outcome.search.extend(tried(chosen, "global", splits, trainer))
    return _save(outcome, learned.members, lineup, inputs, learned.trained[BOOSTING])


def train_regions(params: CompositionRegions, run: Run) -> Result:
    """Train an expert for each region (*within*), and score the transfer to unseen ones (*strict*).

    With both, one model of all regions is scored on the experts' held-out samples, too (*pooled*).
    """
    with place_of(run) as place:
        return _train_regions(quickened(params, QUICK, run), run, place)


def _train_regions(params: CompositionRegions, run: Run, place: Place) -> Result:
    kinds = HOLDOUT_KINDS[params.holdout]
    inputs = _read(params, kinds, run, place)
    lineup = _lineup(params, inputs.material)
    tuned = params.expert == "finetuned" and "within" in kinds
    order = sorted({*kinds, *(["pooled"] if tuned else [])}, key=["pooled", "within", "strict"].index)
    plans = {kind: _region_plan(kind, params, inputs, run) for kind in order}
    fitted = {kind: plan.splits for kind, plan in plans.items()}
    if tuned:
        fitted["within"] = [_own_part(split, inputs) for split in fitted["within"]]
    others = plans_beside(planner_of(params, inputs, lineup, FOLDS_BESIDE), plans[order[-1]], run)
    clock = Clock(run.channel, work_of(lineup, sum(len(plan.splits) for plan in plans.values()), others))
    trainer = Trainer(place, inputs.material.checkpoints, run.channel, clock)
    trained: dict[str, dict[str, list[Trained]]] = {}
    found = {}
    members: Members = {}
    for kind, plan in plans.items():
        start: dict[str, list[Arrays]] = {}
        if tuned and kind == "within":
            start = {model: [pooled[0].arrays] for model, pooled in trained["pooled"].items()}
        trained[kind] = train_plan(Plan(kind, fitted[kind]), lineup.learners, kind, trainer, start)
        found[kind] = judge(plan, trained[kind], lineup, inputs, params.seed)
        if kind != "pooled":
            members |= members_of(plan, trained[kind], lineup, kind, NETWORK)
    beside = judged_beside(others, lineup, inputs, trainer, params.seed)
    _, mixture, factors = found[kinds[0]]  # those of the experts, which are what maps
    title, parts = "Composition: experts by region", [found[kind][0] for kind in kinds]
    outcome = outcome_of(params, title, run, inputs, lineup, parts, beside, factors, mixture)
    return _save(outcome, members, lineup, inputs, [tree for kind in kinds for tree in trained[kind][BOOSTING]])


def _read(params: CompositionLearning, kinds: list[str], run: Run, place: Place) -> Inputs:
    """Return the inputs."""
    device = device_for([params.model_type], params.device, place, run)
    halo = max(params.window_sides()) // 2
    if params.model_type != BOOSTING:
        halo = max(halo, _network_field(params) // 2)
    sensors = {"day": params.day, "night": params.night}
    asked = Asked(
        sensors, params.samples, params.targets, pixel_weights=params.pixel_weights, resampling=params.resampling
    )
    if isinstance(params, CompositionRegions):
        asked = dataclasses.replace(asked, regions=params.regions, region_preset=params.region_preset)
    return read_inputs(params, asked, kinds, halo, device, run)


def _network_field(params: CompositionLearning) -> int:
    from ..nets.composition import receptive_field

    return receptive_field(params.block_counts())


def _reach(params: CompositionLearning, cell: float) -> float:
    """Return the side of what the model sees, in units of the CRS."""
    sides = {BOOSTING: max(params.window_sides())}
    if params.model_type != BOOSTING:
        sides[NETWORK] = _network_field(params)
    cells = max(sides.values()) if params.model_type == STACK else sides[params.model_type]
    return cells * cell


def _base_type(params: CompositionLearning) -> str:
    return BOOSTING if params.model_type == BOOSTING else NETWORK


def _lineup(params: CompositionLearning, material: Material) -> Lineup:
    """Return who learns; boosting always learns the same folds, to stand in the same table."""
    features = _features(params, material)
    learners: dict[str, AnyLearner] = {}
    if params.model_type != BOOSTING:
        from ..learners.network import NetworkLearner

        network = NetworkLearner(params, material)
        learners[NETWORK] = network
        if isinstance(params, CompositionTraining) and params.search != "none":
            learners[NETWORK] = Searched.of(params, network)
    learners[BOOSTING] = BoostingLearner(material, features, params.seed)
    beside: dict[str, AnyLearner] = {BOOSTING: BoostingLearner(material, features, params.seed, spread=False)}
    if isinstance(params, CompositionTraining) and params.compare == "model":
        beside = learners
    members = (NETWORK, BOOSTING) if params.model_type == STACK else (params.model_type,)
    reach = _reach(params, material.grid.longest_side)
    measure = ShareMeasure(Levels(material.samples.components, {}))
    return Lineup(learners, beside, params.model_type, members, reach, measure)


def _features(params: CompositionLearning, material: Material) -> WindowFeatures:
    """Return what boosting sees of a pixel's surroundings."""
    windows = params.window_sides()
    centre = about_the_mean(material.patches.cropped(max(windows) // 2))
    return WindowFeatures(tuple(band.name for band in material.bands), tuple(material.sensors()), windows, centre)


def _region_plan(kind: str, params: CompositionRegions, inputs: Inputs, run: Run) -> Plan:
    """Return the splits of one kind of hold-out."""
    samples, regions = inputs.material.samples, inputs.regions
    assert regions is not None  # nosec B101
    region = regions.at(samples.xy)
    observed = region[~samples.augmented]
    counts = [int((observed == number).sum()) for number in range(len(regions.names))]
    check_populated(regions, counts, str(params.regions))
    if kind != "strict":
        splits = cutting.within_region_holdout(region, samples.augmented, samples.source, regions.names, params.seed)
        return Plan(kind, splits if kind == "within" else [_pooled_split(splits, samples, params.seed)])
    reach = _reach(params, inputs.material.grid.longest_side)
    buffer = max(params.buffer, reach)
    run.channel.info(f"Buffer around an unseen region: {buffer:g} map units (receptive field {reach:g}).")
    near = np.stack([samples.geometry.distance(shape).to_numpy() < buffer for shape in regions.frame.geometry])
    return Plan(kind, cutting.leave_region_out(
        region, near, buffer, samples.augmented, samples.source, regions.names, params.seed
    ))  # fmt: skip


def _own_part(split: Split, inputs: Inputs) -> Split:
    """Return `split` with the training and validation samples of the tested region only."""
    samples, region = inputs.material.samples, inputs.region
    pool = np.concatenate([split.train, split.validation])
    pool = pool[region[pool] == split.name]
    observed = (~samples.augmented[pool]).sum()
    if observed < FEWEST_OWN:
        raise RegionwiseError(
            f"Region '{split.name}' has {observed} observed samples to fine-tune on; {FEWEST_OWN} are needed.",
            "Choose Expert = pooled, merge it with a neighbour, or add samples there.",
        )
    train_part, validation = cutting.hold_out(pool, samples.source, samples.augmented, 0.2, len(pool))
    train_part = cutting.without_derived(
        train_part, np.concatenate([split.test, validation]), samples.augmented, samples.source
    )
    return Split(split.name, train_part, validation, split.test)


def _pooled_split(within: Sequence[Split], samples: Samples, seed: int) -> Split:
    """Return the split of one model of all regions, tested on all samples that a region holds out."""
    held = np.concatenate([split.test for split in within])
    pool = cutting.without_sources(np.setdiff1d(np.arange(len(samples)), held), held, samples.source)
    train_part, validation = cutting.hold_out(pool, samples.source, samples.augmented, 0.2, seed)
    train_part = cutting.without_derived(
        train_part, np.concatenate([held, validation]), samples.augmented, samples.source
    )
    return Split("all regions", train_part, validation, held)


def _save(outcome: Outcome, members: Members, lineup: Lineup, inputs: Inputs, trees: list[Trained]) -> Result:
    network = lineup.learners.get(NETWORK)
    return save(
        outcome, members, lineup, inputs, trees, family=FAMILY,
        network=network.description() if network is not None else {},
        bands=[{"name": b.name, "sensor": b.sensor, "unit": b.unit} for b in inputs.material.bands],
    )  # fmt: skip
