"""Inputs of training a composition: everything is checked and read before anything is learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .audit import Audit, audit_samples, check_repeated
from .checkpoints import Checkpoints
from .cutting import WEIGHTS, cut_patches
from .distances import positions
from .errors import Problems, RegionwiseError
from .features import WindowFeatures, sample_features
from .files import check_not_input, check_writable, fingerprint, make_folder, work_folder
from .learning import Material
from .outcome import check_component_names, prediction_fields
from .params import Layer
from .params_composition import CompositionLearning, CompositionRegions
from .protocol import VERSION
from .rasters import Grid, Stack
from .regions import Regions, read_regions
from .run import Run
from .samples import Samples, read_samples
from .tables import check_fields, read_table, text_of
from .validation import map_places
from .vectors import check_field_names

Array = NDArray[np.float64]
Text = NDArray[np.object_]

OUTPUTS = ("model", "predictions", "scores", "report", "figures", "curve")


@dataclass(frozen=True)
class Inputs:
    """What was read: material, the map's places, each sample's region, regions as polygons, and the audit."""

    material: Material
    area: Array
    region: Text
    regions: Regions | None
    audit: Audit


def read_inputs(params: CompositionLearning, kinds: list[str], halo: int, device: str, run: Run) -> Inputs:
    """Return the inputs of a training run, or raise all of their problems at once.

    Parameters
    ----------
    kinds : list of str
        Kinds of validation, whose fields the predictions will have.
    halo : int
        Cells around a pixel that the models see.
    """
    _check_outputs(params, kinds)
    sensors = {"day": params.day, "night": params.night}
    if params.pixel_weights:
        sensors[WEIGHTS] = (params.pixel_weights,)
    with Stack(sensors, params.resampling) as stack:
        samples, regions = _read_layers(params, stack.grid)
        region = _sample_regions(params, samples)
        key = _key(params, samples, regions, region, device)
        work = work_folder(run.folder, key)
        bands = [band for band in stack.bands if band.sensor != WEIGHTS]
        run.channel.info(f"Bands: {', '.join(band.name for band in bands)}; {stack.grid.describe()}.")
        rows = samples.row
        patches, samples, notices = cut_patches(
            stack, samples, halo, seed=params.seed, folder=run.scratch(work), half=params.patch_storage == "float16"
        )
        region = region[np.isin(rows, samples.row)]
        if regions is not None:
            number = regions.at(samples.xy)
            region = np.array([regions.names[i] if i >= 0 else "" for i in number], object)
        area = map_places(stack, params.seed, samples.xy)
        for notice in (*stack.notices, *samples.notices, *notices, *(regions.notices if regions else ())):
            run.channel.warning(notice)
        run.channel.info(f"{len(samples)} samples, {samples.augmented.sum()} of them augmented.")
        material = Material(bands, stack.grid, samples, patches, device, Checkpoints(work), key)
    audit = _audit(params, kinds, material, area, region, run)
    return Inputs(material, area, region, regions, audit)


def _check_outputs(params: CompositionLearning, kinds: list[str]) -> None:
    paths = [getattr(params, name, "") for name in OUTPUTS if name != "figures"]
    check_writable(*paths)
    if params.figures:
        make_folder(params.figures)
    check_not_input(paths, [layer.path for layer in _layers(params)])
    check_component_names(params.targets)
    for names in prediction_fields(params.targets, kinds).values():
        check_field_names(params.predictions, names)


def _layers(params: CompositionLearning) -> list[Layer]:
    """Return all layers that training reads."""
    layers = [*params.day, *params.night, params.samples, params.pixel_weights]
    return [*layers, params.regions] if isinstance(params, CompositionRegions) else layers


def _read_layers(params: CompositionLearning, grid: Grid) -> tuple[Samples, Regions | None]:
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


def _sample_regions(params: CompositionLearning, samples: Samples) -> Text:
    """Return the region in each sample's own field; empty without one, or where polygons will tell it."""
    if isinstance(params, CompositionRegions) or not params.region_field:
        return np.full(len(samples), "", object)
    frame = read_table(params.samples)
    check_fields(frame, (params.region_field,), params.samples)
    return np.array([text_of(value) for value in frame[params.region_field].iloc[samples.row - 1]], object)


def _key(params: CompositionLearning, samples: Samples, regions: Regions | None, region: Text, device: str) -> str:
    """Return the fingerprint of the run.

    Samples and regions count by what was read: QGIS may have copied the layer anew for each run.
    """
    values = {k: v for k, v in params.to_json().items() if k not in (*OUTPUTS, "samples", "regions")}
    content = [samples.digest(), regions.digest() if regions else "", list(region)]
    rasters = [layer.path for layer in (*params.day, *params.night, params.pixel_weights) if layer]
    return fingerprint(VERSION, type(params).__name__, values, content, device, files=rasters)


def band_features(material: Material) -> dict[str, Array]:
    """Return each sample's mean of each band over its unit, by name: what one band alone tells."""
    patches, bands = material.patches.cropped(0), material.bands
    names = tuple(band.name for band in bands)
    single = WindowFeatures(names, (len(bands),), (1,), np.zeros(len(bands)))
    found = sample_features(patches, len(material.samples), single)
    return {name: found[:, i].astype(np.float64) for i, name in enumerate(names)}


def _audit(
    params: CompositionLearning, kinds: list[str], material: Material, area: Array, region: Text, run: Run
) -> Audit:
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
