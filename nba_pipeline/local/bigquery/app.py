"""The REST API: its routes, and the calls about datasets, tables and rows; those about jobs are in job_calls.py."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pyarrow as pa
from anyio.to_thread import current_default_thread_limiter, run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nba_pipeline.local.bigquery import job_calls, types
from nba_pipeline.local.bigquery.calls import Call, Rows, page_of, rows_page
from nba_pipeline.local.bigquery.catalog import Resource, TableId
from nba_pipeline.local.bigquery.engine import Engine
from nba_pipeline.local.bigquery.errors import ApiError, from_engine, not_implemented, required
from nba_pipeline.local.bigquery.partitions import WHOLE, partitioning
from nba_pipeline.local.bigquery.query import ANONYMOUS_DATASET
from nba_pipeline.local.bigquery.quotas import dataset_key

_BASE = "/bigquery/v2/projects/{project}"
_DATASET = _BASE + "/datasets/{dataset}"
_TABLE = _DATASET + "/tables/{table}"
_UPLOADS = ("/upload/bigquery/v2/projects/{project}/jobs", "/resumable/upload/bigquery/v2/projects/{project}/jobs")
_THREADS = 200  # long polls wait in threads

Handler = Callable[[Call], Any]


def create_app(engine: Engine) -> Starlette:
    """The application over `engine`."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = _THREADS
        yield

    routes = [Route(path, _endpoint(engine, handler), methods=[method]) for path, method, handler in _ROUTES]
    everything = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return Starlette(
        routes=[*routes, Route("/{path:path}", _endpoint(engine, _uncovered), methods=everything)], lifespan=lifespan
    )


