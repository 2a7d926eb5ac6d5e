"""make bench-feeds: seconds to turn 1,000 objects of each feed into rows, for the real season 2023-24.

Every feed that the data supports: its writer makes the season's objects, and the time is that of parsing and cleaning
them as one batch. The bucket and BigQuery are left out.
"""

import sys
import time

from rich.console import Console
from rich.table import Table as Grid

from benchmarks.measuring import write_results
from nba_pipeline import catalog
from nba_pipeline.local.season.writers import WRITERS
from nba_pipeline.sources import batch
from nba_pipeline_tests.support.real_data import SHARED, real_season

_SEASON = "2023-24"


def main() -> None:
    """Runs the benchmark."""
    if not (SHARED / "tidy").is_dir():
        sys.exit("the real seasons (shared/data beside the checkout) are not here")
    sources = {module.FEED.name: module for module in catalog.modules() if hasattr(module, "FEED")}
    results = {name: _measure(sources[name], writer) for name, writer in WRITERS.items()}
    grid = Grid("feed", "files", "rows", "s per 1,000 files", title=f"Season {_SEASON}")
    for name, figures in results.items():
        grid.add_row(name, *(str(value) for value in figures.values()))
    Console().print(grid)
    write_results("feeds", results)


def _measure(source: batch.Source, writer) -> dict[str, float]:
    files = [batch.SourceFile(name, 1, content) for name, content in writer.objects(real_season(_SEASON))]
    started = time.monotonic()
    collected = batch.collect(source, files)
    seconds = time.monotonic() - started
    if collected.failures:
        sys.exit(f"{source.FEED.name}: {len(collected.failures)} files or rows could not be taken")
    per_thousand = round(seconds / len(files) * 1_000, 2)
    return {"files": len(files), "rows": len(collected.rows), "s_per_1000_files": per_thousand}


if __name__ == "__main__":
    main()
