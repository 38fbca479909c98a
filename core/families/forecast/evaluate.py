"""Evaluate forecasts: by the images that came, beside simple forecasts from the years before, in and out of masks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rasterio

from ...contract.errors import Problems, RegionwiseError
from ...contract.params import Layer
from ...data.raster.geotiff import RasterBands, write_windows
from ...data.raster.stack import FORECAST, INTERVALS, MASK, SERIES, Stack, raster_files
from ...data.raster.styles import write_style
from ...data.series.image_series import Series, read_series
from ...reports import figures
from ...reports.html_report import HtmlReport
from ...runtime.files import atomic, check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.versions import versions
from .covariates import name_and_date
from .forecast_figures import limits_of, raster_map
from .forecast_scores import ALL, EVERY, Row, beside, parts_of, sides_of, with_interval
from .map_evaluator import BESIDE, OWN, SIDE, Judge
from .params import ForecastEvaluation
from .rolling_origin import LEARNED
from .yearly_stack import Frames, check_masks, check_values, yearly

PICTURE = 900  # cells of the side of a picture
LOW, HIGH = " low", " high"  # how bands of bounds end
TOLERANCE = 1e-2  # of a cell
COLUMNS = ("model", "year", "n", "rmse", "low", "high", "mae", "bias", "r2", "anomaly_correlation", "skill_persistence",
           "skill_climatology", "coverage", "spatial_r2")  # fmt: skip
NOTE = (
    "Simple forecasts are from the year before the first forecast one, as this forecast is taken to be. R² is told "
    "against each cell's own mean of the years before; spatial R² is high for every forecast, for places differ far "
    "more than years. Low and high hold the RMSE in 90 % of resamplings of blocks of 64 x 64 cells."
)


def evaluate_forecast(params: ForecastEvaluation, run: Run) -> Result:
    """Write skill maps, scores and a report of all cells of the forecast whose truth is known."""
    check_writable(params.output, params.scores, params.report)
    series = read_series(params.truth)
    layers = (params.forecast, params.intervals, *params.masks)
    read = [params.truth, *raster_files([series.raster, *(layer.path for layer in layers if layer)])]
    check_not_input([params.output, params.scores, params.report], read)
    check_masks(params.masks)
    with ExitStack() as opened:
        judge = _judge(params, run, series, opened)
        write_windows(
            Path(params.output),
            judge.grid,
            RasterBands(judge.names),
            judge.compare,
            side=SIDE,
            progress=lambda share: run.channel.progress(share, "Comparing"),
        )
        rows = judge.rows()
    write_style(Path(params.output), differences=True)
    if not rows:
        raise RegionwiseError(
            f"No cell of '{params.forecast}' has both a forecast and a truth.", "Check the nodata values of both."
        )
    if params.scores:
        with atomic(params.scores) as part:
            pd.DataFrame(rows).to_csv(part, index=False)
    line = _summary(rows)
    run.channel.info(line)
    _report(params, judge, rows, line).write(params.report, params.figures)
    own = _row(rows, OWN)
    outputs = {name.upper(): getattr(params, name) for name in ("output", "scores", "report", "figures")}
    numbers = {"RMSE": own["rmse"], "SKILL": own["skill_persistence"] or 0.0}
    return Result({name: path for name, path in outputs.items() if path}, numbers)


def _judge(params: ForecastEvaluation, run: Run, series: Series, opened: ExitStack) -> Judge:
    """Open and check what is compared."""
    frames = yearly(series)
    sensors = {SERIES: (series.layer,), MASK: params.masks}
    truth = opened.enter_context(Stack(sensors, params.resampling, zero_missing=params.zeros == "nodata"))
    forecast = opened.enter_context(Stack({FORECAST: (params.forecast,)}))
    shift = _shift(truth, forecast, params.forecast, series)
    check_values(truth, frames, params.zeros, params.truth)
    bounds, limits = None, {}
    bands = _years_of(forecast, params.forecast, frames)
    origin = min(bands) - 1
    _check_learned(params.forecast, origin)
    known = {year: band for year, band in bands.items() if year in frames.years and year not in frames.missing}
    if not known:
        raise RegionwiseError(
            f"'{params.forecast}' forecasts {', '.join(map(str, bands))}; series '{params.truth}' has none of them (it "
            f"ends in {frames.years[-1]}).",
            "Add the images of these years to the series.",
        )
    if not frames.bands(origin + 1 - frames.first - params.window, origin + 1 - frames.first):
        raise RegionwiseError(
            f"Series '{params.truth}' has no image of the {params.window} years before {origin + 1} (Window); simple "
            "forecasts are told from them.",
            "Add earlier years to the series.",
        )
    if len(known) < len(bands):
        run.channel.warning(f"Not judged, for there is no truth: {', '.join(str(y) for y in bands if y not in known)}.")
    if params.intervals:
        bounds = opened.enter_context(Stack({INTERVALS: (params.intervals,)}))
        if _shift(forecast, bounds, params.intervals, series) != (0, 0) or bounds.grid.area != forecast.grid.area:
            raise RegionwiseError(
                f"'{params.intervals}' does not cover the forecast.", "Choose the bounds made with it."
            )
        limits = _limits_of(bounds, params.intervals, list(known))
    return Judge(params.window, frames, truth, forecast, bounds, shift, origin, known, limits)


def _shift(truth: Stack, other: Stack, layer: Layer, series: Series) -> tuple[int, int]:
    """Row and column of the first cell of `other` in the truth; raise if cells do not coincide."""
    offset = truth.grid.offset_of(other.grid)
    if offset is None or any(abs(part - round(part)) > TOLERANCE for part in offset):
        raise RegionwiseError(
            f"'{layer}' is on another grid ({other.grid.describe()}) than series '{series.path}' "
            f"({truth.grid.describe()}).",
            "Forecasts are judged cell by cell; warp it to the grid of the series first.",
        )
    return round(offset[1]), round(offset[0])


def _check_learned(layer: Layer, origin: int) -> None:
    """Raise `RegionwiseError` if the forecast says that its model knew the years that it forecasts."""
    with rasterio.open(layer.path) as file:
        text = file.tags().get("TIFFTAG_IMAGEDESCRIPTION", "")
    learned = text.partition(LEARNED)[2].strip()
    if learned.isdigit() and int(learned) > origin:
        raise RegionwiseError(
            f"'{layer}' was made from {origin} by a model that learned from years up to {learned}; its errors would "
            "tell nothing.",
            f"Train with Last year {origin}, and map again.",
        )


def _years_of(stack: Stack, layer: Layer, frames: Frames) -> dict[int, int]:
    """The band of each year of a forecast, ascending."""
    found: dict[int, int] = {}
    problems = Problems()
    for number, band in enumerate(stack.bands):
        name, when = name_and_date(band.name)
        if when is None:
            problems.add(
                f"Band {number + 1} of '{layer}' is called '{band.name}'; it must end in a date, as EVI "
                "2024-01-01. Set the band's description."
            )
            continue
        if name != frames.name:
            problems.add(f"'{layer}' forecasts {name}, the series has {frames.name}.")
        if band.unit and frames.unit and band.unit != frames.unit and band.unit != "1":
            problems.add(f"'{layer}' is in {band.unit}, the series in {frames.unit}.")
        if when.year in found:
            problems.add(f"'{layer}' has several bands of {when.year}. Give one per year.")
        found[when.year] = number
    problems.raise_any()
    return dict(sorted(found.items()))


def _limits_of(stack: Stack, layer: Layer, years: list[int]) -> dict[int, tuple[int, int]]:
    """The bands of lower and upper bound of each year."""
    found: dict[int, dict[str, int]] = {year: {} for year in years}
    for number, band in enumerate(stack.bands):
        for end in (LOW, HIGH):
            when = name_and_date(band.name.removesuffix(end))[1] if band.name.endswith(end) else None
            if when is not None and when.year in found:
                found[when.year][end] = number
    lacking = [year for year, pair in found.items() if len(pair) < 2]
    if lacking:
        raise RegionwiseError(
            f"'{layer}' has no bounds of {', '.join(map(str, lacking))}.",
            "Choose the Intervals of 'Map forecast'; its bands end in low and high.",
        )
    return {year: (pair[LOW], pair[HIGH]) for year, pair in found.items()}


def _row(rows: list[Row], model: str, part: str = ALL, year: str = EVERY) -> Row:
    wanted = (model, part, year)
    return next((row for row in rows if (row["model"], row["part"], row["year"]) == wanted), {})


def _summary(rows: list[Row]) -> str:
    own = _row(rows, OWN)
    best = min(BESIDE, key=lambda name: _row(rows, name)["rmse"])
    other = _row(rows, best)["rmse"]
    inside = f"; intervals hold {own['coverage']:.3f}" if "coverage" in own else ""
    return f"{with_interval(own)} in {own['n']} cells; {beside(own, best, other)}{inside}."


def _report(params: ForecastEvaluation, judge: Judge, rows: list[Row], line: str) -> HtmlReport:
    report = HtmlReport(f"Forecasts of {judge.frames.name}", line)
    report.table("Scores", [row for row in rows if row["part"] == ALL], COLUMNS, NOTE)
    lines = pd.DataFrame({model: _by_year(judge, rows, model, ALL) for model in (OWN, *BESIDE)}, index=judge.years)
    report.figure("Errors by year", figures.yearly_lines(lines, "RMSE", OWN), "RMSE of each year.", lines.reset_index())
    _scatter(report, judge)
    for mask in judge.masks:
        own = sides_of(mask)
        report.table(f"Inside and outside of '{mask}'", [row for row in rows if row["part"] in own], ("part", *COLUMNS))
        lines = pd.DataFrame({part: _by_year(judge, rows, OWN, part) for part in own}, index=judge.years)
        report.figure(
            f"Errors in and out of '{mask}'",
            figures.yearly_lines(lines, "RMSE", own[0]),
            "RMSE of the forecast.",
            lines.reset_index(),
        )
    for name, values in _pictures(params.output).items():
        note = "1 - squared errors / those of the other, over all years; grey is unknown." if "skill" in name else ""
        report.figure(name.capitalize(), raster_map(values, name), note)
    report.spec(params.to_json())
    report.table("Versions", [versions()])
    return report


def _by_year(judge: Judge, rows: list[Row], model: str, part: str) -> list[float]:
    return [_row(rows, model, part, str(year)).get("rmse", np.nan) for year in judge.years]


def _scatter(report: HtmlReport, judge: Judge) -> None:
    """Add a picture of what came and what was forecast, a panel for each part."""
    cells = np.concatenate(judge.cells, 1)
    years = len(judge.years)
    truth, forecast, masks = np.split(cells, [years, 2 * years])
    parts = parts_of(dict(zip(judge.masks, masks, strict=True)), cells.shape[1])
    observed, told = ([values[:, own].ravel() for own in parts.values()] for values in (truth, forecast))
    picture = figures.scatter(observed, told, list(parts), limits_of(truth, forecast))
    note = "Line: 1:1; dashed: fit with its 95 % band. R² here is the spatial one. At most 40,000 cells are drawn."
    report.figure("Observed and forecast", picture, note)


def _pictures(path: str) -> Mapping[str, Any]:
    """The skill maps, smaller if they are large."""
    with rasterio.open(path) as file:
        step = max(1, -(-max(file.height, file.width) // PICTURE))
        shape = (-(-file.height // step), -(-file.width // step))
        return {
            name: file.read(number, out_shape=shape, masked=True).filled(np.nan)
            for number, name in enumerate(file.descriptions, 1)
        }
