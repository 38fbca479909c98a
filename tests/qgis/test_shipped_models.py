"""The shipped models run by their ids, each on a small world whose truth is known.

That of the regional ensemble is run by `tests/docs/test_readme.py`, with the README's command; those of crops, with a
stack, and of the first map by the real qgis_process, the others, by what learns fastest, in the QGIS that this folder
shares. What their dialogs show is in `test_chains.py`.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from support import read_raster, run_task

pytestmark = [pytest.mark.qgis, pytest.mark.train]


def simulated(folder, **changes):
    """Return the folder of a small world with few samples."""
    run_task(simulate, Simulation(**{"seed": 3, "size": 64, "output_folder": str(folder)} | changes), folder)
    if (folder / "samples.gpkg").exists():
        gpd.read_file(folder / "samples.gpkg")[::2].to_file(folder / "samples.gpkg")
    return folder


def test_chain_of_abundance_runs_by_id(inside, tmp_path):
    world = simulated(tmp_path / "fields", family="abundance")
    fractions, dominant, model = (tmp_path / name for name in ("fractions.tif", "dominant.tif", "m.safetensors"))
    inside.tool(
        "regionwise:abundance_map", f"FOLDER={world / 'images'}", f"SAMPLES={world / 'samples.gpkg'}",
        "TARGETS=tree;maize;rice;bare", f"LEVELS={world / 'levels.csv'}", "MODEL_TYPE=boosting", "QUICK=true",
        f"makeseries:Series={tmp_path / 'series.json'}", f"trainabundance:Model={model}",
        f"mapabundance:Fractions={fractions}", f"mapabundance:Dominant share={dominant}",
    )  # fmt: skip
    values, names = read_raster(fractions)
    assert names == ("tree", "maize", "rice", "bare", "crop")
    np.testing.assert_allclose(values[1] + values[2], values[4], atol=1e-6)
    assert model.exists() and dominant.exists()


def test_the_first_map_needs_rasters_samples_and_targets_alone(qgis_process, tmp_path):
    world = simulated(tmp_path / "world")
    shares, dominant, report = tmp_path / "shares.tif", tmp_path / "dominant.tif", tmp_path / "report.html"
    status, out, err = qgis_process(
        "run", "regionwise:first_map", "--", f"DAY={world / 'day.tif'}", f"SAMPLES={world / 'samples.gpkg'}",
        "TARGETS=F;F_NF;NF_F;NF", f"mapcomposition:Shares={shares}", f"mapcomposition:Dominant share={dominant}",
        f"traincomposition:Report={report}",
    )  # fmt: skip
    assert status == 0, out[-3000:] + err
    values, names = read_raster(shares)
    truth, _ = read_raster(world / "truth.tif")
    assert names == ("F", "F_NF", "NF_F", "NF")
    known = np.isfinite(values).all(axis=0)
    assert known.mean() > 0.9
    np.testing.assert_allclose(values.sum(axis=0)[known], 1, atol=1e-5)
    assert np.corrcoef(values[0][known], truth[0][known])[0, 1] > 0.5
    assert dominant.exists() and "Can I use this map here?" in report.read_text(encoding="utf-8")


def test_the_chain_from_a_table_keeps_what_is_asked_for_and_nothing_else(inside, tmp_path):
    """Nine steps hand on a dozen files; two are named."""
    world = simulated(tmp_path / "world")
    regions = gpd.read_file(world / "regions.gpkg").replace({"region": {"R3": "R1", "R4": "R2"}})
    regions.dissolve("region", as_index=False).to_file(world / "two.gpkg")
    kept = tmp_path / "kept"
    kept.mkdir()
    results = inside.tool(
        "regionwise:composition_full", f"TABLE={world / 'samples.gpkg'}", "TARGETS=F;F_NF;NF_F;NF",
        "SOURCE_FIELD=source", f"DAY={world / 'day.tif'}", f"REGIONS={world / 'two.gpkg'}", "REGION_FIELD=region",
        f"REFERENCE={world / 'samples.gpkg'}", "MODEL_TYPE=boosting", "QUICK=true",
        f"mapcomposition:Shares={kept / 'shares.tif'}",
        f"validatemap:Report of the validation={kept / 'validation.html'}",
    )  # fmt: skip
    assert read_raster(kept / "shares.tif")[1] == ("F", "F_NF", "NF_F", "NF")
    assert {path.name.split(".")[0] for path in kept.iterdir()} == {"shares", "validation"}
    assert results["weighregions:Weights"]  # a temporary file, which the map took
    assert not results.get("applicability:Applicability"), "nobody asked for this step"


def test_the_model_of_crops_runs_by_its_id(qgis_process, tmp_path):
    world = simulated(tmp_path / "farms", family="crops")
    classes, fields = tmp_path / "classes.tif", tmp_path / "fields.gpkg"
    status, out, err = qgis_process(
        "run", "regionwise:crop_map", "--", f"FOLDER={world / 'images'}", f"SAMPLES={world / 'samples.gpkg'}",
        "CLASS_FIELD=crop", "SOURCE_FIELD=field", f"PARCELS={world / 'fields.gpkg'}", "MODEL_TYPE=stack", "EPOCHS=2",
        "QUICK=true", f"makeseries:Series={tmp_path / 'series.json'}", f"traincrops:Model={tmp_path / 'm.safetensors'}",
        f"mapcrops:Classes={classes}", f"mapcrops:Parcel classes={fields}",
    )  # fmt: skip
    assert status == 0, out[-3000:] + err
    values, _ = read_raster(classes)
    assert set(np.unique(values)) <= {1, 2, 3, 4, 5}
    table = gpd.read_file(fields)
    assert {"field", "majority", "share", "confidence", "pixels"} <= set(table)


def test_the_model_of_susceptibility_runs_by_its_id(inside, tmp_path):
    world = simulated(tmp_path / "hills", family="susceptibility", size=96)
    factors, found, classes = world / "factors", tmp_path / "probability.tif", tmp_path / "classes.tif"
    blocks = tmp_path / "blocks.gpkg"
    inside.tool(
        "regionwise:susceptibility_map", f"DEM={factors / 'dem.tif'}",
        f"FACTORS={factors / 'wetness.tif'}", f"FACTORS={factors / 'lithology.tif'}", "CATEGORICAL=lithology",
        f"INVENTORY={world / 'inventory.gpkg'}", "BLOCKS=16", "BUFFER=90", "PREVALENCE=0.08",
        "MODEL_TYPE=boosting", "QUICK=true",
        f"segmentblocks:Blocks={blocks}", f"samplenegatives:Samples={tmp_path / 'samples.gpkg'}",
        f"trainsusceptibility:Model={tmp_path / 'm.safetensors'}", f"mapsusceptibility:Probability={found}",
        f"mapsusceptibility:Classes={classes}",
    )  # fmt: skip
    values, names = read_raster(found)
    truth, _ = read_raster(world / "truth.tif")
    assert names == ("probability",)
    known = np.isfinite(values)
    assert known.mean() > 0.95 and np.corrcoef(values[known], truth[known])[0, 1] > 0.5
    assert set(np.unique(read_raster(classes)[0][known])) <= {1, 2, 3, 4, 5}
    assert gpd.read_file(blocks)["samples"].min() >= 10


def test_the_model_of_forecasts_runs_by_its_id(inside, tmp_path):
    world = simulated(tmp_path / "years", family="forecast")
    found, change = tmp_path / "next.tif", tmp_path / "change.tif"
    inside.tool(
        "regionwise:forecast_next_year", f"FOLDER={world / 'images'}", f"MASKS={world / 'mines.tif'}",
        "YEARS=2", "MODEL_TYPE=ridge", "QUICK=true",
        f"mapforecast:Forecast={found}", f"mapforecast:Change={change}",
        f"trainforecast:Report of the training={tmp_path / 'r.html'}",
    )  # fmt: skip
    values, names = read_raster(found)
    assert names == ("EVI 2024-01-01", "EVI 2025-01-01")
    last = read_raster(world / "images" / "EVI_20230101.tif")[0][0]
    known = np.isfinite(last)
    assert np.isfinite(values).all() and np.corrcoef(values[0][known], last[known])[0, 1] > 0.9
    assert "inside mine" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_the_model_of_areas_runs_by_its_id(inside, tmp_path):
    """A map that takes a third of the second class for the first; a better one answers."""
    truth = (1 + (np.mgrid[:120, :150][1] > 90)).astype(np.uint8)
    mapped = np.where((truth == 2) & (np.mgrid[:120, :150][0] < 40), 1, truth).astype(np.uint8)
    paths = {"MAP": tmp_path / "landcover.tif", "TRUTH": tmp_path / "truth.tif"}
    for path, values in zip(paths.values(), (mapped, truth), strict=True):
        with rasterio.open(
            path, "w", driver="GTiff", height=120, width=150, count=1, dtype="uint8", crs="EPSG:32633",
            transform=Affine(100, 0, 500_000, 0, -100, 5_000_000),
        ) as file:  # fmt: skip
            file.write(values, 1)
    areas, report = tmp_path / "areas.csv", tmp_path / "areas.html"
    inside.tool(
        "regionwise:area_estimate", *(f"{name}={path}" for name, path in paths.items()),
        f"designsample:Report of the design={tmp_path / 'design.html'}", f"estimatearea:Areas={areas}",
        f"estimatearea:Report of the areas={report}",
    )  # fmt: skip
    rows = pd.read_csv(areas).set_index("class")
    assert rows.loc[2, "mapped"] == 59 * 80
    assert rows.loc[2, "low"] < 59 * 120 < rows.loc[2, "high"]
    assert rows.loc[2, "low"] > 59 * 80
    assert "Areas with intervals" in report.read_text(encoding="utf-8")
