"""Train experts by region: how well a model is where it was never trained, and regional members of a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ...contract.errors import RegionwiseError
from ...data.vector.polygons import check_populated
from ...data.vector.samples import Samples
from ...learning.contracts import FittedMember
from ...learning.cross_validation import Trainer
from ...learning.model_types import BOOSTING
from ...runtime.checkpoints import Arrays
from ...runtime.context import RunContext
from ...runtime.local_executor import executor_of
from ...runtime.progress import Progress
from ...runtime.run import Result, Run
from ...validation import splits as cutting
from ...validation.distances import Ruler
from ...validation.planner import ValidationScheme
from ...validation.splits import Split
from ...workflow.cross_train import TRAINED, for_smoke_run, results_of
from ...workflow.experiment import (
    Evaluation,
    Members,
    comparison_schemes,
    evaluate,
    evaluate_comparisons,
    members_of,
    planner_of,
    tell_left_out,
    train_scheme,
)
from ...workflow.planning.work_plan import begun, plan_work, settle
from ...workflow.training_inputs import Inputs
from .params import CompositionRegions
from .train import QUICK, RULE, composition_experiment, field_of_view_of, read_composition, save_composition

FEWEST_OWN = 8  # samples: with less there is nothing to choose the best epoch by


COMPARISON_FOLDS = 5  # of the validations that experts by region are compared with


HOLDOUT_KINDS = {"both": ["within", "pooled", "strict"], "within": ["within"], "strict": ["strict"]}


def train_regions(params: CompositionRegions, run: Run) -> Result:
    """Train an expert for each region (*within*), and score the transfer to unseen ones (*strict*).

    With both, one model of all regions is scored on the experts' held-out samples, too (*pooled*).
    """
    with executor_of(run) as executor:
        return _train_regions(RunContext(for_smoke_run(params, QUICK, run), run, executor))


def _train_regions(context: RunContext[CompositionRegions]) -> Result:
    kinds, (context, choice) = HOLDOUT_KINDS[context.params.holdout], begun(context, RULE)
    inputs = read_composition(context, kinds)
    of = partial(composition_experiment, "Composition by regions", training_data=inputs.training_data)
    context, experiment = settle(context, choice, RULE, inputs, of)
    params, run = context.params, context.run
    tuned = params.expert == "finetuned" and "within" in kinds
    order = sorted({*kinds, *(["pooled"] if tuned else [])}, key=["pooled", "within", "strict"].index)
    schemes = {kind: _region_scheme(kind, params, inputs, run) for kind in order}
    for scheme in schemes.values():
        tell_left_out(scheme, inputs.training_data.samples, run.channel)
    splits = {kind: scheme.splits for kind, scheme in schemes.items()}
    if tuned:
        splits["within"] = [_own_part(split, inputs) for split in splits["within"]]
    others = comparison_schemes(planner_of(params, inputs, experiment, COMPARISON_FOLDS), schemes[order[-1]], run)
    experiment, others = plan_work(context, inputs, experiment, [s for each in splits.values() for s in each], others)
    run.channel.stage("Training", until=TRAINED)
    progress = Progress(run.channel, experiment.work(sum(map(len, splits.values())), others))
    trainer = Trainer(context.executor, inputs.training_data.checkpoints, run.channel, progress)
    fitted: dict[str, dict[str, list[FittedMember]]] = {}
    evaluations: dict[str, Evaluation] = {}
    members: Members = {}
    for kind, scheme in schemes.items():
        start: dict[str, list[Arrays]] = {}
        if tuned and kind == "within":
            start = {model: [pooled[0].arrays] for model, pooled in fitted["pooled"].items()}
        fitted[kind] = train_scheme(replace(scheme, splits=splits[kind]), experiment.learners, kind, trainer, start)
        evaluation = evaluate(scheme, fitted[kind], experiment, inputs, params.seed)
        evaluations[kind] = replace(evaluation, result=replace(evaluation.result, splits=learned(kind, splits, tuned)))
        if kind != "pooled":
            members |= members_of(scheme, fitted[kind], experiment, kind)
    comparison = evaluate_comparisons(others, experiment, inputs, trainer, params.seed)
    # the first are the experts, which are what maps
    results = results_of(context, inputs, experiment, [evaluations[kind] for kind in kinds], comparison)
    trees = [tree for kind in kinds for tree in fitted[kind][BOOSTING]]
    return save_composition(results, members, experiment, inputs, trees, context.executor)


def _region_scheme(kind: str, params: CompositionRegions, inputs: Inputs, run: Run) -> ValidationScheme:
    """The splits of one kind of hold-out."""
    samples, regions = inputs.training_data.samples, inputs.regions
    assert regions is not None  # nosec B101
    region = regions.at(samples.xy)
    observed = region[~samples.augmented]
    counts = [int((observed == number).sum()) for number in range(len(regions.names))]
    check_populated(regions, counts, str(params.regions))
    if kind != "strict":
        splits = cutting.within_region_holdout(region, samples.augmented, samples.group, regions.names, params.seed)
        splits = splits if kind == "within" else [_pooled_split(splits, samples, params.seed)]
        return ValidationScheme(kind, splits, unit=samples.group, unit_name="sources")
    grid = inputs.training_data.grid
    ruler, side = Ruler.of(grid.crs, samples.xy, inputs.area), field_of_view_of(params, inputs.training_data)
    scales = ruler.scales(samples.xy)  # metres of a unit, at each sample
    widest = side * float(scales.max())
    buffer = max(params.buffer, widest)
    run.channel.info(f"Buffer around an unseen region: {buffer:.6g} m (receptive field {widest:.6g}).")
    # windows are squares, and a tested one reaches out of its region by half of its side
    steps = np.maximum(side, params.buffer / scales)
    near = np.stack(
        [
            ruler.near_shape(samples.geometry, steps, shape) | ruler.near(samples.geometry, steps, region == number)
            for number, shape in enumerate(regions.frame.geometry)
        ]
    )
    zones = cutting.RegionZones(regions.names, region, near, buffer)
    strict = cutting.leave_region_out(zones, samples.augmented, samples.group, params.seed)
    return ValidationScheme(kind, strict, unit=np.array([*regions.names, ""], object)[region], unit_name="regions")


def _own_part(split: Split, inputs: Inputs) -> Split:
    """`split` with the training and validation samples of the tested region only."""
    samples, region = inputs.training_data.samples, inputs.region
    pool = np.concatenate([split.train, split.validation])
    pool = pool[region[pool] == split.name]
    observed = (~samples.augmented[pool]).sum()
    if observed < FEWEST_OWN:
        raise RegionwiseError(
            f"Region '{split.name}' has {observed} observed samples to fine-tune on; {FEWEST_OWN} are needed.",
            "Choose Expert = pooled, merge it with a neighbour, or add samples there.",
        )
    train_part, validation = cutting.hold_out(pool, samples.group, samples.augmented, 0.2, len(pool))
    train_part = cutting.without_derived(
        train_part, np.concatenate([split.test, validation]), samples.augmented, samples.group
    )
    return Split(split.name, train_part, validation, split.test)


def learned(kind: str, splits: Mapping[str, list[Split]], tuned: bool) -> list[Split]:
    """The splits of a kind of hold-out with all that its members learned: tuned experts began as the pooled model."""
    if not (tuned and kind == "within"):
        return splits[kind]
    (pooled,) = splits["pooled"]
    return [
        replace(
            split,
            train=np.union1d(split.train, pooled.train),
            validation=np.union1d(split.validation, pooled.validation),
        )
        for split in splits[kind]
    ]


def _pooled_split(within: Sequence[Split], samples: Samples, seed: int) -> Split:
    """The split of one model of all regions, tested on all samples that a region holds out."""
    held = np.concatenate([split.test for split in within])
    pool = cutting.without_groups(np.setdiff1d(np.arange(len(samples)), held), held, samples.group)
    train_part, validation = cutting.hold_out(pool, samples.group, samples.augmented, 0.2, seed)
    train_part = cutting.without_derived(
        train_part, np.concatenate([held, validation]), samples.augmented, samples.group
    )
    return Split("all regions", train_part, validation, held)
