"""Reads of declared Tables: columns pruned, days filtered, Arrow through the Storage Read API.

A read is no query job: it takes no slot, waits in no queue and costs the bytes of its columns and days only.
"""

import datetime as dt
from collections.abc import Iterable

import pandas as pd
import pyarrow as pa
from google.api_core.exceptions import DeadlineExceeded, NotFound, ServiceUnavailable
from google.api_core.retry import Retry, if_exception_type
from google.cloud.bigquery_storage_v1 import BigQueryReadClient, types

from nba_pipeline import frames
from nba_pipeline.errors import UserError
from nba_pipeline.table import Table

# As the client's own, but it would ask for ten minutes and, once rows come, for a day: longer than a step should stand
# still, whose own retries come minutes later.
_RETRY = Retry(if_exception_type(DeadlineExceeded, ServiceUnavailable), initial=0.1, maximum=10, timeout=120)


class TableMissing(UserError):
    """A table that is read has never been written."""


def read(
    client: BigQueryReadClient,
    project: str,
    table: Table,
    first: dt.date,
    last: dt.date,
    columns: Iterable[str] | None = None,
) -> pd.DataFrame:
    """The rows of `table` from day `first` to day `last`, both included; all columns, or the named ones.

    A table without days is read whole. Rows come in no particular order. Raises TableMissing where the table does not
    exist, and google.api_core's RetryError where nobody has answered for two minutes.
    """
    return frames.from_arrow(table, read_arrow(client, project, table, first, last, columns))


def read_arrow(
    client: BigQueryReadClient,
    project: str,
    table: Table,
    first: dt.date,
    last: dt.date,
    columns: Iterable[str] | None = None,
) -> pa.Table:
    """What `read` gives, as Arrow."""
    names = table.column_names if columns is None else list(columns)
    # The Read API knows no parameters; these literals come from `date` objects and a declared name.
    within = f"{table.day_column} BETWEEN '{first:%Y-%m-%d}' AND '{last:%Y-%m-%d}'"
    restriction = within if table.day_column else ""
    request = types.ReadSession(
        table=f"projects/{project}/datasets/{table.dataset}/tables/{table.name}",
        data_format=types.DataFormat.ARROW,
        read_options=types.ReadSession.TableReadOptions(
            selected_fields=names,
            row_restriction=restriction,
        ),
    )
    parent = f"projects/{project}"
    try:
        session = client.create_read_session(parent=parent, read_session=request, max_stream_count=1, retry=_RETRY)
    except NotFound as error:
        raise TableMissing(f"{table} does not exist in project {project}: materialise its asset first") from error
    return _rows(client, session).select(names)


def _rows(client: BigQueryReadClient, session: types.ReadSession) -> pa.Table:
    """The session's rows; a stream that breaks is resumed by the client where it stopped."""
    schema = pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
    batches = [
        pa.ipc.read_record_batch(pa.py_buffer(response.arrow_record_batch.serialized_record_batch), schema)
        for stream in session.streams
        for response in client.read_rows(stream.name, retry=_RETRY)
    ]
    return pa.Table.from_batches(batches, schema)
