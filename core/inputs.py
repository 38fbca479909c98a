"""Inputs of training: everything is checked and read before anything is learned, in every family."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS

from .arrays import Floats
from .audit import Audit, audit_samples, check_repeated
from .checkpoints import Checkpoints
from .cutting import WEIGHTS, cut_patches
from .distances import positions
from .errors import Problems, RegionwiseError
from .features import WindowFeatures, sample_features
from .files import check_not_input, check_writable, fingerprint, make_folder, work_folder
from .grids import Grid
from .learning import Material
from .measures import share_fields
from .outcome import check_component_names, prediction_fields
from .params import NO_LAYER, Layer, LearningParams
from .patches import keep_pixels, open_patches
from .phenology import Days
from .protocol import VERSION
from .rasters import ANCILLARY, FACTOR, SERIES, Band, Stack, raster_files
from .regions import Regions, read_regions
from .run import Run
from .samples import Samples, read_layer, read_samples, rows_text
from .sequences import DATE, END, START, DatedPick, read_sequences, read_spans
from .series import Series
from .tables import check_fields, numeric_columns, read_table, text_of
from .validation import hull_places, map_places
from .vectors import check_field_names

Array = NDArray[np.float64]
Text = NDArray[np.object_]

OUTPUTS = ("model", "predictions", "scores", "report", "figures", "curve")
SMALLEST_SIDE = 1e-9
SAME_LABEL = 0.01  # shares that differ by less are the same label
LAYERS = ("samples", "values", "regions", "levels", "blocks")  # parameters that count by what is read from them


@dataclass(frozen=True)
class Asked:
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
        """Return all layers that training reads."""
        rasters = [layer for layers in self.sensors.values() for layer in layers]
        return [*rasters, self.samples, self.regions, self.pixel_weights, self.blocks, *self.more_layers]

    def rasters(self) -> list[str]:
        """Return the paths of all rasters."""
        layers = [layer for layers in self.sensors.values() for layer in layers]
        return [layer.path for layer in (*layers, self.pixel_weights) if layer]


@dataclass(frozen=True)
class Inputs:
    """What was read: material, the map's places, each sample's region, regions as polygons, the audit, and blocks.

    Of blocks each sample's name and the polygons, where the family has any.
    """

    material: Material
    area: Array
    region: Text
    regions: Regions | None
    audit: Audit
    block: Text | None = None
    blocks: Regions | None = None


def read_inputs(params: LearningParams, asked: Asked, kinds: list[str], halo: int, device: str, run: Run) -> Inputs:
    """Return the inputs of a training run on rasters, or raise all of their problems at once.

    Parameters
    ----------
    kinds : list of str
        Kinds of validation, whose fields the predictions will have.
    halo : int
        Cells around a pixel that the models see.
    """
    _check_outputs(params, asked, kinds)
    weights = {WEIGHTS: (asked.pixel_weights,)} if asked.pixel_weights else {}
    with Stack({**asked.sensors, **weights}, asked.resampling, coordinates=asked.coordinates) as stack:
        samples, regions, blocks = _read_layers(params, asked, stack.grid)
        region = _sample_regions(params, asked, samples)
        bands = [band for band in stack.bands if band.sensor != WEIGHTS]
        pick = _pick(asked, samples, bands)
        alone = pick is not None or bool(asked.label_field)  # pixels by themselves are seen
        samples, cells = _one_source_per_cell(samples, stack.grid) if alone else (samples, [])
        polygons = [each for each in (regions, blocks) if each is not None]
        key = _key(params, asked, samples, polygons, region, device, *([pick.days, pick.positions] if pick else []))
        work = work_folder(run.folder, key)
        run.channel.info(f"Bands: {_listing(asked, bands)}; {stack.grid.describe()}.")
        rows = samples.row
        patches, samples, notices = cut_patches(
            stack, samples, halo, seed=params.seed, folder=run.scratch(work), half=params.patch_storage == "float16",
            pick=pick,
        )  # fmt: skip
        kept = np.isin(rows, samples.row)
        region = region[kept]
        if regions is not None:
            region = _polygon_regions(regions, samples)
        area = map_places(stack, params.seed, samples.xy)
        for notice in (*stack.notices, *samples.notices, *cells, *notices, *(regions.notices if regions else ())):
            run.channel.warning(notice)
        run.channel.info(f"{len(samples)} samples, {samples.augmented.sum()} of them augmented.")
        days = pick.days[kept] if pick else None
        bands = pick.bands if pick else bands
        material = Material(bands, stack.grid, samples, patches, device, Checkpoints(work), key, days)
    audit = _audit(params, kinds, material, area, region, run)
    return Inputs(material, area, region, regions, audit, _names_in(blocks, samples), blocks)


def read_table_inputs(
    params: LearningParams, asked: Asked, ancillary: Sequence[str], kinds: list[str], device: str, run: Run
) -> Inputs:
    """Return the inputs of a training run on a table of values (`sequences.read_sequences`).

    Parameters
    ----------
    ancillary : sequence of str
        Fields with ancillary numbers.
    """
    _check_outputs(params, asked, kinds)
    frame, label = read_layer(asked.samples), str(asked.samples)
    check_fields(frame, (*ancillary, asked.start_field, asked.end_field), asked.samples)
    spans = read_spans(frame, asked.start_field, asked.end_field, label)
    taken = {
        *asked.targets,
        asked.class_field,
        *ancillary,
        params.source_field,
        params.weight_field,
        params.region_field,
    }
    found = read_sequences(frame, label, taken, spans)
    if spans is None and not {START, END} <= set(frame) and not any(name.startswith(f"{DATE}_") for name in frame):
        run.channel.warning(f"'{label}' holds no dates: its steps are taken to fill a year from January on.")
    numbers = numeric_columns(frame, ancillary, label)
    values = np.concatenate([found.values.reshape(len(frame), -1), numbers], 1)
    steps = found.values.shape[1]
    bands = [Band(f"{name} {step + 1}", SERIES, "", 0) for step in range(steps) for name in found.bands]
    bands += [Band(name, ANCILLARY, "", 0) for name in ancillary]
    run.channel.info(f"Bands {', '.join(found.bands)} at {steps} dates.")
    some = np.asarray(np.isfinite(found.values).any((1, 2)))
    return _tabular(
        params, asked, kinds, device, run, frame, bands, np.where(some[:, None], values, np.nan), found.days
    )


def read_factor_table(
    params: LearningParams, asked: Asked, fields: Sequence[str], kinds: list[str], device: str, run: Run
) -> Inputs:
    """Return the inputs of a training run on a table, each of whose `fields` is a band."""
    _check_outputs(params, asked, kinds)
    frame = read_layer(asked.samples)
    check_fields(frame, fields, asked.samples)
    values = numeric_columns(frame, fields, str(asked.samples))
    bands = [Band(name, FACTOR, "", 0) for name in fields]
    return _tabular(params, asked, kinds, device, run, frame, bands, values)


def _tabular(
    params: LearningParams, asked: Asked, kinds: list[str], device: str, run: Run, frame: gpd.GeoDataFrame,
    bands: list[Band], values: Floats, days: Days | None = None,
) -> Inputs:  # fmt: skip
    """Return the inputs of a run on `values`, shape (row, band), of a table; rows without any are left out.

    Parameters
    ----------
    days : array of int, shape (row, step), optional
        See `learning.Material`.
    """
    grid, label = table_grid(frame), str(asked.samples)
    samples, regions, blocks = _read_layers(params, asked, grid)
    some = np.asarray(np.isfinite(values).any(1))[samples.row - 1]
    if not some.any():
        raise RegionwiseError(f"No row of '{label}' has a value.", "Check its columns.")
    region = _sample_regions(params, asked, samples)[some]
    samples = samples.take(some)
    values, days = values[samples.row - 1], None if days is None else days[samples.row - 1]
    samples, places = (samples, []) if days is not None else _one_source_per_place(samples)
    polygons = [each for each in (regions, blocks) if each is not None]
    key = _key(params, asked, samples, polygons, region, device, values, *([] if days is None else [days]))
    work = work_folder(run.folder, key)
    if regions is not None:
        region = _polygon_regions(regions, samples)
    for notice in (*samples.notices, *places):
        run.channel.warning(notice)
    if not some.all():
        run.channel.warning(f"{(~some).sum()} rows without a value are left out.")
    run.channel.info(f"{len(samples)} samples, {samples.augmented.sum()} of them augmented or weak.")
    folder = run.scratch(work)
    keep_pixels(folder, values[:, :, None, None])
    material = Material(
        bands, grid, samples, open_patches(folder, 0), device, Checkpoints(work), key, days, tabular=True
    )
    area = hull_places(samples, params.seed)
    audit = _audit(params, kinds, material, area, region, run)
    return Inputs(material, area, region, regions, audit, _names_in(blocks, samples), blocks)


def _listing(asked: Asked, bands: Sequence[Band]) -> str:
    """Return the names of the bands; those of a series once, with its dates."""
    plain = [band.name for band in bands if band.sensor != SERIES]
    if asked.series is None:
        return ", ".join(plain)
    dates = asked.series.dates
    return ", ".join([*asked.series.names, *plain]) + f" ({len(dates)} dates from {dates[0]} to {dates[-1]})"


def _pick(asked: Asked, samples: Samples, bands: Sequence[Band]) -> DatedPick | None:
    """Return what picks each sample's dates out of a series; None without one."""
    if asked.series is None:
        return None
    frame = read_table(asked.samples)
    check_fields(frame, (asked.start_field, asked.end_field), asked.samples)
    everyone = read_spans(frame, asked.start_field, asked.end_field, str(asked.samples))
    spans = [everyone[row - 1] for row in samples.row] if everyone else None
    return DatedPick.of(asked.series, spans, len(samples), bands)


