"""Train a composition: with cross-validation over the whole area, or an expert for each region."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .. import splits as cutting
from ..baselines import predict_baselines
from ..batches import PatchBatches, Standardiser, fit_scaling, scaling_arrays
from ..checkpoints import Arrays, Checkpoints
from ..crossvalidation import Clock, Trained, cross_validate, out_of_fold
from ..devices import choose_device, flush_denormals, versions
from ..errors import Problems, RegionwiseError
from ..files import check_not_input, check_writable, fingerprint, work_folder
from ..models import Card, Member, Model, write_model
from ..nets.composition import CompositionNet, receptive_field, unit_loss, unit_prediction
from ..outcome import Outcome, Part, check_component_names, prediction_fields, write_outcome
from ..params import Layer
from ..params_composition import CompositionRegions, CompositionTraining
from ..patches import Patches, cut_patches
from ..protocol import VERSION
from ..rasters import Band, Grid, Stack
from ..regions import Regions, check_populated, read_regions
from ..run import Result, Run
from ..samples import Samples, read_samples
from ..splits import Split
from ..training import FitOptions, History, fit, to_arrays, to_tensors
from ..vectors import check_field_names

FAMILY = "composition"
OUTPUTS = ("model", "predictions", "scores", "report")
QUICK = {"width": 8, "blocks": "1,1,1", "epochs": 4, "patience": 4}
FEWEST_OWN = 8  # samples: with less there is nothing to choose the best epoch by
FINE_TUNING_RATE = 0.2  # of the learning rate: the pooled weights are a start, not noise


@dataclass(frozen=True)
class Material:
    """What training starts from."""

    bands: list[Band]
    grid: Grid
    samples: Samples
    patches: Patches
    device: torch.device
    checkpoints: Checkpoints
    key: str
    regions: Regions | None

    def sensors(self) -> list[int]:
        """Return the number of bands of day and, if there is one, night."""
        day = sum(band.sensor == "day" for band in self.bands)
        return [day, len(self.bands) - day] if day < len(self.bands) else [day]


def train(params: CompositionTraining, run: Run) -> Result:
    """Train one member per fold; every observed sample is predicted by a member that never saw it."""
    params = _quickened(params, run)
    material = _prepare(params, run)
    samples = material.samples
    fold, groups = _folds(params, material, run)
    splits = cutting.cross_validation(fold, groups, samples.augmented, samples.source, params.seed)
    clock = Clock(run.channel, len(splits))
    trained = _run_splits(params, material, splits, "global", run, clock)
    part = _part(params.validation, splits, trained, material, params.seed)
    members = {f"global {s.name}": (Member(f"global {s.name}", "global", fold=s.name), t.arrays)
               for s, t in zip(splits, trained, strict=True)}  # fmt: skip
    return _finish(params, run, material, members, [part])


def train_regions(params: CompositionRegions, run: Run) -> Result:
    """Train an expert for each region (*within*), and score the transfer to unseen ones (*strict*)."""
    params = _quickened(params, run)
    material = _prepare(params, run)
    assert material.regions is not None  # nosec B101
    region = material.regions.at(material.samples.xy)
    observed = region[~material.samples.augmented]
    counts = [int((observed == number).sum()) for number in range(len(material.regions.names))]
    check_populated(material.regions, counts, str(params.regions))
    plans = _region_splits(params, material, region, run)
    tuned = params.expert == "finetuned" and "within" in plans
    clock = Clock(run.channel, sum(len(splits) for splits in plans.values()) + tuned)
    own = [_own_part(split, region, material) for split in plans["within"]] if tuned else []
    pooled = _pooled_member(params, material, plans["within"], run, clock) if tuned else None
    parts, members = [], {}
    for kind, splits in plans.items():
        start = pooled if kind == "within" else None
        fitted = own if start else splits
        trained = _run_splits(params, material, fitted, kind, run, clock, start)
        parts.append(_part(kind, splits, trained, material, params.seed))
        for split, member in zip(splits, trained, strict=True):
            name = f"{kind} {split.name}"
            members[name] = (Member(name, kind, region=split.name), member.arrays)
    return _finish(params, run, material, members, parts)


def _quickened(params: Any, run: Run) -> Any:
    """Return parameters for a smoke run, if that was asked for."""
    if not params.quick:
        return params
    run.channel.warning("Quick run: a tiny network and few epochs; the scores mean nothing.")
    limits = {k: min(getattr(params, k), v) if isinstance(v, int) else v for k, v in QUICK.items()}
    return dataclasses.replace(params, **limits)


def _prepare(params: CompositionTraining, run: Run) -> Material:
    """Check everything that can be checked, then read samples and patches."""
    check_writable(*(getattr(params, name) for name in OUTPUTS))
    check_not_input([getattr(params, name) for name in OUTPUTS], [layer.path for layer in _layers(params)])
    check_component_names(params.targets)
    for names in prediction_fields(params.targets, _kinds(params)).values():
        check_field_names(params.predictions, names)
    flush_denormals()
    device, line = choose_device(params.device, run.settings.device)
    run.channel.info(line)
    sensors = {"day": params.day, "night": params.night}
    with Stack(sensors, params.resampling) as stack:
        samples, regions = _read_inputs(params, stack.grid)
        key = _key(params, samples, regions, device)
        work = work_folder(run.folder, key)
        run.channel.info(f"Bands: {', '.join(stack.names)}; {stack.grid.describe()}.")
        halo = receptive_field(params.block_counts()) // 2
        patches, samples, notices = cut_patches(
            stack, samples, halo, seed=params.seed, scratch=run.scratch(work), memory_bytes=run.memory_bytes
        )
        for notice in (*stack.notices, *samples.notices, *notices, *(regions.notices if regions else ())):
            run.channel.warning(notice)
        run.channel.info(f"{len(samples)} samples, {samples.augmented.sum()} of them augmented.")
        return Material(list(stack.bands), stack.grid, samples, patches, device, Checkpoints(work), key, regions)


def _kinds(params: CompositionTraining) -> list[str]:
    """Return the kinds of validation that were asked for."""
    if not isinstance(params, CompositionRegions):
        return [params.validation]
    return ["within", "strict"] if params.holdout == "both" else [params.holdout]


def _key(params: CompositionTraining, samples: Samples, regions: Regions | None, device: torch.device) -> str:
    """Return the fingerprint of the run.

    Samples and regions count by what was read: QGIS may have copied the layer anew for each run.
    """
    values = {k: v for k, v in params.to_json().items() if k not in (*OUTPUTS, "samples", "regions")}
    content = [samples.digest(), regions.digest() if regions else ""]
    rasters = [layer.path for layer in (*params.day, *params.night)]
    return fingerprint(VERSION, type(params).__name__, values, content, str(device), files=rasters)


def _layers(params: CompositionTraining) -> list[Layer]:
    """Return all layers that training reads."""
    layers = [*params.day, *params.night, params.samples]
    return [*layers, params.regions] if isinstance(params, CompositionRegions) else layers


def _read_inputs(params: CompositionTraining, grid: Grid) -> tuple[Samples, Regions | None]:
    """Return samples and regions, or raise all of their problems at once."""
    problems = Problems()
    samples = regions = None
    try:
        samples = read_samples(
            params.samples,
            params.targets,
            grid.crs,
            source_field=params.source_field,
            weight_field=params.weight_field,
        )
    except RegionwiseError as err:
        problems.add_error(err)
    if isinstance(params, CompositionRegions):
        try:
            regions = read_regions(params.regions, params.region_field, grid, params.region_preset)
        except RegionwiseError as err:
            problems.add_error(err)
    problems.raise_any()
    assert samples is not None  # nosec B101
    return samples, regions


def _folds(params: CompositionTraining, material: Material, run: Run) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return fold number and group of each sample for the chosen validation."""
    samples = material.samples
    if params.validation == "random":
        groups = np.array([f"sample {i}" for i in range(len(samples))], object)
        if len(samples) < params.folds:
            raise RegionwiseError(f"There are {len(samples)} samples for {params.folds} folds.", "Choose fewer folds.")
        return cutting.random_folds(len(samples), params.folds, params.seed), groups
    groups = samples.source
    if params.validation == "blocks":
        reach = receptive_field(params.block_counts()) * material.grid.cell_size
        side = params.block_size or cutting.default_block_side(samples.xy, reach, params.folds)
        groups = cutting.spatial_blocks(samples.xy, samples.source, side)
        run.channel.info(f"Spatial blocks of {side:g} map units: {len(np.unique(groups))}.")
    return cutting.grouped_folds(groups, params.folds, params.seed, samples.augmented), groups


