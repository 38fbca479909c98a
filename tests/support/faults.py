"""An engine whose tasks misbehave: what the client must survive. Run by test_engine.py."""

import faulthandler
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from regionwise.core import worker
from regionwise.core.contract import protocol
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.params import Params
from regionwise.core.runtime.run import Result


@dataclass(frozen=True)
class Fault(Params):
    """What to do, and a text to do it with."""

    what: str = ""
    text: str = ""


def act(params, run):
    """Misbehave as told."""
    return globals()[f"do_{params.what}"](params, run)


def do_report(params, run):
    for i in range(5):
        run.channel.progress(i / 5, f"step {i}")
        time.sleep(0.25)
    run.channel.info("an info")
    run.channel.warning("a warning with 中文")
    print("a print that must not reach the protocol")
    os.write(1, b"nor what C code writes\n")
    return Result({"OUTPUT": params.text}, {"NUMBER": 0.5})


def do_verdict(params, run):
    run.channel.info("the work")
    return Result({"REPORT": params.text}, {}, "Can I use it? Yes. It holds.")


def do_details(params, run):
    run.channel.info("375 samples.")
    run.channel.detail("forward 28.0")
    return Result()


def do_slow(params, run):
    """Say what is done, then nothing for three seconds."""
    run.channel.stage("Filling sinks", until=0.5)
    time.sleep(4.2)
    return Result()


def do_error(params, run):
    raise RegionwiseError("Layer 'x' is wrong.", "Choose another.")


def do_exception(params, run):
    return {}["missing"]


def do_gpu(params, run):
    raise RuntimeError(params.text or "CUDA error: device-side assert triggered\nmore lines")


def do_segfault(params, run):
    sys.stderr.write("last words\n")
    sys.stderr.flush()
    faulthandler._read_null()


def do_kill(params, run):
    os.kill(os.getpid(), 9)


def do_memory(params, run):
    return bytearray(2**60)


def do_torch_memory(params, run):
    import torch

    return torch.empty(2**50)


def do_flood(params, run):
    for i in range(20_000):
        sys.stderr.write(f"noise {i} {'x' * 80}\n")
        print("noise", i)
    for i in range(3000):
        run.channel.info(f"line {i}")
    return Result({"OUTPUT": "after the flood"})


def do_silence(params, run):
    os._exit(0)


def do_nan(params, run):
    return Result({}, {"NUMBER": float("nan")})


def do_sleep(params, run):
    """Start a child and a grandchild, tell their ids, and hang, deaf to SIGTERM."""
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    code = f"import subprocess, time; p = subprocess.Popen({sleep!r}); print(p.pid, flush=True); time.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    grandchild = child.stdout.readline().strip()
    run.channel.info(f"pids {os.getpid()} {child.pid} {grandchild}")
    time.sleep(600)


def do_print(params, run):
    print("Übung 海")
    sys.stderr.write("Länge 長\n")
    return Result()


def do_where(params, run):
    return Result({"OUTPUT": str(Path.cwd())})


def do_old_protocol(params, run):
    raise AssertionError("the client must have refused before")


if __name__ == "__main__":
    if "old_protocol" in Path(sys.argv[-1]).read_text(encoding="utf-8"):
        protocol.PROTOCOL = 0
    sys.exit(worker.main(sys.argv[1:], {Fault: "__main__.act"}))
