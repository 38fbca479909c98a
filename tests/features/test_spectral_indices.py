"""Indices: their formulas, the scale of reflectance, and what holds over all dates."""

import numpy as np
import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.series.image_series import read_series
from regionwise.core.features.spectral_indices import FORMULAS, compute, cover, fit_ecology, quotient, roles_of
from regionwise.core.tools.series.compute_indices import compute_indices
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import INDICES, IndexComputing, SeriesMaking
from support import read_raster, run_task

PIXEL = {"BLUE": 0.04, "GREEN": 0.08, "RED": 0.06, "RED_EDGE1": 0.12, "RED_EDGE2": 0.25, "NIR": 0.40}
BY_HAND = {
    "NDVI": 0.34 / 0.46, "GNDVI": 0.32 / 0.48, "NDVI45": 0.06 / 0.18, "EVI": 2.5 * 0.34 / (0.40 + 0.36 - 0.30 + 1),
    "OSAVI": 0.34 / 0.62, "SAVI": 1.5 * 0.34 / 0.96, "PSRI": 0.02 / 0.25, "RVI": 0.40 / 0.06, "NDWI": -0.32 / 0.48,
}  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_formulas_of_single_cells(name):
    bands = {role: np.full((2, 2), value, np.float32) for role, value in PIXEL.items()}
    np.testing.assert_allclose(compute(name, bands), BY_HAND[name], rtol=1e-5)


def test_every_index_that_is_offered_has_roles():
    assert all(roles_of(name, {}) for name in INDICES)
    assert roles_of("FVC", {"NDVI": "x"}) == ("NDVI",)


def test_a_quotient_without_denominator_is_missing():
    found = quotient(np.float32([1, 1, np.nan]), np.float32([0, 2, 1]))
    assert np.isnan(found[[0, 2]]).all() and found[1] == 0.5


def test_cover_is_0_at_soil_and_1_at_vegetation():
    np.testing.assert_allclose(cover(np.float32([0.0, 0.1, 0.45, 0.8, 0.9]), 0.1, 0.8), [0, 0, 0.5, 1, 1], atol=1e-6)


def test_ecology_is_the_first_axis_and_greenness_is_good():
    rng = np.random.default_rng(0)
    good = rng.normal(size=5000)
    signs = np.array([1, 1, -1, -1])[:, None]
    parts = (signs * good + 0.3 * rng.normal(size=(4, 5000))).astype(np.float32)
    found = fit_ecology(parts)
    assert (np.sign(found.axis) == signs[:, 0]).all() and found.explained > 0.85
    index = found(parts)
    assert index.min() == 0 and index.max() == 1
    assert np.corrcoef(index, good)[0, 1] > 0.95
    np.testing.assert_allclose(fit_ecology(-parts).axis, found.axis * [1, 1, 1, 1], atol=1e-6)


@pytest.fixture
def reflectance(tmp_path, write):
    """Bands called B2 to B8 whose numbers are 10,000 times the reflectance."""
    rng = np.random.default_rng(1)
    values = np.stack([value * rng.uniform(0.5, 1.5, (30, 40)) for value in PIXEL.values()])
    counts = (values * 10_000).astype(np.int16)
    counts[0, 0, 0] = -1
    layer = write(tmp_path / "s2.tif", counts, names=("B2", "B3", "B4", "B5", "B6", "B8"), nodata=-1)
    return layer, np.where(counts >= 0, counts / 10_000, np.nan)


ROLES = "BLUE=B2 GREEN=B3 RED=B4 RED_EDGE1=B5 RED_EDGE2=B6 NIR=B8"


def computed(tmp_path, **changes):
    params = IndexComputing(**{"roles": ROLES, "output": str(tmp_path / "indices.tif"), **changes})
    ran = run_task(compute_indices, params, tmp_path / "job")
    return *read_raster(params.output), ran


def test_a_raster_of_indices_equals_the_formulas(reflectance, tmp_path):
    layer, values = reflectance
    found, names, _ = computed(tmp_path, input=(layer,), indices="EVI NDVI PSRI", scale="0.0001")
    assert names == ("EVI", "NDVI", "PSRI")
    bands = dict(zip(PIXEL, values.astype(np.float32), strict=True))
    for band, name in zip(found, names, strict=True):
        np.testing.assert_allclose(band, compute(name, bands), rtol=1e-4)
    assert np.isnan(found[0, 0, 0]) and np.isfinite(found[1, 0, 0])  # the blue band alone is missing there


def test_counts_are_refused_where_reflectance_is_needed(reflectance, tmp_path):
    layer, _ = reflectance
    with pytest.raises(RegionwiseError, match=r"EVI needs reflectance from 0 to 1, and NIR reaches .* Give its Scale"):
        computed(tmp_path, input=(layer,), indices="EVI")
    found, _, _ = computed(tmp_path, input=(layer,), indices="NDVI")  # a contrast needs no scale
    assert np.isfinite(found).all()


