"""Claims of bands: in sources that nobody surveyed, and of all components at once, in simulated worlds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from honesty_claims import Claim, in_worlds, mean_of, run_task
from honesty_composition import SIZE, drawn, mapped, training, unseen, write_samples
from regionwise.core.families.composition.train import train
from regionwise.core.tools.simulation.composition_world import COMPONENTS, simulate_world
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate

SOURCES, LARGE = 40, 0.5  # the first of them has this part of all samples
EFFECT = 0.5  # deviation of the logarithm of each share that labels of one source have in common
EACH = 10  # cells that a new source labels


def with_effects(labels: Any, source: Any, effects: Any) -> Any:
    """Labels as sources that see each share with a factor of their own report them."""
    changed = labels * np.exp(effects[source])
    return changed / changed.sum(1, keepdims=True)


def source_world(seed: int, folder: Path) -> float:
    """The share of labels of new sources that marginal bands of 90 % hold, each source alike."""
    run_task(simulate, Simulation(size=SIZE, seed=seed, settled_only=True, output_folder=str(folder)), folder)
    world, rng = simulate_world(SIZE, "uniform", seed), np.random.default_rng(seed)
    n = len(world.places)
    source = np.where(rng.random(n) < LARGE, 0, rng.integers(1, SOURCES, n))
    labels = with_effects(world.labels, source, rng.normal(0, EFFECT, (SOURCES, len(COMPONENTS))))
    write_samples(folder, world.places, labels, source, world)
    run_task(train, training(folder, validation="grouped"), folder / "train.job")
    cells = unseen(world)
    _, low, high = mapped(folder, cells)
    new = np.arange(len(low)) // EACH
    effects = rng.normal(0, EFFECT, (new.max() + 1, len(COMPONENTS)))
    anew = with_effects(drawn(world.shares[:, cells], rng), rng.permutation(new), effects)
    return float(((anew >= low) & (anew <= high)).mean())


def joint_world(design: str, seed: int, folder: Path) -> float:
    """The share of labels all of whose components lie in the joint set of 90 %."""
    run_task(simulate, Simulation(size=SIZE, seed=seed, settled_only=True, output_folder=str(folder)), folder)
    world = simulate_world(SIZE, design, seed)
    write_samples(folder, world.places, world.labels, world.group, world)
    run_task(train, training(folder, validation="knndm"), folder / "train.job")
    cells = unseen(world)
    _, low, high = mapped(folder, cells, joint=True)
    anew = drawn(world.shares[:, cells], np.random.default_rng(seed))
    return float(((anew >= low) & (anew <= high)).all(1).mean())


def claims(worlds: int) -> list[Claim]:
    """Claims on bands in new sources, and on joint sets."""
    seeds = range(1, worlds + 1)
    out = [
        mean_of("marginal band .90 in new sources", f"{SOURCES} sources, one with half of all samples",
                in_worlds(source_world, [(seed,) for seed in seeds]), 0.86, 0.93)
    ]  # fmt: skip
    for design in ("uniform", "clustered"):
        held = in_worlds(joint_world, [(design, seed) for seed in seeds])
        out.append(mean_of("joint set .90", design, held, 0.88, 0.93))
    return out
