"""Makes the installable plugin: build/regionwise-VERSION.zip, with what QGIS needs and nothing else."""

from __future__ import annotations

import configparser
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = ("metadata.txt", "__init__.py", "plugin.py", "LICENSE", "README.md", "CHANGELOG.md")
FOLDERS = ("_alias", "algorithms", "core", "gui", "help", "i18n", "models", "resources")
LEFT_OUT = {".pyc", ".png", ".ts"}  # of i18n/, Qt reads the .qm files only


def main() -> None:
    """Write the archive and print its path."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "metadata.txt", encoding="utf-8")
    target = ROOT / "build" / f"regionwise-{parser['general']['version']}.zip"
    target.parent.mkdir(exist_ok=True)
    paths = [ROOT / name for name in FILES]
    for folder in FOLDERS:
        paths += sorted(p for p in (ROOT / folder).rglob("*") if p.is_file() and p.suffix not in LEFT_OUT)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            # a fixed time, so that the same files give the same archive
            entry = zipfile.ZipInfo(f"regionwise/{path.relative_to(ROOT).as_posix()}", (2026, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    sys.stdout.write(f"{target}\n")


if __name__ == "__main__":
    main()
