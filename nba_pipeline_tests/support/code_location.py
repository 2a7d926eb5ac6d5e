"""The code location, loaded once per process: nothing of it changes while tests run."""

from functools import cache

import dagster as dg

from nba_pipeline.definitions import defs


@cache
def code_location() -> dg.Definitions:
    """All definitions of the project."""
    return defs()
