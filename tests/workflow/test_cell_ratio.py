"""Cells of a map and of training are compared on the ground."""

import dataclasses

import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.data.raster.grids import Grid
from regionwise.core.learning.card import Card
from regionwise.core.workflow.cell_ratio import other_cells

UTM, DEGREES, MERCATOR = CRS.from_epsg(32632), CRS.from_epsg(4326), CRS.from_epsg(3857)


def card(crs=UTM, cell_size=30.0, area=(500_000.0, 6_600_000.0, 503_000.0, 6_603_000.0)):
    """The card of a model that was trained at 60 degrees north."""
    empty = ("composition", {}, [], ["a", "b"], [])
    return Card(*empty, crs.to_wkt() if crs else "", cell_size, list(area), {}, [], "", {})


def grid(crs, cell, x, y):
    return Grid(crs, Affine(cell, 0, x, 0, -cell, y), 100, 100)


def test_degrees_and_web_mercator_of_the_same_size_are_the_same_cells():
    assert not other_cells(card(), grid(DEGREES, 0.00038, 9, 60))  # 21 m wide and 42 m high
    assert not other_cells(card(), grid(MERCATOR, 60.0, 1_000_000, 8_400_000))
    text = other_cells(card(), grid(MERCATOR, 30.0, 1_000_000, 8_400_000))
    assert text == "cells of 15.03 m, the model was trained on 30 m"
    degrees = card(DEGREES, 0.00038, (9.0, 59.0, 10.0, 61.0))
    assert not other_cells(degrees, grid(UTM, 30.0, 500_000, 6_600_000))
    assert "the model was trained on 29.96 m" in other_cells(degrees, grid(UTM, 10.0, 500_000, 6_600_000))


def test_feet_are_told_from_metres():
    assert "cells of 30.48 m" in other_cells(card(cell_size=100.0), grid(CRS.from_epsg(2263), 100.0, 9e5, 2e5))


def test_cards_that_tell_no_cell_or_no_place_are_read_as_before():
    plain = grid(UTM, 30.0, 500_000, 6_600_000)
    assert not other_cells(card(cell_size=0.0, area=()), plain)
    assert not other_cells(dataclasses.replace(card(cell_size=29.0), crs="", area=[]), plain)
    assert other_cells(card(None, 90.0, ()), plain) == "cells of 30, the model was trained on 90"


@pytest.mark.parametrize("form", ["EPSG:32632", UTM.to_wkt()])
def test_a_crs_is_known_as_code_and_as_text(form):
    assert not other_cells(dataclasses.replace(card(), crs=form), grid(DEGREES, 0.00038, 9, 60))
