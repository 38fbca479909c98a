"""Inputs of training: everything is checked and read before anything is learned, in every family."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contract.errors import Problems, RegionwiseError
from ..contract.params import NO_LAYER, Layer, LearningParams
from ..contract.protocol import VERSION
from ..data.patches.extraction import WEIGHTS, cut_patches
from ..data.raster.grids import Grid
from ..data.raster.stack import SERIES, Band, Stack, raster_files
from ..data.series.image_series import Series
from ..data.series.sample_sequences import DatedPick, read_spans
from ..data.vector.polygons import Regions, read_regions
from ..data.vector.samples import Samples, read_samples
from ..data.vector.tables import check_fields, read_table, text_of
from ..data.vector.writers import check_field_names
from ..features.window_features import WindowFeatures, sample_features
from ..learning.contracts import TrainingData
from ..learning.training_results import check_component_names, prediction_fields
from ..runtime.checkpoints import Checkpoints
from ..runtime.files import check_not_input, check_writable, fingerprint, make_folder, work_folder
from ..runtime.run import Run
from ..targets.share_target import share_fields
from ..validation.audit import Audit, audit_samples, check_repeated
from ..validation.distances import positions
from ..validation.planner import map_places
from .co_location import one_source_per_cell

Array = NDArray[np.float64]
Text = NDArray[np.object_]

OUTPUTS = ("model", "predictions", "scores", "report", "figures", "curve")
LAYERS = ("samples", "values", "regions", "levels", "blocks")  # parameters that count by what is read from them


@dataclass(frozen=True)
class InputSpec:
    """What a family wants to be read, besides what all families share.

    Parameters
    ----------
    sensors : dict
        Layers of each sensor; their bands become those of the material, in this order.
    samples : Layer
        With the labels in the fields `targets`, classes in `class_field`, or 0 and 1 in `label_field`; those flagged in
        `weak_field` are of lower trust and weigh `weak_weight`.
    regions : Layer
        Polygons; without them the region field is one of the samples.
    pixel_weights : Layer
        Raster that weighs the pixels of a unit.
    blocks : Layer
        Polygons with a name in `block_field`, that folds may hold out as a whole.
    series : Series, optional
        The one that the sensor ``series`` reads.
    start_field, end_field : str
        Of the samples: first and last date of each.
    coordinates : bool
        Whether longitude and latitude are bands, too.
    resampling : str
        How layers on other grids are brought to the first one's, see `rasters.Stack`.
    files : tuple of str
        Others that the run depends on: a model to start from.
    more_layers : tuple of Layer
        That are read elsewhere, and must not be overwritten.
    """

    sensors: Mapping[str, Sequence[Layer]]
    samples: Layer
    targets: tuple[str, ...] = ()
    regions: Layer = NO_LAYER
    region_preset: str = "none"
    pixel_weights: Layer = NO_LAYER
    series: Series | None = None
    start_field: str = ""
    end_field: str = ""
    coordinates: bool = False
    class_field: str = ""
    label_field: str = ""
    weak_field: str = ""
    weak_weight: float = 1.0
    blocks: Layer = NO_LAYER
    block_field: str = ""
    resampling: str = "refuse"
    files: tuple[str, ...] = ()
    more_layers: tuple[Layer, ...] = field(default=())

    def layers(self) -> list[Layer]:
        """All layers that training reads."""
        rasters = [layer for layers in self.sensors.values() for layer in layers]
        return [*rasters, self.samples, self.regions, self.pixel_weights, self.blocks, *self.more_layers]

    def rasters(self) -> list[str]:
        """The paths of all rasters."""
        layers = [layer for layers in self.sensors.values() for layer in layers]
        return [layer.path for layer in (*layers, self.pixel_weights) if layer]


@dataclass(frozen=True)
class Inputs:
    """What was read: material, the map's places, each sample's region, regions as polygons, the audit, and blocks.

    Of blocks each sample's name and the polygons, where the family has any.
    """

    training_data: TrainingData
    area: Array
    region: Text
    regions: Regions | None
    audit: Audit
    block: Text | None = None
    blocks: Regions | None = None


def read_inputs(params: LearningParams, spec: InputSpec, kinds: list[str], halo: int, device: str, run: Run) -> Inputs:
    """The inputs of a training run on rasters, or raise all of their problems at once.

    Parameters
    ----------
    kinds : list of str
        Kinds of validation, whose fields the predictions will have.
    halo : int
        Cells around a pixel that the models see.
    """
    check_outputs(params, spec, kinds)
    weights = {WEIGHTS: (spec.pixel_weights,)} if spec.pixel_weights else {}
    with Stack({**spec.sensors, **weights}, spec.resampling, coordinates=spec.coordinates) as stack:
        samples, regions, blocks = read_labels(params, spec, stack.grid)
        region = given_regions(params, spec, samples)
        bands = [band for band in stack.bands if band.sensor != WEIGHTS]
        pick = _pick(spec, samples, bands)
        alone = pick is not None or bool(spec.label_field)  # pixels by themselves are seen
        samples, cells = one_source_per_cell(samples, stack.grid) if alone else (samples, [])
        polygons = [each for each in (regions, blocks) if each is not None]
        key = inputs_key(
            params, spec, samples, polygons, region, device, *([pick.days, pick.positions] if pick else [])
        )
        work = work_folder(run.folder, key)
        run.channel.info(f"Bands: {_listing(spec, bands)}; {stack.grid.describe()}.")
        rows = samples.row
        patches, samples, notices = cut_patches(
            stack,
            samples,
            halo,
            seed=params.seed,
            folder=run.scratch(work),
            half=params.patch_storage == "float16",
            pick=pick,
        )
        kept = np.isin(rows, samples.row)
        region = region[kept]
        if regions is not None:
            region = region_of_samples(regions, samples)
        area = map_places(stack, params.seed, samples.xy)
        for notice in (*stack.notices, *samples.notices, *cells, *notices, *(regions.notices if regions else ())):
            run.channel.warning(notice)
        run.channel.info(f"{len(samples)} samples, {samples.augmented.sum()} of them augmented.")
        days = pick.days[kept] if pick else None
        bands = pick.bands if pick else bands
        training_data = TrainingData(bands, stack.grid, samples, patches, device, Checkpoints(work), key, days)
    audit = audit_inputs(params, kinds, training_data, area, region, run)
    return Inputs(training_data, area, region, regions, audit, block_of_samples(blocks, samples), blocks)


def _listing(spec: InputSpec, bands: Sequence[Band]) -> str:
    """The names of the bands; those of a series once, with its dates."""
    plain = [band.name for band in bands if band.sensor != SERIES]
    if spec.series is None:
        return ", ".join(plain)
    dates = spec.series.dates
    return ", ".join([*spec.series.names, *plain]) + f" ({len(dates)} dates from {dates[0]} to {dates[-1]})"


def _pick(spec: InputSpec, samples: Samples, bands: Sequence[Band]) -> DatedPick | None:
    """Return what picks each sample's dates out of a series; None without one."""
    if spec.series is None:
        return None
    frame = read_table(spec.samples)
    check_fields(frame, (spec.start_field, spec.end_field), spec.samples)
    everyone = read_spans(frame, spec.start_field, spec.end_field, str(spec.samples))
    spans = [everyone[row - 1] for row in samples.row] if everyone else None
    return DatedPick.of(spec.series, spans, len(samples), bands)


