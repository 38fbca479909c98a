"""Map styles: what the numbers of a raster mean, and the colours, units and words that go with each meaning.

The table at the end is the one list: a new product names one of its lines, or adds one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import rasterio

from ...reports import palette
from .stretches import mirrored_stretch, round_stretch, stretch_of

STOPS = 5  # of a ramp, as many as its colours
FARTHEST, NEARER = 0.9, 0.5  # how far classes beyond the first eight go towards white or black
WHITE, BLACK = "#ffffff", "#000000"


@dataclass(frozen=True)
class Entry:
    """A line of a legend: the number, what is said of it, and its colour as ``#rrggbb``."""

    value: float
    label: str
    colour: str


@dataclass(frozen=True)
class Drawing:
    """How a band of a raster is drawn.

    Parameters
    ----------
    band : int
        Counted from 1.
    ramp : bool
        Whether colours run from entry to entry; else each entry is a class.
    """

    band: int
    entries: tuple[Entry, ...]
    ramp: bool


@dataclass(frozen=True)
class Ramp:
    """Numbers that are drawn by a ramp of colours.

    Parameters
    ----------
    colours : tuple of str
        From low to high, `STOPS` of them.
    low, high : float, optional
        Ends of the ramp; None: as far as the numbers go, but for the outermost hundredth.
    mirrored : bool
        Whether 0 lies in the middle.
    percent : bool
        Whether the legend tells hundredths.
    saying : str
        What the legend says of a number.
    band : str
        The name of the band that is shown; empty: the first.
    together : int
        So many bands from the shown one on have one ramp in common; 0: all.
    """

    colours: tuple[str, ...]
    low: float | None = None
    high: float | None = None
    mirrored: bool = False
    percent: bool = False
    saying: str = "{}"
    band: str = ""
    together: int = 1

    def drawing(self, raster: Path, names: Mapping[int, str]) -> Drawing:
        """The drawing of a finished raster; it has no classes, and `names` none."""
        with rasterio.open(raster) as file:
            descriptions, units, count = file.descriptions, file.units, file.count
        shown = descriptions.index(self.band) + 1 if self.band in descriptions else 1
        last = min(shown + self.together - 1, count) if self.together else count
        unit = units[shown - 1] or ""
        low, high = self._ends([raster], range(shown, last + 1))
        return Drawing(shown, self._entries(low, high, "" if unit == "1" else unit), ramp=True)

    def common_drawing(self, rasters: Sequence[Path]) -> Drawing:
        """The drawing that several rasters of one kind, as dates, have in common; each shows its first band."""
        return Drawing(1, self._entries(*self._ends(rasters, [1]), ""), ramp=True)

    def _ends(self, rasters: Sequence[Path], bands: Sequence[int]) -> tuple[float, float]:
        if self.low is not None and self.high is not None:
            return self.low, self.high
        low, high = stretch_of(rasters, bands)
        if self.mirrored:
            return mirrored_stretch(low, high)
        return round_stretch(low if self.low is None else self.low, high if self.high is None else self.high)

    def _entries(self, low: float, high: float, unit: str) -> tuple[Entry, ...]:
        values = [low + (high - low) * number / (STOPS - 1) for number in range(STOPS)]
        return tuple(
            Entry(float(f"{value:.6g}"), self.saying.format(self._number(value, unit)), colour)
            for value, colour in zip(values, self.colours, strict=True)
        )

    def _number(self, value: float, unit: str) -> str:
        if self.percent:
            return f"{100 * value:.3g} %"
        sign = "+" if self.mirrored and value > 0 else ""
        return f"{sign}{value:.4g} {unit}".rstrip()


Legend = Callable[[Path, Sequence[str]], Sequence[str]]


def _same(_: Path, names: Sequence[str]) -> Sequence[str]:
    return names


@dataclass(frozen=True)
class ClassColours:
    """Numbers that stand for classes.

    Parameters
    ----------
    colours : tuple of str
        As ``#rrggbb``; empty: `class_colours`.
    by_name : dict
        Colours of classes by name, which count before the others.
    legend : callable
        Makes of the finished raster and the names of its classes what the legend says.
    """

    colours: tuple[str, ...] = ()
    by_name: Mapping[str, str] = field(default_factory=dict)
    legend: Legend = _same

    def colours_of(self, names: Sequence[str]) -> list[str]:
        """The colour of each class."""
        colours = self.colours or class_colours(len(names))
        return [self.by_name.get(name, colour) for name, colour in zip(names, colours, strict=True)]

    def drawing(self, raster: Path, names: Mapping[int, str]) -> Drawing:
        """The drawing of a finished raster whose classes have `names` by number."""
        listed = list(names.values())
        lines = zip(names, self.legend(raster, listed), self.colours_of(listed), strict=True)
        return Drawing(1, tuple(Entry(*line) for line in lines), ramp=False)


