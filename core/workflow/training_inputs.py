"""Inputs of training: everything is checked and read before anything is learned, in every family."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
import shapely.affinity
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ..contract.errors import Problems, RegionwiseError
from ..contract.layer import Layer
from ..contract.learning_params import DATED_VALIDATIONS, LearningParams
from ..contract.protocol import VERSION
from ..data.patches.empty_bands import empty_bands, without_bands
from ..data.patches.extraction import NoSampleError, PatchSpec, cut_patches
from ..data.patches.patches import Patches
from ..data.raster.grids import Grid
from ..data.raster.pixel_weights import WEIGHTS
from ..data.raster.stack import SERIES, Band, Stack, raster_files
from ..data.series.sample_sequences import DatedPick, read_spans
from ..data.vector.polygons import Regions, read_outline, read_regions
from ..data.vector.samples import SampleColumns, Samples, read_samples
from ..data.vector.tables import check_fields, read_table, text_of
from ..data.vector.writers import check_field_names
from ..features.footprint_features import FootprintFeatures
from ..features.window_features import WindowFeatures, sample_features
from ..learning.augmented_labels import AugmentedLabels
from ..learning.contracts import TrainingData
from ..learning.training_results import OF_MAP, check_component_names, prediction_fields
from ..runtime.checkpoints import Checkpoints
from ..runtime.context import RunContext
from ..runtime.executor import Log
from ..runtime.files import check_not_input, check_writable, fingerprint, make_folder, work_folder
from ..runtime.input_log import note_change
from ..runtime.progress import span, told_to
from ..runtime.types import Array, Text
from ..targets.share_target import share_fields
from ..validation.area_places import map_places
from ..validation.area_rule import SampleTraits, learned_bands
from ..validation.audit import Audit, SampleValues, audit_samples, check_repeated
from ..validation.distances import Ruler
from .augmented_inputs import read_augmented_labels
from .co_location import one_group_per_cell
from .input_spec import InputSpec
from .sample_years import years_of

READ = 0.12  # of the progress of a training: then all is read
OUTPUTS = ("model", "predictions", "scores", "report", "figures", "curve")
LOOKS = ("colours",)  # of maps: they change nothing that is learned
NOT_TOLD = "No score of the map is told beside that of its members"
FEWEST_PLACES = 50  # fewer say little of a map
MOVED = 200  # samples to places of the map, where members of a model tell how they differ
LAYERS = ("samples", "values", "regions", "levels", "blocks", "area")  # parameters that count by what is read from them


@dataclass(frozen=True)
class Inputs:
    """Everything that was read before training.

    Parameters
    ----------
    area : array, shape (n, 2)
        Places of the map, see `area_places`.
    region, block : array of str, shape (sample,)
        Names of each sample's region and block; of blocks only where the family has any.
    regions, blocks : Regions, optional
        As polygons.
    traits : SampleTraits, optional
        What the samples tell of the area to map; None without rasters.
    on_map : Patches, optional
        Of samples moved to places of `area`; None without rasters, where labels are events, where samples are seen at
        dates of their own, or where too few places are free of them.
    """

    training_data: TrainingData
    area: Array
    region: Text
    regions: Regions | None
    audit: Audit
    block: Text | None = None
    blocks: Regions | None = None
    traits: SampleTraits | None = None
    on_map: Patches | None = None

    def ruler(self) -> Ruler | None:
        """What measures samples and map; None where samples have no places."""
        samples = self.training_data.samples
        return Ruler.of(self.training_data.grid.crs, samples.xy, self.area) if samples.placed else None


@dataclass(frozen=True)
class LabelledPlaces:
    """Samples with their labels, the polygons that they may lie in, and the outline of what will be mapped.

    Parameters
    ----------
    augmented : AugmentedLabels, optional
        What predicts augmented labels.
    """

    samples: Samples
    regions: Regions | None
    blocks: Regions | None
    outline: BaseGeometry | None = None
    augmented: AugmentedLabels | None = None

    def digests(self) -> list[str]:
        """What is read, as hashes."""
        polygons = [each.digest() for each in (self.regions, self.blocks) if each is not None]
        outline = [] if self.outline is None else [hashlib.sha256(self.outline.wkb).hexdigest()]
        return [self.samples.digest(), *polygons, *outline]


def read_inputs(context: RunContext[LearningParams], spec: InputSpec, device: str) -> Inputs:
    """The inputs of a training run on rasters, or raise all of their problems at once."""
    params, run, rasters = context.params, context.run, spec.rasters
    run.channel.stage("Reading samples and rasters", until=READ)
    check_outputs(params, spec)
    weights = {WEIGHTS: (rasters.pixel_weights,)} if rasters.pixel_weights else {}
    with Stack({**rasters.sensors, **weights}, rasters.resampling, coordinates=rasters.coordinates) as stack:
        labels = read_labels(params, spec, stack.grid)
        samples, regions = labels.samples, labels.regions
        region = given_regions(params, spec, samples)
        empty = without_bands(stack, empty_bands(stack, samples))
        bands = [band for band in stack.bands if band.sensor != WEIGHTS]
        pick = _pick(spec, samples, bands)
        alone = pick is not None or bool(spec.labels.label_field)  # pixels by themselves are seen
        days = pick.days if pick else None
        samples, shared = one_group_per_cell(samples, stack.grid, days) if alone else (samples, [])
        dated = [pick.days, pick.positions] if pick else []
        augmented, samples = read_augmented_labels(params, spec, samples, run.channel)
        labels = replace(labels, samples=samples, augmented=augmented)
        key = inputs_key(params, spec, labels, region, device, *dated)
        work = work_folder(run.folder, key)
        run.channel.info(f"Bands: {_listing(spec, bands)}; {stack.grid.describe()}.")
        labelled = samples
        halo = spec.halo_with(len(bands))
        patch_spec = PatchSpec(halo, params.seed, half=params.patch_storage == "float16")
        with told_to(run.channel.progress), span(0.1, 0.7):
            patches, samples, cut = cut_patches(stack, samples, patch_spec, run.scratch(work), pick)
        kept = labelled.among(samples)
        region = region_of_samples(regions, samples) if regions is not None else region[kept]
        named = learned_bands(stack, spec.dates.series.names if spec.dates.series else ())
        run.channel.progress(0.7, "Finding the area that will be mapped")
        traits = SampleTraits.of(stack, samples.xy, named)
        area = map_places(stack, params.seed, samples.xy, labels.outline, traits=traits, bands=named)
        on_map = None
        if not spec.labels.label_field and {"auto", *OF_MAP} & set(spec.validations):
            with told_to(run.channel.progress), span(0.75, 0.9):
                on_map = _cut_on_map(stack, samples, area.xy, patch_spec, run.scratch(work) / "map", pick, run.channel)
        dropped = _dropped(empty, rasters.layers())
        of_regions = regions.notices if regions else ()
        for notice in (*dropped, *samples.notices, *shared, *cut, *of_regions, *area.notices):
            run.channel.warning(notice)
        run.channel.info(f"{len(samples)} samples, {samples.augmented.sum()} of them augmented.")
        days = days[kept] if days is not None else None
        bands = pick.bands if pick else bands
        augmented = augmented.take(kept) if augmented else None
        training_data = TrainingData(
            bands, stack.grid, samples, patches, device, Checkpoints(work), key, days, augmented_labels=augmented
        )
    run.channel.progress(0.9, "Checking the samples")
    audit = audit_inputs(context, spec, training_data, area.xy, region)
    blocks = labels.blocks
    block = block_of_samples(blocks, samples)
    return Inputs(training_data, area.xy, region, regions, audit, block, blocks, traits, on_map)


def moved(samples: Samples, places: Array, seed: int, apart: float) -> Samples:
    """Observed samples drawn by design, moved to the first `MOVED` of `places` (n, 2) without a sample.

    None are left where none was observed. Where samples lie, members have seen labels, and answer too well.

    Parameters
    ----------
    apart : float
        Of shapes from those of samples, at least, in units of the CRS.
    """
    rng, weight = np.random.default_rng(seed), np.where(samples.augmented, 0.0, samples.design)
    places = places if weight.any() else places[:0]
    drawn = rng.choice(len(samples), len(places), p=weight / weight.sum()) if len(places) else np.empty(0, int)
    shifts = places - samples.xy[drawn]
    shapes = np.array(
        [shapely.affinity.translate(samples.geometry[i], *shift) for i, shift in zip(drawn, shifts, strict=True)],
        object,
    )
    sampled = shapely.STRtree(samples.geometry.to_numpy()).query(shapes, predicate="dwithin", distance=apart)[0]
    free = np.setdiff1d(np.arange(len(places)), sampled)[:MOVED]
    geometry = gpd.GeoSeries(shapes[free], crs=samples.geometry.crs)
    return replace(samples.take(drawn[free]), geometry=geometry, xy=places[free])


def _cut_on_map(
    stack: Stack, samples: Samples, places: Array, spec: PatchSpec, folder: Path, pick: DatedPick | None, log: Log
) -> Patches | None:
    """Patches of samples moved to places; None, which is said, where too few can be, or samples have own dates."""
    half_diagonal = stack.grid.longest_side / 2**0.5  # from the centre of a cell to a point in its corner
    elsewhere = moved(samples, places, spec.seed, half_diagonal)
    picked = pick.elsewhere(len(elsewhere)) if pick else None
    if pick and picked is None:
        log.info(f"{NOT_TOLD}: samples are seen at dates of their own.")
        return None
    folder.mkdir(exist_ok=True)
    with contextlib.suppress(NoSampleError):
        patches = cut_patches(stack, elsewhere, replace(spec, half=False), folder, picked)[0]
        if patches.samples >= FEWEST_PLACES:
            return patches
    shutil.rmtree(folder, ignore_errors=True)
    log.info(f"{NOT_TOLD}: fewer than {FEWEST_PLACES} of {len(places)} places of the map are free of samples.")
    return None


def _dropped(empty: Sequence[Band], layers: Sequence[Layer]) -> list[str]:
    """A sentence on the bands that are left out, and a change of each layer for the report."""
    for layer in layers:
        own = [f"'{band.name}'" for band in empty if band.path == layer.path]
        if own:
            note_change(str(layer), layer.path, f"bands without data at any sample are left out: {', '.join(own)}")
    listing = ", ".join(f"'{band.name}'" for band in empty)
    return [f"Bands without data at any sample are left out, and no map needs them: {listing}."] if empty else []


def _listing(spec: InputSpec, bands: Sequence[Band]) -> str:
    """The names of the bands; those of a series once, with its dates."""
    plain = [band.name for band in bands if band.sensor != SERIES]
    series = spec.dates.series
    if series is None:
        return ", ".join(plain)
    dates = series.dates
    return ", ".join([*series.names, *plain]) + f" ({len(dates)} dates from {dates[0]} to {dates[-1]})"


def _pick(spec: InputSpec, samples: Samples, bands: Sequence[Band]) -> DatedPick | None:
    """The dates of a series that each sample is seen at; None without one."""
    columns = spec.dates
    if columns.series is None:
        return None
    frame = read_table(spec.samples)
    check_fields(frame, (columns.start_field, columns.end_field), spec.samples)
    all_spans = read_spans(frame, columns.start_field, columns.end_field, str(spec.samples))
    spans = [all_spans[row - 1] for row in samples.row] if all_spans else None
    return DatedPick.of(columns.series, spans, len(samples), bands)


def region_of_samples(regions: Regions, samples: Samples) -> Text:
    """The region that each sample lies in, empty outside of all."""
    number = regions.at(samples.xy)
    return np.array([regions.names[i] if i >= 0 else "" for i in number], object)


def block_of_samples(blocks: Regions | None, samples: Samples) -> Text | None:
    """The block of each sample, empty outside of all; None without blocks."""
    return None if blocks is None else region_of_samples(blocks, samples)


def check_outputs(params: LearningParams, spec: InputSpec) -> None:
    """Refuse outputs that cannot be written, or would overwrite an input."""
    paths = [getattr(params, name, "") for name in OUTPUTS if name != "figures"]
    check_writable(*paths)
    if params.figures:
        make_folder(params.figures)
    check_not_input(paths, [layer.path for layer in (*spec.layers(), params.area)])
    check_component_names(spec.labels.targets)
    for names in prediction_fields(share_fields(spec.labels.targets), list(spec.validations)).values():
        check_field_names(params.predictions, names)


def read_labels(params: LearningParams, spec: InputSpec, grid: Grid) -> LabelledPlaces:
    """Samples, regions and blocks, or raise all of their problems at once."""
    problems, labels, groups = Problems(), spec.labels, spec.groups
    columns = SampleColumns(
        labels.class_field,
        labels.label_field,
        params.source_field,
        params.weight_field,
        labels.weak_field,
        labels.weak_weight,
        labels.design_field,
    )
    samples = None
    polygons: list[Regions | None] = []
    try:
        samples = read_samples(spec.samples, labels.targets, grid.crs, columns, grid.bounds)
    except RegionwiseError as err:
        problems.add_error(err)
    for layer, name, preset in (
        (groups.regions, params.region_field, groups.region_preset),
        (groups.blocks, groups.block_field, "none"),
    ):
        try:
            polygons.append(read_regions(layer, name, grid, preset) if layer else None)
        except RegionwiseError as err:
            problems.add_error(err)
    outline = None
    try:
        if params.area and grid.crs:
            outline = read_outline(params.area, grid.crs, grid.bounds)
    except RegionwiseError as err:
        problems.add_error(err)
    problems.raise_any()
    assert samples is not None  # nosec B101
    if set(spec.validations) & set(DATED_VALIDATIONS):
        samples = replace(samples, year=years_of(spec, samples))
    return LabelledPlaces(samples, polygons[0], polygons[1], outline)


def given_regions(params: LearningParams, spec: InputSpec, samples: Samples) -> Text:
    """The region in each sample's own field; empty without one, or where polygons will tell it."""
    if spec.groups.regions or not params.region_field:
        return np.full(len(samples), "", object)
    frame = read_table(spec.samples)
    check_fields(frame, (params.region_field,), spec.samples)
    return np.array([text_of(value) for value in frame[params.region_field].iloc[samples.row - 1]], object)