def _region_splits(
    params: CompositionRegions, material: Material, region: NDArray[np.int64], run: Run
) -> dict[str, list[Split]]:
    """Return the splits of each kind of hold-out that was asked for."""
    samples, regions = material.samples, material.regions
    assert regions is not None  # nosec B101
    plans: dict[str, list[Split]] = {}
    if "within" in _kinds(params):
        plans["within"] = cutting.within_region_holdout(
            region, samples.augmented, samples.source, regions.names, params.seed
        )
    if "strict" in _kinds(params):
        reach = receptive_field(params.block_counts()) * material.grid.longest_side
        buffer = max(params.buffer, reach)
        run.channel.info(f"Buffer around an unseen region: {buffer:g} map units (receptive field {reach:g}).")
        distance = np.stack([samples.geometry.distance(shape).to_numpy() for shape in regions.frame.geometry])
        plans["strict"] = cutting.leave_region_out(
            region, distance, buffer, samples.augmented, samples.source, regions.names, params.seed
        )
    return plans


def _network(params: CompositionTraining, material: Material) -> dict[str, Any]:
    """Return what a reader needs to build the network and its inputs again."""
    channels = [count + params.mask_channel for count in material.sensors()] + [0]
    blocks = params.block_counts()
    return {
        "arguments": {
            "day_channels": channels[0],
            "night_channels": channels[1],
            "components": len(params.targets),
            "width": params.width,
            "blocks": list(blocks),
            "head": params.head,
        },
        "sensors": material.sensors(),
        "mask_channel": params.mask_channel,
    }


