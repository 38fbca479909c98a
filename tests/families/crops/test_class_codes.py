"""Class codes stay the numbers of a map where these fit; else it is said that classes are numbered anew."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.class_values import class_values
from regionwise.core.learning.model_file import read_model, write_model

CODES = (1, 3, 5, 24, 176, 300)


@pytest.mark.parametrize(
    ("names", "values"),
    [
        (["1", "3", "5", "24", "176"], (1, 3, 5, 24, 176)),
        (["9", "65535"], (9, 65535)),
        (["0", "1"], (1, 2)),
        (["1", "65536"], (1, 2)),
        (["1", "maize"], (1, 2)),
        (["01", "2"], (1, 2)),
    ],
)
def test_codes_that_fit_are_kept(names, values):
    assert class_values(names) == values


def coded(model, folder, codes):
    """The path of a copy of a model whose classes are called by codes, and their numbers."""
    own = read_model(model)
    names = [str(code) for code in codes[: len(own.card.components)]]
    path = folder / "coded.safetensors"
    write_model(str(path), dataclasses.replace(own, card=dataclasses.replace(own.card, components=names)))
    return str(path), names


@pytest.mark.parametrize("codes", [CODES[:-1], CODES[::-1]])
def test_a_map_holds_the_codes_of_its_classes(farms, boosted, mapped, tmp_path, codes):
    plain, _, _ = mapped(farms, tmp_path, boosted[0].model, name="plain")
    model, names = coded(boosted[0].model, tmp_path, codes)
    fields, out = Layer(str(farms / "fields.gpkg"), "fields"), str(tmp_path / "p.gpkg")
    values, _, ran = mapped(farms, tmp_path, model, parcels=fields, parcel_output=out)
    known = np.isfinite(plain)
    np.testing.assert_array_equal(known, np.isfinite(values))
    numbers = np.array([int(name) for name in names])
    np.testing.assert_array_equal(values[known], numbers[plain[known].astype(int) - 1])
    assert f"The numbers of the map are the class codes: {', '.join(names)}" in ran.log
    assert set(gpd.read_file(out)["majority"].dropna()) <= set(names)
    with rasterio.open(tmp_path / "map.tif") as file:
        colours = file.colormap(1)
        assert all(colours[number][3] == 255 for number in numbers)
    style = (tmp_path / "map.qml").read_text()
    assert all(f'value="{number}" label="{number}"' in style for number in numbers)


def test_codes_that_do_not_fit_are_numbered_anew_and_said(farms, boosted, mapped, tmp_path):
    model, names = coded(boosted[0].model, tmp_path, (0, 3, 5, 24, 176))
    values, _, ran = mapped(farms, tmp_path, model)
    assert np.nanmin(values) >= 1 and np.nanmax(values) <= len(names)
    assert "do not all fit into 1 to 65535, so the map numbers classes anew" in ran.log
    assert f"1 {names[0]}, 2 {names[1]}" in ran.log
