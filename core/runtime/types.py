"""Types of arrays of raster values, and of JSON values by name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Array = NDArray[np.float64]
Index = NDArray[np.int64]
Text = NDArray[np.object_]
Arguments = dict[str, Any]  # JSON values by name, as a constructor takes them
