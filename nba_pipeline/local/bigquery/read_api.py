"""The Storage Read API over gRPC: a session is a committed state of some columns and rows, read as Arrow.

A session's rows are taken when it is created, so every read of it sees one state. They are dropped ten minutes later,
or a minute after a stream was read to its end: a client that lost the last answer asks again.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pyarrow as pa
from google.cloud.bigquery_storage_v1 import types as messages
from sqlglot import exp

from nba_pipeline.local.bigquery import sql, types
from nba_pipeline.local.bigquery.catalog import TableId
from nba_pipeline.local.bigquery.engine import Engine
from nba_pipeline.local.bigquery.errors import ApiError, from_engine, invalid, not_implemented
from nba_pipeline.local.bigquery.query import ANONYMOUS_DATASET

_SERVICE = "google.cloud.bigquery.storage.v1.BigQueryRead"
_BATCH_ROWS = 16_384
_KEPT_SECONDS = 600.0
_KEPT_SECONDS_AFTER_END = 60.0
_CODES = {
    404: grpc.StatusCode.NOT_FOUND,
    400: grpc.StatusCode.INVALID_ARGUMENT,
    501: grpc.StatusCode.UNIMPLEMENTED,
}


class ReadService:
    """Sessions and streams over an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._streams: dict[str, tuple[float, pa.Table]] = {}  # by name: when to drop it, and its rows
        self._lock = threading.Lock()

    def create_session(self, request: Any, context: grpc.ServicerContext) -> Any:
        """CreateReadSession: one stream with the selected columns of the rows that meet the restriction."""
        try:
            return self._create_session(request)
        except Exception as error:
            _abort(context, from_engine(error))

    def read_rows(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """ReadRows: the stream's batches from `offset` on."""
        with self._lock:
            kept = self._streams.get(request.read_stream)
        if kept is None:
            _abort(context, ApiError(404, "notFound", f"Not found: stream {request.read_stream}"))
            return
        rows = kept[1].slice(request.offset)
        schema = messages.ArrowSchema(serialized_schema=rows.schema.serialize().to_pybytes())
        for batch in rows.to_batches(max_chunksize=_BATCH_ROWS):
            data = messages.ArrowRecordBatch(
                serialized_record_batch=batch.serialize().to_pybytes(), row_count=batch.num_rows
            )
            yield messages.ReadRowsResponse(arrow_record_batch=data, row_count=batch.num_rows, arrow_schema=schema)
        self._keep(request.read_stream, kept[1], _KEPT_SECONDS_AFTER_END)

    def split_stream(self, request: Any, _: grpc.ServicerContext) -> Any:  # noqa: ARG002
        """SplitReadStream: an empty answer, which says that the stream can not be split."""
        return messages.SplitReadStreamResponse()

    def _create_session(self, request: Any) -> Any:
        wanted = request.read_session
        if wanted.data_format != messages.DataFormat.ARROW:
            raise not_implemented("read sessions of a format other than ARROW")
        rows = self._rows(_table_of(wanted.table), wanted.read_options)
        name = f"{request.parent}/locations/us/sessions/{uuid.uuid4().hex}"
        stream = f"{name}/streams/0"
        self._keep(stream, rows, _KEPT_SECONDS)
        return messages.ReadSession(
            name=name,
            table=wanted.table,
            data_format=wanted.data_format,
            arrow_schema=messages.ArrowSchema(serialized_schema=rows.schema.serialize().to_pybytes()),
            streams=[messages.ReadStream(name=stream)] if rows.num_rows else [],
            estimated_row_count=rows.num_rows,
        )

    def _rows(self, table: TableId, options: Any) -> pa.Table:
        engine = self._engine
        if table.dataset == ANONYMOUS_DATASET:
            rows = engine.results.rows(table)
            if options.row_restriction:
                raise not_implemented("row restrictions on query results")
            return rows.select(list(options.selected_fields)) if options.selected_fields else rows
        fields = types.selected(engine.catalog.table(table)["schema"]["fields"], list(options.selected_fields))
        columns = ", ".join(f'"{field["name"]}"' for field in fields)
        where = self._restriction(table, options.row_restriction)
        with engine.database.transaction() as transaction:
            source = engine.buffers.source_sql(table) or f"SELECT * FROM {table.sql}"
            rows = transaction.arrow(f'SELECT {columns} FROM ({source}) AS "{table.name}" WHERE {where}')
        return types.conform(rows, fields)

    def _restriction(self, table: TableId, restriction: str) -> str:
        text = f"SELECT 1 FROM `{table.project}.{table.dataset}.{table.name}` WHERE {restriction or 'true'}"
        [statement] = sql.parse(text)
        [node] = statement.tree.find_all(exp.Table)
        sql.check_filter(self._engine.catalog, table, node)
        translator = sql.Translator(self._engine.catalog, table.project, None, {}, {}, lambda _: None)
        return translator.duckdb(statement.tree.args["where"].this)

    def _keep(self, stream: str, rows: pa.Table, seconds: float) -> None:
        now = time.monotonic()
        with self._lock:
            self._streams = {name: kept for name, kept in self._streams.items() if kept[0] > now}
            self._streams[stream] = (now + seconds, rows)


def serve(engine: Engine, port: int) -> grpc.Server:
    """Starts the API on loopback; raises OSError where the port is taken."""
    service = ReadService(engine)
    handlers = {
        "CreateReadSession": _unary(service.create_session, messages.CreateReadSessionRequest, messages.ReadSession),
        "SplitReadStream": _unary(
            service.split_stream, messages.SplitReadStreamRequest, messages.SplitReadStreamResponse
        ),
        "ReadRows": grpc.unary_stream_rpc_method_handler(
            service.read_rows,
            request_deserializer=messages.ReadRowsRequest.deserialize,
            response_serializer=messages.ReadRowsResponse.serialize,
        ),
    }
    options = [("grpc.so_reuseport", 0), ("grpc.max_send_message_length", -1)]
    server = grpc.server(ThreadPoolExecutor(32, thread_name_prefix="read"), options=options)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(_SERVICE, handlers)])
    try:
        server.add_insecure_port(f"127.0.0.1:{port}")
    except RuntimeError as error:
        raise OSError(f"port {port} is taken") from error
    server.start()
    return server


def _unary(method: Callable[..., Any], request: Any, response: Any) -> grpc.RpcMethodHandler:
    return grpc.unary_unary_rpc_method_handler(
        method, request_deserializer=request.deserialize, response_serializer=response.serialize
    )


def _abort(context: grpc.ServicerContext, error: ApiError) -> None:
    context.abort(_CODES.get(error.code, grpc.StatusCode.INTERNAL), error.message)


def _table_of(path: str) -> TableId:
    parts = path.split("/")
    if len(parts) != 6:
        raise invalid(f"{path!r} names no table")
    return TableId(parts[1], parts[3], parts[5])
