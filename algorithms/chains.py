"""Chains: the shipped models, which say before they are run what their steps lack, and how to get it."""

from __future__ import annotations

from qgis.core import QgsProcessingModelAlgorithm

from ..core.contract.errors import RegionwiseError
from .environment import find_interpreter


class Chain(QgsProcessingModelAlgorithm):
    """A model whose steps need the engine."""

    def createInstance(self) -> Chain:
        """A fresh instance with the same steps; QGIS's own would be a plain model."""
        copy = Chain()
        copy.loadVariant(self.toVariant())
        copy.setSourceFilePath(self.sourceFilePath())
        return copy

    def canExecute(self) -> tuple[bool, str]:
        """Whether the engine and all steps are there, and if not, how to get them."""
        try:
            find_interpreter()
        except RegionwiseError as err:
            return False, str(err)
        return super().canExecute()
