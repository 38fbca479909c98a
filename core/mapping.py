"""Mapping: a raster larger than memory, tile by tile; resumes after a kill, appears whole or not at all.

Each finished tile is one small file in the work folder, renamed into place, so its presence is the
journal. At the end the tiles are put together in a fixed order; a resumed map is the same, byte for
byte, as one that was never stopped.
"""

from __future__ import annotations

import contextlib
import math
import os
import queue
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

from .crossvalidation import Clock
from .errors import RegionwiseError
from .files import atomic, check_space, safe_name
from .protocol import Channel
from .rasters import NODATA, Floats, Grid, Stack, raster_profile
from .tiles import Tile, plan

TILE_SIDES = (1024, 768, 512, 256)  # multiples of the output's 256-cell blocks
AHEAD = 2  # tiles that may wait between reading, computing and writing

Predict = Callable[[Tile, Floats], dict[str, Floats]]


@dataclass(frozen=True)
class Layout:
    """One output raster of a map: path, band names, and what its numbers are."""

    path: str
    bands: tuple[str, ...]
    unit: str = "1"
    description: str = ""


@dataclass(frozen=True)
class MapPlan:
    """Which part of the stack to map, in tiles of which size, with which halo."""

    area: Tile
    side: int
    halo: int

    def tiles(self) -> list[Tile]:
        """Return the tiles in reading order."""
        return list(plan(self.area, self.side))


def choose_side(bytes_per_pixel: int, halo: int, memory_bytes: int) -> int:
    """Return the largest tile side whose working memory stays within half of the budget.

    Raises
    ------
    RegionwiseError
        If even the smallest tile does not fit.
    """
    for side in TILE_SIDES:
        if working_bytes(side, halo, bytes_per_pixel) <= memory_bytes / 2:
            return side
    needed = 2 * working_bytes(TILE_SIDES[-1], halo, bytes_per_pixel) / 2**30
    raise RegionwiseError(
        f"Mapping needs {needed:.1f} GiB, the Memory setting allows {memory_bytes / 2**30:.1f}.",
        "Raise Memory in Settings > Options > Processing > Regionwise.",
    )


def working_bytes(side: int, halo: int, bytes_per_pixel: int) -> int:
    """Return the memory that one tile takes while it is computed."""
    return (side + 2 * halo) ** 2 * bytes_per_pixel


def run_map(
    stack: Stack,
    bands: Sequence[int],
    valid_bands: Sequence[int],
    plan_: MapPlan,
    predict: Predict,
    layouts: dict[str, Layout],
    *,
    work: Path,
    folder: Path | None,
    channel: Channel,
) -> None:
    """Map `plan_` and write all `layouts`.

    Parameters
    ----------
    bands : sequence of int
        Positions in the stack of the bands that `predict` gets, in order.
    valid_bands : sequence of int
        Positions among `bands`; a pixel without data in one of them stays nodata.
    predict : callable
        Takes a tile and its pixels with halo, (band, height + 2 halo, width + 2 halo), NaN where
        missing; returns an array (band, height, width) for each layout by key.
    work : Path
        Folder of this very run (see `files.work_folder`); finished tiles in it are kept.
    folder : Path or None
        Where the bands of the first layout will also go, one by one; its disk is checked.
    """
    tiles = plan_.tiles()
    _check_disk(layouts, plan_, work, folder)
    clock = Clock(channel, len(tiles))
    done = [(work / _name(tile)).exists() for tile in tiles]
    if any(done):
        channel.info(f"{sum(done)} of {len(tiles)} tiles were finished in an earlier run, kept.")
    for _ in range(sum(done)):
        clock.finish_part(skipped=True)
    todo = [tile for tile, ready in zip(tiles, done, strict=True) if not ready]
    empty = 0
    with ThreadPoolExecutor(1) as writer, _reading(stack, todo, plan_.halo) as blocks:
        pending: list[Future[None]] = []
        for tile, block in blocks:
            answer = _predict_tile(tile, block[list(bands)], list(valid_bands), plan_.halo, predict)
            empty += not answer
            pending.append(writer.submit(_save_tile, work / _name(tile), answer))
            if len(pending) > AHEAD:
                pending.pop(0).result()
            clock.finish_part()
            clock.within(0, "Mapping")
        for future in pending:
            future.result()
    channel.info(f"{len(todo)} tiles mapped, {empty} of them without data were skipped.")
    with contextlib.ExitStack() as outputs:
        # all outputs are complete before the first one takes its name
        parts = {key: outputs.enter_context(atomic(layout.path)) for key, layout in layouts.items()}
        for key, layout in layouts.items():
            _assemble(parts[key], key, layout, stack.grid, plan_, work)
    shutil.rmtree(work, ignore_errors=True)


