"""Plans are plain data: what a write will do, before it does it."""

import pytest

from nba_pipeline.bigquery.strategies import LoadPartition, LoadStaging, ReplacePartitions, plan
from nba_pipeline_tests.support.toy import DAY, DAYS, TOY


def test_one_day_is_one_load_into_its_partition_and_no_dml():
    assert plan(TOY, [DAY], "w") == [LoadPartition(TOY, DAY)]
    assert sum(step.dml_statements for step in plan(TOY, [DAY], "w")) == 0


def test_many_days_are_one_staging_load_and_one_merge():
    assert plan(TOY, DAYS, "w") == [
        LoadStaging(TOY, "_staging_toy_w"),
        ReplacePartitions(TOY, "_staging_toy_w", tuple(DAYS)),
    ]
    assert sum(step.dml_statements for step in plan(TOY, DAYS, "w")) == 1


def test_no_days_are_no_steps():
    assert plan(TOY, [], "w") == []


def test_the_order_in_which_days_are_named_does_not_matter():
    assert plan(TOY, DAYS[::-1], "w") == plan(TOY, DAYS, "w")


def test_a_merge_names_no_value_in_its_text():
    [_, merge] = plan(TOY, DAYS, "w")
    assert "2024" not in merge.sql
    assert "@days" in merge.sql


@pytest.mark.parametrize(
    ("days", "printed"),
    [
        ([DAY], ["load, WRITE_TRUNCATE -> toys.toy$20240101"]),
        (DAYS, ["load, WRITE_TRUNCATE -> toys._staging_toy_w", "MERGE 3 days of toys.toy from _staging_toy_w"]),
    ],
)
def test_a_plan_can_be_read(days, printed):
    assert [str(step) for step in plan(TOY, days, "w")] == printed
