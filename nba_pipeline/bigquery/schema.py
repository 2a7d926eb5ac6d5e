"""Declared Tables as BigQuery's tables: creation, and what may change on a live one.

A new NULLABLE column is added to the live table; any other difference is refused with the remedy.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from google.api_core.exceptions import Conflict, NotFound
from google.cloud import bigquery

from nba_pipeline.errors import UserError
from nba_pipeline.table import Column, Table

REMEDY = "Change the declaration back, or copy the table into one that is created anew."

# The partitions of a table by year.
_YEARS = bigquery.PartitionRange(start=1940, end=2100, interval=1)
_DAY_MS = 24 * 60 * 60 * 1000


class SchemaDrift(UserError):
    """The live table differs from its declaration in a way that must not be mended silently."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How a live table differs from its declaration, in words.

    `added` are declared NULLABLE columns that it lacks: the next write adds them. `refused` is what nobody may write
    before it is mended, `tolerated` what writes do not mind.
    """

    added: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    tolerated: tuple[str, ...] = ()


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
    found = drift(table, live)
    _refuse(table, live, found)
    if found.added:
        live.schema = [*live.schema, *(_field(table.column(name)) for name in found.added)]
        client.update_table(live, ["schema"])


def drift(table: Table, live: bigquery.Table) -> Drift:
    """How `live` differs from what `table` declares."""
    present = {field.name for field in live.schema}
    lacking = [column for column in table.columns if column.name not in present]
    refused = [
        *(_difference(field, table) for field in live.schema),
        _partition_difference(table, live),
        *(
            f"declared column {column.name} is {column.mode}, which can not be added to a table with rows"
            for column in lacking
            if column.mode != "NULLABLE"
        ),
    ]
    return Drift(
        added=tuple(column.name for column in lacking if column.mode == "NULLABLE"),
        refused=tuple(filter(None, refused)),
        tolerated=tuple(_tolerated(table, live)),
    )


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


def _refuse(table: Table, live: bigquery.Table, found: Drift) -> None:
    if found.refused:
        raise SchemaDrift(
            f"{table} in project {live.project} differs from its declaration: {'; '.join(found.refused)}. {REMEDY}"
        )


def _difference(live: bigquery.SchemaField, table: Table) -> str | None:
    if live.name not in table.column_names:
        return f"column {live.name} is not declared"
    declared = _field(table.column(live.name))
    if (_standard(live.field_type), live.mode) != (_standard(declared.field_type), declared.mode):
        return f"{live.name} is {live.field_type} {live.mode}, declared {declared.field_type} {declared.mode}"
    return None


def _partition_difference(table: Table, live: bigquery.Table) -> str | None:
    """Partitions by hour or month can not be overwritten a day at a time, so they differ like those of a column."""
    cut = live.time_partitioning or live.range_partitioning
    found = cut.field if cut else None
    if live.time_partitioning and live.time_partitioning.type_ != bigquery.TimePartitioningType.DAY:
        found = f"{live.time_partitioning.type_} of {found}"
    return None if found == table.partition_by else f"it is partitioned by {found}, declared is {table.partition_by}"


def _tolerated(table: Table, live: bigquery.Table) -> Iterator[str]:
    clustering, declared = list(live.clustering_fields or ()), list(table.cluster_by)
    if clustering != declared:
        yield f"it is clustered by {', '.join(clustering) or 'nothing'}, declared is {', '.join(declared) or 'nothing'}"
    if table.day_column and bool(live.require_partition_filter) != table.require_partition_filter:
        yield f"a partition filter is {'' if live.require_partition_filter else 'not '}required, declared is otherwise"
    if live.time_partitioning and live.time_partitioning.expiration_ms:
        yield f"its partitions expire after {live.time_partitioning.expiration_ms / _DAY_MS:g} days"


def _standard(type_name: str) -> str:
    """GoogleSQL's name of a type; the API still answers with the names of the older dialect."""
    return {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}.get(type_name, type_name)
