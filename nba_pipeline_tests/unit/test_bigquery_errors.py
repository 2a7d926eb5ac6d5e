"""Every error text that BigQuery is known to give for a write has its class; an unknown one is permanent."""

import pytest
from google.api_core import exceptions
from hypothesis import given
from hypothesis import strategies as st

from nba_pipeline.bigquery import errors

T = "project:dataset.table"


@pytest.mark.parametrize(
    ("reason", "message", "kind"),
    [
        (
            "resourcesExceeded",
            f"Resources exceeded during query execution: Too many DML statements outstanding against table {T}, "
            "limit is 20.",
            errors.QueueFull,
        ),
        (
            "quotaExceeded",
            "Quota exceeded: Your table exceeded quota for total number of DML jobs writing to a table, pending + "
            "running.",
            errors.QueueFull,
        ),
        ("invalidQuery", f"Could not serialize access to table {T} due to concurrent update", errors.Conflict),
        ("invalidQuery", f"Transaction is aborted due to concurrent update against table {T}.", errors.Conflict),
        (
            "invalidQuery",
            f"UPDATE or DELETE statement over table {T} would affect rows in the streaming buffer, which is not "
            "supported",
            errors.StreamingBuffer,
        ),
        (
            "rateLimitExceeded",
            "Exceeded rate limits: too many table update operations for this table.",
            errors.RateLimited,
        ),
        (
            "rateLimitExceeded",
            "Exceeded rate limits: too many partitioned table update operations for this table",
            errors.RateLimited,
        ),
        (
            "jobRateLimitExceeded",
            "Job exceeded rate limits: Your table exceeded quota for table update operations.",
            errors.RateLimited,
        ),
        (
            "invalidQuery",
            "Exceeded rate limits: too many table update operations for this table. at [5:1]",
            errors.RateLimited,
        ),
        (
            "rateLimitExceeded",
            "Exceeded rate limits: too many dataset metadata update operations for this dataset",
            errors.RateLimited,
        ),
        (
            "quotaExceeded",
            "Quota exceeded: Your table exceeded quota for imports or query appends per table.",
            errors.QuotaSpent,
        ),
        (
            "quotaExceeded",
            "Quota exceeded: Your table exceeded quota for Number of partition modifications to a column partitioned "
            "table",
            errors.QuotaSpent,
        ),
        ("jobBackendError", "Job failed, try again", errors.Transient),
        ("jobInternalError", "Job failed, try again", errors.Transient),
        ("backendError", "Backend Error", errors.Transient),
        ("internalError", "An internal error occurred", errors.Transient),
        ("tableUnavailable", "Something went wrong with the table you queried", errors.Transient),
        ("stopped", "Job execution was cancelled: User requested cancellation", errors.Transient),
        ("invalidQuery", "Syntax error: Unexpected keyword WHERE at [1:5]", errors.Permanent),
        ("invalid", "Some rows belong to different partitions rather than destination partition", errors.Permanent),
        (
            "invalid",
            "UPDATE, MERGE, DELETE DMLs are currently not supported over tables that had UPSERT streams",
            errors.Permanent,
        ),
        ("notFound", f"Not found: Table {T}", errors.Permanent),
        ("accessDenied", "Access Denied", errors.Permanent),
        ("bytesBilledLimitExceeded", "Query exceeded limit for bytes billed", errors.Permanent),
        ("responseTooLarge", "too large", errors.Permanent),
    ],
)
def test_an_error_of_a_job_has_its_class(reason, message, kind):
    failure = errors.of_job({"reason": reason, "message": message}, "job-1")
    assert type(failure) is kind
    assert str(failure) == f"job job-1 ended in {reason}: {message}"


@given(st.text(min_size=1), st.text())
def test_what_is_not_known_is_permanent(reason, message):
    known = any(rule.applies(reason, message) for rule in errors.RULES)
    assert known or errors.classify(reason, message) is errors.Permanent


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (exceptions.ServiceUnavailable("down"), errors.Transient),
        (exceptions.TooManyRequests("slow"), errors.Transient),
        (exceptions.BadRequest("nonsense"), errors.Permanent),
        (
            exceptions.Forbidden("Exceeded rate limits", errors=[{"reason": "rateLimitExceeded"}]),
            errors.RateLimited,
        ),
        (exceptions.Forbidden("no", errors=[{"reason": "accessDenied"}]), errors.Permanent),
    ],
)
def test_an_error_of_a_request_has_its_class(error, kind):
    assert type(errors.of_call(error, "job-1")) is kind


def test_every_class_of_the_hierarchy_is_reached_by_a_rule_or_is_the_rest():
    reached = {rule.kind for rule in errors.RULES} | {errors.Permanent}
    leaves = {kind for kind in _family(errors.WriteFailure) if not kind.__subclasses__()}
    assert reached == leaves


def _family(kind: type) -> set[type]:
    return {kind}.union(*(_family(child) for child in kind.__subclasses__()))
