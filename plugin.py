"""The plugin: registers the Processing provider, and nothing else."""

from __future__ import annotations

from qgis.core import QgsApplication

from .algorithms.provider import RegionwiseProvider
from .algorithms.translation import install_translator, remove_translator


class RegionwisePlugin:
    """What QGIS loads; works without a window, so that qgis_process finds it."""

    def __init__(self, iface: object) -> None:
        self.iface = iface
        self.provider: RegionwiseProvider | None = None

    def initProcessing(self) -> None:
        """Register the provider."""
        self.translator = install_translator()  # before anything is named
        self.provider = RegionwiseProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)
        # models can be read only now, when the algorithms they chain are known
        self.provider.refreshAlgorithms()

    def initGui(self) -> None:
        """Register the provider; called in the desktop."""
        self.initProcessing()

    def unload(self) -> None:
        """Remove the provider."""
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
            remove_translator(self.translator)
