"""Change between two maps: hardly any false claim where nothing changed, and what did change is found."""

import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.mapping.styles.map_styles import CLASSES
from regionwise.core.mapping.styles.style_files import write_style
from regionwise.core.tools.change.false_discoveries import Discoveries, Placebo, normal_p_values
from regionwise.core.tools.change.map_change import map_change
from regionwise.core.tools.change.params import ChangeMapping
from scipy.ndimage import gaussian_filter
from scipy.special import ndtri
from scipy.stats import false_discovery_control
from support import ROOT, read_raster, run_task

SIDE, SD = 150, 0.05
TRANSFORM = Affine(100, 0, 500_000, 0, -100, 5_000_000)


def write(folder, name, values, bands=(), nodata=None, transform=TRANSFORM):
    values = values if values.ndim == 3 else values[None]
    with rasterio.open(
        folder / f"{name}.tif", "w", driver="GTiff", height=values.shape[1], width=values.shape[2], count=len(values),
        dtype=values.dtype, crs="EPSG:32633", transform=transform, nodata=nodata,
    ) as file:  # fmt: skip
        file.write(values)
        for index, band in enumerate(bands, 1):
            file.set_band_description(index, band)
    return Layer(str(folder / f"{name}.tif"), name)


def run(folder, **params):
    params = {"output": str(folder / "change.tif"), "table": str(folder / "table.csv"), **params}
    return run_task(map_change, ChangeMapping(**params), folder / "job")


class Shares:
    """Two shares at two dates, whose errors are normal, go together in space, and at both dates by `common`."""

    def __init__(self, folder, changed=0.0, seed=0, common=0.0):
        self.folder, self.rng, self.common = folder, np.random.default_rng(seed), common
        self.truth = 0.3 + 0.4 * (np.mgrid[:SIDE, :SIDE][1] > 70)
        self.shared = self.errors()
        self.moved = np.zeros((SIDE, SIDE))
        self.moved[:50, :50] = changed

    def errors(self):
        field = gaussian_filter(self.rng.normal(size=(SIDE, SIDE)), 2)
        return field / field.std()

    def at(self, name, changed=False):
        error = np.sqrt(self.common) * self.shared + np.sqrt(1 - self.common) * self.errors()
        share = self.truth + self.moved * changed + SD * error
        return write(self.folder, name, np.stack([share, 1 - share]).astype(np.float32), ("F", "NF"))

    def doubt(self, name="doubt", deviation=SD):
        values = np.full((2, SIDE, SIDE), deviation, np.float32)
        return write(self.folder, name, values, ("F_sd", "NF_sd"))

    @property
    def doubts(self):
        layer = self.doubt()
        return {"uncertainty_before": layer, "uncertainty_after": layer}


def test_nothing_is_claimed_where_nothing_changed(tmp_path):
    """Of 8 pairs; 5 % of false discoveries means that one pair in twenty claims anything at all."""
    shares = []
    for seed in range(8):
        world = Shares(tmp_path, seed=seed)
        ran = run(tmp_path, before=world.at("before"), after=world.at("after"), **world.doubts)
        shares.append(ran.result.numbers["CLAIMED"])
        assert ran.result.verdict.startswith(f"Did something change beyond errors? {'Yes' if shares[-1] else 'No'}.")
    assert np.mean(shares) < 0.001


