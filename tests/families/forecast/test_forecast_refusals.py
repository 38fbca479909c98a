"""Series, masks and parameters that cannot be forecast from are refused with what is wrong."""

import numpy as np
import pytest
from regionwise.core.errors import RegionwiseError
from regionwise.core.params_forecast import ForecastTraining


def test_places_cannot_be_held_out_where_there_is_one(few_years, tmp_path, trained):
    with pytest.raises(RegionwiseError, match="has 1 windows of 32 cells with data; forward_blocks with Folds = 3"):
        trained(few_years(range(1990, 2012)), tmp_path, masks=(), validation="forward_blocks")


def test_masks_without_data_or_with_other_numbers_are_refused(yearly_world, tmp_path, write, trained, layers):
    write(tmp_path / "nothing.tif", np.full((20, 20), -9999, np.float32), nodata=-9999)
    write(tmp_path / "codes.tif", np.full((20, 20), 7, np.float32))
    with pytest.raises(RegionwiseError, match="(?s)Mask 'nothing' is nodata everywhere.*Mask 'codes' holds 7"):
        trained(yearly_world, tmp_path, masks=layers(tmp_path, "nothing", "codes"))


def test_too_few_years_are_refused(few_years, tmp_path, trained):
    with pytest.raises(RegionwiseError, match=r"has 9 years \(2001 to 2009\); to see 8 of them"):
        trained(few_years(range(2001, 2010)), tmp_path, masks=())


def test_two_images_of_a_year_are_refused(few_years, tmp_path, trained):
    dates = [*(f"{year}-01-01" for year in range(1990, 2010)), "2005-07-01"]
    with pytest.raises(
        RegionwiseError, match=r"1 years with several dates; the first is 2005 \(2005-01-01, 2005-07-01\)"
    ):
        trained(few_years(dates), tmp_path, masks=())


def test_a_damaged_image_of_a_year_is_named(few_years, tmp_path, trained):
    world = few_years(range(1990, 2012))
    path = world / "images" / "EVI_2001.tif"
    path.write_bytes(path.read_bytes()[:-600])
    with pytest.raises(RegionwiseError, match=r"Reading .*series.vrt' failed \(EVI_2001.tif"):
        trained(world, tmp_path, masks=())


def test_zeros_are_asked_about_once(few_years, tmp_path, trained):
    world = few_years(range(1990, 2012), values=0.0)
    with pytest.raises(RegionwiseError, match="100 % of the values .* are exactly 0"):
        trained(world, tmp_path, masks=())
    with pytest.raises(RegionwiseError, match="has no data"):
        trained(world, tmp_path, masks=(), zeros="nodata")


def test_numbers_that_no_index_has_are_refused(few_years, tmp_path, trained):
    with pytest.raises(RegionwiseError, match=r"EVI of .* lies between 4500 and 4500.02; it can be from -1 to 1.5"):
        trained(few_years(range(1990, 2012), values=4500.0), tmp_path, masks=())


def test_bad_parameters_of_forecasts_are_refused():
    with pytest.raises(RegionwiseError, match="Quantiles are '0.5'; give two or more levels"):
        ForecastTraining(series="a", model="b", quantiles="0.5")
    with pytest.raises(RegionwiseError, match="Window is 2; it must be at least 5"):
        ForecastTraining(series="a", model="b", window=2)
