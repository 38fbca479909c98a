"""Learning: what every kind of model learns from, and what learning one split gives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ..contract.errors import RegionwiseError
from ..runtime.checkpoints import Arrays, Checkpoints
from ..runtime.executor import Reporter
from ..runtime.types import Arguments, Array, Floats, Index, Mask
from ..validation.splits import Split
from .history import History

if TYPE_CHECKING:  # networks learn and answer where neither rasters nor vector layers can be read
    from ..data.patches.patches import Patches
    from ..data.raster.grids import Grid
    from ..data.raster.stack import Band
    from ..data.vector.samples import Samples
    from ..features.series_features import Days
    from ..features.window_features import Features
    from ..inference.backend_choice import Choice
    from .augmented_labels import AugmentedLabels


ANSWER_BYTES = 256 * 2**20  # that a network of series takes while it answers pixels of a map


@dataclass(frozen=True)
class TrainingData:
    """Bands, samples and their patches, from which training starts.

    Parameters
    ----------
    device : str
        The name that torch knows it by.
    days : array of int, shape (sample, step), optional
        Of dated bands; days since 1 January of year 1, which is day 1, and 0 where a series is filled up.
    tabular : bool
        Whether values come from a table: then the grid has a CRS and bounds, but no cells.
    augmented_labels : AugmentedLabels, optional
        What predicts the labels of augmented samples anew; see `knowing`.
    """

    bands: list[Band]
    grid: Grid
    samples: Samples
    patches: Patches
    device: str
    checkpoints: Checkpoints
    key: str
    days: Days | None = None
    tabular: bool = False
    augmented_labels: AugmentedLabels | None = None

    def knowing(self, rows: Index) -> TrainingData:
        """The same, with augmented labels that know those of the observed samples among `rows` only.

        A learner fits samples `rows` to these labels, so that none of them knows a tested one.
        """
        if self.augmented_labels is None:
            return self
        return replace(self, samples=self.augmented_labels.knowing(self.samples, rows, self.checkpoints))

    def sensors(self) -> list[int]:
        """The number of bands of day and, if there is one, night."""
        day = sum(band.sensor == "day" for band in self.bands)
        return [day, len(self.bands) - day] if day < len(self.bands) else [day]


@dataclass(frozen=True)
class FittedMember:
    """A member fitted to one split: its tensors, its answers on the test part, and its history."""

    name: str
    arrays: Arrays
    shares: Array
    concentration: Array
    history: History


class Learner(Protocol):
    """A kind of model: learns a split and answers its test part."""

    @property
    def type(self) -> str:
        """Its name, as members of a model bear it."""

    def description(self) -> Arguments:
        """Arguments that build its members again."""

    def fit(self, split: Split, name: str, report: Reporter, start: Arrays | None = None) -> FittedMember:
        """Learn `split`; with `start`, from the tensors of a fitted member."""

    def process_bytes(self, splits: int) -> int:
        """The memory of learning one of `splits` in a process of its own; 0 if that is not worth it."""


@runtime_checkable
class TimedLearner(Learner, Protocol):
    """A learner that can tell how long it takes, from a few steps that it times."""

    def seconds(self, split: Split, name: str) -> float:
        """About how long learning `split` takes here; nothing that is learned meanwhile is kept."""


@runtime_checkable
class Follower(Protocol):
    """A learner whose members begin with those of another type on the same split."""

    @property
    def follows(self) -> str:
        """That type; empty if there is none."""


@runtime_checkable
class ValidatingLearner(Learner, Protocol):
    """A learner whose validation samples choose something before they train, too; those of others only train."""

    @property
    def chosen(self) -> str:
        """What they choose, in words; empty for nothing."""


@runtime_checkable
class WithholdingLearner(Learner, Protocol):
    """A learner whose validation samples may not train at all."""

    @property
    def withholds(self) -> bool:
        """Whether they do not."""


@runtime_checkable
class InSampleLearner(Learner, Protocol):
    """A learner whose members can be asked for the samples that they were fitted to."""

    def in_sample(self, arrays: Arrays) -> Array:
        """Answers for all samples, also those that a member was fitted to, shape (sample, component)."""


class Predictor(Protocol):
    """A fitted member, ready to answer windows of a map.

    Attributes
    ----------
    knows_concentration : bool
        Whether its concentration means something before it is calibrated.
    """

    knows_concentration: bool

    @property
    def halo(self) -> int:
        """Cells around a pixel that its answer depends on."""

    @property
    def live_numbers(self) -> int:
        """Numbers of a pixel that exist at a time while it answers, besides blocks and answers."""

    @property
    def held_bytes(self) -> int:
        """The memory that it takes while it answers, however large the tile."""

    def answer(self, values: Floats, wanted: Mask) -> tuple[Floats, Floats]:
        """Shares (component, pixel) and concentration (pixel,) of the `wanted` pixels in reading order.

        `values` are raw, shape (band, row + 2 halo, col + 2 halo), NaN is nodata; `wanted` is (row, col).
        """

    def rest(self) -> None:
        """Give back memory that is not needed until the next tile."""


class PixelPredictor:
    """A predictor that sees single pixels and keeps nothing from tile to tile; what differs is overridden."""

    knows_concentration = True
    live_numbers = 0
    held_bytes = 0

    @property
    def halo(self) -> int:
        """No cells around a pixel."""
        return 0

    def rest(self) -> None:
        """Do nothing: it keeps nothing from tile to tile."""


@runtime_checkable
class BackendUser(Predictor, Protocol):
    """A predictor whose network can be computed by several libraries; see `inference.backend_choice.TrialPredictor`."""

    def use(self, choice: Choice) -> None:
        """Compute as `choice` says from now on."""

    def settle(self) -> None:
        """Forget all backends but the one in use."""

    def window_bytes(self, side: int) -> int:
        """The memory that it takes while it computes a window of `side` cells with its halo."""


@runtime_checkable
class FeaturePredictor(Predictor, Protocol):
    """A predictor that sees features of cells, which are computed once for all that see the same."""

    @property
    def features(self) -> Features:
        """The maker of the features."""

    def shares_of(self, table: Floats) -> Array:
        """Shares (cell, component) from features (cell, feature)."""


@contextmanager
def fitting_card(name: str) -> Iterator[None]:
    """Tell in words if the member called `name` cannot be built as the card of its model says.

    Raises
    ------
    RegionwiseError
        If tensors and description do not fit.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, RuntimeError) as err:
        raise RegionwiseError(
            f"Member '{name}' does not fit the network of its card ({err}).",
            "The model file is damaged; copy it again, or train it again.",
        ) from err


def save_fitted(checkpoints: Checkpoints, name: str, fitted: FittedMember) -> None:
    """Keep a fitted member under `name`."""
    arrays = {f"member/{k}": v for k, v in fitted.arrays.items()}
    arrays |= {"shares": fitted.shares, "concentration": fitted.concentration}
    checkpoints.save(f"done-{name}", arrays, {"name": fitted.name, "history": fitted.history.__dict__})


def load_fitted(checkpoints: Checkpoints, name: str) -> FittedMember | None:
    """The member kept under `name`, or None."""
    saved = checkpoints.load(f"done-{name}")
    if saved is None:
        return None
    arrays, state = saved
    member = {k.removeprefix("member/"): v for k, v in arrays.items() if k.startswith("member/")}
    history = History(**state["history"])
    return FittedMember(state["name"], member, arrays["shares"], arrays["concentration"], history)
