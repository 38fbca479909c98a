"""Presets: tables in ``resources`` that a user may copy, edit and name instead."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...contract.phrases import first_of
from .tables import check_fields, read_table, text_of

RESOURCES = Path(__file__).resolve().parents[3] / "resources"
REGION_TABLES = {"china": "regions_china.csv"}


def read_rules(path: str, preset: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of the table at `path`, or of the built-in one called `preset`.

    Raises
    ------
    RegionwiseError
        If the table lacks one of `columns` or has no rows.
    """
    name = path or str(RESOURCES / preset)
    frame = read_table(Layer(name))
    check_fields(frame, columns, name)
    rows = [{column: text_of(row[column]) for column in columns} for row in frame[list(columns)].to_dict("records")]
    rows = [row for row in rows if row[columns[0]]]
    if not rows:
        raise RegionwiseError(f"Rules '{name}' have no rows.", f"Fill the columns {', '.join(columns)}.")
    return rows


def region_by_name(preset: str) -> dict[str, str]:
    """The region of each name that the preset lists; the empty text for those it leaves out."""
    with open(RESOURCES / REGION_TABLES[preset], encoding="utf-8", newline="") as file:
        return {row["name"]: row["region"] for row in csv.DictReader(file)}


def translate_regions(names: Sequence[str], preset: str) -> tuple[list[str], list[str]]:
    """The region of each of `names` under `preset` (empty where it has none), and notices.

    Without a preset (``none``) the names are the regions.
    """
    if preset == "none":
        return list(names), []
    table = region_by_name(preset)
    regions = [table.get(name, "") for name in names]
    unassigned = sorted({name for name, region in zip(names, regions, strict=True) if name and not region})
    if not unassigned:
        return regions, []
    return regions, [f"Preset '{preset}' assigns no region to {first_of(unassigned, 10)}; they belong to none."]
