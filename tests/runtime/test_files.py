"""Files: names that no system refuses, outputs that can be replaced, and room for them, found before the work."""

import os

import geopandas as gpd
import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.vector.writers import write_vector
from regionwise.core.mapping.styles.map_styles import CLASSES
from regionwise.core.mapping.styles.style_files import write_style
from regionwise.core.runtime import filenames, files, replacing
from regionwise.core.runtime.filenames import safe_name
from regionwise.core.runtime.files import atomic, check_space, check_writable, make_folder, work_folder
from shapely.geometry import Point
from support import run_task

RESERVED = [
    "NUL", "nul.tif", "Con.tar.gz", "PRN.csv", "aux.html", "COM1.tif", "lpt9", "COM¹.tif", "CONIN$", "conout$.x",
    "NUL .tif",
]  # fmt: skip
HARMLESS = ["null.tif", "COM.tif", "COM10.tif", "consul.tif", "my NUL.tif", ".hidden", "Grüße 中.tif", "a & b % c.tif"]


@pytest.mark.parametrize("name", RESERVED)
def test_names_of_devices_are_refused_on_every_system(tmp_path, name):
    with pytest.raises(RegionwiseError, match=r"on Windows '.*' is a device, not a file. Choose another name"):
        check_writable(str(tmp_path / name))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("letter", [*'<>:"\\|?*', "\n", "\x00", "\x1f", "\udcfc"])
def test_characters_that_some_system_forbids_are_refused_and_named(tmp_path, letter):
    with pytest.raises(RegionwiseError, match="a name cannot have the character '") as caught:
        check_writable(f"{tmp_path}/a{letter}b.tif")
    assert caught.value.message.isprintable()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "end"), [("map.", "dot"), ("map.tif ", "space")])
def test_names_that_windows_would_change_are_refused(tmp_path, name, end):
    with pytest.raises(RegionwiseError, match=f"ends with a {end}, which Windows drops"):
        check_writable(str(tmp_path / name))


@pytest.mark.parametrize("name", HARMLESS)
def test_other_names_are_welcome(tmp_path, name):
    check_writable(str(tmp_path / name))
    assert safe_name(name) == name
    assert not list(tmp_path.iterdir())


def test_folders_that_would_be_made_have_the_same_rules_and_those_that_are_there_stay(tmp_path):
    for folder in ("AUX", "a:b", "results."):
        with pytest.raises(RegionwiseError, match="Choose another name"):
            make_folder(str(tmp_path / folder / "maps"))
    assert not list(tmp_path.iterdir())
    (tmp_path / "10:00").mkdir()
    check_writable(str(tmp_path / "10:00" / "new" / "map.tif"), str(tmp_path / "new" / ".." / "map.tif"))


def test_on_windows_no_folder_may_have_the_name_of_a_device(tmp_path, monkeypatch):
    monkeypatch.setattr(filenames, "WINDOWS", True)  # there every folder seems to hold a 'NUL'
    (tmp_path / "NUL").mkdir()
    with pytest.raises(RegionwiseError, match="'NUL' is a device"):
        check_writable(str(tmp_path / "NUL" / "map.tif"))


def test_names_of_bands_become_names_of_files():
    assert safe_name("NDVI 2020/01: a?") == "NDVI 2020_01_ a_"
    assert safe_name("CON") == "_CON"
    assert safe_name("aux.1") == "_aux.1"
    assert safe_name("a\tb") == "a_b"


def test_paths_that_windows_does_not_allow_are_refused_there_only(tmp_path, monkeypatch):
    room = filenames.LONGEST_PATH - filenames.ADDED - len(str(tmp_path)) - 1
    fits, long = (str(tmp_path / ("x" * (count - 4) + ".tif")) for count in (room, room + 1))
    check_writable(fits, long)
    monkeypatch.setattr(filenames, "WINDOWS", True)
    check_writable(fits)
    with pytest.raises(RegionwiseError, match=r"its path has 236 characters; Windows allows 259.*shorter path"):
        check_writable(long)


def test_a_run_whose_own_files_would_have_too_long_paths_is_refused_on_windows(tmp_path, monkeypatch):
    folder = tmp_path / ("x" * (185 - len(str(tmp_path))))
    work_folder(folder, "0" * 16)
    monkeypatch.setattr(filenames, "WINDOWS", True)
    with pytest.raises(RegionwiseError, match=r"Windows allows 259, of which the run needs 64 more"):
        work_folder(folder, "1" * 16)


def test_what_is_no_file_is_never_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe.tif")
    (tmp_path / "folder.tif").mkdir()
    (tmp_path / "file.tif").write_text("mine")
    (tmp_path / "link.tif").symlink_to("file.tif")
    for name, kind in (("pipe", "a device or a pipe"), ("folder", "a folder"), ("link", "a link")):
        path = tmp_path / f"{name}.tif"
        with pytest.raises(RegionwiseError, match=f"{name}.tif' cannot be written .it is {kind}, not a file"):
            check_writable(str(path))
        with pytest.raises(RegionwiseError, match=f"it is {kind}, not a file"), atomic(path) as part:
            part.write_text("new")
    assert not [path for path in tmp_path.iterdir() if "part" in path.name]
    assert (tmp_path / "file.tif").read_text() == "mine"


