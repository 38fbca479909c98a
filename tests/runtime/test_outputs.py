"""Outputs take their names all or none; what a program holds open is waited for, and nothing finished is lost."""

import os
from types import SimpleNamespace

import geopandas as gpd
import pytest
from regionwise.core.data.vector.writers import write_vector
from regionwise.core.runtime import replacing
from regionwise.core.runtime.files import atomic, atomic_together
from regionwise.core.runtime.replacing import HeldError, take_names
from shapely.geometry import Point

REPLACE = os.replace


class Windows:
    """A clock that stands still between pauses, and an `os.replace` that fails as often as it is told, by name."""

    def __init__(self, monkeypatch, **fails):
        self.now, self.pauses, self.fails, self.number = 0.0, [], {k.replace("_", "."): v for k, v in fails.items()}, 32
        monkeypatch.setattr(replacing, "time", SimpleNamespace(monotonic=lambda: self.now, sleep=self.sleep))
        monkeypatch.setattr(replacing.os, "replace", self.replace)

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds

    def replace(self, source, target):
        for name in (source.name, target.name):
            if self.fails.get(name, 0) > 0:
                self.fails[name] -= 1
                error = PermissionError(13, "used by another process")
                error.winerror = self.number
                raise error
        REPLACE(source, target)


FOREVER = 10**9


def write(path, text="new"):
    with atomic(path) as part:
        part.write_text(text)


def test_a_file_that_is_held_for_a_moment_is_waited_for(tmp_path, monkeypatch):
    (tmp_path / "map.tif").write_text("old")
    windows = Windows(monkeypatch, map_tif=4)
    write(tmp_path / "map.tif")
    assert [path.name for path in tmp_path.iterdir()] == ["map.tif"]
    assert (tmp_path / "map.tif").read_text() == "new"
    assert windows.pauses == pytest.approx([0.05, 0.1, 0.2, 0.4])  # short, and longer and longer


def test_after_ten_seconds_the_finished_file_is_kept_and_named(tmp_path, monkeypatch):
    (tmp_path / "map.tif").write_text("old")
    windows = Windows(monkeypatch, map_tif=FOREVER)
    with pytest.raises(HeldError) as caught:
        write(tmp_path / "map.tif")
    part = tmp_path / f".map.part{os.getpid()}.tif"
    assert windows.now == pytest.approx(10)
    assert max(windows.pauses) <= 1
    assert caught.value.message == (
        f"'{tmp_path / 'map.tif'}' cannot be replaced (used by another process): another program (probably QGIS, as a "
        f"layer) has it open. What is finished is kept: '{part}'."
    )
    assert caught.value.remedy == (
        "Remove the layer from QGIS or close the program, then rename the finished file to 'map.tif', or run again."
    )
    assert (part.read_text(), (tmp_path / "map.tif").read_text()) == ("new", "old")


@pytest.mark.parametrize("number", [5, 32, 33])
def test_what_windows_says_of_held_files_is_waited_for(tmp_path, monkeypatch, number):
    windows = Windows(monkeypatch, map_tif=1)
    windows.number = number
    write(tmp_path / "map.tif")
    assert windows.pauses == [0.05]


def test_other_troubles_are_not_waited_for(tmp_path, monkeypatch):
    windows = Windows(monkeypatch, map_tif=1)
    windows.number = 19  # the disk is write-protected
    with pytest.raises(PermissionError):
        windows.replace(tmp_path / "a", tmp_path / "map.tif")
    windows.fails["map.tif"] = 1
    with pytest.raises(HeldError):
        write(tmp_path / "map.tif")
    assert windows.pauses == []

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(replacing.os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "other.tif")
    assert not list(tmp_path.glob(".other*"))  # it is not said to be kept, so it is not


def test_what_fails_before_it_is_finished_is_never_kept(tmp_path):
    (tmp_path / "map.tif").write_text("old")
    with pytest.raises(ValueError, match="half"), atomic(tmp_path / "map.tif") as part:
        part.write_text("ha")
        raise ValueError("half")
    assert [path.name for path in tmp_path.iterdir()] == ["map.tif"]