def test_what_changed_is_claimed_and_little_else(tmp_path):
    world = Shares(tmp_path, changed=0.35)
    report = tmp_path / "report.html"
    ran = run(tmp_path, before=world.at("before"), after=world.at("after", True), report=str(report), **world.doubts)
    values, names = read_raster(tmp_path / "change.tif")
    assert names == ("F_change", "NF_change", "F_sd", "NF_sd", "F_claimed", "NF_claimed")
    rose, changed = values[4] > 0, world.moved > 0
    assert (rose & changed).sum() > 0.95 * changed.sum()
    assert (rose & ~changed).sum() < 0.07 * rose.sum()
    assert np.array_equal(values[4], -values[5])
    assert values[2] == pytest.approx(np.full((SIDE, SIDE), SD * np.sqrt(2)))
    table = pd.read_csv(tmp_path / "table.csv").set_index("name")
    assert table.loc["F", "gained_ha"] == pytest.approx(rose.sum())
    assert table.loc["F", "mean_change"] == pytest.approx(values[0].mean(), abs=1e-5)
    assert "are expected to be false" in report.read_text(encoding="utf-8")
    assert ran.result.verdict.startswith("Did something change beyond errors? Yes. Of these claims at most 5 %")
    assert f"Most: 'F' rose on {rose.sum():,.1f} ha." in ran.result.verdict


def test_power_is_that_of_an_oracle_who_knows_the_errors(tmp_path):
    world = Shares(tmp_path, changed=0.2)
    run(tmp_path, before=world.at("before"), after=world.at("after", True), **world.doubts)
    values, _ = read_raster(tmp_path / "change.tif")
    p = normal_p_values(values[:2] / (SD * np.sqrt(2)))
    oracle = false_discovery_control(p.ravel()).reshape(p.shape) <= 0.05
    assert np.mean((values[4:] != 0) == oracle) > 0.999


def test_a_placebo_tells_what_errors_have_in_common(tmp_path):
    """Errors that are mostly the same at all dates: deviations alone find little, the placebo most of the change."""
    world = Shares(tmp_path, changed=0.1, common=0.95)
    maps = {"before": world.at("before"), "after": world.at("after", True)}
    placebo = (world.at("one"), world.at("other"))
    found = []
    for more in ({}, {"placebo": placebo}):
        run(tmp_path, **maps, **world.doubts, **more)
        found.append(read_raster(tmp_path / "change.tif")[0][4] > 0)
    assert found[0].sum() < 0.1 * (world.moved > 0).sum()
    assert (found[1] & (world.moved > 0)).sum() > 0.9 * (world.moved > 0).sum()
    assert (found[1] & (world.moved == 0)).sum() < 0.07 * found[1].sum()


def test_a_placebo_does_without_maps_of_uncertainty(tmp_path):
    world = Shares(tmp_path, changed=0.35)
    maps = {"before": world.at("before"), "after": world.at("after", True)}
    with pytest.raises(RegionwiseError, match="Nothing says how sure the maps are"):
        run(tmp_path, **maps)
    run(tmp_path, **maps, placebo=(world.at("one"), world.at("other")))
    rose = read_raster(tmp_path / "change.tif")[0][4] > 0
    assert (rose & (world.moved > 0)).sum() > 0.9 * (world.moved > 0).sum()
    assert (rose & (world.moved == 0)).sum() < 0.07 * rose.sum()


