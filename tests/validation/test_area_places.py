"""The area to map: what counts as one, and what is left out of it and said."""

import numpy as np
import pytest
import shapely
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.raster.land import at_sea
from regionwise.core.data.raster.stack import Stack
from regionwise.core.validation.area_places import map_places
from shapely.geometry import box

DEGREES = CRS.from_epsg(4326)
EUROPE = Affine(0.1, 0, -30, 0, -0.1, 60)  # 30 W to 20 E, 60 to 40 N: the Atlantic covers a good half


@pytest.fixture
def bands():
    """Values of three bands of 200 x 500 cells, of which no two cells are alike."""
    return np.random.default_rng(0).normal(size=(3, 200, 500)).astype(np.float32)


def centres(cells, transform):
    return np.array([transform @ (col + 0.5, row + 0.5) for row, col in cells])


def test_land_and_sea_are_told_apart():
    places = np.array([[-30, 45], [-0.5, 45], [179.3, -16.6], [-179.9, 0], [37.6, 55.8], [-150, -89]], float)
    assert at_sea(places, DEGREES).tolist() == [True, False, False, True, False, False]
    mercator = np.array([[-3339584.7, 5621521.5], [-55659.7, 5621521.5]])
    assert at_sea(mercator, CRS.from_epsg(3857)).tolist() == [True, False]


def test_cells_at_sea_do_not_count_where_all_samples_lie_on_land(write, tmp_path, bands):
    on_land = np.array([[x, y] for x in np.arange(2, 12, 0.5) for y in np.arange(45, 50, 0.5)])
    with Stack({"day": (write(tmp_path / "day.tif", bands, transform=EUROPE, crs=DEGREES),)}) as stack:
        found = map_places(stack, 0, on_land)
        assert not at_sea(found.xy, DEGREES).any()
        share = at_sea(centres(np.argwhere(np.ones((200, 500))), EUROPE), DEGREES).mean()
        assert found.notices == [
            f"{100 * share:.0f} % of the cells with data lie at sea, and all samples on land: they do not count as "
            "area to map. Area to map says which cells count."
        ]
        at_sea_too = map_places(stack, 0, np.concatenate([on_land, [[-20, 50]]]))
        assert not at_sea_too.notices
        assert at_sea(at_sea_too.xy, DEGREES).mean() == pytest.approx(share, abs=0.05)


def test_a_fill_that_was_not_declared_does_not_count_unless_samples_have_it(write, tmp_path, bands):
    bands[:, :, :200] = 0  # two fifths
    layer = write(tmp_path / "day.tif", bands)
    with Stack({"day": (layer,)}) as stack:
        places = centres([(row, col) for row in range(0, 200, 10) for col in range(205, 500, 20)], stack.grid.transform)
        found = map_places(stack, 0, places)
        assert "40 % of the cells with data hold the same numbers in every band" in found.notices[0]
        assert (found.xy[:, 0] > stack.grid.transform.c + 200 * 90).all()
        in_fill = centres([(50, 50)], stack.grid.transform)
        assert not map_places(stack, 0, np.concatenate([places, in_fill])).notices
        assert not map_places(stack, 0, places[:40]).notices  # so few might miss it by chance


def test_an_outline_says_which_cells_count(write, tmp_path, bands):
    bands[:, :, :200] = 0
    with Stack({"day": (write(tmp_path / "day.tif", bands),)}) as stack:
        left, top = stack.grid.transform.c, stack.grid.transform.f
        outline = shapely.union(
            box(left, top - 1800, left + 9000, top), box(left + 30000, top - 9000, left + 31000, top)
        )
        found = map_places(stack, 0, np.array([[left + 40000, top - 5000]]), outline)
        assert not found.notices
        assert shapely.contains_xy(outline, found.xy).all()
        share = (found.xy[:, 0] < left + 9000).mean()
        assert share == pytest.approx(9000 * 1800 / outline.area, abs=0.05)
        with pytest.raises(RegionwiseError, match="The area to map holds no cell with data"):
            map_places(stack, 0, None, box(left - 500, top, left - 100, top + 100))
