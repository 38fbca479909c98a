"""Mapping: a raster larger than memory, tile by tile; resumes after a kill, appears whole or not at all.

Each finished tile is one small file in the work folder, renamed into place, so its presence is the
journal. At the end the tiles are put together in a fixed order (`mosaic.py`); a resumed map is the
same, byte for byte, as one that was never stopped.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from ..contract.errors import RegionwiseError
from ..contract.protocol import Channel
from ..contract.time_left import format_seconds
from ..data.raster.tiles import Tile, plan
from ..runtime.files import atomic, atomic_together, check_space, disk_of
from ..runtime.progress import Progress, span, told_to
from .mosaic import EMPTY, Layout, Mosaic
from .tile_pipeline import TILES_AHEAD

MAPPED = 0.9  # of the progress: then all tiles are finished
TILE_SIDES = (1024, 768, 512, 256)  # multiples of the output's 256-cell blocks
SIDE = "side.txt"  # in the work folder: the side of the run's tiles


@dataclass(frozen=True)
class MapPlan:
    """Which part of the stack to map, in tiles of which size, with which halo."""

    area: Tile
    side: int
    halo: int

    def tiles(self) -> list[Tile]:
        """The tiles in reading order."""
        return list(plan(self.area, self.side))


def choose_side(bytes_per_pixel: int, halo: int, memory_bytes: int, fixed: int = 0) -> int:
    """The largest tile side whose working memory fits besides `fixed` bytes.

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
    """The memory that one tile takes while it is computed."""
    return (side + 2 * halo) ** 2 * bytes_per_pixel


def run_map(
    plan_: MapPlan,
    mosaic: Mosaic,
    contents: Callable[[Sequence[Tile]], Generator[tuple[Tile, bytes]]],
    *,
    folder: Path | None,
    channel: Channel,
    finish: Callable[[dict[str, Path]], None] = lambda _: None,
    tags: Callable[[str], Mapping[str, str]] = lambda _: {},
) -> None:
    """Map `plan_` and write all layouts of the `mosaic` that have a path.

    Parameters
    ----------
    mosaic : Mosaic
        In the folder of this very run (see `files.work_folder`); finished tiles in it are kept.
    contents : callable
        Yields finished tiles (see `tile_pipeline.Maker`) in any order.
    folder : Path or None
        Where the bands of the first layout will also go, one by one.
    finish : callable
        Is called with the finished rasters by key, before they take their names; if it fails, the tiles are kept.
    tags : callable
        Gives the metadata of an output by its name, besides that of its layout, once all tiles are finished.
    """
    tiles = plan_.tiles()
    outputs = mosaic.outputs(folder)
    _check_disk(list(mosaic.layouts.values()), [layout for layout, _ in outputs.values()], plan_, mosaic.folder)
    channel.stage("Mapping", until=MAPPED)
    progress = Progress(channel, len(tiles))
    todo = [tile for tile in tiles if not mosaic.path(tile).exists()]
    kept = len(tiles) - len(todo)
    if kept:
        channel.info(f"{kept} of {len(tiles)} tiles were finished in an earlier run, kept.")
        progress.begin(kept).finish(skipped=True)
    empty, told, begun, mapping = 0, False, time.monotonic(), span(kept / len(tiles), 1)
    with (
        told_to(channel.progress),
        mapping,
        ThreadPoolExecutor(1) as writer,
        contextlib.closing(contents(todo)) as finished,
    ):
        pending: list[Future[None]] = []
        for number, (tile, content) in enumerate(finished, 1):
            empty += content == EMPTY
            if not told and content != EMPTY and number < len(todo):
                # tiles without data take next to no time, and how many of them are still to come, nobody knows
                seconds, told = (time.monotonic() - begun) * (len(todo) - empty), True
                tiles_left = f"{len(todo) - empty} tiles, less if some have no data"
                channel.info(f"About {format_seconds(seconds)} on this machine for {tiles_left}.")
            pending.append(writer.submit(mosaic.write, tile, content))
            if len(pending) > TILES_AHEAD:
                pending.pop(0).result()
            progress.begin().finish()
        for future in pending:
            future.result()
    channel.detail(f"{len(todo)} tiles mapped, {empty} of them without data were skipped.")
    channel.stage("Putting the tiles together")
    summaries = mosaic.summaries(tiles)
    whole = {}
    for number, (name, (layout, first)) in enumerate(outputs.items()):
        channel.progress(number / len(outputs), f"Writing the raster of '{name}'")
        whole[name] = mosaic.assemble(name, replace(layout, tags={**layout.tags, **tags(name)}), first, summaries)
    finish(whole)
    named = {whole[name]: layout.path for name, (layout, _) in outputs.items() if layout.path}
    with atomic_together(list(named.values())) as parts:
        # all outputs are complete and on their disk before the first one takes its name
        for made, part in zip(named, parts, strict=True):
            shutil.move(made, part)
    shutil.rmtree(mosaic.folder, ignore_errors=True)


def _check_disk(layouts: Sequence[Layout], outputs: Sequence[Layout], plan_: MapPlan, work: Path) -> None:
    """Refuse to start if tiles and outputs with their overviews, even poorly compressed, would not fit.

    Outputs are made beside the tiles, and then moved.
    """
    cells = 4 * plan_.area.height * plan_.area.width
    tiles = cells * sum(len(layout.bands) for layout in layouts)
    sizes = {layout.path: cells * len(layout.bands) * 4 // 3 for layout in outputs}
    elsewhere = [(path, size) for path, size in sizes.items() if path and disk_of(path) != disk_of(work)]
    check_space([(work, tiles + sum(sizes.values())), *elsewhere])


def kept_plan(work: Path, area: Tile, halo: int, choose: Callable[[], int]) -> MapPlan:
    """The plan of a run with the side of its tiles as it was begun, or as `choose` says now.

    The side depends on what the process holds at the moment; a run that goes on must keep to its own.
    """
    kept = work / SIDE
    if not kept.exists():
        with atomic(kept) as part:
            part.write_text(str(choose()), encoding="utf-8")
    return MapPlan(area, int(kept.read_text(encoding="utf-8")), halo)