def test_classes_and_their_transitions(tmp_path):
    rng = np.random.default_rng(0)
    before = np.where(np.mgrid[:SIDE, :SIDE][1] > 75, 2, 1).astype(np.uint8)
    after = before.copy()
    after[:40, :40] = 2
    unsure = rng.random((SIDE, SIDE)) < 0.05
    after[unsure] = 3 - after[unsure]
    before[-10:] = 0
    sure = write(tmp_path, "sure", np.full((SIDE, SIDE), 0.995, np.float32), ("confidence",))
    doubt = write(tmp_path, "doubt", np.where(unsure, 0.6, 0.98).astype(np.float32), ("confidence",))
    layers = [write(tmp_path, name, values, nodata=0) for name, values in (("one", before), ("two", after))]
    for layer in layers:
        write_style(tmp_path / f"{layer.name}.tif", CLASSES, {1: "forest", 2: "crops"})
    ran = run(
        tmp_path, before=layers[0], after=layers[1], uncertainty_before=sure, uncertainty_after=doubt,
        transitions=str(tmp_path / "transitions.tif"), report=str(tmp_path / "report.html"),
    )  # fmt: skip
    table = pd.read_csv(tmp_path / "table.csv").set_index(["from", "to"])
    valid = before > 0
    for (first, second), names in {(1, 2): ("forest", "crops"), (2, 1): ("crops", "forest")}.items():
        there = valid & (before == first) & (after == second)
        assert table.loc[names, "cells"] == there.sum()
        assert table.loc[names, "ha"] == pytest.approx(there.sum())
        assert table.loc[names, "claimed_ha"] == pytest.approx((there & ~unsure).sum(), rel=0.03)
    values, names = read_raster(tmp_path / "change.tif")
    assert names == ("changed", "both_right", "claimed")
    assert np.isnan(values[:, -10:]).all()
    with rasterio.open(tmp_path / "transitions.tif") as file:
        from regionwise.core.data.raster.category_names import category_names

        assert set(category_names(file).values()) == {"forest", "crops", "forest > crops", "crops > forest"}
    assert "forest > crops: " in ran.log
    assert "Most: forest became crops on" in ran.result.verdict


def test_changes_of_unknown_confidence_are_not_claimed(tmp_path):
    before = np.ones((20, 20), np.uint8)
    known = np.full((20, 20), 0.99, np.float32)
    known[:, 10:] = np.nan
    sure = write(tmp_path, "sure", known, ("confidence",), nodata=np.nan)
    maps = {"before": write(tmp_path, "one", before), "after": write(tmp_path, "two", before + np.uint8(1))}
    run(tmp_path, **maps, uncertainty_before=sure, uncertainty_after=sure)
    claimed = read_raster(tmp_path / "change.tif")[0][2]
    assert claimed[:, :10].all()
    assert not claimed[:, 10:].any()
    percent = write(tmp_path, "percent", 100 * known[:, ::-1].copy(), ("confidence",), nodata=np.nan)
    with pytest.raises(RegionwiseError, match="holds 99; a confidence is 0 to 1"):
        run(tmp_path, **maps, uncertainty_before=percent, uncertainty_after=sure)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_a_placebo_serves_numbers_of_any_scale(tmp_path, scale):
    rng = np.random.default_rng(0)
    layers = {
        name: write(
            tmp_path, name, (scale * (0.5 + 0.02 * rng.normal(size=(SIDE, SIDE)))).astype(np.float32), ("index",)
        )
        for name in ("before", "after", "one", "other")
    }
    with rasterio.open(layers["after"].path, "r+") as file:
        values = file.read(1)
        values[:30] += 0.3 * scale
        file.write(values, 1)
    run(tmp_path, before=layers["before"], after=layers["after"], placebo=(layers["one"], layers["other"]))
    claimed = read_raster(tmp_path / "change.tif")[0][2] > 0
    assert claimed[:30].mean() > 0.99
    assert claimed[30:].mean() < 0.01


def test_cells_of_unknown_errors_are_left_out(tmp_path):
    world = Shares(tmp_path, changed=0.35)
    holes = np.full((2, SIDE, SIDE), SD, np.float32)
    holes[:, :10] = np.nan
    doubt = write(tmp_path, "holes", holes, ("F_sd", "NF_sd"), nodata=np.nan)
    ran = run(
        tmp_path, before=world.at("before"), after=world.at("after", True), uncertainty_before=doubt,
        uncertainty_after=doubt,
    )  # fmt: skip
    assert "in 6.67 % of the cells" in ran.log
    assert np.isnan(read_raster(tmp_path / "change.tif")[0][4, :10]).all()


def test_classes_without_confidence_claim_nothing(tmp_path):
    values = np.ones((20, 20), np.uint8)
    other = values.copy()
    other[:5] = 2
    ran = run(tmp_path, before=write(tmp_path, "one", values), after=write(tmp_path, "two", other))
    assert "Nothing says how sure the maps are" in ran.log
    assert ran.result.numbers["CLAIMED"] == 0
    assert ran.result.verdict.startswith("Did something change beyond errors? Not tested. Nothing says how sure")
    assert pd.read_csv(tmp_path / "table.csv")["cells"].tolist() == [300, 100]


