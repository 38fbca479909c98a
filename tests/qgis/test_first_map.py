"""The first map of a new user: unnamed bands, night lights on another grid, points; clicks are counted.

What the screen showed lies in build/first-map/ afterwards, a picture for each step; `tools/make_film.py` puts them
together.
"""

import shutil

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from desktop import in_desktop, keep_pictures
from rasterio.warp import Resampling, calculate_default_transform, reproject
from support import ROOT

pytestmark = [pytest.mark.qgis, pytest.mark.train]
MOST_CLICKS = 15
CODE = """
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from qgis.PyQt.QtTest import QTest
data = Path({data!r})
window = iface.mainWindow()
clicks, frames = 0, 0

def frame(text):
    nonlocal frames
    frames += 1
    shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
    # without a window manager the screen keeps what a closed dialog covered
    picture = QGuiApplication.primaryScreen().grabWindow(0) if shown else window.grab()
    picture.save(str(out / f"{{frames:02d}}.png"))
    say(f"frame {{frames:02d}} {{clicks}} {{text}}")

def click(widget):
    nonlocal clicks
    clicks += 1
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, widget.rect().center())
    settle(1)

def button(parent, text):
    return next(b for b in parent.findChildren(QAbstractButton) if text in b.text().replace("&", "") and b.isVisible())

window.setGeometry(0, 0, 1400, 900)
settle(2)
panel = window.findChild(QDockWidget, "RegionwiseStartPanel")
frame("The panel Start here is open")

mime = QMimeData()
mime.setUrls([QUrl.fromLocalFile(str(data / name)) for name in ("landsat.tif", "viirs.tif", "villages.gpkg")])
clicks += 3
held = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
middle = window.rect().center()
for event in (QDragEnterEvent(middle, *held), QDropEvent(QPointF(middle), *held)):
    QApplication.sendEvent(window, event)
wait(lambda: len(project.mapLayers()) == 3, 60)
settle(3)
say("layers " + " ".join(sorted(layer.name() for layer in project.mapLayers().values())))
frame("Three files are dragged into QGIS: select the first, the last, drag")

click(panel.findChild(QCommandLinkButton, "card_composition"))
windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, QgsProcessingAlgorithmDialogBase)]
dialog = next(w for w in windows if w.isVisible())
dialog.setGeometry(180, 60, 1000, 720)
settle(1)
values = dialog.mainWidget().wrappers
for name in ("DAY", "NIGHT", "SAMPLES", "TARGETS"):
    say(f"filled {{name}} {{values[name].parameterValue()}}")
frame("A card opens the chain with the layers filled in")

done = []
dialog.algorithmFinished.connect(lambda successful, results: done.append(successful))
QTimer.singleShot(20000, lambda: frame("It runs, and tells how long"))
click(button(dialog, "Run"))
wait(lambda: done, 600)
# QGIS has let go of the window of progress; a script that waits in loops of its own must ask for its end
QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
settle(3)
say(f"successful {{done}}")
frame("It ends with what was found")
click(dialog.buttonBox().button(QDialogButtonBox.StandardButton.Close))
wait(lambda: not dialog.isVisible(), 10)
settle(4)
tree = window.findChild(QTreeView, "theLayerTreeView")
names = [node.name() for node in project.layerTreeRoot().children()]
say("tree " + " | ".join(names))
top = next(layer for layer in project.mapLayers().values() if "Dominant" in layer.name())
say(f"styled {{top.renderer().type()}} {{len(top.renderer().legendSymbologyItems())}}")
frame("The map lies on top, with a legend in words")
say(f"clicks {{clicks}}")
"""


@pytest.fixture(scope="session")
def own_files(world, tmp_path_factory):
    """A Landsat stack without names of bands, VIIRS in degrees, and points with shares."""
    folder = tmp_path_factory.mktemp("own")
    with rasterio.open(world / "day.tif") as source:
        profile, cells = source.profile, source.read()
    with rasterio.open(folder / "landsat.tif", "w", **profile) as target:
        target.write(cells)
    with rasterio.open(world / "night.tif") as source:
        to, width, height = calculate_default_transform(
            source.crs, "EPSG:4326", source.width, source.height, *source.bounds
        )
        night = np.full((height, width), np.nan, np.float32)
        reproject(
            *(source.read(1), night),
            **{"src_transform": source.transform, "src_crs": source.crs, "src_nodata": source.nodata},
            **{"dst_transform": to, "dst_crs": "EPSG:4326", "dst_nodata": np.nan, "resampling": Resampling.bilinear},
        )
    shape = {"width": width, "height": height, "count": 1, "crs": "EPSG:4326", "transform": to}
    with rasterio.open(folder / "viirs.tif", "w", driver="GTiff", dtype="float32", nodata=np.nan, **shape) as target:
        target.write(night, 1)
    gpd.read_file(world / "samples.gpkg").to_file(folder / "villages.gpkg", layer="villages")
    return folder


@pytest.fixture(scope="session")
def told(own_files, tmp_path_factory):
    """What the desktop said, line by line; its pictures go to build/first-map/."""
    out = tmp_path_factory.mktemp("first")
    lines = in_desktop(CODE.format(data=str(own_files)), out, HOME=str(out))
    keep_pictures(out, "first-map")
    shutil.copy(out / "events.txt", ROOT / "build" / "first-map")
    assert not [line for line in lines if line.startswith("ERROR")], lines
    return lines


def test_files_as_people_have_them_open_the_chain_filled_in(told):
    assert "layers landsat viirs villages" in told
    filled = dict(line.split(" ", 2)[1:] for line in told if line.startswith("filled "))
    assert "landsat" in filled["DAY"] and "viirs" in filled["NIGHT"] and "villages" in filled["SAMPLES"]
    assert filled["TARGETS"] == "['F', 'F_NF', 'NF_F', 'NF']"


def test_a_styled_map_takes_few_clicks_and_no_refusal(told):
    assert "successful [True]" in told
    (tree,) = [line for line in told if line.startswith("tree ")]
    assert "Dominant share" in tree.split(" | ")[0]
    assert any(line.startswith("styled paletted") for line in told)
    (clicks,) = [int(line.split()[1]) for line in told if line.startswith("clicks ")]
    assert clicks <= MOST_CLICKS
