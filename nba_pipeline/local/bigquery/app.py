"""The REST API: routes, and the translation of requests into calls of the engine."""

import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from anyio.to_thread import current_default_thread_limiter, run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from nba_pipeline.local.bigquery import types
from nba_pipeline.local.bigquery.catalog import Resource, TableId
from nba_pipeline.local.bigquery.engine import Engine
from nba_pipeline.local.bigquery.errors import (
    ApiError,
    from_engine,
    invalid,
    not_found,
    not_implemented,
    refuse_uncovered,
    required,
)
from nba_pipeline.local.bigquery.faults import Fault
from nba_pipeline.local.bigquery.jobs import Job, matching
from nba_pipeline.local.bigquery.partitions import WHOLE, partitioning
from nba_pipeline.local.bigquery.query import ANONYMOUS_DATASET
from nba_pipeline.local.bigquery.quotas import dataset_key

_BASE = "/bigquery/v2/projects/{project}"
_DATASET = _BASE + "/datasets/{dataset}"
_TABLE = _DATASET + "/tables/{table}"
_UPLOADS = ("/upload/bigquery/v2/projects/{project}/jobs", "/resumable/upload/bigquery/v2/projects/{project}/jobs")
_THREADS = 200  # long polls wait in threads
_PAGE_ROWS = 10_000

Handler = Callable[["Call"], Any]


class Call:
    """A request as handlers take it: path parameters, query parameters, body."""

    def __init__(self, engine: Engine, request: Request, raw: bytes) -> None:
        self.engine, self.raw = engine, raw
        self.path, self.query, self.headers = request.path_params, request.query_params, request.headers
        self.url = request.url

    @property
    def project(self) -> str:
        """The project in the path."""
        return self.path["project"]

    @property
    def table(self) -> TableId:
        """The table in the path."""
        return TableId(self.project, self.path["dataset"], self.path["table"])

    @property
    def etag(self) -> str | None:
        """The etag the change is bound to."""
        return self.headers.get("if-match")

    @property
    def body(self) -> Resource:
        """The JSON body."""
        raw = gzip.decompress(self.raw) if self.headers.get("content-encoding") == "gzip" else self.raw
        try:
            return json.loads(raw or b"{}")
        except json.JSONDecodeError as error:
            raise invalid(f"The request's body is no JSON: {error}") from error

    def number(self, name: str, default: int) -> int:
        """A number among the query parameters."""
        given = self.query.get(name)
        if not given:
            return default
        if not given.isdigit():
            raise invalid(f"Invalid value for {name}: {given!r} is no number")
        return int(given)


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
    page, token = _page(found, call)
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
    page, token = _page(tables, call)
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
    return {"kind": "bigquery#tableDataList", **_rows_page(call, *_asked_rows(call))}


def _asked_rows(call: Call) -> "tuple[Rows, list[types.Field]]":
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


@dataclass(frozen=True)
class Rows:
    """Rows that are answered in pages: how many there are, and how to get some from a position on."""

    total: int
    page: Callable[[int, int], pa.Table]


# -- jobs ----------------------------------------------------------------------------------------------------------


def _insert_job(call: Call) -> Response | Resource:
    return _accepted(call, call.engine.insert_job(call.project, call.body))


def _accepted(call: Call, job: Job) -> Response | Resource:
    """The answer to whoever inserted the job, unless it is to get lost."""
    return LostAnswer() if call.engine.faults.strikes("lost-answer", job.job_id) else job.resource


class LostAnswer(Response):
    """Closes the connection in the midst of an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - Starlette's
        """Promises a byte that never comes; uvicorn closes the connection then, and says so in its log."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})


def _get_job(call: Call) -> Resource:
    return call.engine.jobs.get(call.project, call.path["job"]).resource


def _list_jobs(call: Call) -> Resource:
    states = [state.upper() for state in call.query.getlist("stateFilter")]
    found = matching(
        call.engine.jobs.of_project(call.project),
        states,
        call.query.get("parentJobId"),
        call.number("minCreationTime", 0),
        call.number("maxCreationTime", 2**62),
    )
    page, token = _page([{**job.resource, "state": job.state} for job in found], call)
    return {"kind": "bigquery#jobList", "jobs": page, **token}


def _cancel_job(call: Call) -> Resource:
    job = call.engine.jobs.get(call.project, call.path["job"])
    call.engine.cancel(job)
    return {"kind": "bigquery#jobCancelResponse", "job": job.resource}


def _delete_job(call: Call) -> None:
    call.engine.jobs.delete(call.project, call.path["job"])


def _get_results(call: Call) -> Resource:
    job = call.engine.jobs.get(call.project, call.path["job"])
    return _results(call, job, call.number("timeoutMs", 10_000))


def _query(call: Call) -> Resource:
    """jobs.query: inserts a job and waits for it a while."""
    body = call.body
    refuse_uncovered(body, _OF_QUERY_REQUESTS, "jobs.query with")
    wanted = ("query", "queryParameters", "parameterMode", "defaultDataset", "useLegacySql", "maximumBytesBilled")
    config: Resource = {"query": {name: body[name] for name in wanted if name in body}}
    config |= {name: body[name] for name in ("labels", "dryRun") if name in body}
    reference = {"jobId": f"query_{body['requestId']}"} if body.get("requestId") else {}
    try:
        job = call.engine.insert_job(call.project, {"configuration": config, "jobReference": reference})
    except ApiError as error:
        if error.reason != "duplicate":
            raise
        job = call.engine.jobs.get(call.project, reference["jobId"])  # the same request again
    if body.get("dryRun"):
        return {**_identity(job), "jobComplete": True, "schema": job.statistics["query"]["schema"]}
    return _results(call, job, int(body.get("timeoutMs") or 10_000))


