"""Carries out write plans: rows in, finished jobs out."""

import datetime as dt
import hashlib
import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from google.cloud import bigquery

from nba_pipeline import frames
from nba_pipeline.bigquery import present, schema
from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.jobs import FinishedJob, Job, Runner
from nba_pipeline.bigquery.slots import Turn, WriteSlots
from nba_pipeline.bigquery.strategies import (
    LoadAppend,
    LoadPartition,
    LoadStaging,
    MergeByKey,
    ReplacePartitions,
    Step,
    plan,
)
from nba_pipeline.frames import DayRows
from nba_pipeline.table import Table

# A staging table outlives the longest write by far, and goes by itself when its process died.
_STAGING_LIFETIME = dt.timedelta(hours=24)
# A MERGE of a chunk reads two partitions' worth of days at the most; this only stops a runaway statement.
_MAXIMUM_BYTES_BILLED = 50 * 2**30


class WriteError(ValueError):
    """The rows can not be written as asked: they lie outside the days, or break the key."""


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What a write did: rows written, days it was for, the jobs with what each cost, and how many seconds it waited
    for its turn at the table. `taken_rows` were left out of an append, which had taken their inputs before."""

    rows: int
    days: int
    jobs: tuple[FinishedJob, ...]
    waited_for_slot: float = 0.0
    taken_rows: int = 0

    @property
    def dml_statements(self) -> int:
        """Mutating DML statements this write used of the table's queue."""
        return sum(job.dml_statements for job in self.jobs)