def _endpoint(engine: Engine, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        call = Call(engine, request, await request.body())
        return await run_sync(_answer, handler, call)

    return endpoint


def _answer(handler: Handler, call: Call) -> Response:
    try:
        found = handler(call)
    except ApiError as error:
        return JSONResponse(error.body, error.code)
    except Exception as error:
        found_error = from_engine(error)
        return JSONResponse(found_error.body, found_error.code)
    if isinstance(found, Response):
        return found
    return Response(status_code=204) if found is None else JSONResponse(found)


def _uncovered(call: Call) -> None:
    raise not_implemented(f"the call {call.url.path}")


def _health(_: Call) -> Resource:
    return {"status": "ok"}


# -- datasets ------------------------------------------------------------------------------------------------------


def _insert_dataset(call: Call) -> Resource:
    dataset = required(call.body, "datasetReference", "datasetId")
    call.engine.quotas.take("SCHEMA", dataset_key(call.project, dataset))
    return call.engine.catalog.insert_dataset(call.project, call.body)


def _get_dataset(call: Call) -> Resource:
    return call.engine.catalog.dataset(call.project, call.path["dataset"])


def _list_datasets(call: Call) -> Resource:
    found = call.engine.catalog.datasets(call.project)
    page, token = page_of(found, call)
    return {"kind": "bigquery#datasetList", "datasets": page, **token}


def _patch_dataset(call: Call) -> Resource:
    call.engine.quotas.take("SCHEMA", dataset_key(call.project, call.path["dataset"]))
    return call.engine.catalog.patch_dataset(call.project, call.path["dataset"], call.body, call.etag)


def _delete_dataset(call: Call) -> None:
    contents = call.query.get("deleteContents") == "true"
    call.engine.catalog.delete_dataset(call.project, call.path["dataset"], contents)


# -- tables --------------------------------------------------------------------------------------------------------


def _insert_table(call: Call) -> Resource:
    body, engine = call.body, call.engine
    table = TableId(call.project, call.path["dataset"], required(body, "tableReference", "tableId"))
    engine.catalog.sweep()
    engine.quotas.take("DDL", table)
    with engine.database.exclusive([table]), engine.database.transaction() as transaction:
        created = engine.catalog.create(transaction, table, body)
    return engine.catalog.with_counts(created)


def _get_table(call: Call) -> Resource:
    if call.path["dataset"] == ANONYMOUS_DATASET:
        rows = call.engine.results.rows(call.table)
        return {"tableReference": call.table.reference, "schema": {"fields": types.fields_of(rows.schema)}}
    table, _ = call.table.split_decorator()
    resource = call.engine.catalog.with_counts(call.engine.catalog.table(table))
    buffer = call.engine.buffers.resource(table)
    return {**resource, "streamingBuffer": buffer} if buffer else resource


def _list_tables(call: Call) -> Resource:
    call.engine.catalog.sweep()
    call.engine.catalog.dataset(call.project, call.path["dataset"])
    tables = call.engine.catalog.tables(call.project, call.path["dataset"])
    page, token = page_of(tables, call)
    return {"kind": "bigquery#tableList", "tables": page, "totalItems": len(tables), **token}


def _change_table(call: Call) -> Resource:
    engine = call.engine
    engine.quotas.take("DDL", call.table)
    with engine.database.exclusive([call.table]), engine.database.transaction() as transaction:
        changed = engine.catalog.change(transaction, call.table, call.body, call.etag)
    return engine.catalog.with_counts(changed)


def _delete_table(call: Call) -> None:
    engine = call.engine
    table, partition = call.table.split_decorator()
    with engine.database.exclusive([table]), engine.database.transaction() as transaction:
        resource = engine.catalog.table(table)
        cut = partitioning(resource)
        if partition and cut:
            transaction.execute(f"DELETE FROM {table.sql} WHERE {cut.matches_sql(partition)}")
            engine.catalog.touch(transaction, table)
        else:
            engine.catalog.drop(transaction, table)
        transaction.after_commit(lambda: engine.history.record(table, [partition or WHOLE]))


def _insert_all(call: Call) -> Resource:
    errors = call.engine.buffers.insert(call.table, call.body)
    answer: Resource = {"kind": "bigquery#tableDataInsertAllResponse"}
    return {**answer, "insertErrors": errors} if errors else answer


def _list_rows(call: Call) -> Resource:
    return {"kind": "bigquery#tableDataList", **rows_page(call, *_asked_rows(call))}


def _asked_rows(call: Call) -> tuple[Rows, list[types.Field]]:
    engine, table, selected = call.engine, call.table, call.query.get("selectedFields")
    if table.dataset == ANONYMOUS_DATASET:
        kept = engine.results.rows(table)
        fields = types.selected(types.fields_of(kept.schema), selected.split(",") if selected else [])
        kept = kept.select([field["name"] for field in fields])
        return Rows(kept.num_rows, lambda start, count: kept.slice(start, count)), fields
    fields = types.selected(engine.catalog.table(table)["schema"]["fields"], selected.split(",") if selected else [])
    columns = ", ".join(f'"{field["name"]}"' for field in fields)
    source = f"({engine.buffers.source_sql(table) or f'SELECT * FROM {table.sql}'})"

    def page(start: int, count: int) -> pa.Table:
        with engine.database.transaction() as transaction:
            rows = transaction.arrow(f"SELECT {columns} FROM {source} LIMIT {count} OFFSET {start}")
        return types.conform(rows, fields)

    with engine.database.transaction() as transaction:
        [(total,)] = transaction.execute(f"SELECT count(*) FROM {source}")
    return Rows(total, page), fields


_ROUTES: list[tuple[str, str, Handler]] = [
    ("/health", "GET", _health),
    ("/local/faults", "POST", job_calls.add_fault),
    ("/local/faults", "GET", job_calls.list_faults),
    ("/local/faults", "DELETE", job_calls.clear_faults),
    (_BASE + "/datasets", "POST", _insert_dataset),
    (_BASE + "/datasets", "GET", _list_datasets),
    (_DATASET, "GET", _get_dataset),
    (_DATASET, "PATCH", _patch_dataset),
    (_DATASET, "PUT", _patch_dataset),
    (_DATASET, "DELETE", _delete_dataset),
    (_DATASET + "/tables", "POST", _insert_table),
    (_DATASET + "/tables", "GET", _list_tables),
    (_TABLE, "GET", _get_table),
    (_TABLE, "PATCH", _change_table),
    (_TABLE, "PUT", _change_table),
    (_TABLE, "DELETE", _delete_table),
    (_TABLE + "/insertAll", "POST", _insert_all),
    (_TABLE + "/data", "GET", _list_rows),
    (_BASE + "/jobs", "POST", job_calls.insert_job),
    (_BASE + "/jobs", "GET", job_calls.list_jobs),
    (_BASE + "/jobs/{job}", "GET", job_calls.get_job),
    (_BASE + "/jobs/{job}/cancel", "POST", job_calls.cancel_job),
    (_BASE + "/jobs/{job}/delete", "DELETE", job_calls.delete_job),
    (_BASE + "/queries", "POST", job_calls.query),
    (_BASE + "/queries/{job}", "GET", job_calls.get_results),
    *[(path, "POST", job_calls.upload) for path in _UPLOADS],
    *[(path, "PUT", job_calls.upload_chunk) for path in _UPLOADS],
]
