"""Export a Google Earth Engine script that makes the day and night rasters of an area."""

from __future__ import annotations

import jinja2
import pyproj
from pyproj.exceptions import CRSError
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds

from ...contract.errors import RegionwiseError
from ...data.raster.grids import parse_extent
from ...data.vector.presets import RESOURCES
from ...runtime.files import atomic, check_writable
from ...runtime.run import Result, Run
from .params import ScriptExport

TEMPLATE = "export_script.js.j2"
TITLES = {"landsat89": "Landsat 8 and 9", "sentinel2": "Sentinel-2"}
NATIVE_M = {"landsat89": 30, "sentinel2": 10}
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def export_script(params: ScriptExport, run: Run) -> Result:
    """Write the script; nothing is downloaded or run."""
    check_writable(params.output)
    reason = _crs_reason(params.crs, run)
    first_year, last_year = params.year_range()
    first_month, last_month = params.month_range()
    bounds = _degrees(params.extent)
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # nosec B701
    )
    template = environment.from_string((RESOURCES / TEMPLATE).read_text(encoding="utf-8"))
    script = template.render(
        sensor=params.sensor,
        sensor_title=TITLES[params.sensor],
        native=NATIVE_M[params.sensor],
        months=" to ".join(dict.fromkeys((MONTHS[first_month - 1], MONTHS[last_month - 1]))),
        years=" to ".join(dict.fromkeys((str(first_year), str(last_year)))),
        first_year=first_year,
        last_year=last_year,
        first_month=first_month,
        last_month=last_month,
        bounds=", ".join(f"{number:.6f}" for number in bounds),
        crs=params.crs,
        crs_reason=reason,
        cell=f"{params.cell_size:g}",
        night=params.night != "none",
        mask=params.mask,
    )
    with atomic(params.output) as part:
        part.write_text(script, encoding="utf-8")
    run.channel.info("Paste the script into https://code.earthengine.google.com, run it, and start its tasks.")
    return Result({"OUTPUT": params.output})


def _crs_reason(text: str, run: Run) -> str:
    """A sentence on areas in the CRS; geographic and unknown ones are refused."""
    try:
        crs = pyproj.CRS.from_user_input(text)
    except CRSError as err:
        raise RegionwiseError(f"CRS '{text}' is unknown ({err}).", "Choose one with an EPSG code.") from err
    if not text.upper().startswith("EPSG:"):
        raise RegionwiseError("Earth Engine knows a CRS by its EPSG code.", "Choose one with an EPSG code.")
    if not crs.is_projected or crs.axis_info[0].unit_name not in ("metre", "meter"):
        raise RegionwiseError(
            f"CRS {text} ({crs.name}) is not in metres, the cell size is.", "Choose a projected CRS, as EPSG:6933."
        )
    method = crs.coordinate_operation.method_name if crs.coordinate_operation else ""
    if "equal area" in method.lower():
        return "An equal-area CRS: every cell is the same piece of land, so shares per cell are shares of area."
    if "pseudo mercator" in method.lower() or ("mercator" in crs.name.lower() and "transverse" not in method.lower()):
        run.channel.warning(
            f"{crs.name} stretches with latitude: a cell of 90 m is 58 m of ground at 50 degrees. Prefer EPSG:6933."
        )
    return f"{crs.name} is not equal-area: cells differ in ground area."


def _degrees(extent: str) -> tuple[float, float, float, float]:
    """West, south, east and north of the extent in degrees."""
    box, crs = parse_extent(extent)
    try:
        west, south, east, north = transform_bounds(crs or "EPSG:4326", "EPSG:4326", *box)
    except RasterioError as err:
        raise RegionwiseError(f"Extent '{extent}' cannot be brought to degrees ({err}).", "Draw it again.") from err
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise RegionwiseError(
            f"The extent reaches from {west:.3f}, {south:.3f} to {east:.3f}, {north:.3f} degrees.",
            "Choose one that lies on the earth and does not cross the date line.",
        )
    return west, south, east, north
