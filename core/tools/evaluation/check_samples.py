"""Check samples: audit them before any training, as a layer of flags and a report."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from shapely.geometry.base import BaseGeometry

from ...data.raster.grids import Grid
from ...data.raster.stack import Stack
from ...data.vector.footprints import footprint
from ...data.vector.layers import read_rows
from ...data.vector.longitudes import Extent
from ...data.vector.polygons import read_outline
from ...data.vector.samples import SampleColumns, Samples, read_samples
from ...data.vector.tables import check_fields, numeric_column, read_table, text_of
from ...data.vector.writers import write_vector
from ...mapping.styles.vector_styles import by_class, style_layer
from ...reports.html_report import HtmlReport
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Array
from ...validation.area_places import hull_places, map_places
from ...validation.audit import Audit, SampleValues, audit_samples
from ...validation.distances import Ruler
from .params import SampleAudit

WITHOUT_PLACES = (
    "The samples have no places: clusters, shared places and labels of neighbours are not looked for, and rounded "
    "labels that repeat cannot be told from broadcast ones."
)


def check_samples(params: SampleAudit, run: Run) -> Result:
    """Write the samples with their problems, and a report."""
    check_writable(params.output, params.report)
    check_not_input([params.output], [params.samples.path])
    if params.day:
        with Stack({"day": params.day, "night": params.night}, params.resampling) as stack:
            samples = _samples(params, stack.grid.crs, stack.grid.bounds)
            outline = _outline(params, stack.grid.crs, stack.grid.bounds)
            mapped, grid = map_places(stack, params.seed, samples.xy, outline), stack.grid
            for notice in mapped.notices:
                run.channel.warning(notice)
            area, bands = mapped.xy, _band_values(stack, samples)
    else:
        crs = read_rows(params.samples).crs
        samples = _samples(params, CRS.from_user_input(crs.to_wkt()) if crs else CRS())
        grid = Grid(CRS.from_user_input(samples.geometry.crs.to_wkt()) if crs else CRS(), Affine.identity(), 1, 1)
        area, bands = hull_places(samples, params.seed, _outline(params, grid.crs)), {}
    table = read_table(params.samples)
    check_fields(table, (*params.features, params.region_field, params.fold_field), params.samples)
    table = table.iloc[samples.row - 1]
    attributes = {name: numeric_column(table, name, params.samples) for name in params.features}
    ruler = Ruler.of(grid.crs, samples.xy, area) if samples.placed else None
    audit = audit_samples(
        samples,
        ruler.positions(samples.xy) if ruler else None,
        ruler.positions(area) if ruler else area,
        SampleValues(bands, attributes),
        fold=_texts(table, params.fold_field),
        region=_texts(table, params.region_field),
    )
    _tell(audit, samples, run)
    if params.output:
        flagged = _flagged(samples, audit)
        write_vector(flagged, params.output)
        style_layer(flagged, params.output, by_class("problems", flagged["problems"], "nothing found"))
    _report(params, run, samples, audit).write(params.report)
    outputs = {"OUTPUT": params.output, "REPORT": params.report}
    numbers = {
        "PROBLEMS": float(len(audit.problems())),
        "REPEATED": audit.repeated,
        "CLUSTERED": float(audit.clustered),
    }
    return Result({k: v for k, v in outputs.items() if v}, numbers)


def _tell(audit: Audit, samples: Samples, run: Run) -> None:
    """Log what was found."""
    for finding in audit.findings:
        log = run.channel.warning if finding.problem else run.channel.info
        log(f"{finding.check}: {finding.text}")
    if not samples.placed:
        run.channel.warning(WITHOUT_PLACES)
    if not audit.problems():
        run.channel.info("Nothing was found that would make a score lie.")


def _samples(params: SampleAudit, crs: CRS, extent: Extent | None = None) -> Samples:
    columns = SampleColumns(source_field=params.source_field)
    return read_samples(params.samples, params.targets, crs, columns, extent)


def _outline(params: SampleAudit, crs: CRS, extent: Extent | None = None) -> BaseGeometry | None:
    """What will be mapped, if that is given."""
    return read_outline(params.area, crs, extent) if params.area and crs else None


def _texts(table: pd.DataFrame, field: str) -> NDArray[np.object_] | None:
    """The texts in `field`, or None if there is none."""
    return np.array([text_of(value) for value in table[field]], object) if field else None


def _band_values(stack: Stack, samples: Samples) -> dict[str, Array]:
    """The mean of each band over the pixels of each sample, by what it covers of them; by band name."""
    means = np.full((len(samples), len(stack.bands)), np.nan)
    for i, shape in enumerate(samples.geometry):
        tile, inside = footprint(shape, stack.grid)
        if tile.height and tile.width:
            values = stack.read(tile)[:, inside > 0]
            weight = np.isfinite(values) * inside[inside > 0].astype(np.float64)
            total = weight.sum(1)
            sums = (np.nan_to_num(values) * weight).sum(1)
            means[i] = np.where(total > 0, sums / np.where(total > 0, total, 1), np.nan)
    return {name: means[:, i] for i, name in enumerate(stack.names)}


def _flagged(samples: Samples, audit: Audit) -> pd.DataFrame:
    """The samples with the names of the problems that concern each; a table where they have no places."""
    problems = ["; ".join(f.check for f in audit.problems() if f.rows[i]) for i in range(len(samples))]
    columns = {"row": samples.row, "source": samples.group.astype(str), "problems": problems}
    columns |= {name: samples.shares[:, i] for i, name in enumerate(samples.components)}
    frame = pd.DataFrame(columns)
    if samples.placed:
        frame = gpd.GeoDataFrame(frame, geometry=samples.geometry.to_numpy(), crs=samples.geometry.crs)
    return frame


def _report(params: SampleAudit, run: Run, samples: Samples, audit: Audit) -> HtmlReport:
    count = len(audit.problems())
    summary = f"{count} problems were found." if count else "Nothing was found that would make a score lie."
    report = HtmlReport("Audit of the samples", summary)
    rows = [{"check": f.check, "kind": f.kind, "samples": int(f.rows.sum()), "what": f.text} for f in audit.findings]
    report.table("Findings", rows, ("check", "kind", "samples", "what"))
    report.table("Samples by region and component", audit.counts, note="Samples in which a component is above .01.")
    facts = [
        {"what": "label vectors that repeat another one", "value": audit.repeated},
        {"what": "samples are clustered", "value": audit.clustered},
        {"what": "sources", "value": len(np.unique(samples.group.astype(str)))},
    ]
    report.table("Facts", facts)
    without = [] if samples.placed else [WITHOUT_PLACES]
    report.text("About the samples", f"{len(samples)} samples.", *samples.notices, *without)
    report.parameters(params.to_json())
    report.text("Repeat this run", *run.repeat_lines)
    return report
