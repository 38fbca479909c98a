"""Labels that nobody observed: what log and report say is what is done with them."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
from pages import blank_report
from rasterio.crs import CRS
from regionwise.core.contract.layer import Layer
from regionwise.core.data.vector.samples import SampleColumns, read_samples
from regionwise.core.reports.training_report import _add_samples
from regionwise.core.workflow.augmented_inputs import read_augmented_labels
from regionwise.core.workflow.input_spec import LabelColumns

COUNT, PREDICTED, WEAK = 30, 6, 4  # rows; the first are augmented, the next weak
LABELS = {
    "events": ({"label_field": "label"}, np.arange(COUNT) % 2),
    "classes": ({"class_field": "label"}, np.array(["a", "b"])[np.arange(COUNT) % 2]),
}


@pytest.fixture
def read(tmp_path):
    """Return a function that gives samples of which some have predicted or weak labels, as training reads them."""

    def run(kind, *, augmented, weak):
        number, (fields, label) = np.arange(COUNT), LABELS[kind]
        columns = {"label": label}
        if augmented:
            columns["augmented"] = (number < PREDICTED).astype(int)
        if weak:
            columns["weak"] = ((number >= PREDICTED) & (number < PREDICTED + WEAK)).astype(int)
            fields = fields | {"weak_field": "weak", "weak_weight": 0.3}
        places = gpd.points_from_xy(500_000 + 10 * number, 10 * number)
        gpd.GeoDataFrame(columns, geometry=places, crs="EPSG:32648").to_file(tmp_path / "s.gpkg")
        layer = Layer(str(tmp_path / "s.gpkg"), "s")
        samples = read_samples(layer, (), CRS.from_epsg(32648), SampleColumns(**fields))
        spec = SimpleNamespace(samples=layer, labels=LabelColumns(**fields))
        return read_augmented_labels(None, spec, samples, None)

    return run


def told(samples, *, anew):
    """What the report says of samples."""
    report, audit = blank_report(), SimpleNamespace(findings=[], counts=[])
    _add_samples(report, SimpleNamespace(samples=samples, audit=audit, predicted_anew=anew))
    return " ".join(text for block in report._sections[-1].blocks for text in block.text)


@pytest.mark.parametrize("kind", LABELS)
def test_augmented_classes_and_events_keep_their_labels_and_it_is_said(read, kind):
    labels, samples = read(kind, augmented=True, weak=False)
    assert labels is None
    (notice,) = samples.notices
    assert "6 augmented samples of 's' keep their labels" in notice and "Scores may be too good" in notice
    text = told(samples, anew=False)
    assert notice in text and "6 samples have predicted or weak labels: they train and never test" in text
    assert "Their labels are predicted anew" not in text


def test_weak_labels_have_words_of_their_own(read):
    _, samples = read("events", augmented=False, weak=True)
    (notice,) = samples.notices
    assert notice.startswith(
        "4 weak labels of 's' (field 'weak') train, at 0.3 of the weight of others, and never test"
    )
    assert "predicted anew" not in told(samples, anew=False)
    _, both = read("events", augmented=True, weak=True)
    assert [notice.split(" of ")[0] for notice in both.notices] == ["The 6 augmented samples", "4 weak labels"]


def test_observed_labels_need_no_words_and_shares_are_told_to_be_predicted_anew_where_they_are(read):
    _, observed = read("events", augmented=False, weak=False)
    assert observed.notices == () and "never test" not in told(observed, anew=False)
    _, samples = read("classes", augmented=True, weak=False)
    assert "Their labels are predicted anew in each fold" in told(samples, anew=True)
