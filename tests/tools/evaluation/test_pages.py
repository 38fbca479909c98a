"""Reports of a composition and of its evaluation as a browser shows them."""

import pytest
from pages import check_page, needs_chromium, text_of
from regionwise.core.contract.layer import Layer
from regionwise.core.tools.evaluation.check_samples import check_samples
from regionwise.core.tools.evaluation.params import MapValidation, SampleAudit
from regionwise.core.tools.evaluation.validate_map import validate_map
from regionwise.core.tools.evidence.inspect_model import inspect
from regionwise.core.tools.evidence.params import ModelInspection
from support import run_task
from trainings import TARGETS

pytestmark = [pytest.mark.train]


@needs_chromium
def test_the_report_of_a_composition_can_be_read_at_any_width(mapped, tmp_path):
    check_page(mapped[2].report, "composition", tmp_path)


def test_figures_are_written_as_svg_and_png(mapped):
    names = {path.suffix for path in (mapped[0] / "figures").iterdir()}
    assert names == {".svg", ".png", ".csv"}
    stems = {path.stem for path in (mapped[0] / "figures").glob("*.png")}
    assert stems == {path.stem for path in (mapped[0] / "figures").glob("*.svg")}


def test_maps_of_a_report_lie_on_the_raster_and_have_a_scale(mapped):
    svg = (mapped[0] / "figures" / "where_they_were_tested__knndm.svg").read_text(encoding="utf-8")
    assert "<image" in svg and ">2 km<" in svg


@needs_chromium
def test_the_page_of_a_model_can_be_read_at_any_width(mapped, tmp_path):
    params = ModelInspection(model=mapped[2].model, report=str(tmp_path / "model.html"))
    ran = run_task(inspect, params, tmp_path / "job")
    check_page(params.report, "model", tmp_path)
    assert ran.result.verdict.startswith("Can I use its maps?")
    assert "What is it, and what does it need?" in text_of(params.report)


@needs_chromium
def test_the_pages_of_an_audit_and_of_a_validation_can_be_read_at_any_width(mapped, tmp_path):
    folder, layer, params, _ = mapped
    samples = layer("samples.gpkg")
    audit = SampleAudit(samples=samples, targets=TARGETS, day=params.day, report=str(tmp_path / "a.html"))
    run_task(check_samples, audit, tmp_path / "audit")
    check_page(audit.report, "audit", tmp_path)
    validation = MapValidation(
        map=Layer(str(folder / "map.tif"), "map"), reference=samples, targets=TARGETS,
        report=str(tmp_path / "v.html"),
    )  # fmt: skip
    run_task(validate_map, validation, tmp_path / "validation")
    check_page(validation.report, "validation", tmp_path)
