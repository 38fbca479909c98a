"""Standardise: centre and scale the bands of rasters, with statistics that can be used again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...contract.errors import Problems, RegionwiseError
from ...contract.layer import Layer
from ...data.raster.geotiff import RasterBands, write_windows
from ...data.raster.raster_source import AS_STORED
from ...data.raster.stack import Stack
from ...data.raster.statistics import Scaling, Statistics, read_scaling
from ...data.raster.tiles import plan
from ...runtime.filenames import safe_name
from ...runtime.files import atomic, check_space, check_writable, make_folder
from ...runtime.run import Result, Run
from .params import Standardisation

TILE = 1024


def standardise(params: Standardisation, run: Run) -> Result:
    """Write one standardised raster per input, on its own grid, and the statistics."""
    folder = make_folder(params.output_folder)
    check_writable(params.output_statistics)
    given = read_scaling(params.statistics) if params.statistics else None
    targets = _targets(params, folder)
    check_writable(*map(str, targets))
    _check_bands(params, given)
    scalings: list[Scaling] = []
    for number, (layer, target) in enumerate(zip(params.input, targets, strict=True)):
        run.channel.progress(number / len(targets), f"Standardising {layer}")
        with _opened(layer, given) as stack:
            check_space([(target, 4 * len(stack.bands) * stack.grid.height * stack.grid.width)])
            scaling = _chosen(given, stack) if given else _measured(stack)
            _write(stack, scaling, target)
            scalings.append(scaling)
        run.channel.info(f"{layer}: {_describe(scaling)}")
    merged = Scaling(
        tuple(name for scaling in scalings for name in scaling.names),
        np.concatenate([scaling.mean for scaling in scalings]),
        np.concatenate([scaling.std for scaling in scalings]),
        np.concatenate([scaling.count for scaling in scalings]),
        given is not None and given.as_stored,
    )
    outputs = {"OUTPUT_FOLDER": str(folder)}
    if params.output_statistics:
        with atomic(params.output_statistics) as part:
            merged.write(part)
        outputs["OUTPUT_STATISTICS"] = params.output_statistics
    return Result(outputs)


def _opened(layer: Layer, given: Scaling | None) -> Stack:
    """The stack of a layer, not yet opened, with numbers such as the given statistics are of."""
    return Stack({"input": [layer]}, scales=AS_STORED if given is not None and given.as_stored else None)


def _targets(params: Standardisation, folder: Path) -> list[Path]:
    """The output path of each input; two inputs must not have the same."""
    names = [Path(layer.path).stem if not layer.name else layer.name for layer in params.input]
    double = {name for name in names if names.count(name) > 1}
    if double:
        raise RegionwiseError(f"Two inputs are called '{double.pop()}'.", "Rename one of the layers.")
    targets = [folder / f"{safe_name(name)}.tif" for name in names]
    for layer, target in zip(params.input, targets, strict=True):
        if _same_file(layer, target):
            raise RegionwiseError(f"'{layer}' would be overwritten.", "Choose another output folder.")
    return targets


def _check_bands(params: Standardisation, given: Scaling | None) -> None:
    """Open every input before the first is written, and tell all problems of their bands at once."""
    problems, names = Problems(), []
    for layer in params.input:
        try:
            with _opened(layer, given) as stack:
                names += stack.names
                if given:
                    _chosen(given, stack)
        except RegionwiseError as err:
            problems.add_error(err)
    double = next((name for name in names if names.count(name) > 1), None)
    if double and params.output_statistics:
        problems.add(
            f"Two bands are called '{double}', so statistics cannot be kept by name; rename a layer, set the "
            "bands' descriptions, or leave Statistics empty."
        )
    problems.raise_any()


def _same_file(layer: Layer, target: Path) -> bool:
    return target.exists() and Path(layer.path).exists() and target.samefile(layer.path)


def _measured(stack: Stack) -> Scaling:
    """The statistics of all cells of the stack, by band."""
    statistics = Statistics(stack.names)
    for tile in plan(stack.grid.area, TILE):
        statistics.add(stack.read(tile))
    return statistics.scaling()


def _chosen(given: Scaling, stack: Stack) -> Scaling:
    """The statistics of the stack's bands, by name."""
    missing = [name for name in stack.names if name not in given.names]
    if missing:
        raise RegionwiseError(
            f"The statistics have no band '{missing[0]}'; they have: {', '.join(given.names)}.",
            "Rename the layer or set the band's description, or leave Statistics empty.",
        )
    index = [given.names.index(name) for name in stack.names]
    return Scaling(tuple(stack.names), given.mean[index], given.std[index], given.count[index], given.as_stored)


def _write(stack: Stack, scaling: Scaling, target: Path) -> None:
    bands = RasterBands(stack.names, ["standard deviations"] * len(stack.bands), [b.definition for b in stack.bands])
    write_windows(target, stack.grid, bands, lambda tile: scaling.apply(stack.read(tile)), side=TILE)


def _describe(scaling: Scaling) -> str:
    values = zip(scaling.names, scaling.mean, scaling.std, scaling.count, strict=True)
    return "; ".join(f"{n} mean {m:.5g}, deviation {s:.5g} of {c} cells" for n, m, s, c in values)
