"""Virtual rasters (VRT): descriptions by which GDAL and QGIS read bands from parts of other files, without a copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement  # nosec B405

from .grids import Grid
from .tiles import Tile

CLEAR = (0, 0, 0, 0)


@dataclass(frozen=True)
class Source:
    """A band of a file as part of a virtual band.

    Parameters
    ----------
    path : str
        The file; from the folder of the description if `relative`.
    band : int or str
        Its number in the file, counted from 1; or what GDAL calls the mask of it, ``mask,1``.
    tile : Tile
        Where the whole file lies on the grid.
    block : int
        Side of the file's blocks if that is known: then GDAL need not open it before it is read.
    scale, offset, nodata :
        Numbers are multiplied by `scale`, then `offset` is added; those that equal `nodata` are left out.
    table : str
        A lookup table as GDAL writes it: ``0:255,1:0``.
    masked : bool
        Whether cells that the file's mask hides are left out; `nodata` does not count then.
    """

    path: str
    band: int | str
    tile: Tile
    relative: bool = True
    block: int = 0
    scale: float = 1.0
    offset: float = 0.0
    nodata: float | None = None
    table: str = ""
    masked: bool = False


def virtual_raster(grid: Grid, area: Tile) -> Element:
    """The description of a raster without bands over the window `area` of `grid`."""
    root = Element("VRTDataset", rasterXSize=str(area.width), rasterYSize=str(area.height))
    SubElement(root, "SRS").text = grid.crs.to_wkt()
    transform = grid.tile_transform(area).to_gdal()
    SubElement(root, "GeoTransform").text = ", ".join(repr(number) for number in transform)
    return root


def add_band(parent: Element, nodata: float | None, kind: str = "Float32") -> Element:
    """Add a band to a raster, or the one band of a mask; its description is the result."""
    number = sum(child.tag == "VRTRasterBand" for child in parent) + 1
    band = SubElement(parent, "VRTRasterBand", dataType=kind, band=str(number))
    if nodata is not None:
        SubElement(band, "NoDataValue").text = repr(nodata)
    return band


def add_colours(band: Element, colours: Mapping[int, tuple[int, int, int, int]]) -> None:
    """Give numbers of a band colours (red, green, blue, opacity; 0 to 255); others are clear."""
    SubElement(band, "ColorInterp").text = "Palette"
    table = SubElement(band, "ColorTable")
    for colour in (colours.get(number, CLEAR) for number in range(max(colours) + 1)):
        SubElement(table, "Entry", {f"c{i}": str(part) for i, part in enumerate(colour, 1)})


def add_source(band: Element, source: Source, area: Tile) -> None:
    """Let a part of `band` be read from a file; `area` is the window of the grid that the raster covers."""
    plain = (source.scale, source.offset, source.nodata, source.table, source.masked) == (1.0, 0.0, None, "", False)
    element = SubElement(band, "SimpleSource" if plain else "ComplexSource")
    SubElement(element, "SourceFilename", relativeToVRT=str(int(source.relative))).text = source.path
    SubElement(element, "SourceBand").text = str(source.band)
    tile = source.tile
    size = {"xSize": str(tile.width), "ySize": str(tile.height)}
    if source.block:
        SubElement(
            element,
            "SourceProperties",
            {
                "RasterXSize": size["xSize"],
                "RasterYSize": size["ySize"],
                "DataType": "Float32",
                "BlockXSize": str(source.block),
                "BlockYSize": str(source.block),
            },
        )
    SubElement(element, "SrcRect", {"xOff": "0", "yOff": "0", **size})
    SubElement(element, "DstRect", {"xOff": str(tile.col - area.col), "yOff": str(tile.row - area.row), **size})
    if plain:
        return
    SubElement(element, "ScaleOffset").text = repr(source.offset)
    SubElement(element, "ScaleRatio").text = repr(source.scale)
    if source.masked:
        SubElement(element, "UseMaskBand").text = "true"
    elif source.nodata is not None:
        SubElement(element, "NODATA").text = repr(source.nodata)
    if source.table:
        SubElement(element, "LUT").text = source.table


def add_tags(element: Element, tags: Mapping[str, str]) -> None:
    """Add metadata to a raster or band; what is there under the same key is replaced."""
    found = element.find("Metadata")
    metadata = SubElement(element, "Metadata") if found is None else found
    for key, value in tags.items():
        for old in metadata.findall(f"MDI[@key='{key}']"):
            metadata.remove(old)
        SubElement(metadata, "MDI", key=key).text = value
