"""Plans are plain data: what a write will do, before it does it."""

import pytest

from nba_pipeline.bigquery.strategies import LoadAppend, LoadPartition, LoadStaging, MergeByKey, ReplacePartitions, plan
from nba_pipeline.table import Table, nullable, required
from nba_pipeline_tests.support.toy import DAY, DAYS, TOY

COLUMNS = (
    required("day", "DATE", "the day"),
    required("id", "STRING", "which"),
    required("seen_at", "TIMESTAMP", "when"),
    nullable("note", "STRING", "what"),
)


def table(strategy: str, key=("id",), **more) -> Table:
    return Table("toys", "toy", "Toys.", COLUMNS, key, partition_by="day", strategy=strategy, **more)


UPSERT = table("upsert", newest_by="seen_at")


def test_one_day_is_one_load_into_its_partition_and_no_dml():
    assert plan(TOY, [DAY], "w") == [LoadPartition(TOY, DAY)]
    assert sum(step.dml_statements for step in plan(TOY, [DAY], "w")) == 0


def test_many_days_are_one_staging_load_and_one_merge():
    assert plan(TOY, DAYS, "w") == [
        LoadStaging(TOY, "_staging_toy_w"),
        ReplacePartitions(TOY, "_staging_toy_w", tuple(DAYS)),
    ]
    assert sum(step.dml_statements for step in plan(TOY, DAYS, "w")) == 1


@pytest.mark.parametrize("days", [[DAY], DAYS], ids=["one day", "many days"])
@pytest.mark.parametrize("chosen", [UPSERT, table("insert-new")], ids=lambda chosen: chosen.strategy)
def test_a_write_by_key_is_one_staging_load_and_one_merge_whatever_the_days(chosen, days):
    steps = plan(chosen, days, "w")
    assert steps == [LoadStaging(chosen, "_staging_toy_w"), MergeByKey(chosen, "_staging_toy_w", tuple(days), None)]
    assert sum(step.dml_statements for step in steps) == 1


@pytest.mark.parametrize("days", [[DAY], DAYS], ids=["one day", "many days"])
def test_an_append_is_one_load_and_no_dml_whatever_the_days(days):
    append = table("append", inputs=("id",))
    steps = plan(append, days, "w")
    assert steps == [LoadAppend(append)]
    assert sum(step.dml_statements for step in steps) == 0


def test_a_key_that_holds_the_day_is_sought_on_that_day_only():
    [_, merge] = plan(table("upsert", key=("day", "id"), newest_by="seen_at"), [DAY], "w")
    assert merge.present == (DAY,)


@pytest.mark.parametrize("partition_by", [None, "year"])
def test_a_table_without_days_is_merged_by_key_alone(partition_by):
    columns = (*COLUMNS, required("year", "INT64", "season"))
    current = Table(
        "toys", "now", "Toys.", columns, ("id",), partition_by=partition_by, strategy="upsert", newest_by="seen_at"
    )
    [_, merge] = plan(current, DAYS, "w")
    assert merge.present is not None
    assert "@" not in merge.sql
    assert merge.parameters == {}


def test_a_table_without_days_is_never_replaced():
    with pytest.raises(ValueError, match="a table without days is written by upsert or insert-new"):
        Table("toys", "now", "Toys.", COLUMNS, ("id",), partition_by=None)


def test_insert_new_never_updates():
    [_, merge] = plan(table("insert-new"), [DAY], "w")
    assert "UPDATE" not in merge.sql
    assert "WHEN NOT MATCHED BY TARGET" in merge.sql


@pytest.mark.parametrize(
    ("strategy", "more", "message"),
    [
        ("upsert", {}, "names the column it finds the newest row by"),
        ("replace", {"newest_by": "seen_at"}, "names the column it finds the newest row by"),
        ("append", {}, "names the columns of its inputs"),
        ("upsert", {"newest_by": "note"}, "note must be REQUIRED, for upsert compares rows by it"),
        ("insert-new", {"key": ("note",)}, "note must be REQUIRED"),
        ("append", {"inputs": ("note",)}, "note must be REQUIRED"),
        ("append", {"inputs": ("nothing",)}, "declare nothing among the columns"),
    ],
)
def test_a_strategy_without_what_it_compares_by_is_refused(strategy, more, message):
    with pytest.raises(ValueError, match=message):
        table(strategy, **more)


def test_no_days_are_no_steps():
    assert plan(TOY, [], "w") == []


def test_the_order_in_which_days_are_named_does_not_matter():
    assert plan(TOY, DAYS[::-1], "w") == plan(TOY, DAYS, "w")


@pytest.mark.parametrize("chosen", [TOY, UPSERT, table("insert-new")], ids=lambda chosen: chosen.strategy)
def test_a_merge_names_no_value_in_its_text(chosen):
    [_, merge] = plan(chosen, DAYS, "w")
    assert "2024" not in merge.sql
    assert "@days" in merge.sql


@pytest.mark.parametrize(
    ("chosen", "days", "printed"),
    [
        (TOY, [DAY], ["load, WRITE_TRUNCATE -> toys.toy$20240101"]),
        (TOY, DAYS, ["load, WRITE_TRUNCATE -> toys._staging_toy_w", "MERGE 3 days of toys.toy from _staging_toy_w"]),
        (table("append", inputs=("id",)), DAYS, ["load, WRITE_APPEND -> toys.toy"]),
        (
            UPSERT,
            [DAY],
            [
                "load, WRITE_TRUNCATE -> toys._staging_toy_w",
                "days of the keys looked up, then MERGE by id into toys.toy from _staging_toy_w",
            ],
        ),
    ],
)
def test_a_plan_can_be_read(chosen, days, printed):
    assert [str(step) for step in plan(chosen, days, "w")] == printed