def _one_source_per_cell(samples: Samples, grid: Grid) -> tuple[Samples, list[str]]:
    """Return the samples, those in one cell with one source, and a notice of those whose labels differ."""
    cells = np.floor([~grid.transform @ place for place in samples.xy.tolist()]).astype(np.int64)
    return _one_source(samples, cells, "lie in one cell", "or use smaller cells")


def _one_source_per_place(samples: Samples) -> tuple[Samples, list[str]]:
    """Return the samples, those at one place with one source, and a notice of those whose labels differ."""
    return _one_source(samples, samples.xy, "are at one place", "or correct the coordinates")


def _one_source(samples: Samples, cells: NDArray[Any], where: str, remedy: str) -> tuple[Samples, list[str]]:
    """Return the samples, points with equal `cells` with one source, and a notice of those whose labels differ.

    What is seen of them is the same, so one must not train where another is tested.
    """
    points = (samples.geometry.geom_type == "Point").to_numpy()
    _, first, number = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    leader = first[number.ravel()]
    shared = points & points[leader] & (leader != np.arange(len(samples)))
    differ = shared & (np.abs(samples.shares - samples.shares[leader]).max(1) > SAME_LABEL)
    if not shared.any():
        return samples, []
    source = np.where(shared, samples.source[leader], samples.source)
    notices = []
    if differ.any():
        notices.append(
            f"{differ.sum()} samples {where} with another one and have other labels, in "
            f"{_rows_of(samples, differ)}: what is seen of them is the same. Leave one of each, {remedy}."
        )
    return dataclasses.replace(samples, source=source), notices


