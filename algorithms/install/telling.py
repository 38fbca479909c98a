"""Whom the installer tells how it goes: QGIS's feedback, or a terminal."""

from __future__ import annotations

import sys
from typing import Protocol


class Feedback(Protocol):
    """Whom to tell; QgsProcessingFeedback is one."""

    def setProgress(self, progress: float) -> None:
        """Tell the per cent that are done."""

    def pushInfo(self, info: str) -> None:
        """Show a line."""

    def pushWarning(self, warning: str) -> None:
        """Show a line that should be read."""

    def isCanceled(self) -> bool:
        """Whether the user wants to stop."""


class Console:
    """Feedback on a terminal."""

    def setProgress(self, progress: float) -> None:
        """Show nothing: the lines tell enough."""

    def pushInfo(self, info: str) -> None:
        """Print a line."""
        sys.stdout.write(f"{info}\n")
        sys.stdout.flush()

    def pushWarning(self, warning: str) -> None:
        """Print a line."""
        self.pushInfo(warning)

    def isCanceled(self) -> bool:
        """False: a terminal sends SIGINT."""
        return False
