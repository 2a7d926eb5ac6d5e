"""Load jobs: Parquet and NDJSON, uploaded or from gs:// URIs, into a table or one partition, whole or not at all."""

import gzip
import io
import json
import re
import urllib.parse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import requests

from nba_pipeline.local.bigquery import types, writes
from nba_pipeline.local.bigquery.catalog import Catalog, Resource, TableId
from nba_pipeline.local.bigquery.commits import Attempt
from nba_pipeline.local.bigquery.database import Database
from nba_pipeline.local.bigquery.errors import ApiError, invalid, not_found, not_implemented
from nba_pipeline.local.bigquery.jobs import Job, Jobs
from nba_pipeline.local.bigquery.scheduler import Step
from nba_pipeline.local.bigquery.streaming import parse_row

_PREFIX = "Error while reading data, error message: "


class Loader:
    """Runs load jobs; `storage_url` is the bucket server that holds gs:// objects."""

    def __init__(self, database: Database, catalog: Catalog, jobs: Jobs, storage_url: str | None) -> None:
        self._database, self._catalog, self._jobs, self._storage_url = database, catalog, jobs, storage_url

    def step(self, job: Job, upload: Path | None) -> Step:
        """The job as its one step."""
        destination = TableId.of(job.configuration["load"]["destinationTable"])
        return Step("LOAD", destination.split_decorator()[0], partial(self._run, job, upload))

    def _run(self, job: Job, upload: Path | None, attempt: Attempt) -> None:
        """Reads the job's files, writes their rows, and records its success with them."""
        config = job.configuration["load"]
        target = TableId.of(config["destinationTable"])
        table, _ = target.split_decorator()
        files = [upload.read_bytes()] if upload else list(self._objects(config.get("sourceUris", [])))
        options = writes.WriteOptions.of(config, "WRITE_APPEND")
        rows, bad = self._rows(config, files, options, table)
        statistics = {
            "inputFiles": str(len(files)),
            "inputFileBytes": str(sum(len(content) for content in files)),
            "outputRows": str(rows.num_rows),
            "outputBytes": str(rows.nbytes),
            "badRecords": str(bad),
        }
        with self._database.exclusive([table]), self._database.transaction() as transaction:
            changed = writes.write(transaction, self._catalog, target, rows, options)
            attempt.settle(transaction, table, changed)
            self._jobs.succeed(transaction, job, {"load": statistics})

    def _rows(
        self, config: Resource, files: list[bytes], options: writes.WriteOptions, table: TableId
    ) -> tuple[pa.Table, int]:
        """The files' rows, and how many bad ones were left out."""
        match config.get("sourceFormat", "CSV"):
            case "PARQUET":
                return _declared_only(_parquet(files), options), 0
            case "NEWLINE_DELIMITED_JSON":
                if not options.declared and config.get("autodetect") and not self._catalog.has(table):
                    raise not_implemented("autodetect: give the load job a schema")
                fields = options.declared or self._catalog.table(table)["schema"]["fields"]
                return _json(files, list(fields), config)
            case other:
                raise not_implemented(f"load jobs of {other}")

    def _objects(self, uris: list[str]) -> Iterator[bytes]:
        if self._storage_url is None:
            raise not_implemented("gs:// URIs without --storage-url")
        for uri in uris:
            bucket, _, pattern = uri.removeprefix("gs://").partition("/")
            names = list(self._names(bucket, pattern)) if "*" in pattern else [pattern]
            if not names:
                raise not_found("URI", uri)
            for name in names:
                quoted = urllib.parse.quote(name, safe="")
                yield self._get(f"{bucket}/o/{quoted}", {"alt": "media"}, f"gs://{bucket}/{name}").content

    def _names(self, bucket: str, pattern: str) -> Iterator[str]:
        matches = re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL).fullmatch
        query = {"prefix": pattern.partition("*")[0]}
        while True:
            page = self._get(f"{bucket}/o", query, f"gs://{bucket}/{pattern}").json()
            yield from (item["name"] for item in page.get("items", []) if matches(item["name"]))
            if "nextPageToken" not in page:
                return
            query["pageToken"] = page["nextPageToken"]

    def _get(self, path: str, query: dict[str, str], uri: str) -> requests.Response:
        try:
            response = requests.get(f"{self._storage_url}/storage/v1/b/{path}", query, timeout=60)
        except requests.RequestException as error:
            raise ApiError(503, "backendError", f"Can not read {uri}: {error}") from error
        if response.status_code == 404:
            raise not_found("URI", uri)
        if not response.ok:
            raise ApiError(503, "backendError", f"Can not read {uri}: the bucket answers {response.status_code}")
        return response


def _parquet(files: list[bytes]) -> pa.Table:
    try:
        tables = [pq.read_table(io.BytesIO(content)) for content in files]
    except (pa.ArrowInvalid, OSError) as error:
        raise invalid(f"{_PREFIX}Input file is not in Parquet format: {error}") from error
    return pa.concat_tables(tables, promote_options="default")


def _declared_only(rows: pa.Table, options: writes.WriteOptions) -> pa.Table:
    """Refuses columns of the file that the job's own schema does not have."""
    if options.declared is None:
        return rows
    declared = {field["name"].lower() for field in options.declared}
    if extra := [name for name in rows.column_names if name.lower() not in declared]:
        raise invalid(f"{_PREFIX}Provided schema is not compatible with the file. Field '{extra[0]}' is not in it.")
    return rows


def _json(files: list[bytes], fields: list[types.Field], config: Resource) -> tuple[pa.Table, int]:
    allowed, ignore_unknown = int(config.get("maxBadRecords", 0)), bool(config.get("ignoreUnknownValues"))
    good, bad = [], []
    for position, line in _lines(files):
        try:
            good.append(parse_row(json.loads(line), fields, ignore_unknown))
        except (ApiError, json.JSONDecodeError) as error:
            bad.append(f"Error at line {position}: {error}")
    if len(bad) > allowed:
        raise invalid(f"{_PREFIX}JSON table encountered too many errors, giving up. Rows: {len(bad)}; {bad[0]}")
    return pa.Table.from_pylist(good, schema=types.arrow_schema(fields)), len(bad)


def _lines(files: list[bytes]) -> Iterator[tuple[int, bytes]]:
    for content in files:
        text = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        yield from ((n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip())
