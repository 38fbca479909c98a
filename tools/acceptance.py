"""Holds an archive of the plugin against what the QGIS plugin repository refuses, and says which file and which rule.

The rules are those of the repository's validator and of its security scan, as they stood in July 2026, with
the same programs and settings. Not tried is what needs the network: whether the addresses in metadata.txt answer.
"""

from __future__ import annotations

import configparser
import json
import re
import subprocess  # nosec B404
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

LIMIT_BYTES = 25_000_000
REQUIRED = (
    "name", "description", "version", "qgisMinimumVersion", "author", "email", "about", "tracker", "repository",
)  # fmt: skip
ADDRESSES = {"tracker": "http://bugs", "repository": "http://repo", "homepage": "http://homepage"}  # left as they were
SWITCHES = ("experimental", "deprecated", "server")
FORBIDDEN = {"__MACOSX", ".git", "__pycache__"}
HIDDEN = {".gitignore", ".gitattributes", ".bandit", ".flake8", ".secrets.baseline"}  # the only ones allowed
PROGRAMS = {".exe", ".dll", ".so", ".dylib", ".bat", ".sh", ".ps1", ".cmd", ".pyc", ".pyd"}
PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".ico"}
TRANSLATIONS = {".qm"}  # the form in which Qt reads them; FILE_BINARY may be skipped, and theirs holds no code
BANDIT = (
    "B101 B102 B103 B104 B105 B106 B107 B108 B110 B112 B113 B201 B202 B301 B302 B303 B304 B305 B306 B307 B308"
    " B310 B311 B312 B313 B314 B315 B316 B317 B318 B319 B321 B323 B324 B401 B402 B403 B405 B406 B407 B408 B409"
    " B412 B413 B501 B502 B503 B504 B505 B506 B507 B508 B509 B601 B602 B603 B604 B605 B606 B607 B608 B609 B610"
    " B611 B612 B613 B614 B615 B701 B702 B703 B704"
)
FLAKE8 = (
    "E101 E711 E712 E713 E714 E721 E722 E731 E741 E742 E743 E901 E902 E999 W605 F402 F403 F404 F405 F811 F821"
    " F822 F823 F831 F901 C901"
)


def problems(archive: Path) -> list[str]:
    """Return a sentence for each thing in `archive` that would be refused; nothing if it would be taken."""
    size = archive.stat().st_size
    if size > LIMIT_BYTES:
        return [f"{archive.name}: it has {size / 1e6:.1f} MB, the limit is {LIMIT_BYTES / 1e6:.0f} MB (size)."]
    if not zipfile.is_zipfile(archive):
        return [f"{archive.name}: it is no zip archive (damaged)."]
    with zipfile.ZipFile(archive) as file:
        entries = [entry for entry in file.infolist() if not entry.is_dir()]
        found = [*_names(entries), *_contents(file, entries)]
        if found:
            return found  # such an archive is not unpacked
        with tempfile.TemporaryDirectory() as folder:
            file.extractall(folder)
            return [
                *_metadata(Path(folder)),
                *_told(_bandit(folder)),
                *_told(_flake8(folder)),
                *_told(_secrets(folder)),
            ]


def _names(entries: list[zipfile.ZipInfo]) -> Iterator[str]:
    """Tell what is wrong with names: of the one folder, of what must be in it, of what may not be there."""
    names = [entry.filename for entry in entries]
    tops = {name.split("/")[0] for name in names}
    top = min(tops, default="")
    if len(tops) > 1 or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]+", top):
        yield f"{', '.join(sorted(tops))}: one folder with a name for Python must hold everything (package name)."
    for needed in ("__init__.py", "metadata.txt", "LICENSE"):
        if f"{top}/{needed}" not in names:
            yield f"{top}/{needed}: it is missing ({'licence' if needed == 'LICENSE' else 'structure'})."
    for name in names:
        path = PurePosixPath(name)
        if ".." in name or "\\" in name or path.is_absolute() or re.match(r"[A-Za-z]:", name):
            yield f"{name}: a name may not lead out of the archive or belong to one system (path)."
        if FORBIDDEN & set(path.parts):
            yield f"{name}: {', '.join(sorted(FORBIDDEN & set(path.parts)))} may not be in an archive (folder)."
        if any(part.startswith(".") and part not in HIDDEN for part in path.parts):
            yield f"{name}: hidden files and folders may not be in an archive (FILE_HIDDEN)."


