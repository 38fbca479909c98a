"""Dominance: the largest share and its step, as classes; with the map, its legend and its outputs."""

from pathlib import Path
from types import SimpleNamespace
from xml.etree.ElementTree import parse

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from maps import COMPONENTS, map_to, read
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.raster.category_names import category_names
from regionwise.core.mapping.dominance import dominance, dominant
from regionwise.core.mapping.styles.map_styles import lighter
from regionwise.core.reports import palette


def numbers_of(shares, components=None):
    shares = np.asarray(shares, np.float32)
    return dominant(SimpleNamespace(mean=shares, components=components or len(shares)))[0].tolist()


def test_the_number_is_that_of_the_largest_share_and_of_its_step():
    shares = [[0.35, 0.1, 0.5, 0.2, 1.0], [0.33, 0.7, 0.3, 0.0, 0.0], [0.32, 0.2, 0.2, 0.8, 0.0]]
    assert numbers_of(shares) == [11, 23, 12, 34, 14]


def test_steps_begin_at_their_bounds():
    assert numbers_of([[0.4, 0.6, 0.8], [0.3, 0.4, 0.2], [0.3, 0.0, 0.0]]) == [12, 13, 14]


def test_coarse_classes_do_not_count():
    assert numbers_of([[0.3], [0.25], [0.45], [0.55]], components=3) == [32]


@given(st.lists(st.floats(0.01, 1, allow_subnormal=False), min_size=2, max_size=12))
def test_every_number_has_a_class(weights):
    shares = np.array(weights) / sum(weights)
    layout = dominance("d.tif", [f"c{i}" for i in range(len(shares))]).layout
    (number,) = numbers_of(shares[:, None])
    name = layout.names[int(number)]
    assert name.startswith(f"c{int(np.argmax(shares.astype(np.float32)))},")


def test_of_two_shares_none_is_under_40_percent():
    names = dominance("d.tif", ["a", "b"]).layout.classes
    assert names[:3] == ("a, 40 to 60 %", "a, 60 to 80 %", "a, 80 % and more")
    assert len(names) == 6
    assert "a, under 40 %" in dominance("d.tif", ["a", "b", "c"]).layout.classes


def test_less_dominant_is_paler():
    layout = dominance("d.tif", ["a", "b", "c"]).layout
    own = layout.style.colours_of(layout.classes)[:4]
    assert own == [lighter(palette.CATEGORIES[0], share) for share in (0.72, 0.5, 0.25, 0.0)]


def test_a_map_of_the_dominant_share_agrees_with_its_shares_and_carries_its_legend(scene, tmp_path):
    path = tmp_path / "dominant.tif"
    shares, _ = map_to(scene, tmp_path, "map", dominant=str(path), uncertainty=str(tmp_path / "sd.tif"))
    with rasterio.open(path) as file:
        names = category_names(file)
        numbers, colours = file.read(1), file.colormap(1)
        assert (file.dtypes, file.nodata, file.descriptions) == (("uint8",), 0, ("dominant",))
    known = np.isfinite(shares[0])
    assert (numbers[~known] == 0).all() and known.any()
    assert (numbers[known] // 10 == shares.argmax(0)[known] + 1).all()
    assert names[11] == f"{COMPONENTS[0]}, under 40 %"
    entries = [*parse(path.with_suffix(".qml")).getroot().iter("paletteEntry")]
    assert [entry.get("label") for entry in entries][-1] == f"{COMPONENTS[2]}, 80 % and more"
    assert colours[14][:3] == tuple(int(palette.CATEGORIES[0][i : i + 2], 16) for i in (1, 3, 5))


def test_the_dominant_share_is_left_out_if_it_is_not_wanted(scene, tmp_path):
    _, ran = map_to(scene, tmp_path, "map")
    assert not list(tmp_path.glob("*dominant*"))
    assert "DOMINANT" not in ran.result.outputs


def test_no_input_is_overwritten_by_the_dominant_share(scene, tmp_path):
    with pytest.raises(RegionwiseError, match="is an input of this run and would be lost"):
        map_to(scene, tmp_path, "map", dominant=scene["day"][0].path)


def test_shares_in_a_folder_have_their_style_each(scene, tmp_path):
    map_to(scene, tmp_path, "map", folder=str(tmp_path / "bands"))
    assert {path.stem for path in Path(tmp_path / "bands").glob("*.qml")} == set(COMPONENTS)
    group = parse(tmp_path / "bands" / "layers.qlr").getroot()
    assert [layer.get("source") for layer in group.iter("layer-tree-layer")] == [f"./{name}.tif" for name in COMPONENTS]
    assert np.isfinite(read(tmp_path / "bands" / "F.tif")[0]).any()
