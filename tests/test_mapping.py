"""Mapping: tiles equal the whole, resume equals never stopped, edges and empty tiles are right."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch
from affine import Affine
from rasterio.crs import CRS
from regionwise.core import mapping
from regionwise.core.ensembles import read_weights
from regionwise.core.errors import RegionwiseError
from regionwise.core.models import Card, Member, Model, write_model
from regionwise.core.nets.composition import CompositionNet
from regionwise.core.params import Layer
from regionwise.core.params_composition import CompositionMapping
from regionwise.core.protocol import Job, Settings, write_job
from regionwise.core.tasks.composition_map import map_composition
from regionwise.core.training import to_arrays
from support import ROOT, run_task

COMPONENTS = ["F", "NF", "X"]


def make_model(path, *, kind="global", regions=("",), seed=0, blocks=(1, 1, 1), mask=True, bands=None):
    """Write a model with random weights: one member per region."""
    bands = bands or [("RED", "day"), ("NIR", "day"), ("VIIRS", "night")]
    day = sum(sensor == "day" for _, sensor in bands)
    night = len(bands) - day
    arguments = {
        "day_channels": day + mask, "night_channels": (night + mask) if night else 0, "components": 3, "width": 6,
        "blocks": list(blocks), "head": "dirichlet",
    }  # fmt: skip
    members, tensors = [], {}
    for number, region in enumerate(regions):
        torch.manual_seed(seed + number)
        net = CompositionNet(**arguments)
        for module in net.modules():  # statistics as after training, so that members differ visibly
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.2)
                module.weight.data.uniform_(0.5, 2)
        name = f"{kind} {region or number}"
        members.append(Member(name, kind, region=region))
        scaling = {"scaling.mean": np.zeros(len(bands), np.float32), "scaling.std": np.ones(len(bands), np.float32)}
        tensors[name] = {**to_arrays(net.state_dict()), **scaling}
    card = Card(
        "composition",
        {
            "arguments": arguments,
            "sensors": [day, night] if night else [day],
            "mask_channel": mask,
        },
        [{"name": n, "sensor": s, "unit": ""} for n, s in bands],
        COMPONENTS, members, "EPSG:32648", 90.0, [0, 0, 1, 1], {}, [], "f", {}, list(filter(None, regions)),
    )  # fmt: skip
    write_model(str(path), Model(card, tensors))
    return str(path)


@pytest.fixture
def scene(tmp_path, write):
    """Day and night rasters of 70 x 90 cells with holes, and a model."""
    rng = np.random.default_rng(0)
    day = rng.normal(size=(2, 70, 90)).astype(np.float32)
    day[:, 20:40, 30:60] = np.nan
    day[0, 0, 5] = np.nan
    night = rng.normal(size=(70, 90)).astype(np.float32)
    night[50:60, :20] = np.nan
    return {
        "day": (write(tmp_path / "day.tif", day, names=("RED", "NIR")),),
        "night": (write(tmp_path / "night.tif", night, names=("VIIRS",)),),
        "model": make_model(tmp_path / "m.safetensors", regions=("", "")),
    }


def run(params, folder, **settings):
    return run_task(map_composition, params, folder, **settings)


def read(path):
    with rasterio.open(path) as file:
        return file.read(masked=True).filled(np.nan), file


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(mapping, "TILE_SIDES", (32, 16))


def map_to(scene, tmp_path, name, **changes):
    params = CompositionMapping(**{**scene, "output": str(tmp_path / f"{name}.tif"), **changes})
    ran = run(params, tmp_path / f"{name}.job")
    return read(params.output)[0], ran


def test_tiled_map_equals_the_untiled_one(scene, tmp_path, monkeypatch):
    whole, _ = map_to(scene, tmp_path, "whole", uncertainty=str(tmp_path / "whole_sd.tif"))
    monkeypatch.setattr(mapping, "TILE_SIDES", (16,))
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
    from regionwise.core.models import read_model

    model = read_model(scene["model"])
    layers = [read(scene[s][0].path)[0] for s in ("day", "night")]
    expected = 0
    for arrays in model.members.values():
        net = CompositionNet(**model.card.network["arguments"]).eval()
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
    from regionwise.core import voices

    original = voices.answer
    monkeypatch.setattr(voices, "answer", lambda *a, **k: calls.append(1) or original(*a, **k))
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


@pytest.fixture
def ensemble(scene, tmp_path):
    """Two regions on the upper half of the scene, and an expert for each."""
    import geopandas as gpd
    from shapely.geometry import box

    left, top = 500_000, 3_300_000
    shapes = [box(left, top - 35 * 90, left + 45 * 90, top), box(left + 45 * 90, top - 35 * 90, left + 90 * 90, top)]
    gpd.GeoDataFrame({"region": ["A", "B"]}, geometry=shapes, crs="EPSG:32648").to_file(tmp_path / "r.gpkg")
    expert = make_model(tmp_path / "e.safetensors", kind="within", regions=("A", "B"), seed=50)
    return {
        **scene,
        "regional_model": expert,
        "regions": Layer(str(tmp_path / "r.gpkg"), "r"),
        "region_field": "region",
    }


def weights_table(path, rows):
    path.write_text("region,global,regional\n" + "\n".join(rows) + "\n")
    return Layer(str(path), path.stem)


def test_weights_decide_who_speaks_where(ensemble, scene, tmp_path):
    alone, _ = map_to(scene, tmp_path, "alone")
    table = weights_table(tmp_path / "w.csv", ["A,1,0", "B,0,2"])
    mixed, ran = map_to(ensemble, tmp_path, "mixed", weights=table, blend=0)
    np.testing.assert_allclose(mixed[:, :, :45], alone[:, :, :45], atol=1e-6)  # A: global alone
    np.testing.assert_allclose(mixed[:, 35:], alone[:, 35:], atol=1e-6)  # no region: global alone
    assert np.nanmax(np.abs(mixed[:, :35, 45:] - alone[:, :35, 45:])) > 0.05
    assert "A 1.00/0.00, B 0.00/1.00" in ran.log


def test_ensemble_is_equal_in_tiles_and_smooth_across_borders(ensemble, tmp_path, monkeypatch):
    whole, _ = map_to(ensemble, tmp_path, "whole")
    monkeypatch.setattr(mapping, "TILE_SIDES", (16,))
    tiled, _ = map_to(ensemble, tmp_path, "tiled")
    np.testing.assert_allclose(tiled, whole, atol=1e-6)


def test_no_step_at_a_border_between_regions(ensemble, tmp_path, write):
    flat = {
        "day": (write(tmp_path / "fd.tif", np.ones((2, 70, 90), np.float32), names=("RED", "NIR")),),
        "night": (write(tmp_path / "fn.tif", np.ones((70, 90), np.float32), names=("VIIRS",)),),
    }
    sharp, _ = map_to({**ensemble, **flat}, tmp_path, "sharp", blend=0)
    soft, _ = map_to({**ensemble, **flat}, tmp_path, "soft", blend=10)
    inner = np.s_[:, 10:25, 12:78]  # away from the raster's edges, where the halo is missing
    step = np.abs(np.diff(sharp[inner], axis=2)).max()
    assert step > 0.02
    assert np.abs(np.diff(soft[inner], axis=2)).max() < step / 10


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (["A,1,1"], "no row for region 'B'"),
        (["A,-1,1", "B,1,1"], "Weights of region 'A' in 'w' are not two numbers"),
        (["A,x,1", "B,1,1"], "Weights of region 'A' in 'w' are not two numbers"),
        (["A,0,0", "B,1,1"], "Weights of region 'A' in 'w' are not two numbers"),
    ],
)
def test_weights_that_make_no_sense_are_refused(tmp_path, rows, sentence):
    with pytest.raises(RegionwiseError, match=sentence):
        read_weights(weights_table(tmp_path / "w.csv", rows), ["A", "B"])


@pytest.fixture
def asked(monkeypatch):
    """Return a list that grows by the voice of each answer of a network."""
    from regionwise.core.learners.network import NetworkVoice

    found, original = [], NetworkVoice.answer

    def counted(voice, values, wanted):
        found.append((voice, wanted))
        return original(voice, values, wanted)

    monkeypatch.setattr(NetworkVoice, "answer", counted)
    return found


def small_job(monkeypatch):
    monkeypatch.setattr("regionwise.core.trial._Sample.seconds", lambda *_: 1e-9)


def test_experts_without_weight_and_out_of_reach_are_not_computed(ensemble, tmp_path, asked, monkeypatch):
    small_job(monkeypatch)
    table = weights_table(tmp_path / "w.csv", ["A,1,0", "B,1,1"])
    monkeypatch.setattr(mapping, "TILE_SIDES", (32,))
    map_to(ensemble, tmp_path, "map", weights=table, blend=0)
    counts = sorted(sum(v is voice for v, _ in asked) for voice in {v for v, _ in asked})
    assert counts == [4, 9, 9]  # two global members in nine tiles, the expert of B in the four it reaches, none for A


@pytest.mark.parametrize("blend", [0, 4, 16])
def test_experts_may_have_all_the_weight(ensemble, tmp_path, blend):
    """Rounding leaves no trace of a global model without weight."""
    table = weights_table(tmp_path / "w.csv", ["A,0,1", "B,0,1"])
    shares, _ = map_to(ensemble, tmp_path, "map", weights=table, blend=blend)
    np.testing.assert_allclose(np.nansum(shares, 0)[np.isfinite(shares[0])], 1, atol=1e-6)


def test_a_disk_that_swallows_the_end_of_a_file_is_noticed_and_the_tiles_are_kept(scene, tmp_path, monkeypatch):
    from regionwise.core import mosaics

    original = mosaics.rasterio.shutil.copy

    def cut(source, target, **options):
        original(source, target, **options)
        with open(target, "r+b") as file:
            file.truncate(Path(target).stat().st_size - 500)

    with monkeypatch.context() as patch:
        patch.setattr(mosaics.rasterio.shutil, "copy", cut)
        with pytest.raises(RegionwiseError, match=r"could not be written whole; the disk of .* may be full"):
            map_to(scene, tmp_path, "map")
    assert not (tmp_path / "map.tif").exists()
    _, ran = map_to(scene, tmp_path, "map")
    assert "1 of 1 tiles were finished in an earlier run, kept" in ran.log


def test_a_component_file_that_is_the_output_too_is_refused(scene, tmp_path):
    with pytest.raises(RegionwiseError, match="is also the file of a component in Folder"):
        map_to(scene, tmp_path, "NF", folder=str(tmp_path))


def test_members_with_equal_tensors_are_computed_once(scene, tmp_path, asked, monkeypatch):
    from regionwise.core.models import read_model

    small_job(monkeypatch)
    once, _ = map_to(scene, tmp_path, "once", model=make_model(tmp_path / "one.safetensors"))
    calls = len(asked)
    model = read_model(str(tmp_path / "one.safetensors"))
    twin = Member("twin", "global")
    model.card.members.append(twin)
    model.members["twin"] = next(iter(model.members.values()))
    write_model(str(tmp_path / "two.safetensors"), model)
    twice, _ = map_to(scene, tmp_path, "twice", model=str(tmp_path / "two.safetensors"))
    assert len(asked) == 2 * calls
    np.testing.assert_allclose(twice, once, atol=1e-6)


def test_strict_model_is_refused_as_an_expert_with_the_reason(ensemble, tmp_path):
    strict = make_model(tmp_path / "s.safetensors", kind="strict", regions=("A", "B"))
    with pytest.raises(RegionwiseError, match="made with Holdout = strict: its members never saw the region"):
        map_to(ensemble, tmp_path, "map", regional_model=strict)
    with pytest.raises(RegionwiseError, match="holds models of single regions; give it as Regional model"):
        map_to(ensemble, tmp_path, "map", model=ensemble["regional_model"])


def test_memory_too_small_is_told_before_the_start(scene, tmp_path):
    params = CompositionMapping(**scene, output=str(tmp_path / "map.tif"))
    with pytest.raises(RegionwiseError, match=r"Mapping needs .* GiB, the Memory setting allows 0.0"):
        run(params, tmp_path / "job", memory_gb=0.01)
    assert not (tmp_path / "map.tif").exists()


def test_fast_stays_close_to_exact(scene, tmp_path):
    exact, _ = map_to(scene, tmp_path, "exact")
    fast, ran = map_to(scene, tmp_path, "fast", precision="fast")
    assert "torch (bf16) changes shares by" in ran.log
    assert np.nanmax(np.abs(exact - fast)) < 0.03


DRIVER = """
import sys, time
from regionwise.core import mapping, worker
mapping.TILE_SIDES = (16,)
original = mapping.Mosaic.write
def slow(*arguments):
    time.sleep(float(sys.argv[2]))
    original(*arguments)
