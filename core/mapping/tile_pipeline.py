"""Pipeline: tiles of a map are read ahead, computed, and encoded side by side, so that computing never waits."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from ..data.raster.data_masks import Groups, with_data
from ..data.raster.tiles import Tile
from ..runtime.progress import span
from ..runtime.types import Floats, Mask

TILES_AHEAD = 2  # tiles that may wait between reading, computing and encoding
BLOCKS_AT_A_TIME = TILES_AHEAD + 4  # tiles whose blocks and answers exist at a time

Answer = dict[str, Floats]
PredictTile = Callable[[Tile, Floats, Mask], Answer]


class BlockSource(Protocol):
    """Where blocks come from; used by one thread."""

    def __enter__(self) -> BlockSource: ...

    def __exit__(self, *_: object) -> None: ...

    def read(self, tile: Tile) -> Floats:
        """The values of `tile`, shape (band, row, col), NaN where missing or off the grid."""


@dataclass(frozen=True)
class Maker:
    """The maker of finished tiles.

    Parameters
    ----------
    bands : sequence of int
        Positions in the source of the bands that `predict` gets, in order.
    groups : sequence of sequences of int
        Positions among `bands`; a pixel without data in all bands of one of them stays nodata.
    predict : callable
        Takes a tile, its pixels with halo, (band, height + 2 halo, width + 2 halo), NaN where
        missing, and which of its pixels have data; returns an array (band, pixel with data) for
        each layout by key.
    encode : callable
        Turns a tile, which of its pixels have data, and the answer into what is kept.
    """

    bands: Sequence[int]
    groups: Groups
    halo: int
    predict: PredictTile
    encode: Callable[[Tile, Mask, Answer], bytes]

    def answer(self, tile: Tile, block: Floats) -> tuple[Mask, Answer]:
        """Which pixels of a block have data, and the answer for them; a tile without any is not computed."""
        chosen = block[list(self.bands)]
        valid = with_data(chosen, self.groups, self.halo)
        return valid, self.predict(tile, chosen, valid) if valid.any() else {}

    def make(self, source: BlockSource, tile: Tile) -> bytes:
        """One finished tile."""
        return self.encode(tile, *self.answer(tile, source.read(tile.padded(self.halo))))

    def stream(self, source: BlockSource, tiles: Sequence[Tile]) -> Generator[tuple[Tile, bytes]]:
        """Yield finished tiles in order; `source` is opened by the thread that reads."""
        waiting: deque[tuple[Tile, Future[bytes]]] = deque()
        with ThreadPoolExecutor(1) as encoder, _reading(source, tiles, self.halo) as blocks:
            for number, (tile, block) in enumerate(blocks):
                with span(number / len(tiles), (number + 1) / len(tiles), f"Mapping tile {number + 1} of {len(tiles)}"):
                    waiting.append((tile, encoder.submit(self.encode, tile, *self.answer(tile, block))))
                if len(waiting) > TILES_AHEAD:
                    done, content = waiting.popleft()
                    yield done, content.result()
            for done, content in waiting:
                yield done, content.result()


@contextlib.contextmanager
def _reading(source: BlockSource, tiles: Sequence[Tile], halo: int) -> Iterator[Iterator[tuple[Tile, Floats]]]:
    """Yield an iterator over tiles and their pixels, read ahead by a thread."""
    blocks: queue.Queue[tuple[Tile, Floats] | BaseException | None] = queue.Queue(TILES_AHEAD)
    stop = threading.Event()

    def put(item: tuple[Tile, Floats] | BaseException | None) -> None:
        while not stop.is_set():
            with contextlib.suppress(queue.Full):
                return blocks.put(item, timeout=0.2)

    def read() -> None:
        try:
            with source as own:
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
