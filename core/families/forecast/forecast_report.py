"""The report of a training of forecasts: every score beside honest baselines, by year, lead and mask."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...reports import figures
from ...reports.html_report import Report
from ...runtime.files import atomic
from ...runtime.run import Result
from ...runtime.versions import versions
from .forecast_figures import limits_of, raster_map
from .forecast_results import ForecastOutcome
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


def finish(outcome: ForecastOutcome) -> Result:
    """Write scores and report and tell their summary; return files and main scores."""
    params, lines = outcome.params, summary(outcome)
    if params.scores:
        with atomic(params.scores) as part:
            pd.DataFrame(outcome.rows).to_csv(part, index=False)
    _report(outcome, lines).write(params.report, params.figures)
    for line in lines:
        outcome.run.channel.info(line)
    names = ("model", "scores", "report", "figures")
    outputs = {name.upper(): getattr(params, name) for name in names}
    own = outcome.row(outcome.chosen)
    numbers = {"RMSE": own["rmse"], "RMSE_YEARLY": outcome.yearly_rmse(outcome.chosen), "COVERAGE": own["coverage"]}
    return Result({name: path for name, path in outputs.items() if path}, numbers)


def summary(outcome: ForecastOutcome) -> list[str]:
    """Return a sentence per lead: the error, the best baseline, and the skill."""
    lines = []
    for lead in range(1, outcome.params.horizon + 1):
        own = outcome.row(outcome.chosen, lead)
        best = min(BASELINES, key=lambda name: outcome.rmse(name, lead))
        other = outcome.rmse(best, lead)
        lines.append(
            f"{_ahead(lead)} ({outcome.chosen}): {with_interval(own)}; {beside(own, best, other)}; intervals hold "
            f"{own['coverage']:.3f}."
        )
    return lines


def _ahead(lead: int) -> str:
    return "1 year ahead" if lead == 1 else f"{lead} years ahead"


def _report(outcome: ForecastOutcome, lines: list[str]) -> Report:
    frames, params = outcome.frames, outcome.params
    report = Report(f"Forecast of {frames.name}", " ".join(lines))
    whole = [row for row in outcome.rows if (row["part"], row["year"]) == (ALL, EVERY)]
    report.table("Scores", sorted(whole, key=lambda row: (row["lead"], row["rmse"])), COLUMNS, NOTE)
    for lead in range(1, params.horizon + 1):
        lines_of = {
            name: [outcome.rmse(name, lead, ALL, str(year)) for year in outcome.years] for name in outcome.models
        }
        table = pd.DataFrame(lines_of, index=outcome.years)
        report.figure(f"Errors by year, {_ahead(lead)}", figures.yearly_lines(table, "RMSE", outcome.chosen),
                      "RMSE of each forecast year.", table.reset_index())  # fmt: skip
    for mask in outcome.masks:
        parts = sides_of(mask)
        rows = [row for row in outcome.rows if row["part"] in parts and row["year"] == EVERY]
        report.table(f"Inside and outside of '{mask}'", rows, ("part", *COLUMNS))
        over = {part: [outcome.rmse(outcome.chosen, 1, part, str(year)) for year in outcome.years] for part in parts}
        table = pd.DataFrame(over, index=outcome.years)
        report.figure(f"Errors in and out of '{mask}'", figures.yearly_lines(table, "RMSE", parts[0]),
                      f"RMSE of {outcome.chosen}, 1 year ahead.", table.reset_index())  # fmt: skip
    observed, found = outcome.truth[:, 0].ravel(), outcome.models[outcome.chosen][:, 0, 0].ravel().astype(np.float64)
    kept = np.isfinite(observed) & np.isfinite(found)
    picture = figures.scatter([observed], [found], [frames.name], limits_of(observed[kept], found[kept]))
    report.figure("Observed and forecast", picture, "1 year ahead, all tested years. R² here is the spatial one.")
    report.figure("Where it is better than climatology", raster_map(skill_image(outcome), "skill"),
                  "1 - MSE / MSE of the mean of the years that were seen, 1 year ahead; grey is unknown.")  # fmt: skip
    if outcome.mixture:
        weights = [{"model": name, "weight": value} for name, value in outcome.mixture.items()]
        report.table("Weights of the stack", weights, note="Learned from all years of the chain, drawn to equal ones.")
    report.asked(params.to_json())
    report.table("Versions", [versions()])
    return report


def skill_image(outcome: ForecastOutcome) -> Array:
    """Return the skill of scored cells over climatology, 1 year ahead, as a picture of the raster (row, col).

    Its pixels are so large that about one scored cell lies in each.
    """
    truth = outcome.truth[:, 0]
    found = skill_map(outcome.models[outcome.chosen][:, 0, 0] - truth, outcome.climatology - truth)
    side = outcome.params.patch
    step = max(1, math.ceil(math.sqrt(side**2 / len(outcome.cells))))
    image = np.full((-(-outcome.grid.height // step) + side, -(-outcome.grid.width // step) + side), np.nan)
    rows, cols = np.divmod(outcome.cells, side)
    for tile, values in zip(outcome.places, found.reshape(len(outcome.places), -1), strict=True):
        image[(tile.row + rows) // step, (tile.col + cols) // step] = values
    return image[:-side, :-side]