def _results(call: Call, job: Job, timeout_ms: int) -> Resource:
    if not job.done.wait(timeout_ms / 1000):
        return {**_identity(job), "jobComplete": False}
    if job.error:
        reason: str = job.error["reason"]
        raise ApiError(_CODES.get(reason, 400), _JOB_REASONS.get(reason, reason), job.error["message"])
    statistics = job.statistics.get("query", {})
    answer = {**_identity(job), "jobComplete": True, "cacheHit": False}
    answer["totalBytesProcessed"] = job.statistics.get("totalBytesProcessed", "0")
    if "numDmlAffectedRows" in statistics:
        answer |= {"numDmlAffectedRows": statistics["numDmlAffectedRows"], "dmlStats": statistics["dmlStats"]}
    if job.rows is not None and job.fields is not None:
        answer |= _rows_page(call, Rows(job.rows.num_rows, job.rows.slice), job.fields)
        answer["schema"] = {"fields": job.fields}
    elif "numDmlAffectedRows" not in statistics and statistics.get("statementType") == "SELECT":
        raise not_found("Table", f"with the rows of job {job.job_id}: only the newest are kept; run the query again")
    return answer


_OF_QUERY_REQUESTS = (
    *("kind", "query", "useLegacySql", "queryParameters", "parameterMode", "defaultDataset", "maximumBytesBilled"),
    *("labels", "dryRun", "location", "maxResults", "timeoutMs", "requestId", "formatOptions", "useQueryCache"),
)
_CODES = {"notFound": 404, "duplicate": 409, "quotaExceeded": 403, "notImplemented": 501}
# The job failed, not the call that asks for its rows.
_JOB_REASONS = {"backendError": "jobBackendError", "rateLimitExceeded": "jobRateLimitExceeded"}


def _identity(job: Job) -> Resource:
    return {"kind": "bigquery#queryResponse", "jobReference": job.resource["jobReference"]}


def _rows_page(call: Call, rows: Rows, fields: list[types.Field]) -> Resource:
    start = call.number("pageToken", call.number("startIndex", 0))
    count = min(call.number("maxResults", _PAGE_ROWS), _PAGE_ROWS)
    integers = call.query.get("formatOptions.useInt64Timestamp", "").lower() == "true"
    page = types.json_rows(rows.page(start, count), fields, integers or call.url.path.endswith("/queries"))
    answer: Resource = {"totalRows": str(rows.total)}
    if page:  # an empty list would say that the first page was fetched
        answer["rows"] = page
    if count and start + count < rows.total:
        answer["pageToken"] = str(start + count)
    return answer


def _upload(call: Call) -> Response | Resource:
    engine = call.engine
    if call.query.get("uploadType") == "multipart":
        resource, path = engine.uploads.multipart(call.headers["content-type"], call.raw)
        return _accepted(call, engine.insert_job(call.project, resource, path))
    upload_id = engine.uploads.begin(call.body)
    location = str(call.url.include_query_params(upload_id=upload_id))
    return Response(status_code=200, headers={"location": location, "x-guploader-uploadid": upload_id})


def _upload_chunk(call: Call) -> Response | Resource:
    engine, upload_id = call.engine, call.query["upload_id"]
    if done := engine.uploads.job_of(upload_id):
        return engine.jobs.get(call.project, done).resource  # the client did not get the answer
    taken = engine.uploads.append(upload_id, call.headers.get("content-range"), call.raw)
    if isinstance(taken, int):
        return Response(status_code=308, headers={"range": f"bytes=0-{taken - 1}"} if taken else {})
    resource, path = taken
    job = engine.insert_job(call.project, resource, path)
    engine.uploads.finish(upload_id, job.job_id)
    return _accepted(call, job)


# -- faults --------------------------------------------------------------------------------------------------------


def _add_fault(call: Call) -> None:
    call.engine.faults.add(Fault.of(call.body))


def _list_faults(call: Call) -> Resource:
    return {"faults": call.engine.faults.listed}


def _clear_faults(call: Call) -> None:
    call.engine.faults.clear()


def _page(items: list[Resource], call: Call) -> tuple[list[Resource], Resource]:
    start, count = call.number("pageToken", 0), call.number("maxResults", 1_000)
    token = {"nextPageToken": str(start + count)} if start + count < len(items) else {}
    return items[start : start + count], token


_ROUTES: list[tuple[str, str, Handler]] = [
    ("/health", "GET", _health),
    ("/local/faults", "POST", _add_fault),
    ("/local/faults", "GET", _list_faults),
    ("/local/faults", "DELETE", _clear_faults),
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
    (_BASE + "/jobs", "POST", _insert_job),
    (_BASE + "/jobs", "GET", _list_jobs),
    (_BASE + "/jobs/{job}", "GET", _get_job),
    (_BASE + "/jobs/{job}/cancel", "POST", _cancel_job),
    (_BASE + "/jobs/{job}/delete", "DELETE", _delete_job),
    (_BASE + "/queries", "POST", _query),
    (_BASE + "/queries/{job}", "GET", _get_results),
    *[(path, "POST", _upload) for path in _UPLOADS],
    *[(path, "PUT", _upload_chunk) for path in _UPLOADS],
]
