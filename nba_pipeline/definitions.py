"""The code location: everything under `defs/`, found by Dagster's loader."""

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """All assets, resources, schedules and sensors of the project."""
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