def inputs_key(
    params: LearningParams, spec: InputSpec, labels: LabelledPlaces, region: Text, device: str, *arrays: NDArray[Any]
) -> str:
    """The fingerprint of the run.

    Samples and polygons count by what was read: QGIS may have copied the layer anew for each run. So do `arrays`.
    """
    values = params.without(*OUTPUTS, *LAYERS, *LOOKS)
    read = [hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest() for array in arrays]
    anew = labels.augmented.digest() if labels.augmented else ""
    content = [labels.digests(), anew, list(region), read]
    files = [*raster_files(layer.path for layer in spec.rasters.layers()), *spec.files]
    return fingerprint(VERSION, type(params).__name__, values, content, device, files=files)


def band_features(training_data: TrainingData) -> dict[str, Array]:
    """Each sample's mean of each band over its footprint, by name: what one band alone tells."""
    single = _single_bands(training_data)
    means = sample_features(training_data.patches.cropped(0), len(training_data.samples), single)
    return {name: means[:, i].astype(np.float64) for i, name in enumerate(single.bands)}


def cell_values(training_data: TrainingData) -> dict[str, Array]:
    """The values of each band in the cells of all samples, by name, as rasters hold them: codes have no mean."""
    single = _single_bands(training_data)
    table = FootprintFeatures.of(training_data.patches, len(training_data.samples), single).table
    return {name: table[:, i].astype(np.float64) for i, name in enumerate(single.bands)}