def test_missing_roles_are_named_all_at_once(reflectance, tmp_path):
    layer, _ = reflectance
    with pytest.raises(RegionwiseError) as caught:
        computed(tmp_path, input=(layer,), indices="EVI NDVI", roles="NIR=B9")
    text = str(caught.value)
    assert "EVI, NDVI: no band 'B9' for NIR" in text and "EVI, NDVI: no band for RED" in text
    assert "EVI: no band for BLUE; there are B2, B3" in text


def test_cover_of_a_series_has_the_same_ends_at_all_dates(tmp_path, write):
    folder = tmp_path / "images"
    folder.mkdir()
    rng = np.random.default_rng(2)
    for when, most in (("20200101", 0.5), ("20200117", 0.9)):
        write(folder / f"x_NDVI_{when}.tif", rng.uniform(0.1, most, (40, 40)).astype(np.float32))
    params = SeriesMaking(folder=str(folder), bands="NDVI", output=str(tmp_path / "s.json"))
    run_task(make_series, params, tmp_path / "job")
    out = str(tmp_path / "cover.json")
    found, names, ran = computed(tmp_path, series=params.output, indices="FVC", output_series=out, roles="")
    assert names == ("FVC 2020-01-01", "FVC 2020-01-17")
    assert found[0].max() < 0.75 < found[1].max() == 1
    assert "NDVI of bare soil" in ran.log
    assert read_series(out).names == ["FVC"]


def scene(greenness, n=4000):
    """Parts of RSEI where dry ground is hot and not wet, and NDVI varies by `greenness` with that, and by chance."""
    rng = np.random.default_rng(5)
    state = rng.uniform(0, 1, n)
    noise = rng.normal(0, 0.05, (4, n))
    return np.stack([greenness * state + 3 * noise[0], state, -state, -state]) + noise


@pytest.mark.parametrize("greenness", [1.0, 0.05, -0.05, -0.4])
def test_ecology_is_better_where_ground_is_wet_and_cool_whatever_ndvi_does(greenness):
    parts = scene(greenness)
    ecology = fit_ecology(parts)
    index = ecology(parts)
    assert np.corrcoef(index, parts[1])[0, 1] > 0.9
    assert np.corrcoef(index, parts[3])[0, 1] < -0.9  # heat
    assert ecology.against() == (["NDVI"] if ecology.axis[0] < 0 else [])
    assert (greenness > 0.5) <= (not ecology.against()) and (greenness < -0.3) <= bool(ecology.against())


def test_an_ecology_that_rises_with_a_part_that_should_lower_it_is_told(tmp_path, write):
    names = ("NDVI", "WETNESS", "DRYNESS", "HEAT")
    for greenness, told in ((1.0, False), (-0.4, True)):
        bands = scene(greenness).reshape(4, 50, 80).astype(np.float32)
        layer = write(tmp_path / "parts.tif", bands, names=names)
        _, _, ran = computed(tmp_path, input=(layer,), indices="RSEI", roles="")
        assert ("RSEI goes the wrong way with NDVI: what varies most here" in ran.log) is told


def test_ecology_refuses_a_constant_part(tmp_path, write):
    rng = np.random.default_rng(3)
    bands = rng.uniform(0.1, 0.9, (4, 30, 30)).astype(np.float32)
    names = ("NDVI", "WETNESS", "DRYNESS", "HEAT")
    layer = write(tmp_path / "parts.tif", bands, names=names)
    found, _, ran = computed(tmp_path, input=(layer,), indices="RSEI", roles="")
    assert "RSEI: first axis NDVI" in ran.log and 0 <= found.min() < found.max() <= 1
    bands[3] = 20
    layer = write(tmp_path / "parts.tif", bands, names=names)
    with pytest.raises(RegionwiseError, match="A part of RSEI is constant"):
        computed(tmp_path, input=(layer,), indices="RSEI", roles="")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "Give rasters or a series"),
        ({"series": "s", "indices": "NDVI NDVI"}, "name each once"),
        ({"series": "s", "indices": "XYZ"}, "Indices hold 'XYZ'; choose some of"),
        ({"series": "s", "roles": "RED"}, "Roles is 'RED'"),
        ({"series": "s", "soil_ndvi": 0.5, "vegetation_ndvi": 0.2}, "the first must be smaller"),
    ],
)
def test_parameters_that_cannot_be_used(changes, text):
    with pytest.raises(RegionwiseError, match=text):
        IndexComputing(**{"output": "x.tif", **changes})
