"""make bench-load: how long a process takes to load the code location, beside one that imports Dagster alone.

Every run, the UI and the daemon pay it before they do anything. The median of five fresh processes each, in turn.
"""

import statistics
import subprocess
import sys
import time

from rich.console import Console

from benchmarks.measuring import print_figures, write_results
from nba_pipeline.settings import PROJECT_ROOT

_LOCATION = "from nba_pipeline.definitions import defs; defs().get_repository_def()"
_DAGSTER = "import dagster"
_ROUNDS = 5


def main() -> None:
    """Runs the benchmark."""
    rounds = [(_seconds(_LOCATION), _seconds(_DAGSTER)) for _ in range(_ROUNDS)]
    ours, dagster = (statistics.median(seconds) for seconds in zip(*rounds, strict=True))
    figures = {
        "seconds": round(ours, 2),
        "dagster_s": round(dagster, 2),
        "seconds / dagster_s": round(ours / dagster, 1),
    }
    print_figures(Console(), "loading the code location", figures)
    write_results("load", figures)


def _seconds(statement: str) -> float:
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", statement], check=True, cwd=PROJECT_ROOT)
    return time.monotonic() - started


if __name__ == "__main__":
    main()