class Writer:
    """Writes frames into declared Tables of one project.

    `write_id` distinguishes this write from earlier ones of the same rows (a run's id): repeating a write with the
    same id and rows attaches to its jobs. `labels` go on every job. The slot of a table is held from the first look at
    what is there to the end of the job that changes it. `time_scale` is how many seconds of BigQuery pass in one: more
    than 1 for a local BigQuery that is in a hurry.
    """

    def __init__(
        self,
        connection: Connection,
        slots: WriteSlots,
        write_id: str,
        labels: Mapping[str, str],
        time_scale: float = 1.0,
    ) -> None:
        self._connection, self._slots, self._write_id = connection, slots, write_id
        self._runner = Runner(connection.client, labels, lambda seconds: time.sleep(seconds / time_scale))

    def write(self, table: Table, rows: DayRows, force: bool = False) -> WriteReport:
        """Changes the days of `rows` as the table's strategy says; every other row stays as it is.

        Raises WriteError or frames.FrameError where the rows do not fit, present.ShrinkRefused where days would lose
        rows and `force` is not set, errors.WriteFailure where BigQuery refuses. Nothing is written then.
        """
        data = frames.to_arrow(table, rows.frame)
        _refuse_misfits(table, data, rows.days)
        if not rows.days or (table.strategy != "replace" and not data.num_rows):
            schema.ensure(self._connection.client, table)  # whoever reads it finds it empty, not missing
            return WriteReport(0, len(rows.days), ())
        with self._slots.held(str(table)) as turn:
            if turn.left_behind:
                self._runner.fence(turn.left_behind)
                turn.ended()
            schema.ensure(self._connection.client, table)
            to_write = self._prepared(table, rows, data, force)
            finished = self._carry_out(table, rows.days, to_write, turn)
            taken = data.num_rows - to_write.num_rows
            return WriteReport(to_write.num_rows, len(rows.days), finished, turn.waited, taken)

    def _prepared(self, table: Table, rows: DayRows, data: pa.Table, force: bool) -> pa.Table:
        """The rows to write, seen against what is there."""
        if table.strategy == "append":
            return present.without_taken_inputs(self._connection, table, rows.days, data)
        if table.strategy == "replace" and not force:
            present.refuse_to_shrink(self._connection, table, rows, data)
        return data

    def _carry_out(self, table: Table, days: Sequence[dt.date], data: pa.Table, turn: Turn) -> tuple[FinishedJob, ...]:
        if table.strategy == "append" and not data.num_rows:
            return ()
        write = _Write(self._connection.client, self._runner, turn, self._digest(table, days, data), _to_parquet(data))
        return write.run(plan(table, days, write.digest))

    def _digest(self, table: Table, days: Sequence[dt.date], data: pa.Table) -> str:
        """What names this write's jobs: its content within a run; of an append its inputs, whichever run it is."""
        if table.strategy == "append":
            inputs = data.select(list(table.inputs))
            named = inputs.group_by(inputs.column_names).aggregate([]).sort_by([(n, "ascending") for n in table.inputs])
            text = f"{table} {named.to_pylist()}".encode()
        else:
            text = f"{self._write_id} {table} {sorted(days)}".encode() + _to_parquet(data)
        return hashlib.sha256(text).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class _Write:
    """One write under way: `digest` names its jobs, `parquet` holds its rows."""

    client: bigquery.Client
    runner: Runner
    turn: Turn
    digest: str
    parquet: bytes

    def run(self, steps: Sequence[Step]) -> tuple[FinishedJob, ...]:
        """Runs the steps in order and drops the staging table; one that a failure leaves expires by itself."""
        finished = tuple(self._step(step) for step in steps)
        for step in steps:
            if isinstance(step, LoadStaging):
                self.client.delete_table(f"{step.table.dataset}.{step.staging}", not_found_ok=True)
        return finished

    def _step(self, step: Step) -> FinishedJob:
        stem = f"nba-{step.table.name}-{type(step).__name__}-{self.digest}"
        if isinstance(step, LoadStaging):
            schema.create_staging(self.client, step.table, step.staging, _STAGING_LIFETIME)
            destination = f"{step.table.dataset}.{step.staging}"
            return self.runner.run(stem, lambda job_id, labels: self._load(step, destination, job_id, labels))
        if isinstance(step, MergeByKey) and step.present is None:
            step = step.found_in(self._days_of_keys(step, stem))
        # The rows of an append are known not to be there, so an earlier job of its name did not bring them.
        resume = not isinstance(step, LoadAppend)
        finished = self.runner.run(stem, lambda *job: self._change(step, *job), step.dml_statements, resume)
        self.turn.ended()
        return finished

    def _change(self, step: Step, job_id: str, labels: Mapping[str, str]) -> Job:
        """Submits the job that changes the table."""
        self.turn.submitting(job_id)
        match step:
            case LoadPartition(table, day):
                return self._load(step, f"{table}${day:%Y%m%d}", job_id, labels)
            case ReplacePartitions():
                return self._query(step.sql, {"days": step.days}, job_id, labels)
            case MergeByKey():
                return self._query(step.sql, step.parameters, job_id, labels)
        return self._load(step, str(step.table), job_id, labels)

    def _days_of_keys(self, step: MergeByKey, stem: str) -> list[dt.date]:
        found = self.runner.rows(f"{stem}-days", lambda *job: self._query(step.present_sql, {"days": step.days}, *job))
        return [day for (day,) in found]

    def _load(self, step: Step, destination: str, job_id: str, labels: Mapping[str, str]) -> bigquery.LoadJob:
        config = bigquery.LoadJobConfig(
            source_format="PARQUET",
            schema=schema.fields(step.table),
            write_disposition="WRITE_APPEND" if isinstance(step, LoadAppend) else "WRITE_TRUNCATE",
            create_disposition="CREATE_NEVER",
            labels=dict(labels),
        )
        return self.client.load_table_from_file(
            io.BytesIO(self.parquet),
            f"{self.client.project}.{destination}",
            job_id=job_id,
            job_config=config,
            size=len(self.parquet),
        )

    def _query(
        self, sql: str, days: Mapping[str, Sequence[dt.date]], job_id: str, labels: Mapping[str, str]
    ) -> bigquery.QueryJob:
        config = bigquery.QueryJobConfig(
            query_parameters=[
                bigquery.ArrayQueryParameter(name, "DATE", list(values)) for name, values in days.items()
            ],
            maximum_bytes_billed=_MAXIMUM_BYTES_BILLED,
            labels=dict(labels),
        )
        return self.client.query(sql, job_id=job_id, job_config=config, job_retry=None)


def _refuse_misfits(table: Table, data: pa.Table, days: Sequence[dt.date]) -> None:
    """An upsert takes rows of any day: those of keys that leave its days for another."""
    if table.day_column and table.strategy != "upsert":
        _refuse_other_days(table, data, days)
    grain = list(table.grain)
    distinct = data.select(grain).group_by(grain).aggregate([]).num_rows
    if distinct != data.num_rows:
        raise WriteError(
            f"{table}: {data.num_rows - distinct} of {data.num_rows} rows repeat a key ({', '.join(grain)}); "
            "keep one row of each before writing"
        )


def _refuse_other_days(table: Table, data: pa.Table, days: Sequence[dt.date]) -> None:
    if outside := set(data.column(table.day_column).unique().to_pylist()) - set(days):
        named = ", ".join(day.isoformat() for day in sorted(outside)[:5])
        raise WriteError(f"{table}: rows of {named} in a write of {len(days)} other days; cut the frame to its days")


def _to_parquet(data: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(data, buffer)
    return buffer.getvalue()
