"""Input specification: what a family wants to be read before it trains, put together from pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ..contract.layer import NO_LAYER, Layer
from ..data.series.image_series import Series


@dataclass(frozen=True)
class LabelColumns:
    """Fields of the samples that hold labels: shares in `targets`, classes, or 0 and 1.

    Parameters
    ----------
    weak_field : str
        Flags those of lower trust, which weigh `weak_weight`.
    design_field : str
        Holds the cells that a sample without an event stands for, see `samples.SampleColumns`.
    """

    targets: tuple[str, ...] = ()
    class_field: str = ""
    label_field: str = ""
    weak_field: str = ""
    weak_weight: float = 1.0
    design_field: str = ""


@dataclass(frozen=True)
class RasterSources:
    """Rasters that the samples are cut from.

    Parameters
    ----------
    sensors : dict
        Layers of each sensor; their bands become those of the training data, in this order.
    resampling : str
        How layers on other grids are brought to the first one's, see `stack.Stack`.
    pixel_weights : Layer
        Raster that weighs the pixels of a footprint.
    coordinates : bool
        Whether longitude and latitude are bands, too.
    """

    sensors: Mapping[str, Sequence[Layer]] = field(default_factory=dict)
    resampling: str = "refuse"
    pixel_weights: Layer = NO_LAYER
    coordinates: bool = False

    def layers(self) -> list[Layer]:
        """All layers that are given."""
        sensors = [layer for layers in self.sensors.values() for layer in layers]
        return [layer for layer in (*sensors, self.pixel_weights) if layer]


@dataclass(frozen=True)
class GroupColumns:
    """Polygons that samples lie in.

    Parameters
    ----------
    regions : Layer
        Without it the region field is one of the samples.
    blocks : Layer
        With a name in `block_field`; folds may hold them out as a whole.
    """

    regions: Layer = NO_LAYER
    region_preset: str = "none"
    blocks: Layer = NO_LAYER
    block_field: str = ""


@dataclass(frozen=True)
class DateColumns:
    """Dates of the samples: the series that the sensor ``series`` reads, and fields with first and last date.

    `date_field` holds the one date of samples that see no series; only validations by date read it.
    """

    series: Series | None = None
    start_field: str = ""
    end_field: str = ""
    date_field: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that tell when a sample is of."""
        return (self.date_field,) if self.date_field else tuple(filter(None, (self.start_field, self.end_field)))


@dataclass(frozen=True)
class InputSpec:
    """The inputs of a family, besides those that all families share.

    Parameters
    ----------
    samples : Layer
    validations : sequence of str
        Kinds of validation, whose fields the predictions will have.
    halo : int
        Cells around a pixel that the models see.
    halo_of : callable, optional
        Gives `halo` for the number of bands, where it depends on that.
    files : tuple of str
        Others that the run depends on: a model to start from.
    more_layers : tuple of Layer
        That are read elsewhere, and must not be overwritten.
    """

    samples: Layer
    validations: Sequence[str]
    labels: LabelColumns = LabelColumns()
    rasters: RasterSources = RasterSources()
    groups: GroupColumns = GroupColumns()
    dates: DateColumns = DateColumns()
    halo: int = 0
    halo_of: Callable[[int], int] | None = None
    files: tuple[str, ...] = ()
    more_layers: tuple[Layer, ...] = ()

    def halo_with(self, bands: int) -> int:
        """Cells around a pixel that the models see in so many bands."""
        return self.halo_of(bands) if self.halo_of else self.halo

    def layers(self) -> list[Layer]:
        """All layers that training reads."""
        return [*self.rasters.layers(), self.samples, self.groups.regions, self.groups.blocks, *self.more_layers]