mapping.Mosaic.write = slow
sys.exit(worker.main([sys.argv[1]]))
"""


def test_map_resumed_after_a_real_kill_is_the_same_byte_for_byte(scene, tmp_path):
    def start(name, delay):
        folder = tmp_path / f"{name}.job"
        folder.mkdir(exist_ok=True)
        outputs = {"output": f"{name}.tif", "uncertainty": f"{name}-sd.tif", "folder": name}
        paths = {key: str(tmp_path / path) for key, path in outputs.items()}
        params = CompositionMapping(**scene, **paths, device="cpu")
        write_job(folder / "job.json", Job("CompositionMapping", params.to_json(), Settings(threads=1)))
        command = [sys.executable, "-c", DRIVER, str(folder / "job.json"), str(delay)]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "_alias")}
        )

    whole = start("whole", 0)
    assert whole.wait(timeout=120) == 0
    killed = start("killed", 0.2)
    end = time.monotonic() + 60
    while len(list(tmp_path.glob("killed.job/work-*/tile-*.tif"))) < 5 and time.monotonic() < end:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    done = list(tmp_path.glob("killed.job/work-*/tile-*.tif"))
    assert 5 <= len(done) < 30
    assert not (tmp_path / "killed.tif").exists()
    resumed = start("killed", 0)
    out, _ = resumed.communicate(timeout=120)
    assert resumed.returncode == 0
    assert "of 30 tiles were finished in an earlier run, kept" in out
    for ending in (".tif", "-sd.tif", "/NF.tif"):
        assert Path(f"{tmp_path}/killed{ending}").read_bytes() == Path(f"{tmp_path}/whole{ending}").read_bytes()
    assert not list(tmp_path.glob("killed.job/work-*"))


@pytest.fixture
def interrupted(monkeypatch):
    """Return a context in which mapping is interrupted after six answers of members."""
    from regionwise.core import voices

    @contextlib.contextmanager
    def context():
        original, calls = voices.answer, []

        def dies(*args, **kwargs):
            calls.append(1)
            if len(calls) > 6:
                raise KeyboardInterrupt
            return original(*args, **kwargs)

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(voices, "answer", dies)
            yield

    return context


def test_other_inputs_never_resume_the_tiles_of_these(scene, tmp_path, small_tiles, interrupted):
    params = CompositionMapping(**scene, output=str(tmp_path / "map.tif"))
    with interrupted():
        run(params, tmp_path / "job")
    kept = list(Path(tmp_path / "job").glob("work-*/tile-*.tif"))
    assert kept
    make_model(tmp_path / "m.safetensors", regions=("", ""), seed=9)
    ran = run(params, tmp_path / "job")
    assert "earlier run" not in ran.log


def test_map_resumed_with_less_memory_and_so_other_tiles_is_right(scene, tmp_path, monkeypatch, interrupted):
    whole, _ = map_to(scene, tmp_path, "whole")
    monkeypatch.setattr(mapping, "TILE_SIDES", (32,))
    with interrupted():
        map_to(scene, tmp_path, "map")
    monkeypatch.setattr(mapping, "TILE_SIDES", (16,))
    resumed, ran = map_to(scene, tmp_path, "map")
    np.testing.assert_allclose(resumed, whole, atol=1e-6)
    assert "Networks are computed by torch (float32), as this map was begun" in ran.log


def test_uncertainty_is_that_of_the_mixture(tmp_path, write):
    """Two members with constant, known alpha: mean and deviation of the mixture in closed form."""
    alphas = np.array([[2.0, 1.0, 1.0], [0.5, 4.5, 5.0]])
    path = make_model(tmp_path / "m.safetensors", regions=("", ""), blocks=(0, 0, 0))
    from regionwise.core.models import read_model

    model = read_model(path)
    for arrays, alpha in zip(model.members.values(), alphas):
        arrays["head_out.weight"] = np.zeros_like(arrays["head_out.weight"])
        arrays["head_out.bias"] = np.log(alpha).astype(np.float32)
    write_model(path, model)
    day = write(tmp_path / "d.tif", np.ones((2, 20, 20), np.float32), names=("RED", "NIR"))
    night = write(tmp_path / "n.tif", np.ones((20, 20), np.float32), names=("VIIRS",))
    scene = {"day": (day,), "night": (night,), "model": path}
    shares, _ = map_to(scene, tmp_path, "map", uncertainty=str(tmp_path / "sd.tif"))
    total = alphas.sum(1, keepdims=True)
    pi = alphas / total
    mean = pi.mean(0)
    data, members = (pi * (1 - pi) / (total + 1)).mean(0), (pi**2).mean(0) - mean**2
    entropy = -(mean * np.log(mean)).sum()
    expected = [*np.sqrt(data + members), *np.sqrt(data), *np.sqrt(members), entropy, 0.0]
    np.testing.assert_allclose(shares[:, 5, 5], mean, atol=1e-5)
    with rasterio.open(tmp_path / "sd.tif") as file:
        np.testing.assert_allclose(file.read()[:, 5, 5], expected, atol=1e-5)
        names = file.descriptions
    assert names[::3] == ("F_sd", "F_sd_data", "F_sd_model", "entropy")


@pytest.mark.parametrize(("first", "second"), [((1, 1, 1), (2, 2, 2)), ((2, 1, 2), (1, 1, 1))])
def test_members_that_see_different_distances_map_together(ensemble, tmp_path, first, second, small_tiles):
    alone, _ = map_to({**ensemble, "model": make_model(tmp_path / "g.safetensors", blocks=first)}, tmp_path, "x")
    expert = make_model(tmp_path / "e2.safetensors", kind="within", regions=("A", "B"), seed=50, blocks=second)
    table = weights_table(tmp_path / "w.csv", ["A,1,0", "B,0,1"])
    changed = {
        **ensemble,
        "model": str(tmp_path / "g.safetensors"),
        "regional_model": expert,
        "weights": table,
        "blend": 0,
    }
    mixed, _ = map_to(changed, tmp_path, "mixed")
    only_global = {k: v for k, v in changed.items() if k in ("day", "night", "model")}
    expected, _ = map_to(only_global, tmp_path, "global")
    np.testing.assert_allclose(mixed[:, :, :45], expected[:, :, :45], atol=1e-6)
    assert np.isfinite(mixed).sum() == np.isfinite(alone).sum()


def test_card_that_lies_about_its_network_is_refused_without_building_it(scene, tmp_path):
    from regionwise.core.models import read_model

    model = read_model(scene["model"])
    model.card.network["arguments"]["width"] = 1_000_000
    write_model(scene["model"], model)
    with pytest.raises(RegionwiseError, match="does not fit the network of its card"):
        map_to(scene, tmp_path, "map")
    del model.card.network["arguments"]
    write_model(scene["model"], model)
    with pytest.raises(RegionwiseError, match=r"damaged|does not fit"):
        map_to(scene, tmp_path, "map")


def test_other_cell_size_than_in_training_is_warned_of(scene, tmp_path, write):
    finer = Affine(30, 0, 500_000, 0, -30, 3_300_000)
    day = write(tmp_path / "d.tif", np.ones((2, 20, 20), np.float32), names=("RED", "NIR"), transform=finer)
    night = write(tmp_path / "n.tif", np.ones((20, 20), np.float32), names=("VIIRS",), transform=finer)
    _, ran = map_to(scene, tmp_path, "map", day=(day,), night=(night,))
    assert "cells of 30, the model was trained on 90" in ran.log


def test_input_is_never_overwritten_by_the_map(scene, tmp_path):
    with pytest.raises(RegionwiseError, match="is an input of this run and would be lost"):
        map_to(scene, tmp_path, "map", output=scene["day"][0].path)


# the peak of the process itself: ru_maxrss would count that of the process it was forked from
MEASURE = """
import sys
from pathlib import Path
from regionwise.core import worker
status = worker.main([sys.argv[1]])
peak = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM"))
sys.stderr.write(str(int(peak.split()[1]) // 1024))
sys.exit(status)
"""


def test_memory_does_not_grow_with_the_raster(tmp_path, write):
    """Four times the pixels must not take more than a little more memory."""
    path = make_model(tmp_path / "m.safetensors", blocks=(0, 0, 0), bands=[("RED", "day")])
    peaks = []
    for side in (2048, 4096):
        day = write(tmp_path / f"d{side}.tif", np.zeros((side, side), np.float32), names=("RED",))
        folder = tmp_path / f"{side}.job"
        folder.mkdir()
        params = CompositionMapping(day=(day,), model=path, output=str(tmp_path / f"{side}.tif"), device="cpu")
        settings = Settings(threads=1, memory_gb=0.8)
        write_job(folder / "job.json", Job("CompositionMapping", params.to_json(), settings))
        run_ = subprocess.run(
            [sys.executable, "-c", MEASURE, str(folder / "job.json")],
            capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "_alias")}, check=True,
        )  # fmt: skip
        peaks.append(int(run_.stderr.split()[-1]))
    assert peaks[1] - peaks[0] < 100, peaks  # the larger raster alone is 64 MiB, its answers 192 MiB
    assert max(peaks) < 0.8 * 1024
