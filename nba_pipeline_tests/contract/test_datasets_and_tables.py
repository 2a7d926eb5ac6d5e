"""Datasets and tables: what is stored of them, what may change, what is refused."""

import datetime as dt
import time
import uuid

import pytest
from google.api_core import exceptions
from google.cloud import bigquery

from nba_pipeline_tests.contract.conftest import TOY_SCHEMA, toy


def test_a_dataset_that_exists_can_not_be_created_again(target):
    with pytest.raises(exceptions.Conflict, match="Already Exists: Dataset"):
        target.client.create_dataset(target.dataset)


def test_a_dataset_that_does_not_exist_is_not_found(target):
    with pytest.raises(exceptions.NotFound, match="Not found: Dataset"):
        target.client.get_dataset("no_such_dataset")


def test_datasets_are_listed(target):
    assert target.dataset in [item.dataset_id for item in target.client.list_datasets()]


def test_a_dataset_with_tables_is_deleted_only_with_its_contents(target):
    name = f"full_{uuid.uuid4().hex[:8]}"
    target.client.create_dataset(name)
    target.client.create_table(f"{target.client.project}.{name}.t")
    with pytest.raises(exceptions.BadRequest, match="is still in use"):
        target.client.delete_dataset(name)
    target.client.delete_dataset(name, delete_contents=True)
    with pytest.raises(exceptions.NotFound):
        target.client.get_dataset(name)


def test_a_table_keeps_what_it_was_created_with(target):
    created = target.new_table(
        description="toys",
        labels={"team": "a"},
        clustering_fields=["id"],
        require_partition_filter=True,
    )
    found = target.client.get_table(created.reference)
    assert [(f.name, f.field_type, f.mode) for f in found.schema] == [
        ("day", "DATE", "REQUIRED"),
        ("id", "INTEGER", "REQUIRED"),
        ("name", "STRING", "NULLABLE"),
        ("score", "FLOAT", "NULLABLE"),
    ]
    assert (found.description, found.labels, found.clustering_fields) == ("toys", {"team": "a"}, ["id"])
    assert (found.time_partitioning.field, found.time_partitioning.type_) == ("day", "DAY")
    assert found.require_partition_filter
    assert found.num_rows == 0


def test_column_descriptions_are_kept(target):
    described = bigquery.SchemaField("day", "DATE", "REQUIRED", description="the day")
    table = target.new_table(schema=[described])
    assert target.client.get_table(table.reference).schema[0].description == "the day"


def test_a_table_can_be_partitioned_by_integer_range(target):
    ranges = bigquery.RangePartitioning(bigquery.PartitionRange(start=2000, end=2100, interval=1), field="id")
    table = target.new_table(partitioned=False, range_partitioning=ranges)
    found = target.client.get_table(table.reference).range_partitioning
    assert (found.field, found.range_.start, found.range_.end, found.range_.interval) == ("id", 2000, 2100, 1)


def test_a_table_that_exists_can_not_be_created_again(target):
    table = target.new_table()
    with pytest.raises(exceptions.Conflict, match="Already Exists: Table") as caught:
        target.client.create_table(bigquery.Table(table.reference, TOY_SCHEMA))
    assert caught.value.errors[0]["reason"] == "duplicate"


def test_a_table_that_does_not_exist_is_not_found(target):
    with pytest.raises(exceptions.NotFound, match="Not found: Table") as caught:
        target.client.get_table(target.name("nothing"))
    assert caught.value.errors[0]["reason"] == "notFound"


def test_a_table_in_a_missing_dataset_is_not_found(target):
    with pytest.raises(exceptions.NotFound):
        target.client.create_table(f"{target.client.project}.no_such_dataset.t")


def test_partitioning_by_a_column_that_is_not_there_is_refused(target):
    table = bigquery.Table(target.name("wrong"), TOY_SCHEMA)
    table.time_partitioning = bigquery.TimePartitioning(field="nothing")
    with pytest.raises(exceptions.BadRequest, match="partitioning"):
        target.client.create_table(table)


def test_a_new_nullable_column_can_be_added(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5)))
    table = target.client.get_table(table.reference)
    table.schema = [*table.schema, bigquery.SchemaField("extra", "STRING")]
    target.client.update_table(table, ["schema"])
    assert target.rows(table) == [(dt.date(2024, 1, 1), 1, "a", 0.5, None)]


def test_a_new_required_column_is_refused(target):
    table = target.new_table()
    table.schema = [*table.schema, bigquery.SchemaField("extra", "STRING", "REQUIRED")]
    with pytest.raises(exceptions.BadRequest, match="required"):
        target.client.update_table(table, ["schema"])


def test_a_column_can_not_change_its_type_or_disappear(target):
    table = target.new_table()
    table.schema = [*TOY_SCHEMA[:3], bigquery.SchemaField("score", "STRING")]
    with pytest.raises(exceptions.BadRequest, match="Provided Schema does not match Table"):
        target.client.update_table(table, ["schema"])
    table.schema = TOY_SCHEMA[:3]
    with pytest.raises(exceptions.BadRequest, match="Provided Schema does not match Table"):
        target.client.update_table(table, ["schema"])


def test_a_required_column_can_become_nullable(target):
    table = target.new_table()
    table.schema = [TOY_SCHEMA[0], bigquery.SchemaField("id", "INT64"), *TOY_SCHEMA[2:]]
    assert target.client.update_table(table, ["schema"]).schema[1].mode == "NULLABLE"


def test_a_change_bound_to_an_old_etag_is_refused(target):
    table = target.new_table()
    first, second = target.client.get_table(table.reference), target.client.get_table(table.reference)
    first.description = "first"
    target.client.update_table(first, ["description"])
    second.description = "second"
    with pytest.raises(exceptions.PreconditionFailed):
        target.client.update_table(second, ["description"])


def test_labels_can_be_changed_and_removed(target):
    table = target.new_table(labels={"a": "1", "b": "2"})
    table.labels = {"a": "3", "b": None}
    assert target.client.update_table(table, ["labels"]).labels == {"a": "3"}


def test_an_expired_table_is_gone(target):
    table = target.new_table(partitioned=False)
    table.expires = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    target.client.update_table(table, ["expires"])
    time.sleep(2)
    with pytest.raises(exceptions.NotFound):
        target.client.get_table(table.reference)
    assert table.table_id not in [item.table_id for item in target.client.list_tables(target.dataset)]


def test_a_deleted_table_is_gone_with_its_rows(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5)))
    target.client.delete_table(table)
    with pytest.raises(exceptions.NotFound):
        target.client.get_table(table.reference)
    target.client.create_table(bigquery.Table(table.reference, TOY_SCHEMA))
    assert target.client.get_table(table.reference).num_rows == 0


def test_tables_are_listed_in_pages(target):
    name = f"many_{uuid.uuid4().hex[:8]}"
    target.client.create_dataset(name)
    for number in range(5):
        target.client.create_table(f"{target.client.project}.{name}.t{number}")
    listed = [item.table_id for item in target.client.list_tables(name, page_size=2)]
    assert listed == [f"t{number}" for number in range(5)]
    target.client.delete_dataset(name, delete_contents=True)


def test_a_staging_table_keeps_the_time_it_expires_through_a_load(target):
    expires = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(hours=6)
    table = target.new_table(partitioned=False, expires=expires)
    target.load(table, toy(("2024-01-01", 1, "a", 0.5)))
    found = target.client.get_table(table)
    assert (found.expires, found.num_rows) == (expires, 1)