def _single_bands(training_data: TrainingData) -> WindowFeatures:
    """Bands as they are."""
    names = tuple(band.name for band in training_data.bands)
    return WindowFeatures(names, (len(names),), (1,), np.zeros(len(names)))


def audit_inputs(
    context: RunContext[LearningParams], spec: InputSpec, training_data: TrainingData, area: Array, region: Text
) -> Audit:
    """The audit of the samples, whose findings are logged; refuses folds that would separate equal labels."""
    samples = training_data.samples
    ruler = Ruler.of(training_data.grid.crs, samples.xy, area) if samples.placed else None
    values = band_features(training_data)
    fields = {band.name for band in training_data.bands if training_data.tabular and band.sensor != SERIES}
    places = ruler.positions(samples.xy) if ruler else None
    audit = audit_samples(
        samples,
        places,
        ruler.positions(area) if ruler else area,
        SampleValues(
            {name: column for name, column in values.items() if name not in fields},
            {name: values[name] for name in values if name in fields},
        ),
        region=region if any(region) else None,
    )
    for finding in audit.findings:
        tell = context.channel.warning if finding.problem else context.channel.info
        tell(f"Audit, {finding.check}: {finding.text}")
    whole = "random" not in spec.validations
    check_repeated(audit, samples, places, whole_groups=whole, allowed=context.params.allow_duplicates)
    return audit