def region_of_samples(regions: Regions, samples: Samples) -> Text:
    """The region that each sample lies in, empty outside of all."""
    number = regions.at(samples.xy)
    return np.array([regions.names[i] if i >= 0 else "" for i in number], object)


def block_of_samples(blocks: Regions | None, samples: Samples) -> Text | None:
    """The block of each sample, empty outside of all; None without blocks."""
    return None if blocks is None else region_of_samples(blocks, samples)


def check_outputs(params: LearningParams, spec: InputSpec, kinds: list[str]) -> None:
    """Refuse outputs that cannot be written, or would overwrite an input."""
    paths = [getattr(params, name, "") for name in OUTPUTS if name != "figures"]
    check_writable(*paths)
    if params.figures:
        make_folder(params.figures)
    check_not_input(paths, [layer.path for layer in spec.layers()])
    check_component_names(spec.targets)
    for names in prediction_fields(share_fields(spec.targets), kinds).values():
        check_field_names(params.predictions, names)


def read_labels(params: LearningParams, spec: InputSpec, grid: Grid) -> tuple[Samples, Regions | None, Regions | None]:
    """Samples, regions and blocks, or raise all of their problems at once."""
    problems = Problems()
    samples = None
    polygons: list[Regions | None] = []
    try:
        samples = read_samples(
            spec.samples,
            spec.targets,
            grid.crs,
            class_field=spec.class_field,
            label_field=spec.label_field,
            source_field=params.source_field,
            weight_field=params.weight_field,
            weak_field=spec.weak_field,
            weak_weight=spec.weak_weight,
        )
    except RegionwiseError as err:
        problems.add_error(err)
    for layer, name, preset in (
        (spec.regions, params.region_field, spec.region_preset),
        (spec.blocks, spec.block_field, "none"),
    ):
        try:
            polygons.append(read_regions(layer, name, grid, preset) if layer else None)
        except RegionwiseError as err:
            problems.add_error(err)
    problems.raise_any()
    assert samples is not None  # nosec B101
    return samples, polygons[0], polygons[1]