NDVI = ROOT.parent / "shared" / "data" / "vhp_ndvi_yearly"


@pytest.mark.skipif(not NDVI.is_dir(), reason="the yearly NDVI of the world is not on this machine")
def test_neighbouring_years_as_a_placebo(tmp_path):
    """Of two other neighbouring years hardly anything is claimed; of thirty years apart a tenth of the world."""
    year = {y: Layer(str(NDVI / f"VHP_SMN_annual_ndvi_{y}.tif"), str(y)) for y in (1990, 2014, 2015, 2016, 2017, 2020)}
    claimed = []
    for before, after in ((2016, 2017), (1990, 2020)):
        ran = run(tmp_path, before=year[before], after=year[after], placebo=(year[2014], year[2015]))
        claimed.append(ran.result.numbers["CLAIMED"])
    assert claimed[0] < 0.02
    assert claimed[1] > 0.08


def test_maps_that_do_not_go_together_are_refused(tmp_path):
    world = Shares(tmp_path)
    before = world.at("before")
    doubts = world.doubts
    shares = np.stack([world.truth] * 2).astype(np.float32)
    other = write(tmp_path, "other", shares, ("F", "X"))
    with pytest.raises(RegionwiseError, match="'before' has the bands F, NF, and 'other' F, X"):
        run(tmp_path, before=before, after=other, **doubts)
    moved = write(tmp_path, "moved", shares, ("F", "NF"), transform=TRANSFORM @ Affine.scale(2))
    with pytest.raises(RegionwiseError, match="on another grid"):
        run(tmp_path, before=before, after=moved, **doubts)
    codes = write(tmp_path, "codes", np.ones((SIDE, SIDE), np.uint8))
    chance = write(tmp_path, "chance", np.full((SIDE, SIDE), 0.4, np.float32))
    with pytest.raises(RegionwiseError, match="'codes' is a map of classes, 'chance' one of other numbers"):
        run(tmp_path, before=codes, after=chance)
    renamed = write(tmp_path, "renamed", np.ones((SIDE, SIDE), np.uint8))
    write_style(tmp_path / "codes.tif", CLASSES, {1: "forest"})
    write_style(tmp_path / "renamed.tif", CLASSES, {1: "water"})
    with pytest.raises(RegionwiseError, match="Class 1 is 'forest' on 'codes' and 'water' on 'renamed'"):
        run(tmp_path, before=codes, after=renamed)
    with pytest.raises(RegionwiseError, match="Placebo has 1 maps"):
        ChangeMapping(before=before, after=other, output="o.tif", placebo=(before,))


def test_discoveries_are_those_of_benjamini_and_hochberg():
    rng = np.random.default_rng(0)
    p = np.concatenate([rng.random(2000), 10 ** -rng.uniform(3, 12, 300)])
    counts = Discoveries()
    for part in np.split(p, [100, 1700]):
        counts.add(part)
    believed = false_discovery_control(p) <= 0.05
    assert (p <= counts.threshold(0.05)).sum() == pytest.approx(believed.sum(), abs=2)
    nothing = Discoveries()
    nothing.add(np.full(1000, 0.5))
    assert nothing.threshold(0.05) == 0


def test_a_placebo_of_normal_differences_changes_nothing():
    rng = np.random.default_rng(5)
    placebo = Placebo()
    for _ in range(10):
        placebo.add(rng.normal(size=20_000))
    assert placebo.spread == pytest.approx(1, abs=0.02)
    z = np.abs(ndtri([0.4, 0.1, 0.01, 1e-3]))
    assert placebo.p_values(z) == pytest.approx(normal_p_values(z), rel=0.1)
