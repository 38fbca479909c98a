"""The rooms of the code and their order, as ARCHITECTURE.md has them."""

LIGHT = {
    "causes",
    "errors",
    "params",
    "params_abundance",
    "params_composition",
    "params_crops",
    "params_evaluation",
    "params_forecast",
    "params_preparation",
    "params_series",
    "params_susceptibility",
    "protocol",
}