@dataclass(frozen=True)
class Marks:
    """A few numbers, each with a meaning of its own, that are no classes of a map.

    Parameters
    ----------
    band : int
        That is shown, counted from 1.
    """

    entries: tuple[Entry, ...]
    band: int = 1

    def drawing(self, raster: Path, names: Mapping[int, str]) -> Drawing:
        """The same for every raster."""
        return Drawing(self.band, self.entries, ramp=False)


Style = Ramp | ClassColours | Marks


def class_colours(count: int) -> list[str]:
    """So many colours of classes; the first ones never change.

    After the eight of the palette come lighter and darker ones, each round in another measure.
    """
    colours = []
    for number in range(count):
        around, place = divmod(number, len(palette.CATEGORIES))
        towards = WHITE if around % 2 else BLACK
        share = FARTHEST * (1 - NEARER ** ((around + 1) // 2))  # no round repeats an earlier one
        colours.append(mixed(palette.CATEGORIES[place], towards, share))
    return colours


def transition_colours(kept: Sequence[bool]) -> ClassColours:
    """The style of transitions between classes: quiet where the class was `kept`, else one colour each."""
    colours = iter(class_colours(len(kept) - sum(kept)))
    return ClassColours(tuple(palette.NOTHING if same else next(colours) for same in kept))


def numbered(count: int, name: str) -> Marks:
    """The style of areas 1, 2, ... that only have to be told apart, as blocks."""
    colours = palette.CATEGORIES
    return Marks(tuple(Entry(n, f"{name} {n}", colours[(n - 1) % len(colours)]) for n in range(1, count + 1)))


def mixed(colour: str, other: str, share: float) -> str:
    """`colour` with so much (0..1) of another."""
    return palette.ramp((colour, other), share)


def lighter(colour: str, share: float) -> str:
    """`colour` with so much (0..1) white."""
    return mixed(colour, WHITE, share)


def rgba(colour: str) -> tuple[int, int, int, int]:
    """Red, green, blue and opacity, 0 to 255 each, of ``#rrggbb``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16), 255


TRUST = palette.DOUBT[::-1]

# shares of components, classes and areas
SHARE = Ramp(palette.SHARE, 0.0, 1.0, percent=True)
SHARE_DOUBT = Ramp(palette.DOUBT, 0.0, percent=True, saying="± {}", band="deviation")
SHARE_WIDTH = Ramp(palette.DOUBT, 0.0, percent=True, saying="bounds {} apart", band="width")
# classes
CLASSES = ClassColours()
CONFIDENCE = Ramp(TRUST, 0.0, 1.0, percent=True, saying="as good as a map that is right in {} of places")
PROBABILITIES = Ramp(palette.PROBABILITY, 0.0, 1.0, percent=True)  # of all classes
CHANGED = Marks((Entry(0, "same class", palette.NOTHING), Entry(1, "another class", palette.OTHER)))
MASK = Marks((Entry(0, "outside the mask", palette.NOTHING), Entry(1, "inside the mask", palette.MAIN)))
# events
PROBABILITY = Ramp(palette.PROBABILITY, 0.0, percent=True)
PROBABILITY_DOUBT = Ramp(palette.DOUBT, 0.0, percent=True, saying="± {}")
# numbers of an index, and of a series
INDEX = Ramp(palette.INDEX, together=0)
INDEX_WIDTH = Ramp(palette.DOUBT, 0.0, together=0, saying="bounds {} apart")
DIFFERENCE = Ramp(palette.DIFFERENCE, mirrored=True)
# where a model holds
APPLICABILITY = Marks(
    (
        Entry(0, "outside: unlike the samples, scores do not hold", palette.OUTSIDE),
        Entry(1, "inside: like the samples, scores hold", palette.INSIDE),
    ),
    band=2,
)
# the ground
STEEPNESS = Ramp(palette.GROUND[::-1], 0.0)
CURVATURE = Ramp(palette.DIFFERENCE, mirrored=True)
DIRECTION = Ramp(palette.DIFFERENCE, -1.0, 1.0)
WETNESS = Ramp(palette.SHARE)
DISTANCE = Ramp(palette.SHARE[::-1], 0.0)
RELIEF = Ramp(palette.GROUND, 0.0)
TERRAIN = {
    "slope": STEEPNESS,
    "aspect_sin": DIRECTION,
    "aspect_cos": DIRECTION,
    "profile_curvature": CURVATURE,
    "plan_curvature": CURVATURE,
    "tangential_curvature": CURVATURE,
    "contour_curvature": CURVATURE,
    "twi": WETNESS,
    "spi": WETNESS,
    "relief": RELIEF,
    "drainage_distance": DISTANCE,
}
