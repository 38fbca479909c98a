"""Parts of runs that other processes compute in tests; they must be importable there."""

import os
import signal
import time
from pathlib import Path

from regionwise.core.contract.errors import RegionwiseError


def square(report, number):
    report.info(f"squaring {number}")
    report.progress(0.5, "half")
    return number**2


def refuse(report, number):
    if number == 1:
        raise RegionwiseError("Layer 'a' is empty.", "Choose another one.")
    time.sleep(60)


def die(report, *_):
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(report, folder, number):
    """Kill the process that computes the first of these parts, once."""
    mark = Path(folder, "died")
    if number == 0 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def lose_gpu_once(report, folder):
    mark = Path(folder, "lost")
    if not mark.exists():
        mark.touch()
        raise RuntimeError("CUDA error: unspecified launch failure")
    return "computed"


def linger(report, folder):
    Path(folder, f"pid-{os.getpid()}").touch()
    time.sleep(60)


def learn_slowly(report, folder):
    """Work through epochs, as training does, and note each of them."""
    for epoch in range(600):
        Path(folder, "epoch").write_text(str(epoch))
        report.progress(epoch / 600, "an epoch")
        time.sleep(0.25)


def used_threads(report):
    import torch

    return torch.get_num_threads()
