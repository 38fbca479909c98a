"""Quality pairs: which quality band belongs to which image, where images are made of tiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from ...contract.errors import Problems
from .image_files import Image, Plane
from .series_raster import PlaneKey, key_of


def pair_quality(images: Sequence[Image], quality: Sequence[Image]) -> dict[PlaneKey, Plane]:
    """The quality band of each image: the one of its date, or of its date and extent.

    Tiles of one extent and date have their quality bands in the same order of paths.

    Raises
    ------
    RegionwiseError
        For tiles without one.
    """
    problems, pairs = Problems(), {}
    dated: dict[date, list[Plane]] = {}
    for image in quality:
        dated.setdefault(image.date, []).append(image.plane)
    for tiles in _by_date_and_band(images).values() if quality else ():
        for number, image in enumerate(tiles):
            found = _quality_of(number, tiles, dated.get(image.date, []))
            if found is None:
                problems.add(f"{image.plane.label} has no quality band of its own extent on {image.date}; add it.")
            else:
                pairs[key_of(image)] = found
    problems.raise_any()
    return pairs


def _by_date_and_band(images: Sequence[Image]) -> Mapping[tuple[date, str], list[Image]]:
    """The images of each date and band, in their order."""
    groups: dict[tuple[date, str], list[Image]] = {}
    for image in images:
        groups.setdefault((image.date, image.band), []).append(image)
    return groups


def _quality_of(number: int, tiles: Sequence[Image], quality: Sequence[Plane]) -> Plane | None:
    """The quality band of a tile among those of its date; None if it has none, or several may be meant."""
    plane = tiles[number].plane
    if len(quality) == 1 and (len(tiles) == 1 or _covers(quality[0], plane)):
        return quality[0]
    alike = [other for other in quality if _same_extent(other, plane)]
    rivals = [i for i, tile in enumerate(tiles) if _same_extent(tile.plane, plane)]
    return alike[rivals.index(number)] if len(alike) == len(rivals) else None


def _covers(whole: Plane, plane: Plane) -> bool:
    """Whether every cell of `plane` lies in `whole`."""
    offset = whole.grid.offset_of(plane.grid)
    if offset is None:
        return False
    col, row = map(round, offset)
    return 0 <= col <= whole.grid.width - plane.grid.width and 0 <= row <= whole.grid.height - plane.grid.height


def _same_extent(one: Plane, other: Plane) -> bool:
    """Whether two planes cover the same cells."""
    offset = one.grid.offset_of(other.grid)
    same_size = (one.grid.height, one.grid.width) == (other.grid.height, other.grid.width)
    return same_size and offset is not None and max(map(abs, offset)) < 0.5