def test_a_held_file_inside_another_unfinished_one_keeps_only_what_is_finished(tmp_path, monkeypatch):
    Windows(monkeypatch, inner_tif=FOREVER)
    with pytest.raises(HeldError), atomic(tmp_path / "outer.tif") as part:
        part.write_text("half")
        write(tmp_path / "inner.tif")
    assert [path.name for path in tmp_path.iterdir()] == [f".inner.part{os.getpid()}.tif"]


@pytest.mark.parametrize("held", ["a.tif", "b.tif", "c.tif"])
@pytest.mark.parametrize("old", ["abc", "ac", "b", ""])
def test_outputs_of_one_run_take_their_names_all_or_none(tmp_path, monkeypatch, held, old):
    finals = [tmp_path / f"{name}.tif" for name in "abc"]
    for name in old:
        (tmp_path / f"{name}.tif").write_text(f"old {name}")
    windows = Windows(monkeypatch, **{held.replace(".", "_"): FOREVER})
    for _ in range(2):
        with pytest.raises(HeldError, match=f"{held}' cannot be replaced"), atomic_together(finals) as parts:
            for part in parts:
                part.write_text("new")
        found = {path.name: path.read_text() for path in tmp_path.iterdir()}
        kept = {part.name: "new" for part in parts}
        assert found == {**kept, **{f"{name}.tif": f"old {name}" for name in old}}
    windows.fails.clear()
    with atomic_together(finals) as parts:
        for part in parts:
            part.write_text("newer")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {final.name: "newer" for final in finals}


def frame(count):
    return gpd.GeoDataFrame({"a": range(count)}, geometry=[Point(i, i) for i in range(count)], crs="EPSG:3857")


@pytest.mark.parametrize("ending", [".shp", ".dbf", ".shx", ".prj", ".cpg", ".qix"])
def test_the_files_of_a_shapefile_are_replaced_all_or_none(tmp_path, monkeypatch, ending):
    path = tmp_path / "points.shp"
    write_vector(frame(2), str(path))
    (tmp_path / "points.qix").write_text("of the old one")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    windows = Windows(monkeypatch, **{f"points_{ending[1:]}": FOREVER})
    with pytest.raises(HeldError, match=rf"points\{ending}' cannot be replaced") as caught:
        write_vector(frame(3), str(path))
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()} == before
    (kept,) = (folder for folder in tmp_path.iterdir() if folder.is_dir())
    assert f"What is finished is kept: '{kept}'." in caught.value.message
    assert "then move the finished files to 'points.cpg', 'points.dbf', 'points.prj'" in caught.value.remedy
    assert len(gpd.read_file(kept / "points.shp")) == 3
    windows.fails.clear()
    write_vector(frame(4), str(path))
    assert len(gpd.read_file(path)) == 4
    assert not (tmp_path / "points.qix").exists()


def test_a_stop_in_the_middle_puts_everything_back(tmp_path, monkeypatch):
    finals = [tmp_path / name for name in ("a.tif", "b.tif")]
    for final in finals:
        final.write_text("old")
    parts = [tmp_path / name for name in ("a.part", "b.part")]
    for part in parts:
        part.write_text("new")

    def stopped(source, target):
        if source.name == "b.part":
            raise KeyboardInterrupt
        REPLACE(source, target)

    monkeypatch.setattr(replacing.os, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        take_names(list(zip(parts, finals, strict=True)))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "a.tif": "old", "b.tif": "old", "a.part": "new", "b.part": "new"
    }  # fmt: skip


def test_outputs_are_replaced_in_one_place_only():
    """So every one of them is waited for and none is half replaced."""
    from pathlib import Path

    core = Path(replacing.__file__).parent
    callers = {path.name for path in core.rglob("*.py") if "os.replace(" in path.read_text() or ".rename(" in
               path.read_text().replace("os.rename(", "").replace("columns.rename(", "")}  # fmt: skip
    assert callers <= {"replacing.py", "weighing.py"}