def _rows_of(samples: Samples, flags: NDArray[np.bool_]) -> str:
    """Return the rows of the layer that the flagged samples come from, in words."""
    marked = np.zeros(int(samples.row.max()), bool)
    marked[samples.row[flags] - 1] = True
    return rows_text(marked)


def _polygon_regions(regions: Regions, samples: Samples) -> Text:
    number = regions.at(samples.xy)
    return np.array([regions.names[i] if i >= 0 else "" for i in number], object)


def _names_in(blocks: Regions | None, samples: Samples) -> Text | None:
    """Return the block of each sample, empty outside of all; None without blocks."""
    return None if blocks is None else _polygon_regions(blocks, samples)


def _check_outputs(params: LearningParams, asked: Asked, kinds: list[str]) -> None:
    paths = [getattr(params, name, "") for name in OUTPUTS if name != "figures"]
    check_writable(*paths)
    if params.figures:
        make_folder(params.figures)
    check_not_input(paths, [layer.path for layer in asked.layers()])
    check_component_names(asked.targets)
    for names in prediction_fields(share_fields(asked.targets), kinds).values():
        check_field_names(params.predictions, names)


def table_grid(frame: gpd.GeoDataFrame) -> Grid:
    """Return one cell that holds all places of a table: it has a CRS and bounds, and no cells of a raster."""
    left, bottom, right, top = frame.total_bounds
    size = Affine.scale(max(right - left, SMALLEST_SIDE), -max(top - bottom, SMALLEST_SIDE))
    return Grid(CRS.from_user_input(frame.crs.to_wkt()), Affine.translation(left, top) @ size, 1, 1)


