"""The plugin: registers the Processing provider; in the desktop it adds the panel 'Start here'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsApplication

from .algorithms.provider import RegionwiseProvider
from .algorithms.translation import install_translator, remove_translator

if TYPE_CHECKING:
    from .gui.start import Start


class RegionwisePlugin:
    """What QGIS loads; works without a window, so that qgis_process finds it."""

    def __init__(self, iface: Any) -> None:
        self.iface = iface
        self.provider: RegionwiseProvider | None = None
        self.start: Start | None = None

    def initProcessing(self) -> None:
        """Register the provider."""
        self.translator = install_translator()  # before anything is named
        self.provider = RegionwiseProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)
        # models can be read only now, when the algorithms they chain are known
        self.provider.refreshAlgorithms()

    def initGui(self) -> None:
        """Register the provider, and add to the window; called in the desktop."""
        from .gui.start import Start  # not where there is no window

        self.initProcessing()
        self.start = Start(self.iface)

    def unload(self) -> None:
        """Remove the provider, and all that was added to the window."""
        if self.start is not None:
            self.start.remove()
            self.start = None
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
            remove_translator(self.translator)
