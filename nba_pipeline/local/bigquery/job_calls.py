"""The calls of the REST API that are about jobs: queries, uploads, their results, and the faults they may meet."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from nba_pipeline.local.bigquery.calls import Call, Rows, page_of, rows_page
from nba_pipeline.local.bigquery.catalog import Resource
from nba_pipeline.local.bigquery.errors import ApiError, not_found, refuse_uncovered
from nba_pipeline.local.bigquery.faults import Fault
from nba_pipeline.local.bigquery.jobs import Job, matching


def insert_job(call: Call) -> Response | Resource:
    """jobs.insert."""
    return _accepted(call, call.engine.insert_job(call.project, call.body))


def _accepted(call: Call, job: Job) -> Response | Resource:
    """The answer to whoever inserted the job, unless it is to get lost."""
    return LostAnswer() if call.engine.faults.strikes("lost-answer", job.job_id) else job.resource


class LostAnswer(Response):
    """Closes the connection in the midst of an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - Starlette's
        """Promises a byte that never comes; uvicorn closes the connection then, and says so in its log."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})


def get_job(call: Call) -> Resource:
    """jobs.get."""
    return call.engine.jobs.get(call.project, call.path["job"]).resource


def list_jobs(call: Call) -> Resource:
    """jobs.list."""
    states = [state.upper() for state in call.query.getlist("stateFilter")]
    found = matching(
        call.engine.jobs.of_project(call.project),
        states,
        call.query.get("parentJobId"),
        call.number("minCreationTime", 0),
        call.number("maxCreationTime", 2**62),
    )
    page, token = page_of([{**job.resource, "state": job.state} for job in found], call)
    return {"kind": "bigquery#jobList", "jobs": page, **token}


def cancel_job(call: Call) -> Resource:
    """jobs.cancel."""
    job = call.engine.jobs.get(call.project, call.path["job"])
    call.engine.cancel(job)
    return {"kind": "bigquery#jobCancelResponse", "job": job.resource}


def delete_job(call: Call) -> None:
    """jobs.delete."""
    call.engine.jobs.delete(call.project, call.path["job"])


def get_results(call: Call) -> Resource:
    """jobs.getQueryResults."""
    job = call.engine.jobs.get(call.project, call.path["job"])
    return _results(call, job, call.number("timeoutMs", 10_000))


def query(call: Call) -> Resource:
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
        answer |= rows_page(call, Rows(job.rows.num_rows, job.rows.slice), job.fields)
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


def upload(call: Call) -> Response | Resource:
    """A load job with its file, or the begin of an upload in parts."""
    engine = call.engine
    if call.query.get("uploadType") == "multipart":
        resource, path = engine.uploads.multipart(call.headers["content-type"], call.raw)
        return _accepted(call, engine.insert_job(call.project, resource, path))
    upload_id = engine.uploads.begin(call.body)
    location = str(call.url.include_query_params(upload_id=upload_id))
    return Response(status_code=200, headers={"location": location, "x-guploader-uploadid": upload_id})


def upload_chunk(call: Call) -> Response | Resource:
    """A part of an upload; the last one inserts its job."""
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


def add_fault(call: Call) -> None:
    """Sets a fault."""
    call.engine.faults.add(Fault.of(call.body))


def list_faults(call: Call) -> Resource:
    """The faults that are set, with how often each struck."""
    return {"faults": call.engine.faults.listed}


def clear_faults(call: Call) -> None:
    """Removes all faults."""
    call.engine.faults.clear()
