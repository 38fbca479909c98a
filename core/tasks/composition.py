"""Train a composition: with cross-validation over the whole area, or an expert for each region."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import splits as cutting
from ..applicability import build_space
from ..baselines import predict_baselines
from ..checkpoints import Arrays
from ..clock import Clock
from ..crossvalidation import Trainer, cross_validate, out_of_fold
from ..errors import RegionwiseError
from ..inputs import Inputs, read_inputs
from ..learners.boosting import BoostingLearner
from ..learning import BOOSTING, NETWORK, STACK, Learner, Material, Trained
from ..machine import place_of
from ..models import Card, Member, Model, write_model
from ..outcome import Answers, Calibration, Outcome, Part, calibrate, calibrated, conformal_of, stacked, write_scores
from ..outcome_report import finish
from ..params_composition import CompositionLearning, CompositionRegions, CompositionTraining
from ..regions import check_populated
from ..run import Result, Run
from ..samples import Samples
from ..scheduling import Place
from ..search import Searched
from ..splits import Split
from ..studies import study_fractions, tried
from ..validation import Plan, Planner
from ..versions import versions

FAMILY = "composition"
QUICK = {"width": 8, "blocks": "1,1,1", "epochs": 4, "patience": 4}
FEWEST_OWN = 8  # samples: with less there is nothing to choose the best epoch by
FOLDS_BESIDE = 5  # of the validations beside experts by region
HOLDOUT_KINDS = {"both": ["within", "pooled", "strict"], "within": ["within"], "strict": ["strict"]}
CLOCK_WEIGHTS = {NETWORK: 1.0, BOOSTING: 0.05}  # of learning one split

Members = dict[str, tuple[Member, Arrays]]
AnyLearner = Learner | Searched


def train(params: CompositionTraining, run: Run) -> Result:
    """Train one member per fold; every observed sample is predicted by a member that never saw it."""
    with place_of(run) as place:
        return _train(_quickened(params, run), run, place)


def _train(params: CompositionTraining, run: Run, place: Place) -> Result:
    inputs = _read(params, [params.validation], run, place)
    planner = _planner(params, inputs, params.folds, params.block_size)
    plan = planner.plan(params.validation)
    run.channel.info(f"Validation: {plan.kind}. {plan.reason}")
    others = _others(planner, plan, run)
    learners = _learners(params, inputs.material)
    beside = _learners_beside(params, inputs.material, learners)
    fractions, chosen = params.fraction_list(), learners[_base_type(params)]
    weight = CLOCK_WEIGHTS[_base_type(params)]
    work = _work(learners, len(plan.splits)) + weight * len(plan.splits) * len(fractions) * params.repeats
    clock = Clock(run.channel, work + _work_beside(others, beside))
    trainer = Trainer(place, inputs.material.checkpoints, run.channel, clock)
    trained = _train_plan(plan, learners, "global", trainer)
    part, mixture, factors = _part(plan, trained, params, inputs)
    parts_beside = _parts_beside(others, beside, params, inputs, trainer)
    samples = inputs.material.samples
    curve = study_fractions(params, chosen, plan.splits, samples, trainer, weight) if fractions else []
    members: Members = {}
    for kind in _member_types(params):
        members |= _members(plan, trained[kind], "global", kind)
    outcome = _outcome(params, run, inputs, [part], parts_beside, factors, mixture)
    outcome.curve.extend(curve)
    outcome.search.extend(tried(chosen, "global", plan.splits, trainer) if isinstance(chosen, Searched) else [])
    return _write(outcome, members, learners, inputs, trained[BOOSTING])


def train_regions(params: CompositionRegions, run: Run) -> Result:
    """Train an expert for each region (*within*), and score the transfer to unseen ones (*strict*).

    With both, one model of all regions is scored on the experts' held-out samples, too (*pooled*).
    """
    with place_of(run) as place:
        return _train_regions(_quickened(params, run), run, place)


def _train_regions(params: CompositionRegions, run: Run, place: Place) -> Result:
    kinds = HOLDOUT_KINDS[params.holdout]
    inputs = _read(params, kinds, run, place)
    learners = _learners(params, inputs.material)
    tuned = params.expert == "finetuned" and "within" in kinds
    order = sorted({*kinds, *(["pooled"] if tuned else [])}, key=["pooled", "within", "strict"].index)
    plans = {kind: _region_plan(kind, params, inputs, run) for kind in order}
    fitted = {kind: plan.splits for kind, plan in plans.items()}
    if tuned:
        fitted["within"] = [_own_part(split, inputs) for split in fitted["within"]]
    others = _others(_planner(params, inputs, FOLDS_BESIDE), plans[order[-1]], run)
    beside = _learners_beside(params, inputs.material, learners)
    count = sum(len(plan.splits) for plan in plans.values())
    clock = Clock(run.channel, _work(learners, count) + _work_beside(others, beside))
    trainer = Trainer(place, inputs.material.checkpoints, run.channel, clock)
    trained: dict[str, dict[str, list[Trained]]] = {}
    found = {}
    members: Members = {}
    for kind, plan in plans.items():
        start: dict[str, Arrays] = {}
        if tuned and kind == "within":
            start = {model: pooled[0].arrays for model, pooled in trained["pooled"].items()}
        trained[kind] = _train_plan(Plan(kind, fitted[kind]), learners, kind, trainer, start)
        found[kind] = _part(plan, trained[kind], params, inputs)
        for model in _member_types(params) if kind != "pooled" else ():
            members |= _members(plan, trained[kind][model], kind, model)
    parts_beside = _parts_beside(others, beside, params, inputs, trainer)
    _, mixture, factors = found[kinds[0]]  # those of the experts, which are what maps
    outcome = _outcome(params, run, inputs, [found[kind][0] for kind in kinds], parts_beside, factors, mixture)
    return _write(outcome, members, learners, inputs, [tree for kind in kinds for tree in trained[kind][BOOSTING]])


def _quickened(params: Any, run: Run) -> Any:
    """Return parameters for a smoke run, if that was asked for."""
    if not params.quick:
        return params
    run.channel.warning("Quick run: a tiny network and few epochs; the scores mean nothing.")
    limits = {k: min(getattr(params, k), v) if isinstance(v, int) else v for k, v in QUICK.items()}
    return dataclasses.replace(params, **limits)


def _read(params: CompositionLearning, kinds: list[str], run: Run, place: Place) -> Inputs:
    """Return the inputs; torch is only asked for where a network learns."""
    halo, device = max(params.window_sides()) // 2, "cpu"
    if params.model_type != BOOSTING:
        from ..devices import flush_denormals

        flush_denormals()
        device, line = place.device(params.device)
        run.channel.info(line)
        halo = max(halo, _network_field(params) // 2)
    return read_inputs(params, kinds, halo, device, run)


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


def _planner(params: CompositionLearning, inputs: Inputs, folds: int, block_size: float = 0.0) -> Planner:
    material = inputs.material
    reach = _reach(params, material.grid.longest_side)
    return Planner(
        material.samples, material.grid, inputs.area, folds, params.seed, reach, inputs.region, block_size,
        params.buffer,
    )  # fmt: skip


def _others(planner: Planner, plan: Plan, run: Run) -> list[Plan]:
    """Return the validations that stand beside the chosen one: random, spatial, and a new region."""
    kinds = ["random", planner.spatial(), "new region"]
    skipped = {plan.kind, "new region" if plan.kind in ("regions", "strict") else ""}
    if plan.kind in ("blocks", "knndm"):
        skipped |= {"blocks", "knndm"}
    found = []
    for kind in kinds:
        if kind in skipped:
            continue
        try:
            found.append(planner.plan(kind))
        except RegionwiseError as err:  # too few samples for it; the chosen validation is not concerned
            run.channel.warning(f"No {kind} score beside it: {err}")
    return found


def _base_type(params: CompositionLearning) -> str:
    return BOOSTING if params.model_type == BOOSTING else NETWORK


def _member_types(params: CompositionLearning) -> list[str]:
    """Return the types of the members that the model will hold."""
    return [NETWORK, BOOSTING] if params.model_type == STACK else [params.model_type]


def _learners(params: CompositionLearning, material: Material) -> dict[str, AnyLearner]:
    """Return the learners by type; boosting always learns the same folds, to stand in the same table."""
    learners: dict[str, AnyLearner] = {}
    if params.model_type != BOOSTING:
        from ..learners.network import NetworkLearner

        network = NetworkLearner(params, material)
        learners[NETWORK] = network
        if isinstance(params, CompositionTraining) and params.search != "none":
            learners[NETWORK] = Searched.of(params, network)
    learners[BOOSTING] = BoostingLearner(material, params.window_sides(), params.seed)
    return learners


def _learners_beside(
    params: CompositionLearning, material: Material, learners: Mapping[str, AnyLearner]
) -> dict[str, AnyLearner]:
    """Return the learners of the validations that stand beside: trees without spreads, or all."""
    if isinstance(params, CompositionTraining) and params.compare == "model":
        return dict(learners)
    return {BOOSTING: BoostingLearner(material, params.window_sides(), params.seed, spread=False)}


def _work(learners: Mapping[str, AnyLearner], splits: int) -> float:
    """Return the weight of learning so many splits in the clock."""
    return splits * sum(CLOCK_WEIGHTS[kind] for kind in learners)


def _work_beside(others: Sequence[Plan], beside: Mapping[str, AnyLearner]) -> float:
    return sum(_work(beside, len(other.splits)) for other in others)


def _parts_beside(
    others: Sequence[Plan], beside: Mapping[str, AnyLearner], params: CompositionLearning, inputs: Inputs,
    trainer: Trainer,
) -> list[Part]:  # fmt: skip
    """Return the answers under the validations that stand beside the chosen one."""
    found = []
    for other in others:
        trained = _train_plan(other, beside, other.kind, trainer)
        found.append(_part(other, trained, params, inputs)[0])
    return found


def _train_plan(
    plan: Plan, learners: Mapping[str, AnyLearner], label: str, trainer: Trainer,
    start: Mapping[str, Arrays] | None = None,
) -> dict[str, list[Trained]]:  # fmt: skip
    """Return the trained members of each learner on each split."""
    return {
        kind: cross_validate(
            plan.splits, learner, trainer, label=label, weight=CLOCK_WEIGHTS[kind], start=(start or {}).get(kind)
        )
        for kind, learner in learners.items()
    }


def _part(
    plan: Plan, trained: dict[str, list[Trained]], params: CompositionLearning, inputs: Inputs
) -> tuple[Part, dict[str, float], dict[str, dict[str, float]]]:  # fmt: skip
    """Return the calibrated answers of one validation, the weights of the stack, and the calibration factors."""
    samples = inputs.material.samples
    raw, number = {}, np.full(len(samples), -1)
    for kind, found in trained.items():
        shares, concentration, number = out_of_fold(plan.splits, found, len(samples), len(samples.components))
        raw[kind] = Answers(shares, concentration)
    factors = calibrate(raw, samples, inputs.region)
    models = {kind: calibrated(answers, factors[kind], inputs.region) for kind, answers in raw.items()}
    mixture: dict[str, float] = {}
    if params.model_type == STACK and NETWORK in models:
        models[STACK], mixture = stacked(models, number, samples.shares)
    chosen = params.model_type if params.model_type in models else BOOSTING
    histories = {member.name: member.history for member in trained.get(NETWORK, [])}
    baselines = predict_baselines(samples, plan.splits, params.seed, inputs.region)
    names = tuple(split.name for split in plan.splits)
    part = Part(plan.kind, names, number, models, chosen, baselines, histories, plan.folding)
    return part, mixture, factors


def _members(plan: Plan, trained: list[Trained], label: str, kind: str) -> Members:
    """Return the members of one type with their tensors, by name."""
    members: Members = {}
    for split, found in zip(plan.splits, trained, strict=True):
        name = f"{label} {split.name}" if kind == NETWORK else f"{label} {split.name} {kind}"
        region, fold = ("", split.name) if label == "global" else (split.name, "")
        members[name] = (Member(name, label, region=region, fold=fold, type=kind), found.arrays)
    return members


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


def _outcome(
    params: CompositionLearning, run: Run, inputs: Inputs, parts: list[Part], beside: list[Part],
    factors: dict[str, dict[str, float]], mixture: dict[str, float],
) -> Outcome:  # fmt: skip
    material = inputs.material
    calibration = Calibration(factors, conformal_of(parts[0].answers, material.samples))
    return Outcome(
        params, run, material.samples, material.grid, inputs.region, parts, beside, calibration, inputs.audit,
        mixture, material.device,
    )  # fmt: skip


def _write(
    outcome: Outcome, members: Members, learners: Mapping[str, AnyLearner], inputs: Inputs, trees: list[Trained]
) -> Result:
    """Write model, predictions, scores and report; return the mean R2 of each kind of validation."""
    params, material = outcome.params, inputs.material
    boosting = learners[BOOSTING]
    assert isinstance(boosting, BoostingLearner)  # nosec B101
    network = learners.get(NETWORK)
    space = build_space(boosting, trees, outcome.parts[0], material.samples)
    card = Card(
        family=FAMILY,
        network=network.description() if network is not None else {},
        bands=[{"name": b.name, "sensor": b.sensor, "unit": b.unit} for b in material.bands],
        components=list(params.targets),
        members=[member for member, _ in members.values()],
        crs=material.grid.crs.to_wkt(),
        cell_size=material.grid.cell_size,
        area=list(material.grid.bounds),
        training={**params.to_json(), "samples": len(material.samples), "validations": [p.kind for p in outcome.parts]},
        scores=[row for row in outcome.rows if row["part"] == "all"],
        fingerprint=material.key,
        versions=versions(),
        regions=list(inputs.regions.names) if inputs.regions else [],
        trees=boosting.description(),
        mixture=outcome.mixture,
        calibration=outcome.calibration.to_json(),
        applicability=space.to_json(),
    )
    tensors = {name: arrays for name, (_, arrays) in members.items()}
    write_model(params.model, Model(card, tensors, space.arrays()))
    write_scores(outcome)
    result = finish(outcome)
    material.patches.forget()
    return result
