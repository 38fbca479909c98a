"""Judge forecasts window by window: errors, skill over simple forecasts, and sums from which scores are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...data.raster.grids import Grid
from ...data.raster.stack import MASK, Stack
from ...data.raster.tiles import Tile, plan
from ...runtime.types import Floats
from .forecast_scores import EVERY, Row, left_interval, parts_of, skill_map, sums, told
from .lag_features import baselines, own_lags
from .yearly_stack import Frames

Array = NDArray[np.float64]

OWN, PERSISTENCE, CLIMATOLOGY = "forecast", "persistence", "climatology"
BESIDE = (PERSISTENCE, "mean of 3 years", "mean of 5 years", "linear trend")  # those that need no learning
SIDE, BLOCK = 256, 64  # of what is read at once, and of what is resampled for intervals, in cells
SHOWN = 40_000  # cells of a picture


@dataclass
class Judge:
    """Compares windows of a forecast with what came, and keeps sums and some cells of each.

    Parameters
    ----------
    window : int
        Years before the first forecast one that simple forecasts see.
    forecast, bounds : Stack
        Open; `bounds` may be missing.
    shift : tuple of int
        Row and column of the forecast's first cell in the truth.
    bands : dict
        Band of the forecast of each year that is known.
    limits : dict
        Bands of the bounds of each of these years.
    """

    window: int
    frames: Frames
    truth: Stack
    forecast: Stack
    bounds: Stack | None
    shift: tuple[int, int]
    origin: int
    bands: Mapping[int, int]
    limits: Mapping[int, tuple[int, int]]
    parts: dict[tuple[str, int, str], list[Array]] = field(default_factory=lambda: defaultdict(list))
    cells: list[Array] = field(default_factory=list)

    @property
    def grid(self) -> Grid:
        """That of the forecast."""
        return self.forecast.grid

    @property
    def years(self) -> list[int]:
        """The years that are forecast and known."""
        return list(self.bands)

    @cached_property
    def masks(self) -> list[str]:
        """Names of the masks."""
        return [band.name for band in self.truth.bands if band.sensor == MASK]

    @property
    def names(self) -> list[str]:
        """Names of the bands that `compare` answers."""
        left = [f"{year} left its interval" for year in self.limits]
        return [
            *(f"{year} error" for year in self.years),
            f"skill over {PERSISTENCE}",
            f"skill over {CLIMATOLOGY}",
            *left,
        ]

    def compare(self, tile: Tile) -> Floats:
        """Errors by year, skills, and where the truth left its interval (1, below -1): (band, row, col)."""
        block = self.truth.read(tile.moved(*self.shift))
        now = self.origin + 1 - self.frames.first
        own = own_lags(self.frames.of(block, now - self.window, now))[1]
        steps = np.array(self.years) - self.frames.first
        came = np.concatenate([self.frames.of(block, step, step + 1) for step in steps])
        horizon = int(steps.max()) - now + 1
        simple = baselines(self.window, own, horizon, np.zeros(horizon))
        models: dict[str, Array] = {name: (simple[name] + own["base"])[steps - now][:, None] for name in BESIDE}
        forecast = self.forecast.read(tile)[list(self.bands.values())]
        models[OWN] = np.concatenate([forecast[:, None], self._limits(tile)], 1).astype(np.float64)
        usual = own["mean"] + own["base"]
        masks = block[len(block) - len(self.masks) :]
        both = np.where(np.isfinite(forecast), came, np.nan).astype(np.float64)  # all are judged by the same cells
        self._count(both, usual, models, masks)
        self._keep(tile, came, forecast, masks)
        errors = forecast - came
        answers = [errors]
        answers += [skill_map(errors, other - came)[None] for other in (models[PERSISTENCE][:, 0], usual)]
        if self.limits:
            answers.append(left_interval(came, models[OWN][:, 1], models[OWN][:, 2]))
        found: Floats = np.concatenate(answers).astype(np.float32)
        return found

    def _limits(self, tile: Tile) -> Floats:
        """The bounds of each year, shape (year, 2, row, col); (year, 0, row, col) without any."""
        if self.bounds is None:
            return np.empty((len(self.years), 0, tile.height, tile.width), np.float32)
        values = self.bounds.read(tile)
        return np.stack([values[list(pair)] for pair in self.limits.values()])

    def _count(self, came: Array, usual: Array, models: Mapping[str, Array], masks: Floats) -> None:
        """Add the sums of each block of a window."""
        rows, cols = (np.arange(length) // BLOCK for length in usual.shape)
        block = (rows[:, None] * (cols[-1] + 1) + cols).ravel()
        parts = parts_of(dict(zip(self.masks, masks.reshape(len(masks), usual.size), strict=True)), usual.size)
        for number, year in enumerate(self.years):
            truth, others = (
                came[number].ravel(),
                {PERSISTENCE: models[PERSISTENCE][number, 0].ravel(), CLIMATOLOGY: usual.ravel()},
            )
            for model, values in models.items():
                told_ = values[number].reshape(values.shape[1], -1)
                for part, inside in parts.items():
                    references = {name: other[inside] for name, other in others.items()}
                    self.parts[model, year, part].append(
                        sums(
                            truth[inside],
                            told_[:, inside],
                            others[CLIMATOLOGY][inside],
                            references,
                            (),
                            block[inside],
                            int(block[-1]) + 1,
                        )
                    )

    def _keep(self, tile: Tile, came: Floats, forecast: Floats, masks: Floats) -> None:
        """Keep some cells for pictures: what came by year, the forecasts, and the masks, shape (row, cell)."""
        most = max(SHOWN // sum(1 for _ in plan(self.grid.area, SIDE)), 1)
        flat = np.concatenate([came, forecast, masks]).reshape(2 * len(came) + len(masks), -1)
        known = np.flatnonzero(np.isfinite(flat[: 2 * len(came)]).any(0))
        drawn = np.random.default_rng((tile.row, tile.col)).permutation(known)[:most]
        self.cells.append(flat[:, drawn].astype(np.float64))

    def rows(self) -> list[Row]:
        """A row of scores of each model, part and year, and of all years together."""
        found = []
        names = list(dict.fromkeys(part for _, _, part in self.parts))
        for model in (OWN, *BESIDE):
            intervals = model == OWN and bool(self.limits)
            for part in names:
                each = {str(year): np.concatenate(self.parts[model, year, part]) for year in self.years}
                for year, blocks in ((EVERY, np.sum(list(each.values()), 0)), *each.items()):
                    scores = told(blocks, (PERSISTENCE, CLIMATOLOGY), intervals=intervals)
                    found.append({"model": model, "part": part, "year": year, **scores})
        return [row for row in found if row["n"]]