def _read_layers(params: LearningParams, asked: Asked, grid: Grid) -> tuple[Samples, Regions | None, Regions | None]:
    """Return samples, regions and blocks, or raise all of their problems at once."""
    problems = Problems()
    samples = None
    polygons: list[Regions | None] = []
    try:
        samples = read_samples(
            asked.samples, asked.targets, grid.crs, class_field=asked.class_field, label_field=asked.label_field,
            source_field=params.source_field, weight_field=params.weight_field, weak_field=asked.weak_field,
            weak_weight=asked.weak_weight,
        )  # fmt: skip
    except RegionwiseError as err:
        problems.add_error(err)
    for layer, name, preset in (
        (asked.regions, params.region_field, asked.region_preset),
        (asked.blocks, asked.block_field, "none"),
    ):
        try:
            polygons.append(read_regions(layer, name, grid, preset) if layer else None)
        except RegionwiseError as err:
            problems.add_error(err)
    problems.raise_any()
    assert samples is not None  # nosec B101
    return samples, polygons[0], polygons[1]


def _sample_regions(params: LearningParams, asked: Asked, samples: Samples) -> Text:
    """Return the region in each sample's own field; empty without one, or where polygons will tell it."""
    if asked.regions or not params.region_field:
        return np.full(len(samples), "", object)
    frame = read_table(asked.samples)
    check_fields(frame, (params.region_field,), asked.samples)
    return np.array([text_of(value) for value in frame[params.region_field].iloc[samples.row - 1]], object)


def _key(
    params: LearningParams, asked: Asked, samples: Samples, polygons: Sequence[Regions], region: Text, device: str,
    *arrays: NDArray[Any],
) -> str:  # fmt: skip
    """Return the fingerprint of the run.

    Samples and `polygons` count by what was read: QGIS may have copied the layer anew for each run. So do `arrays`.
    """
    values = params.without(*OUTPUTS, *LAYERS)
    read = [hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest() for array in arrays]
    content = [samples.digest(), [each.digest() for each in polygons], list(region), read]
    files = [*raster_files(asked.rasters()), *asked.files]
    return fingerprint(VERSION, type(params).__name__, values, content, device, files=files)


def band_features(material: Material) -> dict[str, Array]:
    """Return each sample's mean of each band over its unit, by name: what one band alone tells."""
    patches, bands = material.patches.cropped(0), material.bands
    names = tuple(band.name for band in bands)
    single = WindowFeatures(names, (len(bands),), (1,), np.zeros(len(bands)))
    found = sample_features(patches, len(material.samples), single)
    return {name: found[:, i].astype(np.float64) for i, name in enumerate(names)}


def _audit(params: LearningParams, kinds: list[str], material: Material, area: Array, region: Text, run: Run) -> Audit:
    """Return the audit of the samples; tells what it found, and refuses folds that would separate equal labels."""
    samples, crs = material.samples, material.grid.crs
    audit = audit_samples(
        samples,
        positions(samples.xy, crs),
        positions(area, crs),
        features=band_features(material),
        region=region if any(region) else None,
    )
    for finding in audit.findings:
        tell = run.channel.warning if finding.problem else run.channel.info
        tell(f"Audit, {finding.check}: {finding.text}")
    check_repeated(audit, samples, whole_sources="random" not in kinds, allowed=params.allow_duplicates)
    return audit
