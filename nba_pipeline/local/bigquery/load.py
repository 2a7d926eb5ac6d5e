"""Load jobs: Parquet and NDJSON, uploaded or from gs:// URIs, into a table or one partition, whole or not at all."""

import fnmatch
import gzip
import io
import json
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import requests

from nba_pipeline.local.bigquery import types, writes
from nba_pipeline.local.bigquery.catalog import Catalog, Resource, TableId
from nba_pipeline.local.bigquery.database import Database
from nba_pipeline.local.bigquery.errors import ApiError, invalid, not_found, not_implemented
from nba_pipeline.local.bigquery.jobs import Change, Job, Jobs
from nba_pipeline.local.bigquery.streaming import parse_row

_PREFIX = "Error while reading data, error message: "


class Loader:
    """Runs load jobs; `storage_url` is the bucket server that holds gs:// objects."""

    def __init__(self, database: Database, catalog: Catalog, jobs: Jobs, storage_url: str | None) -> None:
        self._database, self._catalog, self._jobs, self._storage_url = database, catalog, jobs, storage_url

    def changes(self, job: Job) -> list[Change]:
        """The table the job will write."""
        destination = TableId.of(job.configuration["load"]["destinationTable"])
        return [Change(destination.split_decorator()[0], "LOAD")]

    def run(self, job: Job, upload: Path | None) -> None:
        """Reads the job's files, writes their rows, and records its success with them."""
        config = job.configuration["load"]
        target = TableId.of(config["destinationTable"])
        table, _ = target.split_decorator()
        files = [upload.read_bytes()] if upload else list(self._objects(config.get("sourceUris", [])))
        options = writes.WriteOptions.of(config, "WRITE_APPEND")
        rows = self._rows(config, files, options, table)
        with self._database.exclusive([table]), self._database.transaction() as transaction:
            writes.write(transaction, self._catalog, target, rows, options)
            self._jobs.succeed(transaction, job, {"load": _statistics(files, rows)})

    def _rows(self, config: Resource, files: list[bytes], options: writes.WriteOptions, table: TableId) -> pa.Table:
        match config.get("sourceFormat", "CSV"):
            case "PARQUET":
                return _declared_only(_parquet(files), options)
            case "NEWLINE_DELIMITED_JSON":
                fields = options.declared or self._catalog.table(table)["schema"]["fields"]
                return _json(files, list(fields), config)
            case other:
                raise not_implemented(f"load jobs of {other}")

    def _objects(self, uris: list[str]) -> Iterator[bytes]:
        for uri in uris:
            bucket, _, pattern = uri.removeprefix("gs://").partition("/")
            found = False
            for name in self._names(bucket, pattern):
                found = True
                yield self._fetch(bucket, name)
            if not found:
                raise not_found("URI", uri)

    def _names(self, bucket: str, pattern: str) -> list[str]:
        if "*" not in pattern:
            return [pattern]
        query = {"prefix": pattern.partition("*")[0]}
        listed = self._get(f"/storage/v1/b/{bucket}/o?{urllib.parse.urlencode(query)}").json()
        return [item["name"] for item in listed.get("items", []) if fnmatch.fnmatchcase(item["name"], pattern)]

    def _fetch(self, bucket: str, name: str) -> bytes:
        response = self._get(f"/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}?alt=media")
        if response.status_code == 404:
            raise not_found("URI", f"gs://{bucket}/{name}")
        return response.content

    def _get(self, path: str) -> requests.Response:
        if self._storage_url is None:
            raise not_implemented("gs:// URIs without --storage-url")
        return requests.get(self._storage_url + path, timeout=60)


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


def _json(files: list[bytes], fields: list[types.Field], config: Resource) -> pa.Table:
    allowed, ignore_unknown = int(config.get("maxBadRecords", 0)), bool(config.get("ignoreUnknownValues"))
    good, bad = [], []
    for position, line in _lines(files):
        try:
            good.append(parse_row(json.loads(line), fields, ignore_unknown))
        except (ApiError, json.JSONDecodeError) as error:
            bad.append(f"Error at line {position}: {error}")
    if len(bad) > allowed:
        raise invalid(f"{_PREFIX}JSON table encountered too many errors, giving up. Rows: {len(bad)}; {bad[0]}")
    return pa.Table.from_pylist(good, schema=types.arrow_schema(fields))


def _lines(files: list[bytes]) -> Iterator[tuple[int, bytes]]:
    for content in files:
        text = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        yield from ((n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip())


def _statistics(files: list[bytes], rows: pa.Table) -> Resource:
    return {
        "inputFiles": str(len(files)),
        "inputFileBytes": str(sum(len(content) for content in files)),
        "outputRows": str(rows.num_rows),
        "outputBytes": str(rows.nbytes),
        "badRecords": "0",
    }