def _predict_tile(tile: Tile, block: Floats, valid_bands: list[int], halo: int, predict: Predict) -> dict[str, Floats]:
    """Return the answer for one tile, NaN where the day sensor has none; empty if it has none at all."""
    inner = block[valid_bands, halo : halo + tile.height, halo : halo + tile.width]
    valid = np.isfinite(inner).all(0)
    if not valid.any():
        return {}
    answer = predict(tile, block)
    for values in answer.values():
        values[:, ~valid] = np.nan
    return answer


@contextlib.contextmanager
def _reading(stack: Stack, tiles: Sequence[Tile], halo: int) -> Iterator[Iterator[tuple[Tile, Floats]]]:
    """Yield an iterator over tiles and their pixels, read ahead by a thread with its own files."""
    blocks: queue.Queue[tuple[Tile, Floats] | BaseException | None] = queue.Queue(AHEAD)
    stop = threading.Event()

    def put(item: tuple[Tile, Floats] | BaseException | None) -> None:
        while not stop.is_set():
            with contextlib.suppress(queue.Full):
                return blocks.put(item, timeout=0.2)

    def read() -> None:
        try:
            with stack.reopened() as own:
                for tile in tiles:
                    put((tile, own.read(tile.padded(halo))))
                    if stop.is_set():
                        return
            put(None)
        except Exception as err:  # handed to the computing thread, which raises it
            put(err)

    def items() -> Iterator[tuple[Tile, Floats]]:
        while (item := blocks.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield items()
    finally:
        stop.set()
        thread.join()


def _name(tile: Tile) -> str:
    # with its size: another Memory setting cuts other tiles
    return f"tile-{tile.row}-{tile.col}-{tile.height}x{tile.width}.npz"


def _save_tile(path: Path, answer: dict[str, Floats]) -> None:
    part = path.with_suffix(".part")
    with open(part, "wb") as file:
        np.savez_compressed(file, **answer)  # type: ignore[arg-type]
    os.replace(part, path)


def _assemble(part: Path, key: str, layout: Layout, grid: Grid, plan_: MapPlan, work: Path) -> None:
    """Put the tiles together in `part`, with band names, unit and statistics."""
    sums = np.zeros((len(layout.bands), 2))
    extremes = np.tile([math.inf, -math.inf], (len(layout.bands), 1))
    count = 0
    with rasterio.open(part, "w", **raster_profile(grid, plan_.area, len(layout.bands))) as file:
        for tile in plan_.tiles():
            with np.load(work / _name(tile)) as saved:
                if key not in saved:
                    continue  # never written blocks read as nodata
                values = saved[key]
            valid = np.isfinite(values[0])
            window = Window(tile.col - plan_.area.col, tile.row - plan_.area.row, tile.width, tile.height)
            file.write(np.where(np.isfinite(values), values, NODATA).astype(np.float32), window=window)
            kept = values[:, valid].astype(np.float64)
            count += kept.shape[1]
            sums += np.stack([kept.sum(1), (kept**2).sum(1)], 1)
            extremes[:, 0] = np.minimum(extremes[:, 0], kept.min(1))
            extremes[:, 1] = np.maximum(extremes[:, 1], kept.max(1))
        for number, name in enumerate(layout.bands):
            file.set_band_description(number + 1, name)
            file.set_band_unit(number + 1, layout.unit)
            if count:
                mean = sums[number, 0] / count
                deviation = math.sqrt(max(sums[number, 1] / count - mean**2, 0))
                file.update_tags(number + 1, **_statistics(extremes[number, 0], extremes[number, 1], mean, deviation))
        file.update_tags(TIFFTAG_IMAGEDESCRIPTION=layout.description)


def _statistics(low: float, high: float, mean: float, deviation: float) -> dict[str, str]:
    """Return the tags by which GDAL and QGIS know a band's statistics."""
    values = {"MINIMUM": low, "MAXIMUM": high, "MEAN": mean, "STDDEV": deviation}
    return {f"STATISTICS_{name}": f"{value:.9g}" for name, value in values.items()}


def _check_disk(layouts: dict[str, Layout], plan_: MapPlan, work: Path, folder: Path | None) -> None:
    """Refuse to start if tiles and outputs, even poorly compressed, would not fit."""
    cells = plan_.area.height * plan_.area.width
    outputs = [(layout.path, 4 * cells * len(layout.bands)) for layout in layouts.values()]
    tiles = (str(work), sum(size for _, size in outputs))
    check_space([tiles, *outputs, *([(str(folder), outputs[0][1])] if folder else [])])


def split_bands(path: str, folder: Path, names: Sequence[str]) -> None:
    """Write each band of the raster at `path` to its own GeoTIFF in `folder`."""
    with rasterio.open(path) as source:
        profile = {**source.profile, "count": 1}
        for number, name in enumerate(names, 1):
            with atomic(folder / f"{safe_name(name)}.tif") as part, rasterio.open(part, "w", **profile) as out:
                for _, window in source.block_windows(1):
                    out.write(source.read(number, window=window), 1, window=window)
                out.set_band_description(1, name)
                out.set_band_unit(1, source.units[number - 1])
                out.update_tags(1, **source.tags(number))
