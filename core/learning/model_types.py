"""The names of the types of models, as parameters and model files hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # networks learn and answer where neither rasters nor vector layers can be read
    pass


NETWORK, BOOSTING, UNMIXING, STACK = "network", "boosting", "unmixing", "stack"


BRITS, BRITS_REFERENCE = "brits", "brits_reference"


POOLED, META, META_REFERENCE = "pooled", "meta", "meta_reference"


SIMPLE, RIDGE, RESIDUAL = "simple", "ridge", "residual"


CONVLSTM_UNET, CONVLSTM_UNET_REFERENCE = "convlstm_unet", "convlstm_unet_reference"


CONVLSTM, CONVLSTM_REFERENCE, TEMPCNN, LTAE = "convlstm", "convlstm_reference", "tempcnn", "ltae"


WITHOUT_TORCH = {BOOSTING, UNMIXING, SIMPLE, RIDGE}
