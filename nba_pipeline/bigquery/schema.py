"""Declared Tables as BigQuery's tables: creation, and what may change on a live one.

A new NULLABLE column is added to the live table; any other difference is refused with the remedy.
"""

import datetime as dt

from google.api_core.exceptions import Conflict, NotFound
from google.cloud import bigquery

from nba_pipeline.table import Column, Table

# The partitions of a table by year.
_YEARS = bigquery.PartitionRange(start=1940, end=2100, interval=1)


class SchemaDrift(RuntimeError):
    """The live table differs from its declaration in a way that must not be mended silently."""


def fields(table: Table) -> list[bigquery.SchemaField]:
    """The schema that `table` declares."""
    return [_field(column) for column in table.columns]


def ensure(client: bigquery.Client, table: Table) -> None:
    """Makes the live table what `table` declares: creates it, or adds NULLABLE columns that are new.

    Raises SchemaDrift, naming the columns, where the live table has another type, mode or partition column.
    """
    try:
        live = client.get_table(str(table))
    except NotFound:
        create(client, table)
        return
    _refuse_drift(table, live)
    if new := [field for field in fields(table) if field.name not in {f.name for f in live.schema}]:
        live.schema = [*live.schema, *new]
        client.update_table(live, ["schema"])


def create(client: bigquery.Client, table: Table) -> None:
    """Creates `table`, and its dataset where that is missing; one that stands already is left as it is."""
    declared = bigquery.Table(f"{client.project}.{table}", schema=fields(table))
    declared.description = table.description
    if table.day_column:
        declared.time_partitioning = bigquery.TimePartitioning(field=table.day_column)
        declared.require_partition_filter = table.require_partition_filter
    elif table.partition_by:
        declared.range_partitioning = bigquery.RangePartitioning(_YEARS, table.partition_by)
    declared.clustering_fields = list(table.cluster_by) or None
    try:
        client.create_table(declared, exists_ok=True)
    except NotFound:
        _create_dataset(client, table.dataset)
        client.create_table(declared, exists_ok=True)


def create_staging(client: bigquery.Client, table: Table, name: str, lifetime: dt.timedelta) -> None:
    """Creates the unpartitioned table `name` beside `table` with its columns; it deletes itself after `lifetime`."""
    staging = bigquery.Table(f"{client.project}.{table.dataset}.{name}", schema=fields(table))
    staging.expires = dt.datetime.now(dt.UTC) + lifetime
    client.create_table(staging, exists_ok=True)


def _create_dataset(client: bigquery.Client, name: str) -> None:
    dataset = bigquery.Dataset(f"{client.project}.{name}")
    dataset.location = client.location
    try:
        client.create_dataset(dataset)
    except Conflict:  # another process was first
        return


def _field(column: Column) -> bigquery.SchemaField:
    return bigquery.SchemaField(column.name, column.type, mode=column.mode, description=column.description)


def _refuse_drift(table: Table, live: bigquery.Table) -> None:
    declared = {field.name: field for field in fields(table)}
    differences = [_difference(field, declared.get(field.name)) for field in live.schema]
    cut = live.time_partitioning or live.range_partitioning
    partition = cut.field if cut else None
    if partition != table.partition_by:
        differences.append(f"it is partitioned by {partition}, declared is {table.partition_by}")
    differences += [
        f"declared column {field.name} is REQUIRED, which can not be added to a table with rows"
        for field in declared.values()
        if field.mode == "REQUIRED" and field.name not in {live_field.name for live_field in live.schema}
    ]
    if found := [difference for difference in differences if difference]:
        raise SchemaDrift(
            f"{table} in project {live.project} differs from its declaration: {'; '.join(found)}. "
            "Change the declaration back, or copy the table into one that is created anew."
        )


def _difference(live: bigquery.SchemaField, declared: bigquery.SchemaField | None) -> str | None:
    if declared is None:
        return f"column {live.name} is not declared"
    if (_standard(live.field_type), live.mode) != (_standard(declared.field_type), declared.mode):
        return f"{live.name} is {live.field_type} {live.mode}, declared {declared.field_type} {declared.mode}"
    return None


def _standard(type_name: str) -> str:
    """GoogleSQL's name of a type; the API still answers with the names of the older dialect."""
    return {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}.get(type_name, type_name)
