"""Mapping: tiles equal the whole, edges and empty tiles are right."""

import numpy as np
import pytest
import rasterio
import torch
from affine import Affine
from maps import COMPONENTS, make_model, map_to, read
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.learning.model_file import write_model
from regionwise.core.mapping import run_map
from regionwise.core.nets.resnet import CompositionNet


def test_tiled_map_equals_the_untiled_one(scene, tmp_path, monkeypatch):
    whole, _ = map_to(scene, tmp_path, "whole", uncertainty=str(tmp_path / "whole_sd.tif"))
    monkeypatch.setattr(run_map, "TILE_SIDES", (16,))
    tiled, _ = map_to(scene, tmp_path, "tiled", uncertainty=str(tmp_path / "tiled_sd.tif"))
    np.testing.assert_allclose(tiled, whole, atol=1e-6)
    np.testing.assert_allclose(read(tmp_path / "tiled_sd.tif")[0], read(tmp_path / "whole_sd.tif")[0], atol=1e-6)


def test_shares_sum_to_one_up_to_the_edges_and_are_nodata_only_where_day_is(scene, tmp_path):
    shares, _ = map_to(scene, tmp_path, "map")
    missing = np.zeros((70, 90), bool)
    missing[20:40, 30:60] = True
    missing[0, 5] = True
    for band in shares:
        np.testing.assert_array_equal(np.isnan(band), missing)
    np.testing.assert_allclose(shares.sum(0)[~missing], 1, atol=1e-6)
    assert (shares[:, ~missing] >= 0).all()


def test_map_equals_the_network_applied_to_the_whole_scene(scene, tmp_path):
    shares, _ = map_to(scene, tmp_path, "map")
    from regionwise.core.learning.model_file import read_model

    model = read_model(scene["model"])
    layers = [read(scene[s][0].path)[0] for s in ("day", "night")]
    expected = 0
    for arrays in model.members.values():
        net = CompositionNet(**model.card.networks["network"]["arguments"]).eval()
        net.load_state_dict({k: torch.from_numpy(v) for k, v in arrays.items() if "scaling" not in k})
        inputs = []
        for values in layers:
            padded = np.pad(values, [(0, 0), (7, 7), (7, 7)], constant_values=np.nan)
            present = np.isfinite(padded)
            channels = np.concatenate([np.where(present, padded, 0), present.all(0, keepdims=True)])
            inputs.append(torch.from_numpy(channels.astype(np.float32))[None])
        with torch.no_grad():
            alpha = net(*inputs)[0].numpy()
        expected = expected + alpha / alpha.sum(0) / 2
    valid = np.isfinite(shares)
    np.testing.assert_allclose(shares[valid], expected[valid], atol=1e-5)


def test_output_carries_names_crs_statistics_and_a_style(scene, tmp_path):
    map_to(scene, tmp_path, "map", folder=str(tmp_path / "parts"))
    values, _ = read(tmp_path / "map.tif")
    with rasterio.open(tmp_path / "map.tif") as file:
        assert file.descriptions == tuple(COMPONENTS)
        assert file.crs == CRS.from_epsg(32648)
        assert file.nodata == -9999
        assert file.units == ("1", "1", "1")
        for number in (1, 2, 3):
            band = values[number - 1]
            tags = file.tags(number)
            assert abs(float(tags["STATISTICS_MEAN"]) - np.nanmean(band)) < 1e-5
            assert abs(float(tags["STATISTICS_MAXIMUM"]) - np.nanmax(band)) < 1e-6
            np.testing.assert_array_equal(read(tmp_path / "parts" / f"{COMPONENTS[number - 1]}.tif")[0][0], band)
    assert "singlebandpseudocolor" in (tmp_path / "map.qml").read_text()


def test_maps_are_cloud_optimised_with_overviews_and_equal_band_files(tmp_path, write):
    day = write(tmp_path / "d.tif", np.random.default_rng(0).normal(size=(600, 700)), names=("RED",))
    model = make_model(tmp_path / "m.safetensors", blocks=(0, 0, 0), bands=[("RED", "day")])
    shares, _ = map_to({"day": (day,), "model": model}, tmp_path, "map", folder=str(tmp_path / "parts"))
    for path in (tmp_path / "map.tif", tmp_path / "parts" / "NF.tif"):
        with rasterio.open(path) as file:
            assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            assert file.overviews(1) == [2]
            assert file.profile["compress"] == "deflate"
    np.testing.assert_array_equal(read(tmp_path / "parts" / "NF.tif")[0][0], shares[1])


def test_extent_maps_only_its_part_with_the_same_values(scene, tmp_path):
    whole, _ = map_to(scene, tmp_path, "whole")
    x0, y0 = 500_000 + 10 * 90, 3_300_000 - 50 * 90
    part, _ = map_to(scene, tmp_path, "part", extent=f"{x0},{y0},{x0 + 20 * 90},{y0 + 30 * 90} EPSG:32648")
    np.testing.assert_allclose(part, whole[:, 20:50, 10:30], atol=1e-6)
    with pytest.raises(RegionwiseError, match="extent does not overlap"):
        map_to(scene, tmp_path, "none", extent="0,0,1,1 EPSG:32648")