def test_all_problems_of_the_outputs_are_told_at_once(tmp_path):
    with pytest.raises(RegionwiseError, match=r"2 problems were found:\n1. .*NUL(?s:.*)\n2. .*ends with a dot"):
        check_writable(str(tmp_path / "NUL.tif"), str(tmp_path / "good.tif"), "", str(tmp_path / "map."))


class Held:
    """Windows, where another program has some files open: they can be renamed to no name, not even their own."""

    def __init__(self, monkeypatch, *names):
        self.names, self.now, rename = set(names), 0.0, os.rename

        def guarded(source, target):
            if source.name in self.names:
                raise PermissionError(13, "The process cannot access the file", str(source))
            rename(source, target)

        monkeypatch.setattr(replacing, "WINDOWS", True)
        monkeypatch.setattr(replacing.os, "rename", guarded)
        monkeypatch.setattr(replacing.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(replacing.time, "sleep", self.sleep)

    def sleep(self, seconds):
        self.now += seconds


def test_an_output_that_a_program_holds_open_is_found_before_the_work(tmp_path, monkeypatch):
    (tmp_path / "map.tif").write_text("old")
    held = Held(monkeypatch, "map.tif")
    sentence = (
        r"map.tif' cannot be written: another program \(probably QGIS, as a layer\) has it open. "
        "Remove the layer from QGIS or close the program, then run again."
    )
    with pytest.raises(RegionwiseError, match=sentence):
        check_writable(str(tmp_path / "map.tif"))
    assert held.now == pytest.approx(replacing.GLANCE_S)
    check_writable(str(tmp_path / "other.tif"))
    held.names.clear()
    check_writable(str(tmp_path / "map.tif"))
    assert (tmp_path / "map.tif").read_text() == "old"


def test_a_shapefile_is_held_open_if_one_of_its_files_is(tmp_path, monkeypatch):
    for ending in (".shp", ".dbf", ".sbn"):
        (tmp_path / f"points{ending}").touch()
    Held(monkeypatch, "points.sbn")
    with pytest.raises(RegionwiseError, match=r"points.sbn' cannot be written: another program"):
        check_writable(str(tmp_path / "points.shp"))


def test_a_read_only_output_is_found_before_the_work_on_windows(tmp_path, monkeypatch):
    (tmp_path / "map.tif").touch()
    Held(monkeypatch)
    monkeypatch.setattr(replacing.os, "access", lambda path, mode: False)
    with pytest.raises(RegionwiseError, match="it is read-only"):
        check_writable(str(tmp_path / "map.tif"))


def test_elsewhere_open_files_are_no_trouble(tmp_path, monkeypatch):
    with open(tmp_path / "map.tif", "w"):
        check_writable(str(tmp_path / "map.tif"))


def test_every_family_tries_the_files_of_its_folder_before_the_work(world, tmp_path, monkeypatch):
    from regionwise.core.contract.layer import Layer
    from regionwise.core.tools.preparation.params import Standardisation
    from regionwise.core.tools.preparation.standardise import standardise

    (tmp_path / "day.tif").touch()
    Held(monkeypatch, "day.tif")
    params = Standardisation(input=(Layer(str(world / "day.tif"), "day"),), output_folder=str(tmp_path))
    with pytest.raises(RegionwiseError, match="has it open"):
        run_task(standardise, params, tmp_path / "job")


def test_a_drive_that_is_missing_ends_no_search(monkeypatch):
    monkeypatch.setattr(files.Path, "exists", lambda path: False)
    with pytest.raises(RegionwiseError, match="GiB left"):
        check_space([("gone/map.tif", 10**18)])


def test_a_new_shapefile_leaves_nothing_of_the_old_one_that_would_mislead(tmp_path):
    frame = gpd.GeoDataFrame({"a": [1, 2]}, geometry=[Point(0, 0), Point(1, 1)], crs="EPSG:3857")
    for ending in (".shp", ".qix", ".qpj"):
        (tmp_path / f"points{ending}").write_text("old")
    (tmp_path / "points.qml").write_text("the user's style")
    write_vector(frame, str(tmp_path / "points.shp"))
    assert {path.suffix for path in tmp_path.iterdir()} == {".shp", ".dbf", ".shx", ".prj", ".cpg", ".qml"}
    assert list(gpd.read_file(tmp_path / "points.shp")["a"]) == [1, 2]
    assert len(list(tmp_path.iterdir())) == 6


def test_styles_follow_no_link(tmp_path, write):
    import numpy as np

    write(tmp_path / "map.tif", np.ones((1, 4, 4), np.float32))
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "map.qml").symlink_to("notes.txt")
    with pytest.raises(RegionwiseError, match="it is a link, not a file"):
        write_style(tmp_path / "map.tif", CLASSES, {1: "a", 2: "b"})
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert not (tmp_path / "map.tif.aux.xml").exists()
    (tmp_path / "map.qml").unlink()
    write_style(tmp_path / "map.tif", CLASSES, {1: "a", 2: "b"})
    assert 'label="b"' in (tmp_path / "map.qml").read_text()
    assert "<Category>b</Category>" in (tmp_path / "map.tif.aux.xml").read_text()
