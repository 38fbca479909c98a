"""Place units: what of a reference is no independent test of a map by itself, and what of it the model has seen."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from ...contract.layer import Layer
from ...data.raster.stack import DAY, Stack
from ...data.vector.layers import representative_points
from ...data.vector.tables import text_of
from ...learning.model_file import read_model
from ...learning.tested_samples import UNKNOWN, split_of_each
from ...runtime.run import Run
from ...runtime.types import Text
from ...validation.area_places import map_places
from ...validation.distances import Ruler
from ...validation.planner import numbered_clusters
from ...validation.spatial_units import spatial_units

SEED = 0  # draws the places that stand for a map


def units_of_places(frame: gpd.GeoDataFrame, field: str, map_layer: Layer, run: Run) -> tuple[Text, str]:
    """The unit of each row, all of which have a place in the CRS of the map, and their plural in words.

    They are the values of the field; without one clusters of places that lie nearer to each other than the map's cells
    lie to them, or places by themselves.
    """
    if field:
        return np.array([text_of(value) for value in frame[field]], object), f"values of '{field}'"
    xy = representative_points(frame.geometry)
    with Stack({DAY: (map_layer,)}) as stack:
        area = map_places(stack, SEED, xy)
        ruler = Ruler.of(stack.grid.crs, xy, area.xy)
    number = spatial_units(ruler.positions(xy), ruler.positions(area.xy))
    count = int(number.max()) + 1
    if count == len(number):
        return numbered_clusters(number), "places"
    run.channel.info(
        f"Places lie nearer to each other than the map's cells lie to them: they count as {count} clusters."
    )
    return numbered_clusters(number), "clusters of places"


def warn_of_trained(frame: gpd.GeoDataFrame, model: str, reference: Layer, run: Run) -> int:
    """Warn of places of a reference that a model was trained on, and return how many there are."""
    if not model:
        return 0
    placed = frame.geometry[~(frame.geometry.is_empty | frame.geometry.isna())]
    found = split_of_each(read_model(model), placed, np.empty((len(placed), 0), np.float32))
    if found is None:
        run.channel.warning(f"Model '{model}' does not tell which places it was trained on.")
        return 0
    known = int((found != UNKNOWN).sum())
    if known:
        run.channel.warning(
            f"{known} of {len(placed)} places of '{reference}' took part in the training of '{model}': the map knows "
            "them, and its score is too good. Remove them, or look at the scores of the training."
        )
    return known