def test_bands_are_found_by_name_whatever_their_order(scene, tmp_path, write):
    values, _ = read(scene["day"][0].path)
    swapped = write(tmp_path / "swapped.tif", values[::-1].astype(np.float32), names=("NIR", "RED"))
    first, _ = map_to(scene, tmp_path, "first")
    second, _ = map_to(scene, tmp_path, "second", day=(swapped,))
    np.testing.assert_array_equal(first, second)


def test_empty_tiles_are_skipped_without_being_predicted(scene, tmp_path, write, small_tiles, monkeypatch):
    day = np.full((2, 70, 90), np.nan, np.float32)
    day[:, :10, :10] = 1
    calls = []
    from regionwise.core.mapping import ensemble

    original = ensemble.answer
    monkeypatch.setattr(ensemble, "answer", lambda *a, **k: calls.append(1) or original(*a, **k))
    layer = write(tmp_path / "sparse.tif", day, names=("RED", "NIR"))
    shares, ran = map_to(scene, tmp_path, "map", day=(layer,))
    assert len(calls) == 2  # two members, one tile
    assert np.isfinite(shares).sum() == 3 * 100
    assert "8 of them without data were skipped" in ran.log


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (32, 32), (33, 31), (256, 257)])
def test_small_and_odd_rasters_map_whole(scene, tmp_path, write, small_tiles, shape):
    rng = np.random.default_rng(1)
    day = write(tmp_path / "d.tif", rng.normal(size=(2, *shape)).astype(np.float32), names=("RED", "NIR"))
    night = write(tmp_path / "n.tif", rng.normal(size=shape).astype(np.float32), names=("VIIRS",))
    shares, _ = map_to(scene, tmp_path, "map", day=(day,), night=(night,))
    assert shares.shape == (3, *shape)
    assert np.isfinite(shares).all()


def test_all_nodata_gives_an_all_nodata_map(scene, tmp_path, write):
    day = write(tmp_path / "d.tif", np.full((2, 70, 90), np.nan, np.float32), names=("RED", "NIR"))
    shares, _ = map_to(scene, tmp_path, "map", day=(day,))
    assert np.isnan(shares).all()


def test_south_up_rasters_give_a_south_up_map(scene, tmp_path, write):
    up = Affine(90, 0, 500_000, 0, 90, 3_300_000)
    layers = {
        key: (
            write(tmp_path / f"u{key}.tif", read(scene[key][0].path)[0].astype(np.float32), transform=up, names=names),
        )
        for key, names in (("day", ("RED", "NIR")), ("night", ("VIIRS",)))
    }
    north, _ = map_to(scene, tmp_path, "north")
    south, _ = map_to(scene, tmp_path, "south", **layers)
    np.testing.assert_array_equal(north, south)
    assert rasterio.open(tmp_path / "south.tif").transform.e > 0


def test_a_component_file_that_is_the_output_too_is_refused(scene, tmp_path):
    with pytest.raises(RegionwiseError, match="is also the file of a component in Folder"):
        map_to(scene, tmp_path, "NF", folder=str(tmp_path))


def test_fast_stays_close_to_exact(scene, tmp_path):
    exact, _ = map_to(scene, tmp_path, "exact")
    fast, ran = map_to(scene, tmp_path, "fast", precision="fast")
    assert "torch (bf16) changes shares by" in ran.log
    assert np.nanmax(np.abs(exact - fast)) < 0.03


def test_card_that_lies_about_its_network_is_refused_without_building_it(scene, tmp_path):
    from regionwise.core.learning.model_file import read_model

    model = read_model(scene["model"])
    model.card.networks["network"]["arguments"]["width"] = 1_000_000
    write_model(scene["model"], model)
    with pytest.raises(RegionwiseError, match="does not fit the network of its card"):
        map_to(scene, tmp_path, "map")
    del model.card.networks["network"]["arguments"]
    write_model(scene["model"], model)
    with pytest.raises(RegionwiseError, match=r"damaged|does not fit"):
        map_to(scene, tmp_path, "map")


def test_other_cell_size_than_in_training_is_warned_of(scene, tmp_path, write):
    finer = Affine(30, 0, 500_000, 0, -30, 3_300_000)
    day = write(tmp_path / "d.tif", np.ones((2, 20, 20), np.float32), names=("RED", "NIR"), transform=finer)
    night = write(tmp_path / "n.tif", np.ones((20, 20), np.float32), names=("VIIRS",), transform=finer)
    _, ran = map_to(scene, tmp_path, "map", day=(day,), night=(night,))
    assert "cells of 30 m, the model was trained on 90 m" in ran.log


# the peak of the process itself: ru_maxrss would count that of the process it was forked from
