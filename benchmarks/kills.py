"""make bench-kills: 200 runs killed with kill -9 at random moments of their writes, each repeated and checked.

Every strategy in turn, on the local BigQuery with its limits on. Stops with an AssertionError at the first row that is
lost or doubled.
"""

import random
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import track

from benchmarks.measuring import print_figures, write_results
from nba_pipeline_tests.support.killing import TIME_SCALE, Kills
from nba_pipeline_tests.support.local_bigquery import running_local_bigquery
from nba_pipeline_tests.support.toy_runs import TABLES

ROUNDS = 200


def main() -> None:
    """Runs the rounds."""
    console = Console()
    seed = random.randrange(10**6)
    with (
        tempfile.TemporaryDirectory() as name,
        running_local_bigquery(Path(name) / "bigquery", time_scale=TIME_SCALE) as server,
    ):
        kills = Kills(server.addresses, Path(name) / "slots", random.Random(seed))
        kills.warm_up()
        for _ in track(range(ROUNDS), "killing", console=console):
            kills.round()
        for table in TABLES:
            kills.check(table)
        staging = kills.staging_tables()
    results = {
        "seed": seed,
        "rounds": ROUNDS,
        "killed_in_the_middle": kills.in_the_middle,
        "with_a_job_under_way": kills.left_behind,
        "rows_lost_or_doubled": 0,
        "slowest_slot_s": round(kills.slowest_slot, 3),
        "staging_tables_left": len(staging),
        "of_them_without_an_expiry": staging.count(None),
    }
    print_figures(console, "kill -9 during writes", results)
    write_results("kills", results)


if __name__ == "__main__":
    main()
