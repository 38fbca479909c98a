"""Reports of forecasts: every score beside simple forecasts, by year, lead and mask."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import rasterio
from matplotlib.colors import ListedColormap

from ...data.raster.grids import Grid
from ...reports import figures, palette
from ...reports.drawing import colour_map
from ...reports.map_frame import frame_of
from ...reports.page.html_report import HtmlReport
from ...reports.page.pictures import Drawing
from ...reports.page.verdict import Verdict
from ...reports.residual_section import add_residuals
from ...runtime.run import Run
from ...runtime.types import Array
from ...targets.quantiles import FEWEST_YEARS
from .forecast_results import ForecastResults
from .forecast_scores import (
    ALL,
    EVERY,
    MapScores,
    Row,
    coverage_sentence,
    parts_of,
    sides_of,
    skill_map,
    skill_sentence,
    with_interval,
)
from .lag_features import BASELINES
from .params import ForecastEvaluation

SCORES = ("n", "rmse", "low", "high", "mae", "bias", "r2", "anomaly_correlation", "skill_persistence",
          "skill_climatology")  # fmt: skip
TRAINING_COLUMNS = ("model", "lead", *SCORES, "crps", "coverage", "spatial_r2")
MAP_COLUMNS = ("model", "year", *SCORES, "coverage", "spatial_r2")
BOUNDS_NOTE = (
    "The 90 % interval is that of the RMSE over years of the same kind, by how much years and blocks of places "
    "({blocks}) differ and how much alike the errors of different years are; fewer than 3 years tell none, nor does a "
    "single one: nobody knows what the next would be like."
)
TRAINING_NOTE = (
    "Every year is forecast by models that learned from the years before it only. R² is told against each cell's own "
    "mean of the years that were seen, and so is the anomaly correlation; skill is 1 - MSE / MSE of the reference. "
    "Coverage is the share within the outermost quantiles. Spatial R² is high for every forecast, for places differ far"
    " more than years: do not judge by it. " + BOUNDS_NOTE.format(blocks="windows") + " The CRPS is that of the whole "
    "distribution: normal between quantiles and beyond them, the mean its median. Baselines have quantiles, too, "
    "calibrated by their own past errors as those of models are."
)
MAP_NOTE = (
    "Simple forecasts are from the year before the first forecast one, as this forecast is taken to be. R² is told "
    "against each cell's own mean of the years before; spatial R² is high for every forecast, for places differ far "
    "more than years. " + BOUNDS_NOTE.format(blocks="64 x 64 cells")
)
WEIGHTS_NOTE = (
    "Each year is forecast with the weights that the years before it gave; the last row is that of maps. Few years "
    "tell little of what models have in common, so weights are drawn to the inverses of past squared errors. A model or"
    " persistence that was better than the stack in all years before (3 at least), and by more than chance, stands "
    "alone."
)
FEW_YEARS = 5  # below which it is said that they are few
PICTURE = 900  # cells of the side of a picture


def summary_lines(results: ForecastResults) -> list[str]:
    """A sentence per lead: the error, the best baseline, and the skill."""
    lines = []
    for lead in range(1, results.params.horizon + 1):
        row = results.row(results.chosen, lead)
        best = min(BASELINES, key=lambda name: results.rmse(name, lead))
        skill = skill_sentence(results.skill(results.chosen, best, lead), best, results.rmse(best, lead))
        lines.append(f"{_ahead(lead)} ({results.chosen}): {with_interval(row)}; {skill}{coverage_sentence(row)}.")
    return lines


def few_years(results: ForecastResults) -> list[str]:
    """Sentences of what few years cannot tell, or tell badly."""
    notices = []
    for lead, count in enumerate(results.calibration.years, 1):
        if count < FEWEST_YEARS:
            notices.append(
                f"Only {count} years tell how far off forecasts {_ahead(lead)} are; it takes {FEWEST_YEARS}, so the "
                "model has no intervals there. Choose more Weighing years or Test years."
            )
        elif count < FEW_YEARS:
            notices.append(
                f"Only {count} years weigh models and calibrate intervals {_ahead(lead)}: intervals are wide, as "
                "Student's t asks for so few, and weights follow past errors of each model alone."
            )
        years = map(str, results.years)
        without = [each for each in years if results.row(results.chosen, lead, ALL, each).get("coverage", 0) is None]
        if without:
            notices.append(
                f"Fewer than {FEWEST_YEARS} years before {', '.join(without)} calibrate intervals {_ahead(lead)}: "
                "coverage and CRPS are those of the other tested years."
            )
    if len(results.years) < FEWEST_YEARS:
        notices.append(
            f"Test years is {len(results.years)}; bounds of errors and of skills take {FEWEST_YEARS}: a difference may "
            "be chance."
        )
    return notices


def _weights(results: ForecastResults) -> list[Row]:
    """The weights of the stack at each lead by the year that is forecast, and the years that they come from."""
    weights, chain = results.weights, results.chain
    rows: list[Row] = []
    for lead in range(results.params.horizon):
        for number, by_lead in enumerate(weights.by_year):
            past = [chain[row] + lead for row in weights.rows[number][lead]]
            first = chain[0] + number
            rows.append({
                "lead": lead + 1,
                "forecast from": first - 1,
                "year": first + lead if number < len(chain) else f"{first + lead} (map)",
                "weighed by": f"{past[0]} to {past[-1]}" if past else "none: equal weights",
                **dict(zip(weights.names, by_lead[lead].round(3).tolist(), strict=True)),
            })  # fmt: skip
    return rows


def _ahead(lead: int) -> str:
    return "1 year ahead" if lead == 1 else f"{lead} years ahead"


def training_report(results: ForecastResults, verdict: Verdict) -> HtmlReport:
    """The report of a training."""
    params, frames = results.params, results.inputs.dataset.frames
    years = f"{frames.years[0]} to {frames.years[-1]}"
    subject = f"{years}, tested {results.years[0]} to {results.years[-1]} · {results.inputs.grid.describe()}"
    report = HtmlReport(f"Forecast of {frames.name}", f"{subject} · {results.chosen}", verdict)
    _add_years(report, results)
    _add_places(report, results)
    report.section("What would another model bring?")
    if results.mixture:
        report.table("Weights of the stack", _weights(results), note=WEIGHTS_NOTE)
    report.section("What can so few years tell?")
    report.text(*few_years(results))
    report.close(params.to_json(), results.run, told=results.told)
    return report


def _add_years(report: HtmlReport, results: ForecastResults) -> None:
    """Add how good forecasts are at each lead, beside simple ones."""
    params, forecasts = results.params, results.forecasts
    report.section("How good is it, and against what?")
    for lead in range(1, params.horizon + 1):
        by_model = {
            model: [results.rmse(model, lead, ALL, str(year)) for year in results.years] for model in forecasts.models
        }
        table = pd.DataFrame(by_model, index=results.years)
        _add_errors(report, f"Errors by year, {_ahead(lead)}", table, results.chosen, "RMSE of each forecast year.")
    whole = [row for row in results.rows if (row["part"], row["year"]) == (ALL, EVERY)]
    whole.sort(key=lambda row: (row["lead"], row["rmse"]))
    report.table("Scores", whole, TRAINING_COLUMNS, TRAINING_NOTE, marked={"model": results.chosen})
    observed = forecasts.observed[:, 0].ravel()
    forecast = forecasts.models[results.chosen][:, 0, 0].ravel().astype(np.float64)
    known = np.isfinite(observed) & np.isfinite(forecast)
    limits = axis_limits(observed[known], forecast[known])
    drawing = figures.scatter([observed], [forecast], [results.inputs.dataset.frames.name], limits)
    report.figure("Observed and forecast", drawing, "1 year ahead, all tested years. R² here is the spatial one.")


def _add_places(report: HtmlReport, results: ForecastResults) -> None:
    """Add where forecasts are better, how errors go together, and scores in and out of masks."""
    report.section("Where does it hold?")
    title = "Where it is better than climatology"
    note = "1 - MSE / MSE of the mean of the years that were seen, 1 year ahead; grey is unknown."
    report.figure(title, raster_map(skill_image(results), "skill", results.inputs.grid), note)
    for mask in results.masks:
        sides = sides_of(mask)
        by_side = {side: [results.rmse(results.chosen, 1, side, str(year)) for year in results.years] for side in sides}
        note = f"RMSE of {results.chosen}, 1 year ahead."
        table = pd.DataFrame(by_side, index=results.years)
        _add_errors(report, f"Errors in and out of '{mask}'", table, sides[0], note)
        rows = [row for row in results.rows if row["part"] in sides and row["year"] == EVERY]
        report.table(f"Inside and outside of '{mask}'", rows, ("part", *TRAINING_COLUMNS), fold=True)
    if results.residuals is not None:
        add_residuals(report, results.residuals, results.params.to_json())


def skill_image(results: ForecastResults) -> Array:
    """The skill of scored cells over climatology, 1 year ahead, as a picture of the raster (row, col).

    Its pixels are so large that about one scored cell lies in each.
    """
    forecasts, inputs, cells = results.forecasts, results.inputs, results.inputs.dataset.scored
    observed = forecasts.observed[:, 0]
    skill = skill_map(forecasts.models[results.chosen][:, 0, 0] - observed, forecasts.climatology - observed)
    side, grid = results.params.patch, inputs.grid
    step = max(1, math.ceil(math.sqrt(side**2 / len(cells))))
    image = np.full((-(-grid.height // step) + side, -(-grid.width // step) + side), np.nan)
    rows, cols = np.divmod(cells, side)
    for tile, values in zip(inputs.places, skill.reshape(len(inputs.places), -1), strict=True):
        image[(tile.row + rows) // step, (tile.col + cols) // step] = values
    return image[:-side, :-side]


def map_report(params: ForecastEvaluation, scores: MapScores, verdict: Verdict, grid: Grid, run: Run) -> HtmlReport:
    """The report of the evaluation of a map on `grid`, whose skill maps are written."""
    years = ", ".join(map(str, scores.years))
    report = HtmlReport(f"Forecasts of {scores.name}", f"{params.forecast} · {years} · {grid.describe()}", verdict)
    report.section("How good is it, and against what?")
    by_model = {model: _by_year(scores, model, ALL) for model in scores.models}
    table = pd.DataFrame(by_model, index=scores.years)
    _add_errors(report, "Errors by year", table, scores.models[0], "RMSE of each year.")
    rows: list[Row] = [row for row in scores.rows if row["part"] == ALL]
    report.table("Scores", rows, MAP_COLUMNS, MAP_NOTE, marked={"model": scores.models[0]})
    _add_scatter(report, scores)
    report.section("Where does it hold?")
    for name, values in _pictures(params.output).items():
        note = "1 - squared errors / those of the other, over all years; grey is unknown." if "skill" in name else ""
        report.figure(name.capitalize(), raster_map(values, name, grid), note)
    for mask in scores.masks:
        sides = sides_of(mask)
        by_side = {side: _by_year(scores, scores.models[0], side) for side in sides}
        table = pd.DataFrame(by_side, index=scores.years)
        _add_errors(report, f"Errors in and out of '{mask}'", table, sides[0], "RMSE of the forecast.")
        rows = [row for row in scores.rows if row["part"] in sides]
        report.table(f"Inside and outside of '{mask}'", rows, ("part", *MAP_COLUMNS), fold=True)
    report.close(params.to_json(), run)
    return report


def _by_year(scores: MapScores, model: str, part: str) -> list[float]:
    return [scores.row(model, part, str(year)).get("rmse", np.nan) for year in scores.years]


def _add_errors(report: HtmlReport, title: str, table: pd.DataFrame, chosen: str, note: str) -> None:
    """Add a picture of errors by year, (year, line); the line of `chosen` stands out."""
    report.figure(title, figures.yearly_lines(table, "RMSE", chosen), note, table.reset_index())


def _add_scatter(report: HtmlReport, scores: MapScores) -> None:
    """Add a picture of observations and forecasts, a panel for each part."""
    years = len(scores.years)
    observed, forecast, masks = np.split(scores.cells, [years, 2 * years])
    parts = parts_of(dict(zip(scores.masks, masks, strict=True)), scores.cells.shape[1])
    panels = [[values[:, inside].ravel() for inside in parts.values()] for values in (observed, forecast)]
    drawing = figures.scatter(panels[0], panels[1], list(parts), axis_limits(observed, forecast))
    note = "Line: 1:1; dashed: fit with its 95 % band. R² here is the spatial one. At most 40,000 cells are drawn."
    report.figure("Observed and forecast", drawing, note)


def _pictures(path: str) -> Mapping[str, Array]:
    """The bands of a raster by name, smaller if they are large."""
    with rasterio.open(path) as file:
        step = max(1, -(-max(file.height, file.width) // PICTURE))
        shape = (-(-file.height // step), -(-file.width // step))
        return {
            name: file.read(number, out_shape=shape, masked=True).filled(np.nan)
            for number, name in enumerate(file.descriptions, 1)
        }


def axis_limits(observed: Array, predicted: Array) -> tuple[float, float]:
    """The ends of the axes of a scatter: nearly all values lie between them."""
    both = np.concatenate([observed.ravel(), predicted.ravel()])
    low, high = (float(value) for value in np.nanquantile(both, [0.001, 0.999]))
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def raster_map(values: Array, label: str, grid: Grid) -> Drawing:
    """A picture of a raster, shape (row, col), over `grid`; numbers above and below 0 differ in colour; NaN is grey."""
    frame = frame_of(grid, np.empty((0, 2)))
    figure, (axis,) = frame.panels(1)
    known = values[np.isfinite(values)]
    limit = float(np.quantile(np.abs(known), 0.95)) if len(known) else 1.0
    axis.imshow(np.zeros((1, 1)), cmap=ListedColormap([palette.NOTHING]), extent=frame.outline)
    image = axis.imshow(
        values,
        cmap=colour_map(palette.DIFFERENCE),
        vmin=-limit,
        vmax=limit,
        interpolation="nearest",
        extent=frame.outline,
    )
    frame.draw(axis)
    figure.colorbar(image, ax=axis, shrink=0.8, label=label)
    if not len(known):
        return Drawing(figure, f"Map of {label} without any value.")
    told = f"from {known.min():.3g} to {known.max():.3g}, above 0 in {100 * (known > 0).mean():.0f} % of cells"
    return Drawing(figure, f"Map of {label}, {told}.")
