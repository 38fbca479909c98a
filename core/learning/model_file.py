"""Model files: tensors of all members and a card, in one safetensors file; nothing is ever unpickled."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from ..contract.errors import RegionwiseError
from ..runtime.checkpoints import Arrays
from ..runtime.files import atomic
from .card import FORMAT, OLDEST, Card
from .model_types import TYPES

CARD_KEY = "regionwise"
STANDARDISED = "taken as standardised"  # what the card of an imported model without statistics says of its inputs
COMMON = "common"  # prefix of tensors that belong to no member
LARGEST_HEADER = 64 * 2**20


@dataclass(frozen=True)
class Model:
    """A card and the tensors of each member, by member name and tensor name; `common` belong to no member."""

    card: Card
    members: Mapping[str, Arrays]
    common: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def write_model(path: str, model: Model) -> None:
    """Write `model` to `path`, whole or not at all."""
    tensors = {
        f"{member}/{name}": np.asarray(array, order="C")
        for member, arrays in model.members.items()
        for name, array in arrays.items()
    }
    tensors |= {f"{COMMON}/{name}": np.asarray(array, order="C") for name, array in model.common.items()}
    text = json.dumps(model.card.to_json(), ensure_ascii=False, allow_nan=False)
    with atomic(path) as part:
        save_file(tensors, part, metadata={CARD_KEY: text})


def read_model(path: str, *families: str) -> Model:
    """The model in the file at `path`.

    Parameters
    ----------
    families : str
        If given, a model of another family is refused.

    Raises
    ------
    RegionwiseError
        If the file is no Regionwise model, is damaged, is of another family, or newer than this version.
    """
    _check_header(path)
    try:
        with safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get(CARD_KEY)
            if text is None:
                raise RegionwiseError(
                    f"'{path}' holds tensors but no Regionwise card.",
                    "Choose a model that one of the training tools has written.",
                )
            card = _read_card(json.loads(text), path)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as err:
        raise RegionwiseError(f"Model '{path}' is damaged ({err}).", "Copy it again, or train it again.") from err
    if families and card.family not in families:
        wanted = " or ".join(f"'{family}'" for family in families)
        raise RegionwiseError(
            f"Model '{path}' is of the family '{card.family}', this tool needs {wanted}.",
            "Choose another model.",
        )
    common = {key.partition("/")[2]: tensors.pop(key) for key in list(tensors) if key.startswith(f"{COMMON}/")}
    return Model(card, _by_member(tensors, card, path), common)


def _check_header(path: str) -> None:
    """Refuse what is no safetensors file by its first bytes, before any library touches it."""
    try:
        size = Path(path).stat().st_size
        with open(path, "rb") as file:
            start = file.read(9)
    except OSError as err:
        raise RegionwiseError(f"Model '{path}' cannot be read ({err.strerror}).", "Check the path.") from err
    # the first bytes of a good file are the length of its header, which may look like anything
    if start[8:] != b"{" and start[:2] in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        raise RegionwiseError(
            f"'{path}' is a pickle or zip archive, not a Regionwise model; it was not opened, because "
            "such files can run code.",
            "Choose a .safetensors file that one of the training tools has written.",
        )
    length = struct.unpack("<Q", start[:8])[0] if len(start) == 9 else 0
    if start[8:] != b"{" or not 0 < length <= LARGEST_HEADER:
        raise RegionwiseError(f"'{path}' is not a Regionwise model.", "Choose a .safetensors model file.")
    if 8 + length > size:
        raise RegionwiseError(
            f"Model '{path}' is damaged: {size} bytes are fewer than its header says.",
            "Copy it again, or train it again.",
        )


def _read_card(raw: Mapping[str, Any], path: str) -> Card:
    if not OLDEST <= raw["format"] <= FORMAT:
        raise RegionwiseError(
            f"Model '{path}' has format {raw['format']}, this version reads {OLDEST} to {FORMAT}.",
            "Update the plugin, or train the model again.",
        )
    card = Card.from_json(raw)
    unknown = sorted(card.types() - TYPES.keys())
    if unknown:
        raise RegionwiseError(
            f"Model '{path}' has members of the type {' and '.join(unknown)}, which this version does not know.",
            "Update the plugin, or train the model again.",
        )
    return card


def _by_member(tensors: Arrays, card: Card, path: str) -> dict[str, Arrays]:
    members: dict[str, Arrays] = {member.name: {} for member in card.members}
    for key, array in tensors.items():
        member, _, name = key.rpartition("/")  # a region's name may hold a slash
        if member not in members:
            raise RegionwiseError(f"Model '{path}' has tensors of an unknown member '{member}'.", "Train again.")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise RegionwiseError(f"Model '{path}' has numbers that are not finite in '{key}'.", "Train it again.")
        members[member][name] = array
    empty = [name for name, arrays in members.items() if not arrays]
    if empty or not members:
        raise RegionwiseError(f"Model '{path}' lacks the tensors of '{(empty or ['any'])[0]}'.", "Train again.")
    return members
