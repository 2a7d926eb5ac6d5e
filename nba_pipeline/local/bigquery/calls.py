"""A request as the handlers of the REST API take it, and lists and rows answered in pages."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
from starlette.requests import Request

from nba_pipeline.local.bigquery import types
from nba_pipeline.local.bigquery.catalog import Resource, TableId
from nba_pipeline.local.bigquery.engine import Engine
from nba_pipeline.local.bigquery.errors import invalid

_PAGE_ROWS = 10_000


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


@dataclass(frozen=True)
class Rows:
    """Rows that are answered in pages: how many there are, and how to get some from a position on."""

    total: int
    page: Callable[[int, int], pa.Table]


def rows_page(call: Call, rows: Rows, fields: list[types.Field]) -> Resource:
    """The page of rows that is asked for, as a part of an answer."""
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


def page_of(items: list[Resource], call: Call) -> tuple[list[Resource], Resource]:
    """The page of a list that is asked for, and the token of the next one where there is one."""
    start, count = call.number("pageToken", 0), call.number("maxResults", 1_000)
    token = {"nextPageToken": str(start + count)} if start + count < len(items) else {}
    return items[start : start + count], token
