"""Bad input: one clear sentence that names layer, value and remedy, before the long work, nothing lost."""

import os
import shutil

import geopandas as gpd
import numpy as np
import pytest
from maps import make_model
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.families.composition import map, train, train_regions
from regionwise.core.families.composition.params import CompositionMapping
from regionwise.core.learners.patch_learner import PatchLearner
from regionwise.core.learners.tree_learner import TreeLearner
from regionwise.core.runtime import files, replacing
from regionwise.core.tools.preparation import augment_samples, standardise
from regionwise.core.tools.preparation.params import Augmentation, Standardisation
from shapely.geometry import box
from support import run_task
from trainings import training_of


@pytest.fixture
def no_training(monkeypatch):
    """Fail if a network is trained: problems must be found before."""
    for learner in (PatchLearner, TreeLearner):
        monkeypatch.setattr(learner, "fit", lambda *a, **k: pytest.fail("the long work started"))


@pytest.fixture
def refused(training, tmp_path, no_training):
    """Return a function that starts a training run and gives the sentence of its refusal."""

    def run(task=train.train, **changes):
        with pytest.raises(RegionwiseError) as caught:
            run_task(task, training(**changes), tmp_path / "job")
        return str(caught.value)

    return run


def changed(world, path, **columns):
    frame = gpd.read_file(world / "samples.gpkg").assign(**columns)
    frame.to_file(path)
    return Layer(str(path), path.stem)


def test_samples_outside_the_raster(refused, world, tmp_path):
    frame = gpd.read_file(world / "samples.gpkg")
    frame["geometry"] = frame.translate(1e6)
    frame.to_file(tmp_path / "far.gpkg")
    assert "No sample lies inside the raster. Check the CRS" in refused(
        samples=Layer(str(tmp_path / "far.gpkg"), "far")
    )


def test_targets_that_do_not_sum(refused, world, tmp_path):
    layer = changed(world, tmp_path / "s.gpkg", F=0.9)
    assert "The targets of 's' do not sum to 1 (or 100) in rows" in refused(samples=layer)


def test_negative_and_text_targets(refused, world, tmp_path):
    assert "Field 'F' of 's' is negative" in refused(samples=changed(world, tmp_path / "s.gpkg", F=-0.1))
    assert "Field 'F' of 't' is not numeric" in refused(samples=changed(world, tmp_path / "t.gpkg", F="half"))


def test_one_class_only(refused, world, tmp_path):
    layer = changed(world, tmp_path / "s.gpkg", F=1.0, F_NF=0.0, NF_F=0.0, NF=0.0)
    assert "All samples of 's' consist of 'F' alone" in refused(samples=layer)


def test_fewer_sources_than_folds(refused, world, tmp_path):
    layer = changed(world, tmp_path / "s.gpkg", unit="the same")
    message = refused(samples=layer, validation="grouped", source_field="unit")
    assert "There are 1 groups of observed samples for 2 folds. Choose fewer folds" in message


def test_region_without_samples(refused, world, tmp_path):
    regions = gpd.read_file(world / "regions.gpkg")
    _, bottom, right, top = regions.total_bounds
    extra = gpd.GeoDataFrame({"region": ["nowhere"]}, geometry=[box(right, bottom, right + 1e4, top)], crs=regions.crs)
    import pandas as pd

    pd.concat([regions, extra]).to_file(tmp_path / "r.gpkg")
    message = refused(train_regions.train_regions, regions=Layer(str(tmp_path / "r.gpkg"), "r"), region_field="region")
    assert "Region nowhere of 'r' without samples. Merge it" in message


def test_regions_elsewhere_and_bad_samples_are_told_together(refused, world, tmp_path):
    gpd.GeoDataFrame({"region": ["x"]}, geometry=[box(0, 0, 1, 1)], crs="EPSG:4326").to_file(tmp_path / "r.gpkg")
    layer = changed(world, tmp_path / "s.gpkg", F=0.9)
    message = refused(
        train_regions.train_regions, samples=layer, regions=Layer(str(tmp_path / "r.gpkg"), "r"), region_field="region"
    )
    assert "2 problems were found" in message
    assert "do not overlap the raster" in message


def test_raster_without_crs(refused, tmp_path, write):
    layer = write(tmp_path / "bare.tif", np.ones((20, 20), np.float32), crs=None)
    assert "Raster 'bare' has no CRS. Assign one first" in refused(day=(layer,))


