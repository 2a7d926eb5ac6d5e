"""Copy jobs: tables or partitions into a table or partition."""

from functools import partial

import pyarrow as pa

from nba_pipeline.local.bigquery import types, writes
from nba_pipeline.local.bigquery.catalog import Catalog, TableId
from nba_pipeline.local.bigquery.commits import Attempt
from nba_pipeline.local.bigquery.database import Database, Transaction
from nba_pipeline.local.bigquery.errors import invalid, not_implemented
from nba_pipeline.local.bigquery.jobs import Job, Jobs
from nba_pipeline.local.bigquery.partitions import partitioning
from nba_pipeline.local.bigquery.scheduler import Step


class Copier:
    """Runs copy jobs."""

    def __init__(self, database: Database, catalog: Catalog, jobs: Jobs) -> None:
        self._database, self._catalog, self._jobs = database, catalog, jobs

    def step(self, job: Job) -> Step:
        """The job as its one step."""
        destination = TableId.of(job.configuration["copy"]["destinationTable"])
        return Step("COPY", destination.split_decorator()[0], partial(self._run, job))

    def _run(self, job: Job, attempt: Attempt) -> None:
        """Copies the sources' rows and records the job's success with them."""
        config = job.configuration["copy"]
        if config.get("operationType", "COPY") not in ("COPY", "OPERATION_TYPE_UNSPECIFIED"):
            raise not_implemented(f"copy jobs of type {config['operationType']}")
        sources = [TableId.of(source) for source in config.get("sourceTables") or [config["sourceTable"]]]
        target = TableId.of(config["destinationTable"])
        table, _ = target.split_decorator()
        with self._database.exclusive([table]), self._database.transaction() as transaction:
            rows = pa.concat_tables([self._rows(transaction, source) for source in sources])
            first = self._catalog.table(sources[0].split_decorator()[0])
            kept = ("timePartitioning", "rangePartitioning", "clustering", "requirePartitionFilter")
            like = {name: first[name] for name in kept if name in first}
            options = writes.WriteOptions.of({**config, "destinationTableProperties": like}, "WRITE_EMPTY")
            changed = writes.write(transaction, self._catalog, target, rows, options)
            attempt.settle(transaction, table, changed)
            self._jobs.succeed(transaction, job, {"copy": {"copiedRows": str(rows.num_rows)}})

    def _rows(self, transaction: Transaction, source: TableId) -> pa.Table:
        table, partition = source.split_decorator()
        resource = self._catalog.table(table)
        cut = partitioning(resource)
        if partition and cut is None:
            raise invalid(f"Table {table} is not partitioned")
        where = cut.matches_sql(partition) if cut and partition else "true"
        rows = transaction.arrow(f"SELECT * FROM {table.sql} WHERE {where}")
        return types.conform(rows, resource["schema"]["fields"])