def given_regions(params: LearningParams, spec: InputSpec, samples: Samples) -> Text:
    """The region in each sample's own field; empty without one, or where polygons will tell it."""
    if spec.regions or not params.region_field:
        return np.full(len(samples), "", object)
    frame = read_table(spec.samples)
    check_fields(frame, (params.region_field,), spec.samples)
    return np.array([text_of(value) for value in frame[params.region_field].iloc[samples.row - 1]], object)


def inputs_key(
    params: LearningParams,
    spec: InputSpec,
    samples: Samples,
    polygons: Sequence[Regions],
    region: Text,
    device: str,
    *arrays: NDArray[Any],
) -> str:
    """The fingerprint of the run.

    Samples and `polygons` count by what was read: QGIS may have copied the layer anew for each run. So do `arrays`.
    """
    values = params.without(*OUTPUTS, *LAYERS)
    read = [hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest() for array in arrays]
    content = [samples.digest(), [each.digest() for each in polygons], list(region), read]
    files = [*raster_files(spec.rasters()), *spec.files]
    return fingerprint(VERSION, type(params).__name__, values, content, device, files=files)


def band_features(training_data: TrainingData) -> dict[str, Array]:
    """Each sample's mean of each band over its unit, by name: what one band alone tells."""
    patches, bands = training_data.patches.cropped(0), training_data.bands
    names = tuple(band.name for band in bands)
    single = WindowFeatures(names, (len(bands),), (1,), np.zeros(len(bands)))
    found = sample_features(patches, len(training_data.samples), single)
    return {name: found[:, i].astype(np.float64) for i, name in enumerate(names)}


def audit_inputs(
    params: LearningParams, kinds: list[str], training_data: TrainingData, area: Array, region: Text, run: Run
) -> Audit:
    """The audit of the samples; tells what it found, and refuses folds that would separate equal labels."""
    samples, crs = training_data.samples, training_data.grid.crs
    audit = audit_samples(
        samples,
        positions(samples.xy, crs),
        positions(area, crs),
        features=band_features(training_data),
        region=region if any(region) else None,
    )
    for finding in audit.findings:
        tell = run.channel.warning if finding.problem else run.channel.info
        tell(f"Audit, {finding.check}: {finding.text}")
    check_repeated(audit, samples, whole_sources="random" not in kinds, allowed=params.allow_duplicates)
    return audit
