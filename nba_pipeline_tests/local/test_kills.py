"""kill -9 of a run process while it writes: after the run is repeated nothing is lost and nothing doubled."""

import datetime as dt
import random

from nba_pipeline_tests.support.killing import TIME_SCALE, Kills
from nba_pipeline_tests.support.local_bigquery import running_local_bigquery
from nba_pipeline_tests.support.toy_runs import TABLES

ROUNDS = 12  # benchmarks/kills.py does 200


def test_a_run_that_is_killed_and_repeated_writes_exactly_once(tmp_path):
    with running_local_bigquery(tmp_path / "bigquery", time_scale=TIME_SCALE) as server:
        kills = Kills(server.addresses, tmp_path / "slots", random.Random(3))
        kills.warm_up()
        rounds = 0
        # A kill in a pause between jobs leaves none under way: one of five kills does.
        while rounds < ROUNDS or (rounds < 5 * ROUNDS and not kills.left_behind):
            kills.round()
            rounds += 1
        for table in TABLES:
            kills.check(table)
        assert kills.in_the_middle >= ROUNDS // 4
        assert kills.left_behind > 0
        assert kills.slowest_slot < 5
        day = dt.timedelta(hours=24)
        assert all(end is not None and end < dt.datetime.now(dt.UTC) + day for end in kills.staging_tables())
