"""What prints nowhere: a console, and Dagster's own, which writes each event of a run as a line."""

import io

from rich.console import Console

QUIET = Console(file=io.StringIO())

# The config of a run.
SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
