"""The area to map of tools that know a model: fills and the sea do not count, as in its training, nor what lies beyond
an outline; where a model does not know, it is said."""

import dataclasses
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.land import at_sea
from regionwise.core.data.raster.stack import Stack
from regionwise.core.families.composition.train import train
from regionwise.core.learning.card import BandInfo
from regionwise.core.learning.model_file import read_model, write_model
from regionwise.core.tools.evaluation.map_applicability import map_applicability
from regionwise.core.tools.evaluation.mapped_area import CountingCells, model_bands
from regionwise.core.tools.evaluation.params import ApplicabilityMapping, SampleProposal
from regionwise.core.tools.evaluation.propose_samples import propose_samples
from regionwise.core.validation.area_rule import SampleTraits, by_name, value_codes
from shapely.geometry import box
from support import read_raster, run_task
from trainings import layer, training_of

FILL_FROM = 60  # columns of the world of 96
FILLED = 1 - FILL_FROM / 96


@pytest.fixture(scope="module")
def filled(world, write, tmp_path_factory):
    """Return the parameters of a training whose rasters hold 0 in all bands on the right, where no sample lies."""
    folder = tmp_path_factory.mktemp("filled")
    frame = gpd.read_file(world / "samples.gpkg")
    with rasterio.open(world / "day.tif") as file:
        place = {"transform": file.transform, "crs": file.crs}
        names = {"day": file.descriptions, "night": ("VIIRS",)}
    layers = {}
    for name in ("day", "night"):
        values = read_raster(world / f"{name}.tif")[0].astype(np.float32)
        values[:, :, FILL_FROM:] = 0
        layers[name] = (write(folder / f"{name}.tif", values, names=names[name], **place),)
    right = place["transform"].c + FILL_FROM * place["transform"].a
    frame[frame.geometry.x < right].to_file(folder / "samples.gpkg")
    params = training_of(world, folder, samples=layer(folder / "samples.gpkg"), model_type="boosting", **layers)
    ran = run_task(train, params, folder / "train")
    assert "hold the same numbers in every band" in ran.log
    return params, right


def applied(params, folder, **changes):
    plan = ApplicabilityMapping(
        day=params.day, night=params.night, output=str(folder / "a.tif"), **{"model": params.model, **changes}
    )
    ran = run_task(map_applicability, plan, folder / "applied")
    return ran, read_raster(plan.output)[0]


def proposed(params, folder, **changes):
    plan = SampleProposal(
        day=params.day, night=params.night, count=20, output=str(folder / "n.gpkg"),
        **{"model": params.model, **changes},
    )  # fmt: skip
    return run_task(propose_samples, plan, folder / "proposed"), gpd.read_file(folder / "n.gpkg")


@pytest.mark.train
def test_a_fill_that_training_left_out_is_neither_proposed_nor_counted(filled, tmp_path):
    params, right = filled
    ran, found = applied(params, tmp_path)
    assert np.isfinite(found[0]).all()  # all cells are mapped
    told = "hold the same numbers in every band, as a fill does, and no sample does: they do not count as area to map"
    assert f"{100 * FILLED:.0f} % of the cells with data {told}" in ran.log
    inside = found[1][:, :FILL_FROM].mean()
    assert ran.result.numbers["INSIDE"] == pytest.approx(inside, abs=1e-6)
    assert abs(inside - found[1].mean()) > 0.1
    assert f"{100 * inside:.1f} % of the cells that count as area to map are inside" in ran.log
    ran, places = proposed(params, tmp_path)
    assert told in ran.log and len(places) == 20
    assert (places.geometry.x < right).all()


@pytest.mark.train
def test_an_area_to_map_says_which_cells_count(filled, tmp_path):
    params = filled[0]
    with rasterio.open(params.day[0].path) as file:
        left, top, cell, crs = file.transform.c, file.transform.f, file.transform.a, file.crs
    area = box(left, top - 20 * cell, left + 30 * cell, top)
    gpd.GeoDataFrame(geometry=[area], crs=crs).to_crs(4326).to_file(tmp_path / "area.gpkg")
    outline = Layer(str(tmp_path / "area.gpkg"), "area")
    ran, found = applied(params, tmp_path, area=outline)
    assert "do not count" not in ran.log
    assert ran.result.numbers["INSIDE"] == pytest.approx(found[1][:20, :30].mean(), abs=0.01)
    places = proposed(params, tmp_path, area=outline)[1]
    assert places.within(area.buffer(1)).all()
    gpd.GeoDataFrame(geometry=[box(left - 900, top, left - 500, top + 9)], crs=crs).to_file(tmp_path / "off.gpkg")
    for run in (applied, proposed):
        with pytest.raises(RegionwiseError, match="The area to map holds no cell with data"):
            run(params, tmp_path, area=Layer(str(tmp_path / "off.gpkg"), "off"))
        with pytest.raises(RegionwiseError, match="has no polygon"):
            run(params, tmp_path, area=params.samples)
    with pytest.raises(RegionwiseError, match="is an input of this run"):
        run_task(
            propose_samples,
            SampleProposal(day=params.day, night=params.night, model=params.model, area=outline, output=outline.path),
            tmp_path / "over",
        )


