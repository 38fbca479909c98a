"""TempCNN: convolutions along the dates of each pixel."""

from __future__ import annotations

from torch import Tensor, nn

from .patch_net import SeriesEncoder

FILTER = 5  # steps


class TempCnn(SeriesEncoder):
    """Convolutions along an even calendar (TempCNN, Pelletier et al. 2019)."""

    def __init__(self, numbers: int, components: int, width: int, steps: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs in (numbers, width, width):
            layers += [
                nn.Conv1d(inputs, width, FILTER, padding=FILTER // 2),
                nn.BatchNorm1d(width),
                nn.ReLU(),
                nn.Dropout(0.5),
            ]
        self.convolutions = nn.Sequential(*layers)
        self.dense = nn.Sequential(
            nn.Linear(width * steps, 4 * width), nn.BatchNorm1d(4 * width), nn.ReLU(), nn.Dropout(0.5)
        )
        self.out = nn.Linear(4 * width, components)

    def forward(self, x: Tensor, present: Tensor, days: Tensor) -> Tensor:
        """Logits (n, class); see `SeriesEncoder`."""
        logits: Tensor = self.out(self.dense(self.convolutions(x.transpose(1, 2)).flatten(1)))
        return logits
