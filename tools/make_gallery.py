"""Makes docs/gallery from what demos and tutorials have made: maps as QGIS shows them, and the head of each report.

    ./dev demo; ./dev demo series; ./dev demo susceptibility; ./dev demo forecast
    tools/make_gallery.py
    tools/make_gallery.py tutorials

The second one runs the commands of the tutorials on real data first, for each family whose data lie in
demo-output/tutorials/FAMILY/data, as its page says. Maps are drawn by QGIS (of the system's Python) with the styles
beside them; reports by Chromium.
"""

from __future__ import annotations

import re
import shutil
import subprocess  # nosec B404
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEMO, GALLERY = ROOT / "demo-output", ROOT / "docs" / "gallery"
MAPS = {
    "composition": DEMO / "results" / "dominant.tif",
    "abundance": DEMO / "series" / "results" / "dominant.tif",
    "crops": DEMO / "fields" / "results" / "crops.tif",
    "susceptibility": DEMO / "susceptibility" / "results" / "classes.tif",
    "forecast": DEMO / "forecast" / "results" / "forecast.tif",
}
REPORTS = {
    "composition": DEMO / "results" / "global.html",
    "abundance": DEMO / "series" / "results" / "abundance.html",
    "crops": DEMO / "fields" / "results" / "crops.html",
    "susceptibility": DEMO / "susceptibility" / "results" / "susceptibility.html",
    "forecast": DEMO / "forecast" / "results" / "forecast.html",
}
TUTORIALS = {  # the map of each that is shown; its report is report.html
    "composition": "dominant.tif",
    "abundance": "dominant.tif",
    "crops": "crops.tif",
    "susceptibility": "classes.tif",
    "forecast": "2024.tif",
}
WIDTH, HEIGHT = 1280, 1500  # of the head of a report, in pixels
SMALLER = 0.55
DRAW = """
import sys
from qgis.core import QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsRasterLayer
from qgis.PyQt.QtCore import QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFont, QImage, QPainter

SIDE, LEGEND, LINE, MOST = 520, 520, 21, 24
application = QgsApplication([], False)
application.initQgis()
raster, target = sys.argv[1:]
layer = QgsRasterLayer(raster, "map")
layer.loadDefaultStyle()
settings = QgsMapSettings()
settings.setLayers([layer])
settings.setExtent(layer.extent())
high = round(SIDE * min(1, layer.extent().height() / layer.extent().width()))
settings.setOutputSize(QSize(SIDE, high))
settings.setBackgroundColor(QColor("white"))
job = QgsMapRendererParallelJob(settings)
job.start()
job.waitForFinished()
shown = job.renderedImage()
items = layer.renderer().legendSymbologyItems()[:MOST]
image = QImage(SIDE + LEGEND, max(high, LINE * (len(items) + 1)), QImage.Format_RGB32)
image.fill(Qt.white)
painter = QPainter(image)
painter.drawImage(0, 0, shown)
painter.setFont(QFont("DejaVu Sans", 9))
for number, (label, colour) in enumerate(items):
    top = LINE * number + 8
    painter.fillRect(QRectF(SIDE + 14, top, 20, 14), colour)
    painter.drawText(QRectF(SIDE + 42, top - 3, LEGEND - 46, LINE), 0, label)
painter.end()
image.save(target)
"""


def main() -> None:
    """Draw every map and report of the demos or of the tutorials."""
    GALLERY.mkdir(parents=True, exist_ok=True)
    draw_tutorials() if sys.argv[1:] == ["tutorials"] else draw_demos()


def draw_tutorials() -> None:
    """Run the commands of each tutorial whose data are there, and draw what they make."""
    for name, raster in TUTORIALS.items():
        folder = DEMO / "tutorials" / name
        if not (folder / "data").is_dir():
            print(f"{name}: left out, there is no {(folder / 'data').relative_to(ROOT)}")
            continue
        (folder / "results").mkdir(exist_ok=True)
        page = (ROOT / "docs" / "tutorials" / f"{name}.md").read_text(encoding="utf-8")
        blocks = re.findall(r"<!-- real -->\n```bash\n(.*?)```", page, re.DOTALL)
        commands = f'set -e\nqgis_process() {{ "{ROOT}/dev" qgis_process "$@"; }}\n' + "\n".join(blocks)
        subprocess.run(["/bin/bash", "-c", commands], cwd=folder, check=True)  # nosec B603
        draw_map(folder / "results" / raster, GALLERY / f"tutorial-{name}-map.png")
        with tempfile.TemporaryDirectory() as whole:
            draw_report(folder / "results" / "report.html", GALLERY / f"tutorial-{name}-report.png", Path(whole))


def draw_demos() -> None:
    """Draw every map and report of the demos, and say which demo is missing."""
    missing = [str(path.relative_to(ROOT)) for path in (*MAPS.values(), *REPORTS.values()) if not path.exists()]
    if missing:
        sys.exit(f"Run the demos first: there is no {', '.join(missing)}.")
    with tempfile.TemporaryDirectory() as folder:
        for name, raster in MAPS.items():
            draw_map(raster, GALLERY / f"{name}-map.png")
        for name, page in REPORTS.items():
            draw_report(page, GALLERY / f"{name}-report.png", Path(folder))


def draw_map(raster: Path, target: Path) -> None:
    """Draw a raster with its legend, as QGIS shows it."""
    environment = {"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin", "HOME": tempfile.gettempdir()}
    subprocess.run(["/usr/bin/python3", "-c", DRAW, str(raster), str(target)], check=True, env=environment)  # nosec B603
    print(target.relative_to(ROOT))


def draw_report(page: Path, target: Path, folder: Path) -> None:
    """Draw the head of a report, smaller."""
    from PIL import Image

    chromium = shutil.which("chromium") or sys.exit("Chromium is missing (Debian: chromium).")
    whole = folder / target.name
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={WIDTH},{HEIGHT}"]
    subprocess.run([chromium, *options, f"--screenshot={whole}", page.as_uri()], check=True, capture_output=True)  # nosec B603
    with Image.open(whole) as picture:
        size = round(WIDTH * SMALLER), round(HEIGHT * SMALLER)
        picture.convert("RGB").resize(size, Image.Resampling.LANCZOS).quantize(128).save(target, optimize=True)
    print(target.relative_to(ROOT))


if __name__ == "__main__":
    main()
