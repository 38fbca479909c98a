"""The provider's options, in Settings > Options > Processing > Providers > Regionwise."""

from __future__ import annotations

from processing.core.ProcessingConfig import ProcessingConfig, Setting

from ..core.contract.errors import RegionwiseError
from ..core.contract.learning_params import DEVICES as CHOICES
from ..core.contract.protocol import Settings

GROUP = "Regionwise"
INTERPRETER = "REGIONWISE_INTERPRETER"
MEMORY = "REGIONWISE_MEMORY_GB"
THREADS = "REGIONWISE_THREADS"
DEVICE = "REGIONWISE_DEVICE"
FOLDER = "REGIONWISE_TEMPORARY_FOLDER"
SCHEDULER = "REGIONWISE_SCHEDULER"
DETAILS = "REGIONWISE_DETAILS"
DEVICES = CHOICES[1:]  # but "default", which means what is set here


def add_settings(icon: object) -> None:
    """Register the options; called when the provider loads."""
    defaults = Settings()
    ProcessingConfig.settingIcons[GROUP] = icon
    for setting in (
        Setting(GROUP, INTERPRETER, "Python of the engine (empty: the installed one)", "", valuetype=Setting.FILE),
        Setting(GROUP, MEMORY, "Memory for one run (GiB)", defaults.memory_gb, valuetype=Setting.FLOAT),
        Setting(GROUP, THREADS, "Threads (0: all processors)", defaults.threads, valuetype=Setting.INT),
        Setting(GROUP, DEVICE, "Device", defaults.device, valuetype=Setting.SELECTION, options=list(DEVICES)),
        Setting(GROUP, FOLDER, "Folder for temporary files (empty: the system's)", "", valuetype=Setting.FOLDER),
        Setting(GROUP, SCHEDULER, "Scheduler (address of a Dask cluster; empty: this machine)", ""),
        Setting(GROUP, DETAILS, "Show details in the log", defaults.details),
    ):
        ProcessingConfig.addSetting(setting)
    ProcessingConfig.readSettings()


def remove_settings() -> None:
    """Forget the options; called when the provider unloads."""
    for name in (INTERPRETER, MEMORY, THREADS, DEVICE, FOLDER, SCHEDULER, DETAILS):
        ProcessingConfig.removeSetting(name)
    ProcessingConfig.settingIcons.pop(GROUP, None)


def interpreter_setting() -> str:
    """The interpreter that the user has chosen, or an empty text."""
    return str(ProcessingConfig.getSetting(INTERPRETER) or "").strip()


def read_settings() -> Settings:
    """The options for a job.

    Raises
    ------
    RegionwiseError
        If one of them cannot be used.
    """
    device = ProcessingConfig.getSetting(DEVICE, True) or DEVICES[0]
    try:
        memory = float(ProcessingConfig.getSetting(MEMORY))
        threads = int(ProcessingConfig.getSetting(THREADS))
    except (TypeError, ValueError) as err:
        raise RegionwiseError(
            f"A Regionwise option is not a number ({err}).", "Correct it in Settings > Options > Processing."
        ) from err
    if memory <= 0 or threads < 0 or device not in DEVICES:
        raise RegionwiseError(
            f"Regionwise options cannot be used (Memory {memory:g} GiB, Threads {threads}, Device {device}).",
            "Correct them in Settings > Options > Processing.",
        )
    folder, scheduler = (str(ProcessingConfig.getSetting(name) or "").strip() for name in (FOLDER, SCHEDULER))
    details = str(ProcessingConfig.getSetting(DETAILS)).lower() in ("true", "1")  # a text, where it was stored
    return Settings(memory, threads, str(device), folder, scheduler, details)
