"""GDAL paths are made absolute where they name files, also inside others."""

from __future__ import annotations

import pytest
from regionwise.core.contract.gdal_path import absolute, file_in, is_inside


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder with some files."""
    monkeypatch.chdir(tmp_path)
    for name in ("a b.nc", "f.h5", "C", "x.hdf"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a b.nc", "{here}/a b.nc"),
        ("none.tif", "{here}/none.tif"),
        ('NETCDF:"a b.nc":ndvi', 'NETCDF:"{here}/a b.nc":ndvi'),
        ('NETCDF:"C":C', 'NETCDF:"{here}/C":C'),
        ("HDF5:f.h5://grp/ds", "HDF5:{here}/f.h5://grp/ds"),
        ("HDF4_EOS:EOS_GRID:x.hdf:grid:NDVI", "HDF4_EOS:EOS_GRID:{here}/x.hdf:grid:NDVI"),
        ("GPKG:f.h5:two", "GPKG:{here}/f.h5:two"),
        ("/vsizip/z.zip/b.tif", "/vsizip/{here}/z.zip/b.tif"),
        ("/vsizip//tmp/z.zip/b.tif", "/vsizip//tmp/z.zip/b.tif"),
        ("/vsicurl/https://x.org/a.tif", "/vsicurl/https://x.org/a.tif"),
        ("https://x.org/a.tif", "https://x.org/a.tif"),
        ("PG:dbname=x", "PG:dbname=x"),
        ("", ""),
    ],
)
def test_paths_are_made_absolute(here, path, expected):
    assert absolute(path) == expected.format(here=here)
    assert absolute(absolute(path)) == absolute(path)


def test_the_file_of_a_raster_inside_is_found(here):
    assert file_in('NETCDF:"a b.nc":ndvi') == "a b.nc"
    assert file_in("HDF5:f.h5://grp/ds") == "f.h5"
    assert file_in("f.h5") == "f.h5"
    assert is_inside("GTIFF_DIR:2:x.tif")
    assert not is_inside("f.h5")
