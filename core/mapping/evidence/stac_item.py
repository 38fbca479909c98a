"""STAC items: a map or a model as catalogues of spatial data describe it, in a JSON file beside it.

STAC 1.1 with the extensions file 2.1, projection 2.0 and processing 1.2; models with the machine learning model
extension (mlm) 1.4. Paths are relative to the item, so that a folder can be moved as a whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar

import rasterio
from rasterio.crs import CRS
from rasterio.warp import transform_bounds

from ...contract.protocol import VERSION
from ...learning.card import Card
from ...learning.model_types import TYPES
from ...runtime.filenames import safe_name
from ...runtime.files import atomic
from .file_hashes import HashedFile
from .map_evidence import Evidence, scores_in_words

Json = dict[str, Any]
T = TypeVar("T")
STAC = "1.1.0"
EXTENSIONS = "https://stac-extensions.github.io/{}/schema.json"
FILE, PROJECTION, PROCESSING, MODEL = (
    EXTENSIONS.format(name) for name in ("file/v2.1.0", "projection/v2.0.0", "processing/v1.2.0", "mlm/v1.4.0")
)
SUFFIX = ".stac.json"
COMPUTING = "regionwise:computing"
GEOTIFF = "image/tiff; application=geotiff; profile=cloud-optimized"
SAFETENSORS = "application/octet-stream; application=safetensors"
WHOLE_EARTH = (-180.0, -90.0, 180.0, 90.0)
TASKS = {"crops": "classification", "susceptibility": "classification"}  # others are regressions
DIGITS = 7  # of longitudes and latitudes


def item_path(file: Path) -> Path:
    """Where the item of a map or model lies."""
    return file.with_name(f"{file.stem}{SUFFIX}")


def write_map_item(raster: Path, evidence: Evidence, paths: Sequence[str], computing: Mapping[str, Any]) -> None:
    """Write the item of a finished map beside it.

    Parameters
    ----------
    paths : sequence of str
        Of the files of `evidence`.
    computing : mapping
        How the run computed: what is no part of the evidence, for it hangs on the machine, and on which the last digits
        of networks hang.
    """
    with rasterio.open(raster) as file:
        bounds = _longitudes(file.crs, tuple(file.bounds))
        projection: Json = {
            "proj:code": _code(file.crs),
            **({} if _code(file.crs) else {"proj:wkt2": file.crs.to_wkt() if file.crs else None}),
            "proj:shape": [file.height, file.width],
            "proj:transform": list(file.transform)[:6],
        }
        description = file.tags().get("TIFFTAG_IMAGEDESCRIPTION", "")
        bands = [{"name": name or f"band {i}", "unit": unit or "1"} for i, (name, unit) in
                 enumerate(zip(file.descriptions, file.units, strict=True), 1)]  # fmt: skip
        kind = file.dtypes[0]
    asset = {
        "href": f"./{raster.name}",
        "type": GEOTIFF,
        "roles": ["data"],
        "title": description,
        "data_type": kind,
        "bands": bands,
        **_checksum(HashedFile.of(str(raster))),
    }
    properties: Json = {
        "title": f"{description or raster.stem}",
        "description": " ".join(evidence.sentences()),
        **projection,
        "processing:lineage": f"{evidence.task}, product '{evidence.product}'",
        "regionwise:task": evidence.task,
        "regionwise:product": evidence.product,
        COMPUTING: dict(computing),
    }
    links = [
        {"rel": "derived_from", "href": _relative(path, raster), "title": file.name, **_checksum(file)}
        for file, path in zip(evidence.files, paths, strict=True)
    ]
    item = _item(raster, bounds, properties, {"data": asset}, [FILE, PROJECTION, PROCESSING])
    _write(item_path(raster), {**item, "links": links})


def write_model_item(path: Path, card: Card) -> None:
    """Write the item of a model file beside it."""
    crs = CRS.from_user_input(card.crs) if card.crs else None
    bounds = _longitudes(crs, tuple(card.area)) if card.area else WHOLE_EARTH
    task = TASKS.get(card.family, "regression")
    names = card.band_names()
    torch = any(TYPES[member.type].needs_torch for member in card.members if member.type in TYPES)
    framework = "PyTorch" if torch else "XGBoost"
    properties: Json = {
        "title": f"Regionwise model: {card.family}",
        "description": f"Tells {', '.join(card.components)}. {scores_in_words(card)}".strip(),
        "mlm:name": f"regionwise-{card.family}",
        "mlm:architecture": ", ".join(sorted(card.types())),
        "mlm:tasks": [task],
        "mlm:framework": framework,
        "mlm:framework_version": card.versions.get("torch" if torch else "xgboost", ""),
        "mlm:pretrained": False,
        "mlm:pretrained_source": None,
        "mlm:accelerator_constrained": False,
        "mlm:input": [_structure("rasters", names, ["batch", "bands", "height", "width"], len(names))],
        "mlm:output": [{
            **_structure("answer", [], ["batch", "component", "height", "width"], len(card.components), "result"),
            "tasks": [task],
            **({"classification:classes": [{"value": number, "name": safe_name(name), "title": name}
                                           for number, name in enumerate(card.components, 1)]}
               if card.family == "crops" else {}),
        }],
        "mlm:hyperparameters": {
            key: value for key, value in card.training.items() if isinstance(value, int | float | str) and value != ""
            and not Path(str(value)).is_absolute()
        },
        "bands": [{"name": band.name, "unit": band.unit or "1"} for band in card.bands],
        "regionwise:fingerprint": card.fingerprint,
    }  # fmt: skip
    asset = {
        "href": f"./{path.name}",
        "type": SAFETENSORS,
        "roles": ["mlm:model"],
        "mlm:artifact_type": "safetensors",
        "title": f"Regionwise model: {card.family}",
        **_checksum(HashedFile.of(str(path))),
    }
    links = [
        {"rel": "derived_from", "href": _relative(row["file"], path), "title": row.get("layer", "")}
        for row in card.inputs
        if row.get("file")
    ]
    known = {key: value for key, value in properties.items() if value not in ("", {})}
    item = _item(path, bounds, known, {"model": asset}, [FILE, PROCESSING, MODEL])
    _write(item_path(path), {**item, "links": links})


def linked_files(raster: Path) -> list[str]:
    """The paths of the files that the item beside a map names, in their order; empty without an item."""

    def paths(item: Json) -> list[str]:
        links = [link for link in item["links"] if link["rel"] == "derived_from"]
        return [str((raster.parent / link["href"]).resolve()) for link in links]

    return _read(raster, paths, [])


def computing_of(raster: Path) -> Json:
    """How the run computed, by the item beside its map; empty without one."""
    return _read(raster, lambda item: dict(item["properties"][COMPUTING]), {})


def stated_checksum(raster: Path) -> str:
    """The checksum that the item beside a map states of it; empty without one."""
    return _read(raster, lambda item: str(item["assets"]["data"]["file:checksum"]), "")


def _read(raster: Path, told: Callable[[Json], T], otherwise: T) -> T:
    """What the item beside a map tells; `otherwise` where there is none, or where it does not tell it."""
    try:
        return told(json.loads(item_path(raster).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return otherwise


def _item(file: Path, bounds: Sequence[float], properties: Json, assets: Json, extensions: Sequence[str]) -> Json:
    """What all items have."""
    now = datetime.now(timezone.utc).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    west, south, east, north = bounds
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "stac_version": STAC,
        "stac_extensions": list(extensions),
        "id": file.stem,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "bbox": list(bounds),
        "properties": {
            "datetime": now,
            "created": now,
            "license": "other",
            "processing:software": {"Regionwise": VERSION},
            **properties,
        },
        "links": [],
        "assets": assets,
    }


def _structure(name: str, bands: Sequence[str], order: Sequence[str], count: int, key: str = "input") -> Json:
    """An input or output of a model: tensors of any size on the ground."""
    shape = {"shape": [-1, count, -1, -1], "dim_order": list(order), "data_type": "float32"}
    return {"name": name, "bands": list(bands), key: shape} if key == "input" else {"name": name, key: shape}


def _checksum(file: HashedFile) -> Json:
    return {"file:checksum": file.multihash, "file:size": file.size} if file.sha256 else {}


def _longitudes(crs: CRS | None, bounds: Sequence[float]) -> tuple[float, ...]:
    """Bounds in degrees; the whole Earth where they are not known."""
    if not crs:
        return WHOLE_EARTH
    return tuple(round(value, DIGITS) for value in transform_bounds(crs, CRS.from_epsg(4326), *bounds))


def _code(crs: CRS | None) -> str | None:
    """The authority's code of a CRS; None if it has none."""
    authority = crs.to_authority() if crs else None
    return ":".join(authority) if authority else None


def _relative(path: str, beside: Path) -> str:
    """`path` from the folder of another file, with slashes; absolute on another drive."""
    try:
        return Path(os.path.relpath(path, beside.parent.resolve())).as_posix()
    except ValueError:
        return Path(path).as_posix()


def _write(path: Path, item: Mapping[str, Any]) -> None:
    with atomic(path) as part:
        part.write_text(json.dumps(item, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
