"""The incident in small: the old way loses dates to BigQuery's limits, and this pipeline does not."""

from nba_pipeline.local.incident.replay import replay


def test_the_old_way_loses_dates_and_this_pipeline_writes_them_all_with_a_statement_per_run():
    told: list[str] = []
    replayed = replay(dates=8, days_per_run=5, report=told.append, time_scale=50)
    old, ours = replayed["the old way"], replayed["this pipeline"]
    assert told == ["the old way: 12 workers", "this pipeline"]
    assert old.dates_lost > 0
    assert old.files_failed >= old.queue_full > 0
    assert (ours.dates, ours.dates_lost, ours.files_failed) == (8, 0, 0)
    assert (ours.dml_statements, ours.jobs) == (2, 4)  # of 5 days and of 3, a staging load and a MERGE each
    assert old.dml_statements > 10 * ours.dml_statements