def _predict(net: nn.Module, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    return unit_prediction(net(batch["day"], batch.get("night")), batch["mask"])


def _run_splits(
    params: CompositionTraining,
    material: Material,
    splits: Sequence[Split],
    label: str,
    run: Run,
    clock: Clock,
    start: Arrays | None = None,
) -> list[Trained]:
    """Train the member of each split; with `start`, from those weights."""
    names = [split.name for split in splits]

    def fit_split(split: Split, report: Callable[[float, str], None]) -> Trained:
        name = f"{label}-{names.index(split.name)}"
        return _fit_member(params, material, split, name, run, report, start=start)

    return cross_validate(
        splits, fit_split, label=label, checkpoints=material.checkpoints, channel=run.channel, clock=clock
    )


def _own_part(split: Split, region: NDArray[np.int64], material: Material) -> Split:
    """Return `split` with the training and validation samples of the tested region only."""
    number = int(region[split.test][0])
    pool = np.concatenate([split.train, split.validation])
    pool = pool[region[pool] == number]
    samples = material.samples
    observed = (~samples.augmented[pool]).sum()
    if observed < FEWEST_OWN:
        raise RegionwiseError(
            f"Region '{split.name}' has {observed} observed samples to fine-tune on; {FEWEST_OWN} are needed.",
            "Choose Expert = pooled, merge it with a neighbour, or add samples there.",
        )
    train_part, validation = cutting.hold_out(pool, samples.source, samples.augmented, 0.2, number)
    train_part = cutting.without_derived(
        train_part, np.concatenate([split.test, validation]), samples.augmented, samples.source
    )
    return Split(split.name, train_part, validation, split.test)


def _pooled_member(
    params: CompositionTraining, material: Material, within: Sequence[Split], run: Run, clock: Clock
) -> Arrays:
    """Train the model that every expert starts from: on all samples that no region holds out."""
    samples = material.samples
    held = np.concatenate([split.test for split in within])
    pool = cutting.without_sources(np.setdiff1d(np.arange(len(samples)), held), held, samples.source)
    train_part, validation = cutting.hold_out(pool, samples.source, samples.augmented, 0.2, params.seed)
    train_part = cutting.without_derived(
        train_part, np.concatenate([held, validation]), samples.augmented, samples.source
    )
    split = Split("all regions", train_part, validation, held)
    return _run_splits(params, material, [split], "pooled", run, clock)[0].arrays


def _fit_member(
    params: CompositionTraining,
    material: Material,
    split: Split,
    name: str,
    run: Run,
    report: Callable[[float, str], None],
    *,
    start: Arrays | None = None,
) -> Trained:
    """Train one network on one split and let it answer the test part."""
    network = _network(params, material)
    seed = params.seed + int(fingerprint(name), 16) % 100_000
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = CompositionNet(**network["arguments"])
    scaling = _scaling(material, split, start)
    if start is not None:
        net.load_state_dict(to_tensors({k: v for k, v in start.items() if k not in scaling}))
    data = PatchBatches(
        material.patches,
        material.samples,
        Standardiser.from_arrays(scaling, network["sensors"], params.mask_channel),
        train=split.train,
        validation=split.validation,
        batch=params.batch,
        predict=_predict,
        loss=lambda shares, concentration, target: unit_loss(shares, concentration, target, params.head),
        device=material.device,
    )
    rate = params.learning_rate * (FINE_TUNING_RATE if start is not None else 1.0)
    options = FitOptions(params.epochs, params.patience, rate, params.weight_decay, seed, material.device)

    def tell(epoch: int, history: History) -> None:
        line = f"{name}, epoch {epoch + 1}: loss {history.loss[-1]:.4f}, R2 {history.score[-1]:.3f}"
        report((epoch + 1) / params.epochs, line)
        if epoch % 5 == 0:
            run.channel.info(f"{line}, training loss {history.train_loss[-1]:.4f}")

    history = fit(net, data, options, checkpoints=material.checkpoints, name=f"fit-{name}", report=tell)
    run.channel.info(f"{name}: best epoch {history.best_epoch + 1}, validation R2 {history.best_score:.3f}.")
    shares, concentration = data.predict(net, split.test)
    return Trained(split.name, {**to_arrays(net.state_dict()), **scaling}, shares, concentration, history)


def _scaling(material: Material, split: Split, start: Arrays | None) -> Arrays:
    """Return the scaling of the training part; a fine-tuned member keeps that of its start."""
    if start is not None:
        return {key: value for key, value in start.items() if key.startswith("scaling.")}
    names = [band.name for band in material.bands]
    return scaling_arrays(fit_scaling(material.patches, split.train, names))


def _part(kind: str, splits: list[Split], trained: list[Trained], material: Material, seed: int) -> Part:
    """Return the out-of-fold answers of one kind of validation beside those of the baselines."""
    samples = material.samples
    shares, concentration, number = out_of_fold(splits, trained, len(samples), len(samples.components))
    baselines = predict_baselines(samples, splits, seed)
    histories = {member.name: member.history for member in trained}
    names = tuple(split.name for split in splits)
    return Part(kind, names, shares, concentration, number, baselines, histories)


def _finish(
    params: CompositionTraining,
    run: Run,
    material: Material,
    members: dict[str, tuple[Member, Arrays]],
    parts: list[Part],
) -> Result:
    """Write model, predictions, scores and report; return the mean R2 of each kind of validation."""
    outcome = Outcome(params, run, material.samples, material.grid, parts, str(material.device))
    rows = outcome.score_rows()
    card = Card(
        family=FAMILY,
        network=_network(params, material),
        bands=[{"name": b.name, "sensor": b.sensor, "unit": b.unit} for b in material.bands],
        components=list(params.targets),
        members=[member for member, _ in members.values()],
        crs=material.grid.crs.to_wkt(),
        cell_size=material.grid.cell_size,
        area=list(material.grid.bounds),
        training={**params.to_json(), "samples": len(material.samples), "validations": [p.kind for p in parts]},
        scores=[row for row in rows if row["part"] == "all"],
        fingerprint=material.key,
        versions=versions(),
        regions=list(material.regions.names) if material.regions else [],
    )
    write_model(params.model, Model(card, {name: arrays for name, (_, arrays) in members.items()}))
    return write_outcome(outcome, rows)
