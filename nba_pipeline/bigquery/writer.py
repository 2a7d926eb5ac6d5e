"""Carries out write plans: rows in, finished jobs out."""

import datetime as dt
import hashlib
import io
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from google.cloud import bigquery

from nba_pipeline import frames
from nba_pipeline.bigquery import jobs, schema
from nba_pipeline.bigquery.slots import WriteSlots
from nba_pipeline.bigquery.strategies import LoadPartition, LoadStaging, ReplacePartitions, Step, plan
from nba_pipeline.table import Table

# A staging table outlives the longest write by far, and goes by itself when its process died.
_STAGING_LIFETIME = dt.timedelta(hours=24)
# A MERGE of a chunk reads two partitions' worth of days at the most; this only stops a runaway statement.
_MAXIMUM_BYTES_BILLED = 50 * 2**30


class WriteError(ValueError):
    """The rows can not be written as asked: they lie outside the days, or break the key."""


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What a write did: rows written, days they cover, the jobs with what each cost, and how many seconds it waited
    for its turn at the table."""

    rows: int
    days: int
    jobs: tuple[jobs.FinishedJob, ...]
    waited_for_slots: float = 0.0

    @property
    def dml_statements(self) -> int:
        """Mutating DML statements this write used of the table's queue."""
        return sum(job.dml_statements for job in self.jobs)


class Writer:
    """Writes frames into declared Tables of one project.

    `write_id` distinguishes this write from earlier ones of the same rows (a run's id): repeating a write with the
    same id and rows attaches to its jobs. `labels` go on every job. A slot of the table is held while a job that
    changes it runs, and no longer.
    """

    def __init__(self, client: bigquery.Client, slots: WriteSlots, write_id: str, labels: Mapping[str, str]) -> None:
        self._client = client
        self._slots = slots
        self._write_id = write_id
        self._labels = dict(labels)

    def write(self, table: Table, frame: pd.DataFrame, days: Sequence[dt.date]) -> WriteReport:
        """Makes the partitions `days` of `table` exactly `frame`; other partitions stay as they are.

        Raises WriteError or frames.FrameError where the rows do not fit, errors.WriteFailure where BigQuery refuses.
        """
        rows = frames.to_arrow(table, frame)
        _refuse_misfits(table, rows, days)
        parquet = _to_parquet(rows)
        digest = hashlib.sha256(f"{self._write_id} {table} {sorted(days)}".encode() + parquet).hexdigest()[:20]
        schema.ensure(self._client, table)
        steps = plan(table, days, digest)
        finished, waited = [], 0.0
        for step in steps:
            with self._slot(step) as seconds:
                finished.append(self._run(step, digest, parquet))
            waited += seconds
        self._drop_staging(steps)
        return WriteReport(len(frame), len(days), tuple(finished), waited)

    def _slot(self, step: Step) -> AbstractContextManager[float]:
        """The slot that a step needs: none for a staging table, which is this write's alone."""
        return nullcontext(0.0) if isinstance(step, LoadStaging) else self._slots.held(str(step.table))

    def _run(self, step: Step, digest: str, parquet: bytes) -> jobs.FinishedJob:
        job_id = f"nba-{step.table.name}-{type(step).__name__}-{digest}-1"
        return jobs.run(self._client, job_id, lambda job_id: self._submit(step, job_id, parquet), step.dml_statements)

    def _submit(self, step: Step, job_id: str, parquet: bytes) -> jobs.Job:
        match step:
            case LoadPartition(table, day):
                return self._load(f"{table}${day:%Y%m%d}", table, job_id, parquet)
            case LoadStaging(table, staging):
                schema.create_staging(self._client, table, staging, _STAGING_LIFETIME)
                return self._load(f"{table.dataset}.{staging}", table, job_id, parquet)
            case ReplacePartitions():
                return self._merge(step, job_id)

    def _load(self, destination: str, table: Table, job_id: str, parquet: bytes) -> bigquery.LoadJob:
        config = bigquery.LoadJobConfig(
            source_format="PARQUET",
            schema=schema.fields(table),
            write_disposition="WRITE_TRUNCATE",
            create_disposition="CREATE_NEVER",
            labels=self._labels,
        )
        return self._client.load_table_from_file(
            io.BytesIO(parquet),
            f"{self._client.project}.{destination}",
            job_id=job_id,
            job_config=config,
            size=len(parquet),
        )

    def _merge(self, step: ReplacePartitions, job_id: str) -> bigquery.QueryJob:
        config = bigquery.QueryJobConfig(
            query_parameters=[bigquery.ArrayQueryParameter("days", "DATE", list(step.days))],
            maximum_bytes_billed=_MAXIMUM_BYTES_BILLED,
            labels=self._labels,
        )
        return self._client.query(step.sql, job_id=job_id, job_config=config, job_retry=None)

    def _drop_staging(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if isinstance(step, LoadStaging):
                self._client.delete_table(f"{step.table.dataset}.{step.staging}", not_found_ok=True)


def _refuse_misfits(table: Table, rows: pa.Table, days: Sequence[dt.date]) -> None:
    present = set(rows.column(table.partition_by).unique().to_pylist())
    if outside := sorted(present - set(days)):
        named = ", ".join(day.isoformat() for day in outside[:5])
        raise WriteError(f"{table}: rows of {named} in a write of {len(days)} other days; cut the frame to its days")
    keys = rows.select(list(table.key))
    distinct = keys.group_by(list(table.key)).aggregate([]).num_rows
    if distinct != rows.num_rows:
        raise WriteError(
            f"{table}: {rows.num_rows - distinct} of {rows.num_rows} rows repeat a key ({', '.join(table.key)}); "
            "keep one row of each before writing"
        )


def _to_parquet(rows: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(rows, buffer)
    return buffer.getvalue()
