"""Map looks: the styles beside the finished rasters of a map, and beside its bands in a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .mosaic import Layout, band_file
from .styles.layer_groups import write_group
from .styles.map_styles import Ramp
from .styles.style_files import write_common_style, write_style


def style_map(layouts: Iterable[Layout], folder: Path | None) -> None:
    """Write the style of each raster that has a path; in `folder`, one for all bands of the first, and their group."""
    written = list(layouts)
    for layout in written:
        if layout.path:
            write_style(Path(layout.path), layout.style, layout.names)
    main = written[0]
    if folder and isinstance(main.style, Ramp):
        rasters = [band_file(folder, name) for name in main.bands]
        write_common_style(rasters, main.style)
        write_group(folder, rasters)
