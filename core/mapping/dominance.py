"""Dominance: which share is the largest, and how large it is, as classes that any viewer shows with their legend."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from ..runtime.types import Floats
from .ensemble import Moments
from .mosaic import Layout
from .products import Product
from .styles.map_styles import ClassColours, class_colours, lighter

BAND = "dominant"
STEPS = (0.4, 0.6, 0.8)  # shares between the steps of dominance
WORDS = ("under 40 %", "40 to 60 %", "60 to 80 %", "80 % and more")
PALENESS = (0.72, 0.5, 0.25, 0.0)  # how much white each step has
TENS = 10  # the number of a class is that of the share, from 1 on, times this, and that of the step, from 1 on


def dominance(path: str, components: Sequence[str]) -> Product:
    """The raster of the largest of the shares of `components`, the first ones of a map; paler where less dominant.

    Of two shares one has half at least, so that a step below that is left out.
    """
    count = len(components)
    steps = [step for step, top in enumerate((*STEPS, 1.0)) if top > 1 / count]
    pairs = list(product(range(count), steps))
    colours = class_colours(count)
    layout = Layout(
        path,
        (BAND,),
        ClassColours(tuple(lighter(colours[number], PALENESS[step]) for number, step in pairs)),
        unit="",
        description="The largest share, and how large it is",
        classes=tuple(f"{components[number]}, {WORDS[step]}" for number, step in pairs),
        values=tuple(TENS * (number + 1) + step + 1 for number, step in pairs),
    )
    return Product(layout, dominant)


def dominant(moments: Moments) -> Floats:
    """The number of the largest share of a component and of its step, shape (1, pixel); see `TENS`.

    Coarser classes, which are sums of components, do not count: one of them is always as large.
    """
    own = moments.mean[: moments.components]
    step = np.searchsorted(np.array(STEPS, np.float32), own.max(0), side="right")
    number: Floats = (TENS * (own.argmax(0) + 1) + step + 1).astype(np.float32)
    return number[None]
