"""The partitions all assets share, and how a backfill cuts them into runs."""

import dagster as dg

from nba_pipeline.game_days import EASTERN, FIRST_GAME_DAY

DAYS = dg.DailyPartitionsDefinition(
    start_date=FIRST_GAME_DAY.isoformat(),
    timezone=EASTERN.key,
    end_offset=1,  # today's slate is predicted before the day is over
)

# One run takes a chunk of days through all phases: 853 dates are 9 runs. The same policy on every asset is what
# lets Dagster put them into one run; a mix of policies makes a run per asset and day of some of them.
DAYS_PER_RUN = 100
CHUNKS = dg.BackfillPolicy.multi_run(max_partitions_per_run=DAYS_PER_RUN)
