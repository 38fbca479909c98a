"""What tests of mapping share: small models, and a map made of them."""

import numpy as np
import rasterio
import torch
from regionwise.core.contract.layer import Layer
from regionwise.core.families.composition.map import map_composition
from regionwise.core.families.composition.params import CompositionMapping
from regionwise.core.learning.card import BandInfo, Card, Member
from regionwise.core.learning.model_file import Model, write_model
from regionwise.core.learning.training_loop import to_arrays
from regionwise.core.nets.resnet import CompositionNet
from support import run_task

COMPONENTS = ["F", "NF", "X"]


def make_model(path, *, kind="global", regions=("",), seed=0, blocks=(1, 1, 1), mask=True, bands=None):
    """Write a model with random weights: one member per region."""
    bands = bands or [("RED", "day"), ("NIR", "day"), ("VIIRS", "night")]
    day = sum(sensor == "day" for _, sensor in bands)
    night = len(bands) - day
    arguments = {
        "day_channels": day + mask, "night_channels": (night + mask) if night else 0, "components": 3, "width": 6,
        "blocks": list(blocks), "head": "dirichlet",
    }  # fmt: skip
    members, tensors = [], {}
    for number, region in enumerate(regions):
        torch.manual_seed(seed + number)
        net = CompositionNet(**arguments)
        for module in net.modules():  # statistics as after training, so that members differ visibly
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.2)
                module.weight.data.uniform_(0.5, 2)
        name = f"{kind} {region or number}"
        members.append(Member(name, kind, region=region))
        scaling = {"scaling.mean": np.zeros(len(bands), np.float32), "scaling.std": np.ones(len(bands), np.float32)}
        tensors[name] = {**to_arrays(net.state_dict()), **scaling}
    card = Card(
        "composition",
        {
            "network": {
                "arguments": arguments,
                "sensors": [day, night] if night else [day],
                "mask_channel": mask,
            }
        },
        [BandInfo(name, sensor) for name, sensor in bands],
        COMPONENTS, members, "EPSG:32648", 90.0, [0, 0, 1, 1], {}, [], "f", {}, list(filter(None, regions)),
    )  # fmt: skip
    write_model(str(path), Model(card, tensors))
    return str(path)


def run(params, folder, **settings):
    return run_task(map_composition, params, folder, **settings)


def read(path):
    with rasterio.open(path) as file:
        return file.read(masked=True).filled(np.nan), file


def map_to(scene, tmp_path, name, **changes):
    params = CompositionMapping(**{**scene, "output": str(tmp_path / f"{name}.tif"), **changes})
    ran = run(params, tmp_path / f"{name}.job")
    return read(params.output)[0], ran


def weights_table(path, rows):
    path.write_text("region,global,regional\n" + "\n".join(rows) + "\n")
    return Layer(str(path), path.stem)


def small_job(monkeypatch):
    monkeypatch.setattr("regionwise.core.inference.backend_choice._Trial.seconds", lambda *_: 1e-9)