@pytest.mark.train
def test_a_model_that_does_not_know_its_samples_says_so_and_counts_all(filled, tmp_path):
    params, right = filled
    model = read_model(params.model)
    common = {name: array for name, array in model.common.items() if not name.startswith("area.")}
    assert len(common) == len(model.common) - 2
    older = str(tmp_path / "older.safetensors")
    write_model(older, dataclasses.replace(model, common=common))
    ran, found = applied(params, tmp_path, model=older)
    assert "The model does not tell where its samples lie" in ran.log
    assert ran.result.numbers["INSIDE"] == pytest.approx(found[1].mean(), abs=1e-3)
    ran, places = proposed(params, tmp_path, model=older)
    assert "The model does not tell where its samples lie" in ran.log
    assert (places.geometry.x > right).any()


def test_cells_at_sea_do_not_count_where_all_samples_of_the_model_lie_on_land(write, tmp_path):
    europe, degrees = Affine(0.1, 0, -30, 0, -0.1, 60), CRS.from_epsg(4326)
    rng = np.random.default_rng(0)
    day = write(tmp_path / "day.tif", rng.normal(size=(2, 200, 500)).astype(np.float32), transform=europe, crs=degrees)
    inside = rng.random((2, 200, 500)).round().astype(np.float32)
    inside[1, :40] = np.nan
    write(tmp_path / "a.tif", inside, transform=europe, crs=degrees, nodata=np.nan)
    rows, cols = np.indices((200, 500)).reshape(2, -1)
    sea = at_sea(np.stack([-30 + 0.1 * (cols + 0.5), 60 - 0.1 * (rows + 0.5)], 1), degrees).reshape(200, 500)
    on_land = np.array([[x, y] for x in np.arange(2, 12, 0.5) for y in np.arange(45, 50, 0.5)])
    card = SimpleNamespace(bands=[BandInfo("a", "day"), BandInfo("b", "day")], band_names=lambda *_: [])
    lines = []
    log = SimpleNamespace(warning=lines.append)
    with Stack({"day": (day,)}) as stack:
        for places, counts in ((on_land, ~sea), (np.append(on_land, [[-20, 50]], 0), np.ones((200, 500), bool))):
            common = SampleTraits.of(stack, places).arrays()
            model = SimpleNamespace(card=card, common=common)
            cells = CountingCells.of(Layer(""), model, stack, [0, 1], log)
            assert cells.rule.everywhere == bool(counts.all())
            if not counts.all():
                expected = inside[1][counts & np.isfinite(inside[1])].mean()
                assert cells.share_inside(str(tmp_path / "a.tif")) == pytest.approx(expected, abs=1e-6)
    assert len(lines) == 1 and "lie at sea, and all samples on land" in lines[0]


def test_a_fill_has_one_code_in_series_of_any_dates_and_bands_in_any_order():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(6, 50)), rng.normal(size=(8, 50))  # of two bands, three and four dates
    one[:, :10] = np.tile([[0.0], [5.0]], (3, 10))
    other[:, :10] = np.repeat([[5.0], [0.0]], 4, 0)  # date by date, or band by band
    codes = value_codes(one.astype(np.float32), by_name("ababab", range(6)))
    others = value_codes(other.astype(np.float32), by_name("bbbbaaaa", range(8)))
    assert len(set(codes[:10])) == 1 and len(set(codes)) == 41
    assert (others[:10] == codes[0]).all() and not np.isin(others[10:], codes).any()
    assert by_name(["a", "latitude", "longitude"], range(3)) == {"a": [0]}  # they differ in every cell


def test_bands_of_a_series_are_found_date_by_date():
    bands = [BandInfo("a", "series"), BandInfo("b", "series"), BandInfo("height", "ancillary")]
    card = SimpleNamespace(bands=bands, band_names=lambda sensor: [b.name for b in bands if b.sensor == sensor])
    assert model_bands(card, [0, 1, 2, 3, 4, 5, 9]) == {"a": [0, 2, 4], "b": [1, 3, 5], "height": [9]}