def _contents(file: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> Iterator[str]:
    """Tell which files are damaged, are programs, or may be run."""
    damaged = file.testzip()
    if damaged:
        yield f"{damaged}: its checksum is wrong (damaged)."
        return
    for entry in entries:
        suffix = PurePosixPath(entry.filename).suffix.lower()
        if suffix in PROGRAMS:
            yield f"{entry.filename}: programs and libraries may not be in an archive (FILE_SUSPICIOUS)."
        elif suffix not in PICTURES | TRANSLATIONS and b"\0" in file.read(entry):
            yield f"{entry.filename}: it is no text; binary files may not be in an archive (FILE_BINARY)."
        if entry.external_attr >> 16 & 0o111:
            yield f"{entry.filename}: a file may not be marked as executable (FILE_EXECUTABLE)."


def _metadata(folder: Path) -> Iterator[str]:
    """Tell what is wrong with the fields of metadata.txt."""
    path = next(folder.glob("*/metadata.txt"))
    where = path.relative_to(folder)
    parser = configparser.ConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
        fields = dict(parser.items("general"))
    except (configparser.Error, UnicodeDecodeError) as err:
        yield f"{where}: it cannot be read ({str(err).splitlines()[0]}) (metadata)."
        return
    for name in REQUIRED:
        if not fields.get(name, "").strip():
            yield f"{where}: the field {name} is missing or empty (metadata)."
    yield from (f"{where}: {text} (metadata)." for text in _odd_fields(fields, path.parent))


def _odd_fields(fields: dict[str, str], folder: Path) -> Iterator[str]:
    """Tell which fields have values that are not taken."""
    for name, placeholder in ADDRESSES.items():
        parts = urlsplit(fields.get(name, ""))
        if fields.get(name) == placeholder or not (parts.scheme in ("http", "https") and parts.netloc):
            yield f"the field {name} is no address on the web: '{fields.get(name, '')}'"
    for name in ("version", "qgisMinimumVersion", "qgisMaximumVersion"):
        if name in fields and not re.fullmatch(r"\d+(\.\d+)+[\w.-]*", fields[name]):
            yield f"the field {name} is no version: '{fields[name]}'"
    for name in SWITCHES:
        if fields.get(name, "no").lower() not in ("true", "false", "yes", "no", "1", "0"):
            yield f"the field {name} is neither True nor False: '{fields[name]}'"
    if "/" in fields.get("author", ""):
        yield f"the field author may not have a slash: '{fields['author']}'"
    if "@" not in fields.get("email", ""):
        yield f"the field email is no address: '{fields.get('email', '')}'"
    if fields.get("icon") and not (folder / fields["icon"]).is_file():
        yield f"the icon '{fields['icon']}' is not in the archive"
    if "supportsQt6" in fields:
        yield "the field supportsQt6 is deprecated; qgisMaximumVersion=4.99 says it"


def _run(folder: str, *arguments: str) -> str:
    """Run a checker of this environment in `folder`; return what it found, and raise if it could not work."""
    run = subprocess.run(  # nosec B603
        [sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8"
    )
    if run.returncode not in (0, 1) or "No module named" in run.stderr:
        raise RuntimeError(f"{arguments[0]} could not work:\n{run.stderr or run.stdout}")
    return run.stdout


def _told(findings: Iterator[tuple[str, int, str, str]]) -> Iterator[str]:
    """Yield a sentence for each file and rule: where it is broken first, and how often."""
    groups: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for name, line, text, rule in findings:
        groups.setdefault((name.removeprefix("./"), rule), []).append((line, text))
    for (name, rule), places in groups.items():
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        yield f"{name}:{places[0][0]}{more}: {places[0][1]} ({rule})."


def _bandit(folder: str) -> Iterator[tuple[str, int, str, str]]:
    """Yield file, line, text and rule of what bandit finds with the tests that the repository has enabled."""
    answer = json.loads(_run(folder, "bandit", "-r", ".", "-f", "json", "-q", "-t", ",".join(BANDIT.split())))
    for item in answer["results"]:
        yield item["filename"], item["line_number"], item["issue_text"].rstrip("."), item["test_id"]


def _flake8(folder: str) -> Iterator[tuple[str, int, str, str]]:
    """Yield the same of what flake8 finds with the codes that the repository has enabled."""
    answer = _run(folder, "flake8", "--max-line-length=120", "--select", ",".join(FLAKE8.split()), ".")
    for line in answer.splitlines():
        place, _, text = line.partition(": ")
        name, number, _ = place.rsplit(":", 2)
        code, _, text = text.partition(" ")
        yield name, int(number), text, code


def _secrets(folder: str) -> Iterator[tuple[str, int, str, str]]:
    """Yield the same of what detect-secrets takes for a secret; it asks nobody whether one is valid."""
    answer = _run(
        folder, "detect_secrets", "scan", "--all-files", "--no-verify",
        "--exclude-files", r"metadata\.txt", "--exclude-files", r"\.secrets\.baseline",
        "--disable-plugin", "IPPublicDetector", ".",
    )  # fmt: skip
    for name, items in json.loads(answer)["results"].items():
        for item in items:
            yield name, item["line_number"], "this looks like a secret", item["type"]


def main() -> int:
    """Check the archives that are named; return 1 if one of them would be refused."""
    refused = False
    for archive in map(Path, sys.argv[1:]):
        found = problems(archive)
        if found:
            sys.stderr.write(f"The plugin repository would refuse '{archive}':\n" + "".join(f"  {t}\n" for t in found))
            refused = True
    return int(refused)


if __name__ == "__main__":
    sys.exit(main())