def test_rasters_on_different_grids(refused, tmp_path, write):
    other = (write(tmp_path / "other.tif", np.ones((20, 20), np.float32)),)
    assert "Raster 'other' is on another grid" in refused(night=other, resampling="refuse")
    assert "Raster 'other' does not overlap the first layer" in refused(night=other)


def test_all_nodata_raster(refused, world, tmp_path):
    import rasterio

    shutil.copy(world / "day.tif", tmp_path / "day.tif")
    with rasterio.open(tmp_path / "day.tif", "r+") as file:
        file.write(np.full(file.read().shape, -9999, np.float32))
    message = refused(day=(Layer(str(tmp_path / "day.tif"), "day"),))
    assert "Every sample lies on nodata of the rasters" in message


def test_all_nodata_second_sensor(training, world, tmp_path):
    import rasterio

    shutil.copy(world / "night.tif", tmp_path / "night.tif")
    with rasterio.open(tmp_path / "night.tif", "r+") as file:
        file.write(np.full(file.read().shape, -9999, np.float32))
    params = training(night=(Layer(str(tmp_path / "night.tif"), "night"),))
    with pytest.raises(RegionwiseError, match="Band 'VIIRS' has no data here"):
        run_task(train.train, params, tmp_path / "job")


def test_unwritable_output(refused, tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refused(model=str(tmp_path / "file" / "m.safetensors"))
    (tmp_path / "folder.safetensors").mkdir()
    assert "it is a folder" in refused(model=str(tmp_path / "folder.safetensors"))


def test_missing_parts_of_a_layer(refused, world, tmp_path):
    assert "has no field 'livelihood'" in refused(targets=("F", "livelihood"))
    assert "cannot be read" in refused(samples=Layer(str(tmp_path / "gone.gpkg"), "gone"))
    assert "cannot be read" in refused(day=(Layer(str(tmp_path / "gone.tif"), "gone"),))


@pytest.fixture
def fitted(world, tmp_path):
    """The parameters to map the world with a model."""
    bands = {"day": (Layer(str(world / "day.tif"), "day"),), "night": (Layer(str(world / "night.tif"), "night"),)}
    return {**bands, "model": make_model(tmp_path / "model.safetensors"), "output": str(tmp_path / "map.tif")}


def map_refused(fitted, tmp_path, **changes):
    with pytest.raises(RegionwiseError) as caught:
        run_task(map.map_composition, CompositionMapping(**{**fitted, **changes}), tmp_path / "map.job")
    assert not (tmp_path / "map.tif").exists()
    return str(caught.value)


def test_band_missing_at_mapping(fitted, tmp_path, world):
    assert "The model needs the bands 'VIIRS' (night), the layers have none" in map_refused(fitted, tmp_path, night=())


def test_truncated_and_hostile_models_at_mapping(fitted, tmp_path):
    bad = tmp_path / "bad.safetensors"
    whole = (tmp_path / "model.safetensors").read_bytes()
    bad.write_bytes(whole[:-100])
    assert "is damaged" in map_refused(fitted, tmp_path, model=str(bad))
    bad.write_bytes(b"\x80\x04K\x01.")
    assert "is a pickle or zip archive, not a Regionwise model" in map_refused(fitted, tmp_path, model=str(bad))


def test_disk_too_small(fitted, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(files.shutil, "disk_usage", lambda path: usage._replace(free=1000))
    message = map_refused(fitted, tmp_path)
    assert "GiB left, the run needs" in message
    assert "Free some space" in message


def test_map_whose_output_is_held_open_is_kept_and_a_rerun_needs_no_tile(fitted, tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(replacing.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(replacing.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))

    def held(source, target):
        if target.name == "map.tif":
            raise PermissionError(13, "used by another process")
        replace(source, target)

    replace = os.replace
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", held)
        message = map_refused(fitted, tmp_path)
    assert "map.tif' cannot be replaced" in message
    assert (
        "Remove the layer from QGIS or close the program, then rename the finished file to 'map.tif', or run again."
        in message
    )
    (kept,) = tmp_path.glob(".map.part*.tif")
    whole = kept.read_bytes()
    ran = run_task(map.map_composition, CompositionMapping(**fitted), tmp_path / "map.job")
    assert "were finished in an earlier run, kept" in ran.log
    assert (tmp_path / "map.tif").read_bytes() == whole


def test_reserved_names_of_outputs(refused, tmp_path):
    message = refused(model=str(tmp_path / "NUL.safetensors"), report=str(tmp_path / "a:b.html"))
    assert "2 problems were found" in message
    assert "on Windows 'NUL.safetensors' is a device" in message
    assert "a name cannot have the character ':' on every system" in message


def test_regions_without_any_expert(fitted, world, tmp_path):
    experts = make_model(tmp_path / "e.safetensors", kind="within", regions=("R1", "R2"))
    other = gpd.read_file(world / "regions.gpkg").assign(region=lambda f: "Z" + f["region"])
    other.to_file(tmp_path / "z.gpkg")
    message = map_refused(
        fitted, tmp_path, regional_model=experts, regions=Layer(str(tmp_path / "z.gpkg"), "z"), region_field="region"
    )
    assert "No region of 'z' has an expert: the layer has ZR1" in message


@pytest.fixture(scope="module")
def abroad(world, tmp_path_factory):
    """A folder with spaces and Chinese characters in which a model was trained and mapped; predictions as shapefile."""
    folder = tmp_path_factory.mktemp("abroad") / "乡村 生计 data"
    shutil.copytree(world, folder)
    params = training_of(
        folder, folder, epochs=1, model=str(folder / "模型.safetensors"), predictions=str(folder / "预测.shp"),
        report=str(folder / "报告.html"), scores=str(folder / "分数.csv"),
    )  # fmt: skip
    run_task(train.train, params, folder / "job")
    plan = CompositionMapping(day=params.day, night=params.night, model=params.model, output=str(folder / "图.tif"))
    run_task(map.map_composition, plan, folder / "map.job")
    return folder


@pytest.mark.train
def test_path_with_spaces_and_chinese_characters(abroad):
    for name in ("模型.safetensors", "预测.shp", "报告.html", "分数.csv", "图.tif", "图.qml"):
        assert (abroad / name).exists()


@pytest.mark.train
def test_outputs_as_shapefiles(abroad):
    frame = gpd.read_file(abroad / "预测.shp")
    assert {"F_pred", "NF_F_pred", "fold"} <= set(frame.columns)
    assert len(frame) == len(gpd.read_file(abroad / "samples.gpkg"))


def test_field_names_that_a_shapefile_would_cut(refused, world, tmp_path):
    message = refused(
        train_regions.train_regions, regions=Layer(str(world / "regions.gpkg"), "regions"), region_field="region",
        predictions=str(tmp_path / "p.shp"),
    )  # fmt: skip
    assert "A shapefile cannot hold the field name 'fold_within'" in message


def labelled(world, tmp_path, name="half.gpkg", keep=3, **columns):
    frame = gpd.read_file(world / "samples.gpkg").assign(**columns)
    frame.loc[np.arange(len(frame)) % keep != 0, ["F", "F_NF", "NF_F", "NF"]] = np.nan
    frame.to_file(tmp_path / name)
    return Layer(str(tmp_path / name), name.split(".")[0])


def augment(layer, tmp_path, **changes):
    values = {
        "input": layer, "targets": ("F", "F_NF", "NF_F", "NF"), "search": "none", "output": str(tmp_path / "a.gpkg"),
    }  # fmt: skip
    return run_task(augment_samples.augment, Augmentation(**{**values, **changes}), tmp_path / "a.job")


def test_augmenting_needs_labels_and_numeric_features(world, tmp_path):
    with pytest.raises(RegionwiseError, match="Only .* rows of 'few' have labels; augmenting needs 20"):
        augment(labelled(world, tmp_path, "few.gpkg", keep=50), tmp_path)
    layer = labelled(world, tmp_path, "text.gpkg", note="abc")
    with pytest.raises(RegionwiseError, match="Feature 'note' of 'text' is not numeric"):
        augment(layer, tmp_path, features=("note",))
    with pytest.raises(RegionwiseError, match="A shapefile cannot hold the field name"):
        augment(
            layer, tmp_path, output=str(tmp_path / "a.shp"), targets=("F", "F_NF", "NF_F", "NF"), quantiles=".05 .9755"
        )


def test_standardising_refuses_clashes_and_unknown_bands(world, tmp_path):
    day = Layer(str(world / "day.tif"), "day")
    with pytest.raises(RegionwiseError, match="Two inputs are called 'day'"):
        run_task(standardise.standardise, Standardisation(input=(day, day), output_folder=str(tmp_path)), tmp_path)
    night = Layer(str(world / "night.tif"), "night")
    statistics = str(tmp_path / "s.json")
    run_task(
        standardise.standardise,
        Standardisation(input=(night,), output_folder=str(tmp_path / "z"), output_statistics=statistics),
        tmp_path / "j",
    )
    with pytest.raises(RegionwiseError, match="The statistics have no band 'RED'; they have: VIIRS"):
        run_task(
            standardise.standardise,
            Standardisation(input=(day,), statistics=statistics, output_folder=str(tmp_path / "y")),
            tmp_path / "k",
        )


def test_standardising_finds_problems_of_every_input_before_it_writes_one(world, tmp_path, write):
    day = Layer(str(world / "day.tif"), "day")
    twin = write(tmp_path / "twin.tif", np.ones((4, 4), np.float32), names=("RED",))
    gone = Layer(str(tmp_path / "gone.tif"), "gone")
    params = Standardisation(
        input=(day, twin, gone), output_folder=str(tmp_path / "z"), output_statistics=str(tmp_path / "s")
    )
    with pytest.raises(RegionwiseError, match=r"'gone' cannot be read(?s:.*)Two bands are called 'RED'"):
        run_task(standardise.standardise, params, tmp_path / "j")
    assert not list((tmp_path / "z").glob("*.tif"))


def test_layer_without_crs_and_with_a_wrong_one(refused, world, tmp_path):
    frame = gpd.read_file(world / "samples.gpkg")
    frame.to_file(tmp_path / "bare.shp")
    (tmp_path / "bare.prj").unlink()
    bare = Layer(str(tmp_path / "bare.shp"), "bare")
    assert "Layer 'bare' has no CRS. Set it in the layer's properties" in refused(samples=bare)
    frame["geometry"] = frame.translate(3e6, 3e6)
    frame.set_crs("EPSG:4326", allow_override=True).to_file(tmp_path / "wrong.gpkg")
    message = refused(samples=Layer(str(tmp_path / "wrong.gpkg"), "wrong"))
    assert "Layer 'wrong' cannot be brought to the raster's CRS" in message


class StartedError(Exception):
    pass


def test_crs_that_the_user_has_set_in_qgis_counts(world, training, tmp_path, monkeypatch):
    seen = []

    def starts(learner, *args, **kwargs):
        seen.append(learner.training_data.samples)
        raise StartedError

    frame = gpd.read_file(world / "samples.gpkg")
    wkt = frame.crs.to_wkt()
    frame.to_file(tmp_path / "bare.shp")
    (tmp_path / "bare.prj").unlink()
    monkeypatch.setattr(PatchLearner, "fit", starts)
    with pytest.raises(StartedError):  # nothing was refused
        params = training(samples=Layer(str(tmp_path / "bare.shp"), "bare", crs=wkt))
        run_task(train.train, params, tmp_path / "job")
    np.testing.assert_allclose(seen[0].xy, np.stack([frame.geometry.x, frame.geometry.y], 1))


def test_regions_too_small_to_fine_tune_are_named_before_any_training(refused, world, tmp_path):
    samples = gpd.read_file(world / "samples.gpkg")
    name = samples["region"].iloc[0]
    own = samples[samples["region"] == name].head(4)
    import pandas as pd

    pd.concat([own, samples[samples["region"] != name]]).to_file(tmp_path / "s.gpkg")
    message = refused(
        train_regions.train_regions, samples=Layer(str(tmp_path / "s.gpkg"), "s"), expert="finetuned",
        regions=Layer(str(world / "regions.gpkg"), "regions"), region_field="region",
    )  # fmt: skip
    assert f"Region '{name}' has 3 observed samples to fine-tune on; 8 are needed" in message


def test_target_named_like_an_output_field(refused, world, tmp_path):
    frame = gpd.read_file(world / "samples.gpkg").drop(columns="source").rename(columns={"F": "Source"})
    frame.to_file(tmp_path / "s.gpkg")
    message = refused(samples=Layer(str(tmp_path / "s.gpkg"), "s"), targets=("Source", "F_NF", "NF_F", "NF"))
    assert "Target field 'Source' has a name that the outputs need" in message


def test_augmenting_never_overwrites_its_input(world, tmp_path):
    layer = labelled(world, tmp_path)
    with pytest.raises(RegionwiseError, match="is an input of this run and would be lost"):
        augment(layer, tmp_path, output=layer.path)
    layer = labelled(world, tmp_path, "w.gpkg", Weight=1.0)
    with pytest.raises(RegionwiseError, match="already has a field 'weight'; rename it"):
        augment(layer, tmp_path)


def test_temporary_folder_that_does_not_exist(tmp_path):
    from regionwise.core.contract.protocol import Settings
    from regionwise.core.runtime import run

    with pytest.raises(RegionwiseError, match="The folder for temporary files '/no/folder' does not exist"):
        run.prepare_libraries(Settings(temporary_folder="/no/folder"))
