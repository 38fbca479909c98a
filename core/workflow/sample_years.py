"""Sample years: the year that each sample is of, for validations that hold years out."""

from __future__ import annotations

from datetime import date

import numpy as np

from ..data.series.date_cells import read_dates
from ..data.vector.samples import Samples
from ..data.vector.tables import check_fields, read_table
from ..runtime.types import Text
from .input_spec import InputSpec


def years_of(spec: InputSpec, samples: Samples) -> Text:
    """The year of each sample, of a span that of its middle; empty where it has no date. A year alone will do.

    Raises
    ------
    RegionwiseError
        If the layer lacks the fields, or writes dates in two ways.
    """
    fields, label = spec.dates.fields, str(spec.samples)
    frame = read_table(spec.samples)
    check_fields(frame, fields, spec.samples)
    # all fields are written alike, so that one shows whether day or month is first
    found = read_dates([cell for name in fields for cell in frame[name]], f"'{label}'", whole=False)
    years = []
    for row in samples.row - 1:
        days = [found[number * len(frame) + row] for number in range(len(fields))]
        known = [day.toordinal() for day in days if day is not None]
        years.append(str(date.fromordinal(sum(known) // len(known)).year) if known else "")
    return np.array(years, object)
