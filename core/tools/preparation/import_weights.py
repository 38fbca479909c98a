"""Import weights that a reference system has published as a model of ours."""

from __future__ import annotations

import pickle  # nosec B403
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...contract.errors import RegionwiseError
from ...contract.parsing import names_in
from ...contract.protocol import VERSION
from ...data.raster.statistics import Scaling, read_scaling
from ...learning.card import FORMAT, SCALED, BandInfo, Card, Member
from ...learning.model_file import STANDARDISED, Model, write_model
from ...learning.patch_batches import scaling_arrays
from ...learning.training_loop import to_arrays
from ...mapping.evidence.stac_item import write_model_item
from ...runtime.files import check_not_input, check_writable, fingerprint
from ...runtime.run import Result, Run
from ...runtime.types import Arguments
from ...runtime.versions import versions
from .params import WeightImport
from .published_networks import REFERENCES, Inputs, Reference, family_of

WRAPPERS = ("model_state_dict", "state_dict", "model")


def import_weights(params: WeightImport, run: Run) -> Result:
    """Write a model with a member for each weight file; its predictions are those of the reference's network.

    Inputs count as already standardised unless statistics are given; nodata enters as 0, as in the
    reference.
    """
    check_writable(params.model)
    check_not_input([params.model], params.input)
    states = [read_state(path) for path in params.input]
    reference = _reference(states, params)
    inputs = reference.inputs(params)
    statistics = _scaling(params, [name for name, _ in inputs], run)
    scaling = scaling_arrays(statistics)
    network = _network(states, reference, inputs, params)
    regions = params.region_names() or ("",) * len(params.input)
    members, tensors = [], {}
    for number, (path, state, region) in enumerate(zip(params.input, states, regions, strict=True), 1):
        name, kind = (f"within {region}", "within") if region else (f"global {number}", "global")
        members.append(Member(name, kind, region=region, fold="" if region else Path(path).stem, type=reference.type))
        tensors[name] = {**to_arrays(reference.tensors(state)), **scaling}
        run.channel.info(f"'{path}': {sum(t.numel() for t in state.values()):,} numbers, member '{name}'.")
    card = Card(
        family=reference.family,
        networks={reference.type: network},
        bands=[BandInfo(name, sensor) for name, sensor in inputs],
        components=names_in(params.components),
        members=members,
        crs="",
        cell_size=0.0,
        area=[],
        training={
            "imported from": [Path(path).name for path in params.input],
            "inputs": "scaled by statistics" if params.statistics else STANDARDISED,
        },
        scores=[],
        fingerprint=fingerprint(VERSION, params.to_json(), files=params.input),
        versions=versions(),
        regions=[region for region in regions if region],
        features=reference.features(inputs),
        format=SCALED - 1 if statistics.as_stored else FORMAT,
    )
    write_model(params.model, Model(card, tensors))
    write_model_item(Path(params.model), card)
    return Result({"MODEL": params.model}, {"MEMBERS": float(len(members))})


def read_state(path: str) -> dict[str, Tensor]:
    """The tensors in a file that torch has saved, by name; no code in it is ever run.

    Raises
    ------
    RegionwiseError
        If the file cannot be read, or holds anything but plain tensors and numbers.
    """
    try:
        raw: Any = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as err:
        raise RegionwiseError(
            f"'{path}' holds more than plain tensors, and such files can run code; it was not opened.",
            "Ask its author for the state_dict alone.",
        ) from err
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as err:
        raise RegionwiseError(
            f"'{path}' is no weights file of torch ({err or type(err).__name__}).", "Choose a .pth, .pt or .ckpt file."
        ) from err
    for key in WRAPPERS:
        if isinstance(raw, dict) and isinstance(raw.get(key), dict):
            raw = raw[key]
    state = (
        {str(k).removeprefix("module."): v for k, v in raw.items() if isinstance(v, Tensor)}
        if isinstance(raw, dict)
        else {}
    )
    if not state:
        raise RegionwiseError(f"'{path}' holds no named tensors.", "Choose a file with a state_dict.")
    return state


def _reference(states: Sequence[dict[str, Tensor]], params: WeightImport) -> Reference:
    """The published system that all files belong to."""
    families = {family_of(state, params.family, path) for state, path in zip(states, params.input, strict=True)}
    if len(families) > 1:
        raise RegionwiseError(f"The files hold weights of {' and '.join(sorted(families))}.", "Import them apart.")
    reference = REFERENCES[families.pop()]
    if params.regions and reference.family != "composition":
        raise RegionwiseError(
            f"Experts of regions are of the family composition; '{params.input[0]}' is of {reference.family}.",
            "Leave Regions empty.",
        )
    return reference


def _network(
    states: Sequence[dict[str, Tensor]], reference: Reference, inputs: Inputs, params: WeightImport
) -> Arguments:
    """The arguments of the network, which are the same in all files."""
    components, networks = names_in(params.components), []
    for path, state in zip(params.input, states, strict=True):
        networks.append(reference.network(state, inputs, components, path))
        if networks[-1] != networks[0]:
            raise RegionwiseError(f"'{path}' holds another network than '{params.input[0]}'.", "Import it on its own.")
    return networks[0]


def _scaling(params: WeightImport, names: list[str], run: Run) -> Scaling:
    """Mean and deviation of the bands as in the statistics file, or 0 and 1 without one."""
    if not params.statistics:
        run.channel.warning("No statistics: rasters must be standardised as the reference's were, before mapping.")
        count = len(names)
        return Scaling(tuple(names), np.zeros(count), np.ones(count), np.zeros(count, np.int64))
    known = read_scaling(params.statistics)
    missing = [name for name in names if name not in known.names]
    if missing:
        raise RegionwiseError(
            f"Statistics '{params.statistics}' have no band '{missing[0]}'; they have: {', '.join(known.names)}.",
            "Name the bands as the statistics do, or measure statistics of these bands.",
        )
    order = [known.names.index(name) for name in names]
    return Scaling(tuple(names), known.mean[order], known.std[order], known.count[order], known.as_stored)
