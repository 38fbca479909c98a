"""What the plugin repository would refuse is told before it is sent there: which file, and which rule."""

from __future__ import annotations

import configparser
import zipfile

import pytest
from regionwise.tools import acceptance
from support import ROOT

METADATA = """[general]
name=Small
description=A plugin.
about=It does little.
version=0.1
author=Somebody
email=somebody@example.org
qgisMinimumVersion=3.22
qgisMaximumVersion=4.99
tracker=https://example.org/issues
repository=https://example.org/code
homepage=https://example.org
experimental=True
icon=icon.svg
"""
WHOLE = {
    "small/__init__.py": "def classFactory(iface):\n    return None\n",
    "small/metadata.txt": METADATA,
    "small/LICENSE": "GPL",
    "small/icon.svg": "<svg/>",
}


def told(tmp_path, files: dict | None = None, mode: int = 0o644) -> str:
    """Return what is told of a small archive with `files` besides, or instead; None leaves one out."""
    path = tmp_path / "small-0.1.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (WHOLE | (files or {})).items():
            if content is not None:
                entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
                entry.external_attr = (mode if name not in WHOLE else 0o644) << 16
                archive.writestr(entry, content)
    return "\n".join(acceptance.problems(path))


def test_an_archive_that_is_whole_is_taken(tmp_path):
    assert told(tmp_path) == ""


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("small/fast.so", "", "small/fast.so: programs and libraries may not be in an archive (FILE_SUSPICIOUS)."),
        ("small/run.BAT", "", "small/run.BAT: programs and libraries"),
        ("small/a.pyc", "", "small/a.pyc: programs and libraries"),
        ("small/weights.bin", b"\x01\x00", "small/weights.bin: it is no text; binary files may not"),
        ("small/LICENSE", None, "small/LICENSE: it is missing (licence)."),
        ("small/__init__.py", None, "small/__init__.py: it is missing (structure)."),
        ("small/__pycache__/a.txt", "", "small/__pycache__/a.txt: __pycache__ may not be in an archive (folder)."),
        ("small/.git/config", "", "small/.git/config: .git may not be in an archive (folder)."),
        ("small/.idea/x.xml", "", "small/.idea/x.xml: hidden files and folders may not"),
        ("small/../x.txt", "", "small/../x.txt: a name may not lead out of the archive"),
        ("other/x.txt", "", "other, small: one folder with a name for Python must hold everything (package name)."),
    ],
)
def test_files_that_may_not_be_there_or_are_missing_are_named(tmp_path, name, content, sentence):
    assert sentence in told(tmp_path, files={name: content})


@pytest.mark.parametrize("name", ["small/a.png", "small/i18n/small_de.qm"])
def test_pictures_and_translations_are_no_binary_files(tmp_path, name):
    assert told(tmp_path, files={name: b"\x89\x00"}) == ""


def test_a_file_marked_as_executable_is_named(tmp_path):
    found = told(tmp_path, mode=0o755, files={"small/tool.py": "pass\n"})
    assert found == "small/tool.py: a file may not be marked as executable (FILE_EXECUTABLE)."


def test_an_archive_that_is_too_large_is_named_with_its_size(tmp_path):
    found = told(tmp_path, files={"small/table.csv": b"1" * 25_100_000})
    assert found == "small-0.1.zip: it has 25.1 MB, the limit is 25 MB (size)."


def test_a_file_that_is_no_archive_is_told(tmp_path):
    (tmp_path / "a.zip").write_text("no")
    assert acceptance.problems(tmp_path / "a.zip") == ["a.zip: it is no zip archive (damaged)."]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("about=It does little.\n", "", "the field about is missing or empty (metadata)."),
        ("https://example.org/issues", "http://bugs", "the field tracker is no address on the web: 'http://bugs'"),
        ("homepage=https://example.org", "homepage=example", "the field homepage is no address on the web: 'example'"),
        ("version=0.1", "version=next", "the field version is no version: 'next'"),
        ("=Somebody", "=Some/body", "the field author may not have a slash: 'Some/body'"),
        ("somebody@example.org", "somebody", "the field email is no address: 'somebody'"),
        ("experimental=True", "experimental=perhaps", "the field experimental is neither True nor False: 'perhaps'"),
        ("icon=icon.svg", "icon=lost.svg", "the icon 'lost.svg' is not in the archive"),
        ("icon=icon.svg", "supportsQt6=True", "the field supportsQt6 is deprecated"),
        ("[general]", "[other]", "it cannot be read (No section: 'general')"),
    ],
)
def test_fields_of_the_metadata_that_are_not_taken_are_named(tmp_path, monkeypatch, old, new, sentence):
    monkeypatch.setattr(acceptance, "_run", lambda folder, name, *rest: "" if name == "flake8" else '{"results": {}}')
    found = told(tmp_path, files={"small/metadata.txt": METADATA.replace(old, new)})
    assert found.startswith("small/metadata.txt: ")
    assert sentence in found


def test_secrets_dangerous_calls_and_undefined_names_are_found_where_they_are(tmp_path):
    secret = "-----BEGIN RSA " + "PRIVATE KEY-----"
    digest = "".join(f"{7919 * number % 256:02x}" for number in range(32))
    found = told(
        tmp_path,
        files={
            "small/notes.md": f"first\n{secret}\n",
            "small/lock.json": f'["{digest}",\n"{digest[::-1]}",\n"sha256:{digest}"]\n',
            "small/work.py": "def run(text):\n    return eval(text), lost\n",
        },
    ).splitlines()
    assert found == [
        "small/work.py:2: Use of possibly insecure function - consider using safer ast.literal_eval (B307).",
        "small/work.py:2: undefined name 'lost' (F821).",
        "small/lock.json:1 and 1 more: this looks like a secret (Hex High Entropy String).",
        "small/notes.md:2: this looks like a secret (Private Key).",
    ]


def test_a_checker_that_is_not_there_is_no_clean_bill(tmp_path):
    with pytest.raises(RuntimeError, match="no_such_checker could not work"):
        acceptance._run(str(tmp_path), "no_such_checker")


def test_the_plugins_own_metadata_is_taken_and_says_qgis_4_in_the_way_that_counts():
    parser = configparser.ConfigParser()
    parser.optionxform = str
    parser.read(ROOT / "metadata.txt", encoding="utf-8")
    fields = dict(parser.items("general"))
    assert not list(acceptance._odd_fields(fields, ROOT))
    assert set(fields) >= set(acceptance.REQUIRED)
    assert (fields["qgisMinimumVersion"], fields["qgisMaximumVersion"]) == ("3.22", "4.99")
    assert fields["hasProcessingProvider"] == "yes"
