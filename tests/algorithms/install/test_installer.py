"""The installer: builds from what the lock names and nothing else, puts it in force in one step, works offline."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from regionwise.algorithms.install import home as homes
from regionwise.algorithms.install import installation, uv
from regionwise.algorithms.install.download import PlainNetwork
from regionwise.algorithms.install.installation import Request, Surroundings, choose, download, install, remove
from regionwise.algorithms.install.lock import read_lock
from regionwise.algorithms.install.platforms import this_platform
from regionwise.algorithms.install.sources import Sources, read_sources
from regionwise.algorithms.install.telling import Console
from regionwise.core.contract.errors import CancelledError, RegionwiseError
from support import ROOT, run_in_qgis
from wheelhouse import index_of, lock_of, make_wheel

HERE = this_platform().name
posix = pytest.mark.skipif(os.name == "nt", reason="a shell script stands for a program")
OWN_UV = next((ROOT / ".venv").glob("*/uv"), None) or shutil.which("uv")


class Feedback(Console):
    """Keeps lines, and cancels at the first one that holds `cancel_at`."""

    def __init__(self, cancel_at=""):
        self.lines, self.warnings = [], []
        self._cancel_at = cancel_at

    def pushInfo(self, info):
        self.lines.append(info)

    def pushWarning(self, warning):
        self.warnings.append(warning)

    def isCanceled(self):
        return bool(self._cancel_at) and any(self._cancel_at in line for line in self.lines)


@pytest.fixture
def house(tmp_path):
    folder = tmp_path / "house"
    folder.mkdir()
    return folder


@pytest.fixture
def small(house, monkeypatch):
    """An engine of two small wheels, with torch a third one; computing is taken for granted."""
    wheels = [make_wheel(house, "one"), make_wheel(house, "two", "2.0")]
    torch = make_wheel(house, "torch", "9.0+cpu")
    lock = lock_of(wheels, [HERE], tool=make_wheel(house, "uv"), full=[], cpu=[torch])
    monkeypatch.setattr(installation, "read_lock", lambda: lock)
    monkeypatch.setattr(installation, "verify", lambda *_: "cpu")
    monkeypatch.setattr(installation, "uv_program", lambda *_: str(OWN_UV))
    return lock


@pytest.fixture
def around(tmp_path):
    """Return a function that makes the surroundings of an installation, with spaces and an umlaut in its home."""

    def make(index="http://127.0.0.1:9/simple", feedback=None, **more):
        feedback = feedback or Feedback()
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "UV_HTTP_RETRIES": "0",
            "PIP_RETRIES": "0",
            **more,
        }
        return Surroundings(tmp_path / "Ä home", Sources(index=index), PlainNetwork(), feedback, variables)

    return make


def old_engine(home):
    """Put a pretended engine in force and return its interpreter."""
    interpreter = homes.interpreter_of(home / "0000")
    interpreter.parent.mkdir(parents=True)
    interpreter.touch()
    (home / "0000" / "pyvenv.cfg").touch()
    homes.put_in_force(home, home / "0000")
    return interpreter


def imported(interpreter, code):
    return subprocess.run([interpreter, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def without_uv(monkeypatch):
    def fail(*_):
        raise RegionwiseError("uv cannot be had.")

    monkeypatch.setattr(installation, "uv_program", fail)


@pytest.mark.parametrize("tool", ["uv", "pip"])
@pytest.mark.parametrize("source", ["index", "folder"])
def test_engine_is_built_from_index_and_folder_by_uv_and_pip(small, house, around, monkeypatch, tool, source):
    if tool == "pip":
        without_uv(monkeypatch)
    with index_of(house) as (index, asked):
        surroundings = around(index)
        request = Request(source="index" if source == "index" else str(house), python=sys.executable)
        interpreter = install(request, surroundings)
    assert imported(interpreter, "import one, two, torch; print(one.x + two.x)") == "2"
    assert bool(asked) == (source == "index")
    assert homes.installed(surroundings.home) == interpreter
    assert homes.stamp_of(interpreter)["engine"] == "full"
    assert [p.name for p in surroundings.home.iterdir() if p.is_dir()] == [interpreter.parents[1].name]
    lines = surroundings.feedback.lines
    assert any("MB come from the package index" in line or "no network is used" in line for line in lines)
    if tool == "pip":
        assert any("pip is used instead of uv" in line for line in surroundings.feedback.warnings)


@pytest.mark.parametrize("damaged", [True, False])
@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_index_with_other_content_is_refused_and_the_old_engine_stays(small, house, around, monkeypatch, tool, damaged):
    if tool == "pip":
        without_uv(monkeypatch)
    with index_of(house, spoil="two-2.0-py3-none-any.whl", damaged=damaged) as (index, _):
        surroundings = around(index)
        old = old_engine(surroundings.home)
        with pytest.raises(RegionwiseError, match="came damaged, or another one than the lock names"):
            install(Request(python=sys.executable), surroundings)
    assert homes.installed(surroundings.home) == old
    assert sorted(p.name for p in surroundings.home.iterdir()) == ["0000", homes.POINTER, homes.GUARD]


def test_folder_that_lacks_a_wheel_or_holds_another_one_is_refused_before_the_work(small, house, around):
    surroundings = around()
    (house / "two-2.0-py3-none-any.whl").write_bytes(b"other")
    with pytest.raises(RegionwiseError, match="two-2.0-py3-none-any.whl has another hash than the lock names"):
        install(Request(source=str(house), python=sys.executable), surroundings)
    (house / "two-2.0-py3-none-any.whl").unlink()
    with pytest.raises(RegionwiseError, match="lacks two-2.0-py3-none-any.whl"):
        install(Request(source=str(house), python=sys.executable), surroundings)
    with pytest.raises(RegionwiseError, match="is no folder of wheels"):
        install(Request(source=str(house / "no"), python=sys.executable), surroundings)
    assert not any("Building" in line for line in surroundings.feedback.lines)


def test_no_network_is_told_and_nothing_is_left(small, around):
    surroundings = around()
    old = old_engine(surroundings.home)
    with pytest.raises(RegionwiseError, match=r"(?s)torch 9.0\+cpu cannot be had.*ENGINE = trees"):
        install(Request(python=sys.executable), surroundings)
    with pytest.raises(RegionwiseError, match=r"(?s)Building the engine failed.*proxy.*SOURCE"):
        install(Request(python=sys.executable, engine="trees"), surroundings)
    assert homes.installed(surroundings.home) == old


def test_cancelled_installation_changes_nothing(small, house, around):
    with index_of(house) as (index, _):
        surroundings = around(index, Feedback(cancel_at="Building with"))
        old = old_engine(surroundings.home)
        with pytest.raises(CancelledError):
            install(Request(python=sys.executable), surroundings)
    assert homes.installed(surroundings.home) == old
    assert not [p for p in surroundings.home.iterdir() if p.is_dir() and p.name != "0000"]


def test_engine_that_does_not_compute_is_not_put_in_force(small, house, around, monkeypatch):
    def fail(*_):
        raise RegionwiseError("A tree: FAILED")

    monkeypatch.setattr(installation, "verify", fail)
    surroundings = around()
    with pytest.raises(RegionwiseError, match="A tree: FAILED"):
        install(Request(source=str(house), python=sys.executable), surroundings)
    assert homes.installed(surroundings.home) is None


def test_engine_up_to_date_is_kept_and_one_of_another_lock_is_replaced(small, house, around, monkeypatch):
    surroundings = around()
    request = Request(source=str(house), python=sys.executable)
    first = install(request, surroundings)
    assert install(request, surroundings) == first
    second = install(Request(source=str(house), python=sys.executable, repair=True), surroundings)
    assert second != first
    assert not first.exists()
    with monkeypatch.context() as elsewhere:  # a newer Python appears: no reason to build again
        elsewhere.setattr(installation, "find_python", lambda *_, **__: (sys.executable, (3, 14)))
        assert install(Request(source=str(house)), surroundings) == second
    newer = make_wheel(house, "two", "3.0")
    lock = lock_of(
        [newer], [HERE], tool=make_wheel(house, "uv"), full=[], cpu=[house / "torch-9.0+cpu-py3-none-any.whl"]
    )
    monkeypatch.setattr(installation, "read_lock", lambda: lock)
    third = install(request, surroundings)
    assert imported(third, "import two, importlib.metadata as m; print(m.version('two'))") == "3.0"


@posix
def test_python_that_is_none_or_too_old_is_refused(small, tmp_path, around):
    old = tmp_path / "python3"
    old.write_text(
        '#!/bin/sh\necho \'{"version": [3, 9], "name": "cpython", "bits": 64, "threads": false, "venv": true}\'\n'
    )
    old.chmod(0o755)
    for program, trouble in ((str(old), "it is Python 3.9"), ("/no/python", "no such file"), (__file__, "not run as")):
        with pytest.raises(RegionwiseError, match=f"cannot be used: .*{trouble}"):
            install(Request(python=program), around())


def test_folder_decides_which_engine_and_python_it_is_for(house, around, monkeypatch):
    wheels, torch = [make_wheel(house, "one")], make_wheel(house, "torch", "9.0")
    lock = lock_of(wheels, [HERE], full=[], cpu=[torch])
    monkeypatch.setattr(installation, "read_lock", lambda: lock)
    assert choose(Request(source=str(house), python=sys.executable), around())[0].engine == "full"
    torch.unlink()
    assert choose(Request(source=str(house), python=sys.executable), around())[0].engine == "trees"


def test_engine_without_torch_is_taken_where_torch_has_no_wheel(house, around, monkeypatch):
    lock = lock_of([make_wheel(house, "one")], [HERE])
    monkeypatch.setattr(installation, "read_lock", lambda: lock)
    surroundings = around()
    assert choose(Request(python=sys.executable), surroundings)[0].engine == "trees"
    assert "torch has no wheel for this machine" in surroundings.feedback.warnings[0]
    for python in (sys.executable, ""):
        with pytest.raises(RegionwiseError, match="torch has no wheel. Choose ENGINE = trees or auto"):
            choose(Request(engine="full", python=python), surroundings)


def test_cuda_that_cannot_be_had_is_said_and_stamped_as_what_it_is(small, house, around):
    surroundings = around()
    interpreter = install(Request(source=str(house), device="cuda", python=sys.executable), surroundings)
    assert any("torch has no CUDA for this kind of machine" in line for line in surroundings.feedback.warnings)
    assert homes.stamp_of(interpreter)["device"] == "cpu"


def test_old_engines_are_removed_with_the_new_one(small, house, around, tmp_path):
    surroundings = around()
    install(Request(source=str(house), python=sys.executable), surroundings)
    old = tmp_path / "profile" / "regionwise"
    (old / "engine-0.2.0-1" / "bin").mkdir(parents=True)
    (old / homes.POINTER).write_text(json.dumps({"folder": "engine-0.2.0-1"}))
    assert remove(surroundings.home, [old]) == [surroundings.home, old]
    assert homes.installed(surroundings.home) is None
    assert not (old / "engine-0.2.0-1").exists()
    assert remove(surroundings.home, [old]) == []


def test_folder_for_another_machine_holds_its_wheels_and_uv(house, around, tmp_path, monkeypatch):
    wheels, tool = [make_wheel(house, "one")], make_wheel(house, "uv", "1.0")
    lock = lock_of(wheels, ["win_amd64"], tool=tool, pythons=("3.12",))
    monkeypatch.setattr(installation, "read_lock", lambda: lock)
    request = Request(platform="win_amd64", python_version="3.12.4")
    with index_of(house) as (index, _):
        plan = download(request, tmp_path / "made", around(index))
    assert (plan.platform, plan.python, plan.engine) == ("win_amd64", (3, 12), "trees")
    assert sorted(p.name for p in (tmp_path / "made").iterdir()) == [wheels[0].name, tool.name]


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (Request(platform="amiga"), "PLATFORM 'amiga' is unknown. Choose one of win_amd64"),
        (Request(platform="win_amd64", python_version="new"), "PYTHON_VERSION 'new' is no version"),
        (Request(platform="win_amd64", python_version="3.9"), "has packages for Python 3.11, 3.12, .* not for 3.9"),
        (Request(platform="macosx_13_0_x86_64", engine="full", python_version="3.12"), "torch has no wheel"),
        (Request(platform="macosx_14_0_arm64", device="cuda", python_version="3.12"), "no build for NVIDIA GPUs"),
    ],
)
def test_folder_that_cannot_be_made_is_refused_before_the_work(around, tmp_path, request_, error):
    with pytest.raises(RegionwiseError, match=error):
        download(request_, tmp_path / "made", around())
    assert not (tmp_path / "made").exists()


@posix
def test_uv_that_does_not_run_is_told(house, tmp_path):
    import zipfile

    path = make_wheel(house, "uv", "1.0")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("uv-1.0.data/scripts/uv", "#!/bin/sh\necho blocked by policy\nexit 3\n")
    lock = lock_of([], [HERE], tool=path)
    with (
        index_of(house) as (index, _),
        pytest.raises(RegionwiseError, match=r"uv does not run here \(blocked by policy"),
    ):
        uv.uv_program(tmp_path, lock.tool(HERE), Sources(index=index), PlainNetwork(), Feedback(), dict(os.environ))
    assert not list(tmp_path.rglob("uv"))


def pretended_python(folder):
    """Write the archive of a Python as uv fetches it, which is this machine's, and return its list of downloads."""
    own, version = Path("/usr/bin/python3").resolve(), subprocess.run(
        ["/usr/bin/python3", "-I", "-c", "import platform; print(platform.python_version())"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    major, minor, patch = (int(n) for n in version.split("."))
    program = folder / "python" / "bin" / f"python{major}.{minor}"
    library = folder / "python" / "lib" / f"python{major}.{minor}" / "_sysconfigdata__linux_x86_64-linux-gnu.py"
    for path in (program, library):
        path.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {own} "$@"\n')
    program.chmod(0o755)
    library.write_text("# system configuration generated and used by the sysconfig module\nbuild_time_vars = {}\n")
    for name in ("python3", "python"):
        (program.parent / name).symlink_to(program.name)
    archive = folder / "python.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        file.add(folder / "python", "python")
    entry = {
        "name": "cpython", "arch": {"family": "x86_64", "variant": None}, "os": "linux", "libc": "gnu",
        "major": major, "minor": minor, "patch": patch, "prerelease": "", "url": archive.as_uri(), "variant": None,
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(), "build": "20260101",
    }  # fmt: skip
    listing = folder / "downloads.json"
    listing.write_text(json.dumps({f"cpython-{version}-linux-x86_64-gnu": entry}))
    return listing.as_uri(), (major, minor)


@pytest.mark.skipif(HERE != "manylinux_2_28_x86_64", reason="the pretended Python is for Linux on x86_64")
def test_python_is_brought_where_none_is_found(small, house, around, monkeypatch, tmp_path):
    listing, version = pretended_python(tmp_path)
    monkeypatch.setattr(installation, "find_python", lambda *_, **__: None)
    monkeypatch.setattr(installation, "BROUGHT", version)
    surroundings = around(UV_PYTHON_DOWNLOADS_JSON_URL=listing)
    interpreter = install(Request(source=str(house)), surroundings)
    assert imported(interpreter, "import one; print(one.x)") == "1"
    assert any("uv brings Python" in line for line in surroundings.feedback.lines)
    assert list((surroundings.home / "python").glob("cpython-*"))
    remove(surroundings.home, [])
    assert not (surroundings.home / "python").exists()


def test_python_that_cannot_be_brought_is_told_with_what_to_do(small, house, around, monkeypatch, tmp_path):
    monkeypatch.setattr(installation, "find_python", lambda *_, **__: None)
    nothing = around(UV_PYTHON_DOWNLOADS_JSON_URL=(tmp_path / "no.json").as_uri())
    with pytest.raises(RegionwiseError, match=r"(?s)No Python that fits was found.*python.org.*MIRROR"):
        install(Request(source=str(house)), nothing)
    without_uv(monkeypatch)
    with pytest.raises(RegionwiseError, match=r"(?s)No Python 3.11, .* was found, and uv.*PYTHON"):
        install(Request(source=str(house)), nothing)


@pytest.fixture(scope="session")
def wheels():
    """A folder with all wheels of the engine, made as a user makes one for a computer without internet."""
    folder = ROOT / ".cache" / "wheels"
    feedback = Feedback()
    surroundings = Surroundings(ROOT / ".cache" / "home", read_sources(), PlainNetwork(), feedback, os.environ)
    plan, _ = choose(Request(device="cpu", python="/usr/bin/python3"), surroundings)
    version = ".".join(str(n) for n in plan.python)
    try:
        download(Request(device="cpu", python_version=version), folder, surroundings)
    except RegionwiseError as err:
        if "torch" not in err.message:
            raise
        pytest.skip(f"no CPU build of torch can be downloaded here ({err.message})")
    return folder


@pytest.mark.qgis
@pytest.mark.skipif(os.name == "nt", reason="needs QGIS")
def test_engine_from_a_folder_of_wheels_installs_offline_works_and_is_removed(wheels, tmp_path):
    home = tmp_path / "engine home"
    found = run_in_qgis(
        f"""
first = processing.run("regionwise:installengine", {{"SOURCE": {str(wheels)!r}, "DEVICE": "cpu"}})
world = processing.run("regionwise:simulate", {{"SIZE": 64, "OUTPUT_FOLDER": {str(tmp_path / "w")!r}}})
checked = processing.run("regionwise:checkengine", {{"REPORT": {str(tmp_path / "c.html")!r}}})
processing.run("regionwise:installengine", {{"ACTION": "remove"}})
print(json.dumps([first["INTERPRETER"], checked["VERDICT"]]))
""",
        OMP_NUM_THREADS="1",
        REGIONWISE_PYTHON="",
        REGIONWISE_HOME=str(home),
        PIP_INDEX_URL="http://127.0.0.1:9/none",
        PIP_CONFIG_FILE=os.devnull,
    )
    assert found[0].startswith(str(home))
    assert found[1] == "The engine works."
    assert (tmp_path / "w" / "day.tif").exists()
    assert homes.installed(home) is None
    assert not [path for path in Path(home).iterdir() if path.is_dir()]


def test_every_platform_has_its_engine():
    lock = read_lock()
    engines = {name: lock.best_engine(name) for name in ("win_amd64", "macosx_14_0_arm64", "macosx_12_0_arm64")}
    assert engines == {"win_amd64": "full", "macosx_14_0_arm64": "full", "macosx_12_0_arm64": "trees"}
    assert lock.best_engine("macosx_13_0_x86_64") == "trees"
    for machine in ("x86_64", "aarch64"):
        assert all(
            lock.has(f"manylinux_2_28_{machine}", python, "full", device)
            for python in ((3, 11), (3, 12), (3, 13), (3, 14))
            for device in ("cpu", "cuda")
        )
