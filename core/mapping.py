"""Mapping: a raster larger than memory, tile by tile; resumes after a kill, appears whole or not at all.

Each finished tile is one small file in the work folder, renamed into place, so its presence is the
journal. At the end the tiles are put together in a fixed order (`mosaics.py`); a resumed map is the
same, byte for byte, as one that was never stopped.
"""

from __future__ import annotations

import contextlib
import queue
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .crossvalidation import Clock
from .errors import RegionwiseError
from .files import atomic, check_space
from .mosaics import Layout, Mosaic
from .protocol import Channel
from .rasters import Floats, Mask, Stack
from .tiles import Tile, plan

TILE_SIDES = (1024, 768, 512, 256)  # multiples of the output's 256-cell blocks
SIDE = "side.txt"  # in the work folder: the side of the run's tiles
AHEAD = 2  # tiles that may wait between reading, computing and writing

Predict = Callable[[Tile, Floats, Mask], dict[str, Floats]]


@dataclass(frozen=True)
class MapPlan:
    """Which part of the stack to map, in tiles of which size, with which halo."""

    area: Tile
    side: int
    halo: int

    def tiles(self) -> list[Tile]:
        """Return the tiles in reading order."""
        return list(plan(self.area, self.side))


def choose_side(bytes_per_pixel: int, halo: int, memory_bytes: int, fixed: int = 0) -> int:
    """Return the largest tile side whose working memory fits beside `fixed` bytes.

    Raises
    ------
    RegionwiseError
        If even the smallest tile does not fit.
    """
    for side in TILE_SIDES:
        if fixed + working_bytes(side, halo, bytes_per_pixel) <= memory_bytes:
            return side
    needed = (fixed + working_bytes(TILE_SIDES[-1], halo, bytes_per_pixel)) / 2**30
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
        Takes a tile, its pixels with halo, (band, height + 2 halo, width + 2 halo), NaN where
        missing, and which of its pixels have data; returns an array (band, pixel with data) for
        each layout by key.
    work : Path
        Folder of this very run (see `files.work_folder`); finished tiles in it are kept.
    folder : Path or None
        Where the bands of the first layout will also go, one by one.
    """
    tiles = plan_.tiles()
    mosaic = Mosaic(work, stack.grid, plan_.area, layouts)
    outputs = mosaic.outputs(folder)
    _check_disk(list(layouts.values()), [layout for layout, _ in outputs.values()], plan_, work)
    clock = Clock(channel, len(tiles))
    done = [mosaic.path(tile).exists() for tile in tiles]
    if any(done):
        channel.info(f"{sum(done)} of {len(tiles)} tiles were finished in an earlier run, kept.")
    for _ in range(sum(done)):
        clock.finish_part(skipped=True)
    todo = [tile for tile, ready in zip(tiles, done, strict=True) if not ready]
    empty = 0
    with ThreadPoolExecutor(1) as writer, _reading(stack, todo, plan_.halo) as blocks:
        pending: list[Future[None]] = []
        for tile, block in blocks:
            chosen = block[list(bands)]
            valid = with_data(chosen, valid_bands, plan_.halo)
            answer = predict(tile, chosen, valid) if valid.any() else {}
            empty += not answer
            pending.append(writer.submit(mosaic.save, tile, valid, answer))
            if len(pending) > AHEAD:
                pending.pop(0).result()
            clock.finish_part()
            clock.within(0, "Mapping")
        for future in pending:
            future.result()
    channel.info(f"{len(todo)} tiles mapped, {empty} of them without data were skipped; putting them together.")
    finished = {name: mosaic.assemble(name, layout, first, tiles) for name, (layout, first) in outputs.items()}
    with contextlib.ExitStack() as renaming:
        # all outputs are complete and on their disk before the first one takes its name
        for name, (layout, _) in outputs.items():
            shutil.move(finished[name], renaming.enter_context(atomic(layout.path)))
    shutil.rmtree(work, ignore_errors=True)


def with_data(block: Floats, bands: Sequence[int], halo: int) -> Mask:
    """Return which pixels of a block (band, row + 2 halo, col + 2 halo) have data in all `bands`, shape (row, col)."""
    inner = block[list(bands), halo : block.shape[1] - halo, halo : block.shape[2] - halo]
    return np.asarray(np.isfinite(inner).all(axis=0))


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


def _check_disk(layouts: Sequence[Layout], outputs: Sequence[Layout], plan_: MapPlan, work: Path) -> None:
    """Refuse to start if tiles and outputs with their overviews, even poorly compressed, would not fit."""
    cells = 4 * plan_.area.height * plan_.area.width
    tiles = (str(work), cells * sum(len(layout.bands) for layout in layouts))
    check_space([tiles, *((layout.path, cells * len(layout.bands) * 4 // 3) for layout in outputs)])


def settled_plan(work: Path, area: Tile, halo: int, choose: Callable[[], int]) -> MapPlan:
    """Return the plan of a run with the side of its tiles as it was begun, or as `choose` says now.

    The side depends on what the process holds at the moment; a run that goes on must keep to its own.
    """
    kept = work / SIDE
    if not kept.exists():
        with atomic(kept) as part:
            part.write_text(str(choose()), encoding="utf-8")
    return MapPlan(area, int(kept.read_text(encoding="utf-8")), halo)
