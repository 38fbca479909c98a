"""Train experts by region: how well a model is where it was never trained, and regional members of a map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...contract.errors import RegionwiseError
from ...data.vector.polygons import check_populated
from ...data.vector.samples import Samples
from ...learning.contracts import Trained
from ...learning.cross_validation import Trainer
from ...learning.model_types import BOOSTING, NETWORK
from ...runtime.checkpoints import Arrays
from ...runtime.executor import Place
from ...runtime.local_executor import place_of
from ...runtime.progress import Clock
from ...runtime.run import Result, Run
from ...validation import splits as cutting
from ...validation.planner import Plan
from ...validation.splits import Split
from ...workflow.cross_train import (
    Members,
    judge,
    judged_beside,
    members_of,
    outcome_of,
    planner_of,
    plans_beside,
    quickened,
    train_plan,
    work_of,
)
from ...workflow.training_inputs import Inputs
from .params import CompositionRegions
from .train import QUICK, composition_lineup, read_composition, save_composition, seen_side

FEWEST_OWN = 8  # samples: with less there is nothing to choose the best epoch by


FOLDS_BESIDE = 5  # of the validations beside experts by region


HOLDOUT_KINDS = {"both": ["within", "pooled", "strict"], "within": ["within"], "strict": ["strict"]}


def train_regions(params: CompositionRegions, run: Run) -> Result:
    """Train an expert for each region (*within*), and score the transfer to unseen ones (*strict*).

    With both, one model of all regions is scored on the experts' held-out samples, too (*pooled*).
    """
    with place_of(run) as place:
        return _train_regions(quickened(params, QUICK, run), run, place)


def _train_regions(params: CompositionRegions, run: Run, place: Place) -> Result:
    kinds = HOLDOUT_KINDS[params.holdout]
    inputs = read_composition(params, kinds, run, place)
    lineup = composition_lineup(params, inputs.material)
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
    return save_composition(
        outcome, members, lineup, inputs, [tree for kind in kinds for tree in trained[kind][BOOSTING]]
    )


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
    reach = seen_side(params, inputs.material.grid.longest_side)
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
