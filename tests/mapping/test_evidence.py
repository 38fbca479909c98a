"""Evidence: a map names what made it, wherever it is made, and can be held against that."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio
from evidence import verified
from maps import make_model, map_to, run
from pages import text_of
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.families.composition.params import CompositionMapping
from regionwise.core.learning.model_file import read_model
from regionwise.core.mapping.evidence.file_hashes import HashedFile
from regionwise.core.mapping.evidence.map_evidence import TAG, WANTED, Evidence, files_in, with_folders, without_folders
from regionwise.core.mapping.evidence.stac_item import item_path, write_model_item
from regionwise.core.tools.evidence.params import MapVerification
from regionwise.core.tools.evidence.verify_map import verify_map
from support import run_task

SHA = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # of "abc", FIPS 180-2


def tags_of(path):
    """Return the tags of a raster."""
    with rasterio.open(path) as file:
        return file.tags()


def copied(scene, folder):
    """Return the inputs of a map, copied into a folder."""
    folder.mkdir(parents=True)

    def copy(value):
        if isinstance(value, tuple):
            return tuple(Layer(shutil.copy(layer.path, folder), layer.name) for layer in value)
        return shutil.copy(value, folder)

    return {key: copy(value) for key, value in scene.items() if key in ("day", "night", "model")}


def test_hashes_are_those_of_the_standard(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    file = HashedFile.of(str(tmp_path / "abc"))
    assert (file.sha256, file.size, file.multihash) == (SHA, 3, f"1220{SHA}")
    assert HashedFile.of("/vsizip/some.zip/abc").sha256 == ""


def test_parameters_name_files_without_their_folders_and_back():
    value = {"day": [{"path": "/a/b.tif", "name": "b"}], "model": "/m.x", "folder": "/out/of/here", "n": 3, "s": "a"}
    value |= {"output": "map.tif", "uncertainty": ""}
    plain = without_folders(value, ["/a/b.tif", "/m.x"], ["map.tif", ""])
    assert plain == {"day": [{"path": "file:0", "name": "b"}], "model": "file:1", "folder": WANTED, "n": 3, "s": "a",
                     "output": WANTED, "uncertainty": ""}  # fmt: skip
    assert with_folders(plain, ["/c.tif", "/d"])["day"][0]["path"] == "/c.tif"


def test_files_are_found_among_parameters_of_any_kind(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"a")
    value = {"day": [{"path": str(tmp_path / "a.tif"), "crs": "P" * 5000}], "odd": "\0", "out": str(tmp_path / "b.tif")}
    (tmp_path / "b.tif").write_bytes(b"b")
    assert list(files_in(value, [str(tmp_path / "b.tif")])) == [str(tmp_path / "a.tif")]


def test_a_map_names_what_made_it_and_no_folder(scene, tmp_path):
    map_to(scene, tmp_path, "map")
    tags = tags_of(tmp_path / "map.tif")
    evidence = Evidence.from_tags(tags, "map")
    assert evidence.task == "CompositionMapping" and evidence.product == "shares"
    names = {each.name for each in evidence.files}
    assert {Path(scene["model"]).name, *(Path(layer.path).name for layer in scene["day"])} <= names
    assert all(len(each.sha256) == 64 for each in evidence.files)
    assert evidence.files[evidence.models[0].file].name == Path(scene["model"]).name
    assert str(tmp_path) not in tags[TAG] and str(Path(scene["model"]).parent) not in tags[TAG]


def test_the_same_inputs_give_the_same_bytes_in_another_folder_by_another_name(scene, tmp_path):
    map_to(scene, tmp_path, "map")
    other = tmp_path / "elsewhere" / "deeper"
    map_to({**scene, **copied(scene, other)}, other, "same")
    assert (other / "same.tif").read_bytes() == (tmp_path / "map.tif").read_bytes()


def test_a_stac_item_lies_beside_a_map(scene, tmp_path):
    map_to(scene, tmp_path, "map")
    item = json.loads((tmp_path / "map.stac.json").read_text(encoding="utf-8"))
    assert {"type", "stac_version", "id", "geometry", "bbox", "properties", "links", "assets"} <= set(item)
    assert item["type"] == "Feature" and item["stac_version"] == "1.1.0" and "datetime" in item["properties"]
    asset = item["assets"]["data"]
    assert asset["href"] == "./map.tif" and asset["file:checksum"] == HashedFile.of(str(tmp_path / "map.tif")).multihash
    assert [band["name"] for band in asset["bands"]] == ["F", "NF", "X"]
    west, south, east, north = item["bbox"]
    assert -180 <= west < east <= 180 and -90 <= south < north <= 90
    sources = [link for link in item["links"] if link["rel"] == "derived_from"]
    assert len(sources) >= 3 and not any(Path(link["href"]).is_absolute() for link in sources)
    for link in sources:
        source = (tmp_path / link["href"]).resolve()
        assert link["file:checksum"] == HashedFile.of(str(source)).multihash


def test_a_stac_item_lies_beside_a_model(tmp_path):
    path = Path(make_model(tmp_path / "m.safetensors"))
    write_model_item(path, read_model(str(path)).card)
    item = json.loads(item_path(path).read_text(encoding="utf-8"))
    properties, asset = item["properties"], item["assets"]["model"]
    assert {"mlm:name", "mlm:architecture", "mlm:tasks", "mlm:input", "mlm:output"} <= set(properties)
    (read,), (told,) = properties["mlm:input"], properties["mlm:output"]
    assert read["bands"] == ["RED", "NIR", "VIIRS"] and read["input"]["shape"] == [-1, 3, -1, -1]
    assert told["result"]["shape"][1] == 3 and told["tasks"] == ["regression"]
    assert asset["roles"] == ["mlm:model"] and asset["mlm:artifact_type"] == "safetensors"


def test_history_and_attribution_lie_beside_a_map(scene, tmp_path):
    map_to(scene, tmp_path, "map")
    text = (tmp_path / "map.qmd").read_text(encoding="utf-8")
    assert "<abstract>Made by Regionwise" in text and "<history>Model " in text and "<rights>" in text


@pytest.mark.parametrize("product", ["map", "top", "doubt", "bands/NF"])
def test_every_raster_of_a_run_is_what_it_claims(scene, tmp_path, product):
    rasters = {"dominant": str(tmp_path / "top.tif"), "uncertainty": str(tmp_path / "doubt.tif")}
    map_to(scene, tmp_path, "map", folder=str(tmp_path / "bands"), **rasters)
    grade, ran = verified(tmp_path / f"{product}.tif", tmp_path, report=str(tmp_path / "r.html"))
    assert grade == "Yes", ran.log
    assert ran.result.numbers["HOLDS"] == 1 and ran.result.numbers["TILES"] >= 1
    assert "the same to the last bit" in text_of(tmp_path / "r.html")


def test_a_changed_cell_is_found(scene, tmp_path):
    map_to(scene, tmp_path, "map")
    with rasterio.open(tmp_path / "map.tif") as file:
        values, tags, profile, names = file.read(), file.tags(), file.profile, file.descriptions
    row, col = np.argwhere(values[0] != profile["nodata"])[0]
    values[0, row, col] = np.nextafter(values[0, row, col], np.float32(2))
    with rasterio.open(tmp_path / "forged.tif", "w", **{**profile, "driver": "GTiff"}) as file:
        file.write(values)
        file.update_tags(**tags)
        file.descriptions = names
    shutil.copy(tmp_path / "map.stac.json", tmp_path / "forged.stac.json")
    grade, ran = verified(tmp_path / "forged.tif", tmp_path)
    assert grade == "No" and ran.result.numbers["HOLDS"] == 0
    assert "it was changed since it was written" in ran.log and "1 numbers differ" in ran.log


def test_a_changed_input_is_found(scene, tmp_path):
    own = {**scene, **copied(scene, tmp_path / "own")}
    map_to(own, tmp_path, "map")
    path = own["day"][0].path
    with rasterio.open(path, "r+") as file:
        file.write(file.read(1) + 1, 1)
    grade, ran = verified(tmp_path / "map.tif", tmp_path)
    assert grade == "No" and f"Contents of {Path(path).name}: not as claimed" in ran.log


def test_moved_inputs_are_looked_for_and_missing_ones_are_told(scene, tmp_path):
    own, new, out = tmp_path / "own", tmp_path / "new", tmp_path / "out"
    out.mkdir()
    map_to({**scene, **copied(scene, own)}, out, "map")
    own.rename(new)
    grade, ran = verified(out / "map.tif", tmp_path)
    assert grade == "With care" and "give the Folder of the inputs" in ran.log and ran.result.numbers["TILES"] == 0
    assert verified(out / "map.tif", tmp_path, folder=str(new))[0] == "Yes"


def test_a_raster_of_another_program_is_refused(tmp_path, write):
    layer = write(tmp_path / "plain.tif", np.ones((3, 3), np.float32))
    with pytest.raises(RegionwiseError, match="does not say what made it"):
        run_task(verify_map, MapVerification(map=layer), tmp_path / "job")


def test_a_map_that_goes_on_after_a_failure_has_the_same_evidence(scene, tmp_path, monkeypatch):
    map_to(scene, tmp_path, "whole")
    params = CompositionMapping(**{**scene, "output": str(tmp_path / "map.tif")})
    with monkeypatch.context() as patch:
        patch.setattr("regionwise.core.mapping.mosaic.Mosaic.assemble", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(params, tmp_path / "map.job")
    run(params, tmp_path / "map.job")
    left, right = (Evidence.from_tags(tags_of(tmp_path / f"{name}.tif"), name) for name in ("whole", "map"))
    assert left.files == right.files and left.models == right.models
