"""The report of a training of forecasts: every score beside honest baselines, by year, lead and mask."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...reports import figures
from ...reports.html_report import HtmlReport
from ...runtime.files import atomic
from ...runtime.run import Result
from ...runtime.versions import versions
from .forecast_figures import limits_of, raster_map
from .forecast_results import ForecastResults
from .forecast_scores import ALL, EVERY, beside, sides_of, skill_map, with_interval
from .lag_features import BASELINES

Array = NDArray[np.float64]

COLUMNS = (
    "model", "lead", "n", "rmse", "low", "high", "mae", "bias", "r2", "anomaly_correlation", "skill_persistence",
    "skill_climatology", "crps", "coverage", "spatial_r2",
)  # fmt: skip
NOTE = (
    "Every year is forecast by models that learned from the years before it only. R² is told against each cell's own "
    "mean of the years that were seen, and so is the anomaly correlation; skill is 1 - MSE / MSE of the reference. "
    "Coverage is the share within the outermost quantiles. Spatial R² is high for every forecast, for places differ far"
    " more than years: do not judge by it. Low and high hold the RMSE in 90 % of resamplings of whole windows, if "
    "there are enough. The CRPS of baselines is their mean absolute error; that of models knows their quantiles."
)


def finish(results: ForecastResults) -> Result:
    """Write scores and report and tell their summary; return files and main scores."""
    params, lines = results.params, summary(results)
    if params.scores:
        with atomic(params.scores) as part:
            pd.DataFrame(results.rows).to_csv(part, index=False)
    _report(results, lines).write(params.report, params.figures)
    for line in lines:
        results.run.channel.info(line)
    names = ("model", "scores", "report", "figures")
    outputs = {name.upper(): getattr(params, name) for name in names}
    own = results.row(results.chosen)
    numbers = {"RMSE": own["rmse"], "RMSE_YEARLY": results.yearly_rmse(results.chosen), "COVERAGE": own["coverage"]}
    return Result({name: path for name, path in outputs.items() if path}, numbers)


def summary(results: ForecastResults) -> list[str]:
    """A sentence per lead: the error, the best baseline, and the skill."""
    lines = []
    for lead in range(1, results.params.horizon + 1):
        own = results.row(results.chosen, lead)
        best = min(BASELINES, key=lambda name: results.rmse(name, lead))
        other = results.rmse(best, lead)
        lines.append(
            f"{_ahead(lead)} ({results.chosen}): {with_interval(own)}; {beside(own, best, other)}; intervals hold "
            f"{own['coverage']:.3f}."
        )
    return lines


def _ahead(lead: int) -> str:
    return "1 year ahead" if lead == 1 else f"{lead} years ahead"


def _report(results: ForecastResults, lines: list[str]) -> HtmlReport:
    frames, params = results.frames, results.params
    report = HtmlReport(f"Forecast of {frames.name}", " ".join(lines))
    whole = [row for row in results.rows if (row["part"], row["year"]) == (ALL, EVERY)]
    report.table("Scores", sorted(whole, key=lambda row: (row["lead"], row["rmse"])), COLUMNS, NOTE)
    for lead in range(1, params.horizon + 1):
        lines_of = {
            name: [results.rmse(name, lead, ALL, str(year)) for year in results.years] for name in results.models
        }
        table = pd.DataFrame(lines_of, index=results.years)
        report.figure(
            f"Errors by year, {_ahead(lead)}",
            figures.yearly_lines(table, "RMSE", results.chosen),
            "RMSE of each forecast year.",
            table.reset_index(),
        )
    for mask in results.masks:
        parts = sides_of(mask)
        rows = [row for row in results.rows if row["part"] in parts and row["year"] == EVERY]
        report.table(f"Inside and outside of '{mask}'", rows, ("part", *COLUMNS))
        over = {part: [results.rmse(results.chosen, 1, part, str(year)) for year in results.years] for part in parts}
        table = pd.DataFrame(over, index=results.years)
        report.figure(
            f"Errors in and out of '{mask}'",
            figures.yearly_lines(table, "RMSE", parts[0]),
            f"RMSE of {results.chosen}, 1 year ahead.",
            table.reset_index(),
        )
    observed, found = results.truth[:, 0].ravel(), results.models[results.chosen][:, 0, 0].ravel().astype(np.float64)
    kept = np.isfinite(observed) & np.isfinite(found)
    picture = figures.scatter([observed], [found], [frames.name], limits_of(observed[kept], found[kept]))
    report.figure("Observed and forecast", picture, "1 year ahead, all tested years. R² here is the spatial one.")
    report.figure(
        "Where it is better than climatology",
        raster_map(skill_image(results), "skill"),
        "1 - MSE / MSE of the mean of the years that were seen, 1 year ahead; grey is unknown.",
    )
    if results.mixture:
        weights = [{"model": name, "weight": value} for name, value in results.mixture.items()]
        report.table("Weights of the stack", weights, note="Learned from all years of the chain, drawn to equal ones.")
    report.spec(params.to_json())
    report.table("Versions", [versions()])
    return report


def skill_image(results: ForecastResults) -> Array:
    """The skill of scored cells over climatology, 1 year ahead, as a picture of the raster (row, col).

    Its pixels are so large that about one scored cell lies in each.
    """
    truth = results.truth[:, 0]
    found = skill_map(results.models[results.chosen][:, 0, 0] - truth, results.climatology - truth)
    side = results.params.patch
    step = max(1, math.ceil(math.sqrt(side**2 / len(results.cells))))
    image = np.full((-(-results.grid.height // step) + side, -(-results.grid.width // step) + side), np.nan)
    rows, cols = np.divmod(results.cells, side)
    for tile, values in zip(results.places, found.reshape(len(results.places), -1), strict=True):
        image[(tile.row + rows) // step, (tile.col + cols) // step] = values
    return image[:-side, :-side]
