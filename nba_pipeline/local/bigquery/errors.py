"""Errors in BigQuery's own codes, reasons and words; nothing else raises to a client.

The texts are those that the documentation and users' reports quote; clients match on them.
"""

import logging
import re
from collections.abc import Collection
from typing import Any

import duckdb
import pyarrow as pa
import sqlglot.errors


class ApiError(Exception):
    """An error as BigQuery answers it: an HTTP code, a reason, a message, and where it applies a location."""

    def __init__(self, code: int, reason: str, message: str, location: str | None = None) -> None:
        super().__init__(message)
        self.code, self.reason, self.message, self.location = code, reason, message, location

    @property
    def proto(self) -> dict[str, Any]:
        """The ErrorProto of a failed job."""
        found = {"reason": self.reason, "message": self.message, "location": self.location}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body of a refused request."""
        entry = {**self.proto, "domain": "global"}
        return {"error": {"code": self.code, "message": self.message, "errors": [entry], "status": _STATUS[self.code]}}


_UNKNOWN_TABLE = re.compile(r"Table with name (\S+) does not exist")
_UNKNOWN_NAME = re.compile(r'Referenced (?:update )?column "?(\w+)"? (?:was )?not found')
_MORE = "For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas"
_STATUS = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}


def not_found(what: str, name: object) -> ApiError:
    """A dataset, table, job ... that does not exist."""
    return ApiError(404, "notFound", f"Not found: {what} {name}")


def duplicate(what: str, name: object) -> ApiError:
    """Something of that name exists already."""
    return ApiError(409, "duplicate", f"Already Exists: {what} {name}")


def invalid(message: str) -> ApiError:
    """A request that makes no sense."""
    return ApiError(400, "invalid", message)


def invalid_query(message: str) -> ApiError:
    """A query that makes no sense, or met a conflict."""
    return ApiError(400, "invalidQuery", message, "query")


class ConcurrentUpdate(ApiError):
    """A statement lost a conflict: what it changes was changed by another one that committed since it began."""

    def __init__(self, table: object) -> None:
        text = f"Could not serialize access to table {table} due to concurrent update"
        super().__init__(400, "invalidQuery", text, "query")


def transaction_aborted(table: object) -> ApiError:
    """A transaction met another change of a table that it changes."""
    return invalid_query(f"Transaction is aborted due to concurrent update against table {table}")


def too_many_statements(table: object, limit: int) -> ApiError:
    """More statements wait on a table than may."""
    words = f"Too many DML statements outstanding against table {table}, limit is {limit}."
    return ApiError(400, "resourcesExceeded", f"Resources exceeded during query execution: {words}")


def rate_exceeded(what: str, location: str | None = None) -> ApiError:
    """A limit that lets go within seconds."""
    return ApiError(403, "rateLimitExceeded", f"Exceeded rate limits: {what}. {_MORE}", location)


def quota_exceeded(what: str, location: str) -> ApiError:
    """A quota of a day is spent."""
    message = f"Quota exceeded: Your table exceeded quota for {what}. {_MORE}"
    return ApiError(403, "quotaExceeded", message, location)


def not_implemented(what: str) -> ApiError:
    """Something BigQuery can and this server can not; never answered in another way."""
    return ApiError(501, "notImplemented", f"The local BigQuery does not cover {what}; see its README")


def required(given: dict[str, Any], *path: str) -> Any:
    """The value at `path` of a request's resource; 400 where it is missing."""
    found: Any = given
    for name in path:
        if not isinstance(found, dict) or found.get(name) is None:
            raise ApiError(400, "required", f"Required parameter is missing: {'.'.join(path)}")
        found = found[name]
    return found


def refuse_uncovered(given: dict[str, Any], covered: Collection[str], what: str) -> None:
    """501 where a resource sets something that would otherwise be ignored in silence."""
    for name, value in given.items():
        if value and name not in covered:
            raise not_implemented(f"{what} {name}")


def precondition_failed() -> ApiError:
    """The etag sent is not the current one."""
    return ApiError(412, "conditionNotMet", "Precondition check failed.")


def from_engine(error: Exception) -> ApiError:
    """What DuckDB or sqlglot says, as the error BigQuery would give for it."""
    if isinstance(error, ApiError):
        return error
    text = str(error)
    if found := re.search(r"NOT NULL constraint failed: \S*?\.?(\w+)$", text.splitlines()[0]):
        return invalid_query(f"Required field {found[1]} cannot be null")
    if "MERGE" in text and "same" in text and "row" in text:
        return invalid_query("UPDATE/MERGE must match at most one source row for each target row")
    if isinstance(error, sqlglot.errors.UnsupportedError):
        return not_implemented(f"this SQL: {text}")
    if isinstance(error, sqlglot.errors.ParseError) and error.errors:
        first = error.errors[0]
        return invalid_query(f"Syntax error: {first['description']} at [{first['line']}:{first['col']}]")
    if isinstance(error, sqlglot.errors.SqlglotError):
        return invalid_query(f"Syntax error: {text}")
    if isinstance(error, duckdb.OutOfMemoryException):
        return ApiError(400, "resourcesExceeded", f"Resources exceeded during query execution: {text}")
    if found := _UNKNOWN_TABLE.search(text):
        return not_found("Table", found[1])  # dropped a moment ago
    if found := _UNKNOWN_NAME.search(text):
        return invalid_query(f"Unrecognized name: {found[1]}")
    if isinstance(error, duckdb.Error):
        return invalid_query(re.sub(r"^[A-Z]\w+( \w+)? Error: ", "", text))
    if isinstance(error, pa.ArrowException):
        return invalid(f"Error while reading data, error message: {text}")
    logging.getLogger(__name__).error("unexpected", exc_info=error)
    # The client repeats an internalError for ten minutes; a defect of this server is better seen at once.
    return ApiError(500, "localServerError", f"Unexpected in the local BigQuery: {type(error).__name__}: {text}")
