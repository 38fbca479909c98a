"""The chroots of other Debian releases: what is refused, where packages come from, what an interruption leaves."""

import os
import subprocess
from pathlib import Path

import pytest
from support import ROOT

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes chroots")
FAKE = """#!/bin/sh
while [ $# -gt 3 ]; do shift; done
mkdir -p "$1/etc/apt/apt.conf.d" "$1/usr/sbin"
[ -z "$KILLED" ] || kill -9 "$PPID" $$
"""


def bash(code, **environment):
    """Run `code` after the functions of tools/debian.sh; return the finished process."""
    script = f'set -euo pipefail; cd "{ROOT}"; root=$PWD; caller=$PWD; . tools/debian.sh; {code}'
    return subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", **environment},
    )


@pytest.mark.parametrize("words", [(), ("woody",), ("trixie forky", "help"), ("../trixie", "help")])
def test_an_unknown_release_is_refused_in_one_sentence_that_names_the_known_ones(words):
    run = subprocess.run([ROOT / "dev", "debian", *words], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert f"'{words[0] if words else ''}' is not known here" in run.stderr
    assert "./dev debian trixie|forky COMMAND" in run.stderr


def test_without_root_the_sentence_names_the_command_that_works():
    run = bash("id() { echo 1000; }; in_debian trixie test tests/qgis/test_in_qgis.py")
    assert run.returncode == 1
    assert run.stderr == "A chroot needs root. Run: sudo ./dev debian trixie test tests/qgis/test_in_qgis.py\n"


def test_without_debootstrap_one_sentence_tells_what_to_do():
    run = bash("packages() { return 1; }; command() { return 1; }; tools_for_it")
    assert run.returncode == 1
    assert run.stderr.startswith("debootstrap cannot be installed")
    assert run.stderr.count("\n") == 1


@pytest.fixture
def archives(tmp_path):
    """Package sources of a machine, a security archive first, as bash that answers for apt-get."""
    if not Path("/usr/lib/apt/apt-helper").exists():
        pytest.skip("no apt on this machine")
    places = {"a-security/dists/trixie-security": "Debian-Security", "b-other/dists/trixie": "Other"}
    for place, label in (places | {"c-debian/dists/trixie": "Debian"}).items():
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "InRelease").write_text(f"Origin: Debian\nLabel: {label}\n")
    tmp_path.chmod(0o755)
    names = " ".join(f"file:{tmp_path}/{name}/" for name in ("a-security", "b-other", "c-debian"))
    return f"apt-get() {{ printf '%s\\n' {names}; }}; "


def test_the_mirror_is_debians_own_archive_and_no_security_archive(archives, tmp_path):
    assert bash(archives + "mirror_of trixie").stdout == f"file:{tmp_path}/c-debian\n"


def test_a_release_that_no_source_has_asks_for_a_mirror(archives):
    run = bash(archives + "mirror_of forky")
    assert run.returncode == 1
    assert "has Debian forky. Name a mirror: DEBIAN_MIRROR=" in run.stderr
    assert bash(archives + "mirror_of forky", DEBIAN_MIRROR="file:/else").stdout == "file:/else\n"


def test_folders_where_pip_looks_are_found_in_variables_and_configuration(tmp_path):
    for name in ("wheels", "more", "index/simple", "cache"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "pip.conf").write_text(
        f"[global]\ncache-dir = {tmp_path}/cache\nfind-links =\n    {tmp_path}/absent\n    {tmp_path}/more\n"
        f"extra-index-url: file://{tmp_path}/index/simple https://index.invalid/simple\ntimeout = 9\n"
    )
    variables = {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "PIP_FIND_LINKS": f"{tmp_path}/wheels"}
    found = [name for name in bash("folders_of_pip", **variables).stdout.split() if name.startswith(str(tmp_path))]
    assert found == [f"{tmp_path}/{name}" for name in ("index", "more", "wheels")]


@pytest.fixture
def fake_debootstrap(tmp_path):
    """A folder with a debootstrap that makes next to nothing; kills its caller where KILLED is set."""
    program = tmp_path / "bin" / "debootstrap"
    program.parent.mkdir()
    program.write_text(FAKE)
    program.chmod(0o755)
    return program.parent


@needs_root
def test_a_chroot_whose_making_was_killed_is_made_anew(fake_debootstrap, tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    code = f'tools_for_it() {{ :; }}; PATH="{fake_debootstrap}:$PATH"; create trixie "{cache}"'
    assert bash(code, KILLED="1", DEBIAN_MIRROR="file:/m").returncode != 0
    assert (cache / "trixie.part").is_dir()
    assert not (cache / "trixie").exists()
    (cache / "trixie.part" / "half").touch()
    run = bash(code, DEBIAN_MIRROR="file:/m")
    assert run.returncode == 0, run.stderr
    assert (cache / "trixie" / "usr" / "sbin" / "policy-rc.d").exists()
    assert not (cache / "trixie" / "half").exists()
    assert not (cache / "trixie.part").exists()


@needs_root
def test_a_finished_chroot_is_not_made_again(tmp_path):
    (tmp_path / "forky").mkdir()
    run = bash(f'tools_for_it() {{ exit 3; }}; create forky "{tmp_path}"')
    assert (run.returncode, run.stdout) == (0, "")


@needs_root
def test_the_chroot_sees_the_repository_but_has_its_own_environment_and_leaves_nothing_mounted(tmp_path):
    source, chroot = tmp_path / "source", tmp_path / "chroot"
    for name in (".venv", "core", ".git"):
        (source / name).mkdir(parents=True)
        (source / name / "file").write_text("from outside")
    (source / "dev").write_text("from outside")
    (chroot / str(source)[1:] / ".venv").mkdir(parents=True)
    (chroot / str(source)[1:] / "gone").mkdir()
    code = (
        f'seen={chroot}{source}; repository {chroot} {source}; cat "$seen"/{{core/file,.git/file,dev}};'
        ' mv "$seen/.venv" "$seen/.old"; echo; echo changed > "$seen/core/file"; ls -A "$seen"'
    )
    run = bash(f"export -f repository show; export own; unshare --mount bash -euc '{code}'")
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[0] == "from outside" * 3
    assert run.stdout.splitlines()[1:] == [".git", ".old", "build", "core", "dev"]
    assert (source / ".venv" / "file").exists()
    assert (source / "core" / "file").read_text() == "changed\n"
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()
    # nothing but the places of mounts is there, so deleting the chroot takes nothing with it
    assert not any(path.stat().st_size for path in chroot.rglob("*") if path.is_file())
