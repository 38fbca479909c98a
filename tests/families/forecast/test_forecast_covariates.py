"""Covariates of forecasts: rain that is known ahead, as all models see it, and covariates that do not fit."""

import numpy as np
import pytest
import rasterio
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.families.forecast.params import ForecastTraining
from support import read_raster

RNG = np.random.default_rng
SIZE = 32


@pytest.fixture(scope="module")
def rainy(tmp_path_factory, described):
    """A series that follows rain of the same year (slope .1), rain up to 2012, and a scenario of the next year."""
    folder = tmp_path_factory.mktemp("rainy")
    (folder / "images").mkdir()
    rng, years = RNG(7), range(1985, 2012)
    rain = rng.normal(0, 1, len(years) + 1)
    grid = {"driver": "GTiff", "height": SIZE, "width": SIZE, "crs": "EPSG:32650", "dtype": "float32",
            "transform": rasterio.transform.from_origin(0, 4800, 100, 100)}  # fmt: skip
    place = rng.uniform(0.3, 0.6, (SIZE, SIZE))
    for year, wet in zip(years, rain[:-1], strict=True):
        with rasterio.open(folder / "images" / f"EVI_{year}.tif", "w", count=1, **grid) as file:
            file.write((place + 0.1 * wet + rng.normal(0, 0.005, place.shape)).astype(np.float32), 1)
    for name, last in (("rain", rain[-1]), ("wetter", rain[-1] + 1), ("short", None)):
        values = rain if last is None else np.append(rain[:-1], last)
        dates = [*years, *([] if last is None else [2012])]
        with rasterio.open(folder / f"{name}.tif", "w", count=len(dates), **grid) as file:
            for band, year in enumerate(dates, 1):
                file.write(np.full((SIZE, SIZE), values[band - 1], np.float32), band)
                file.set_band_description(band, f"rain {year}-01-01")
    with rasterio.open(folder / "height.tif", "w", count=1, **grid) as file:
        file.write(place.astype(np.float32), 1)
        file.set_band_description(1, "height")
    return described(folder)


@pytest.mark.train
def test_rain_that_is_known_ahead_tells_the_year(rainy, tmp_path, fitted, mapped, score, layers):
    short: dict = {"masks": ()}
    covariates = layers(rainy, "rain", "height")
    params, _, scores = fitted(rainy, tmp_path, model_type="ridge", covariates=covariates, **short)
    without = fitted(rainy, tmp_path / "without", model_type="ridge", **short)[2]
    assert score(scores, "ridge") < 0.2 * score(without, "ridge")
    assert score(scores, "boosting") < 0.6 * score(without, "boosting")
    maps = [
        read_raster(mapped(rainy, tmp_path / name, params.model, covariates=layers(rainy, name, "height"))[0].output)[0]
        for name in ("rain", "wetter")
    ]
    assert np.median(maps[1] - maps[0]) == pytest.approx(0.1, abs=0.01)
    with pytest.raises(
        RegionwiseError, match="Covariate 'rain' has images up to 2011, none of 2012; the model forecasts"
    ):
        mapped(rainy, tmp_path / "s", params.model, covariates=layers(rainy, "short", "height"))
    with pytest.raises(RegionwiseError, match="learned with the covariate 'height'; add a raster"):
        mapped(rainy, tmp_path / "s", params.model, covariates=layers(rainy, "rain"))


@pytest.mark.train
@pytest.mark.parametrize("kind", ["residual", "convlstm_unet"])
def test_networks_see_covariates(rainy, tmp_path, kind, fitted, mapped, score, layers):
    short = {"masks": (), "test_years": 1, "weighing_years": 2, "patch": 16, "epochs": 15, "patches": 2}
    params, _, scores = fitted(rainy, tmp_path, model_type=kind, covariates=layers(rainy, "rain"), window=5, **short)
    assert score(scores, kind) < 0.7 * score(scores, "mean of 3 years")
    folders = {name: tmp_path / name for name in ("rain", "wetter")}
    maps = [
        read_raster(mapped(rainy, folder, params.model, covariates=layers(rainy, name))[0].output)[0]
        for name, folder in folders.items()
    ]
    assert np.median(maps[1] - maps[0]) > 0.01  # of 0.1, after a few epochs


@pytest.mark.train
def test_covariates_in_another_unit_or_too_large_for_their_storage_are_refused(rainy, tmp_path, fitted, mapped, layers):
    with rasterio.open(rainy / "rain.tif") as file:
        profile, values, names = file.profile, file.read(), file.descriptions
    for unit, factor in (("mm", 1), ("m", 0.001), ("um", 1e5)):
        with rasterio.open(tmp_path / f"{unit}.tif", "w", **profile) as file:
            file.write(values * np.float32(factor))
            file.descriptions, file.units = names, (unit,) * file.count
    params, _, _ = fitted(rainy, tmp_path, masks=(), model_type="ridge", covariates=layers(tmp_path, "mm"))
    with pytest.raises(RegionwiseError, match="learned with the covariate 'rain' in mm; yours is in m. Convert it"):
        mapped(rainy, tmp_path / "m", params.model, covariates=layers(tmp_path, "m"))
    with pytest.raises(RegionwiseError, match="Band 'rain .*' has the value .*; float16 holds up to 65504"):
        fitted(rainy, tmp_path / "h", masks=(), covariates=layers(tmp_path, "um"), patch_storage="float16")


def test_covariates_end_with_the_series_at_least(rainy, tmp_path, fitted, layers):
    with rasterio.open(rainy / "short.tif") as file:
        profile, values, names = file.profile, file.read(), file.descriptions
    with rasterio.open(tmp_path / "ends.tif", "w", **{**profile, "count": 20}) as file:
        file.write(values[:20])
        file.descriptions = names[:20]
    with pytest.raises(RegionwiseError, match="'rain' has images up to 2004, none of 2011; the series is learned up"):
        fitted(rainy, tmp_path, masks=(), covariates=layers(tmp_path, "ends"))
    with pytest.raises(RegionwiseError, match="convlstm_unet_reference takes no Covariates"):
        ForecastTraining(
            series="a", model="b", covariates=layers(tmp_path, "ends"), model_type="convlstm_unet_reference"
        )
