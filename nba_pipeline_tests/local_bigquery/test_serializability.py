"""Whatever jobs meet, in whatever order their time passes: the table is what some serial order of those that
succeeded would have made, and those that failed changed nothing."""

import itertools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from nba_pipeline_tests.local_bigquery.conftest import Stepped, stepped_engine

Rows = frozenset[tuple[int, int]]  # day of the month and id
DAYS = (1, 2)
START: Rows = frozenset({(1, 1), (1, 2), (2, 3)})


@dataclass(frozen=True)
class Operation:
    """A job, and what it makes of the rows when it runs alone; `effect` None means that it fails."""

    sql: str
    effect: Callable[[Rows], Rows] | None
    destination: str | None = None


def date(day: int) -> str:
    return f"DATE '2024-01-0{day}'"


def delete(day: int, number: int) -> Operation:
    return Operation(f"DELETE FROM d.t WHERE day = {date(day)}", lambda rows: keep(rows, day))


def shift(day: int, number: int) -> Operation:
    """Moves a day's rows to the other day, under ids of their own."""
    other, step = 3 - day, 1_000 * number
    return Operation(
        f"UPDATE d.t SET day = {date(other)}, id = id + {step} WHERE day = {date(day)}",
        lambda rows: keep(rows, day) | {(other, identity + step) for found, identity in rows if found == day},
    )


def insert(day: int, number: int) -> Operation:
    return Operation(f"INSERT d.t (day, id) VALUES ({date(day)}, {number})", lambda rows: rows | {(day, number)})


def append(day: int, number: int) -> Operation:
    return Operation(f"SELECT {date(day)} AS day, {number} AS id", lambda rows: rows | {(day, number)}, "t")


def replace_partition(day: int, number: int) -> Operation:
    return Operation(
        f"SELECT {date(day)} AS day, {number} AS id", lambda rows: keep(rows, day) | {(day, number)}, f"t$2024010{day}"
    )


def merge(day: int, number: int) -> Operation:
    return Operation(
        f"""MERGE d.t AS o USING (SELECT {date(day)} AS day, {number} AS id) AS n ON FALSE
        WHEN NOT MATCHED BY SOURCE AND o.day = {date(day)} THEN DELETE
        WHEN NOT MATCHED BY TARGET THEN INSERT (day, id) VALUES (day, id)""",
        lambda rows: keep(rows, day) | {(day, number)},
    )


def transaction(day: int, number: int) -> Operation:
    return Operation(
        f"""BEGIN TRANSACTION; DELETE FROM d.t WHERE day = {date(day)};
        INSERT d.t (day, id) VALUES ({date(day)}, {number}); COMMIT TRANSACTION""",
        lambda rows: keep(rows, day) | {(day, number)},
    )


def failing(day: int, number: int) -> Operation:
    return Operation(
        f"""BEGIN TRANSACTION; DELETE FROM d.t WHERE day = {date(day)}; SELECT ERROR('no'); COMMIT TRANSACTION""", None
    )


def keep(rows: Rows, day: int) -> Rows:
    """The rows without those of the day."""
    return frozenset(row for row in rows if row[0] != day)


KINDS = (delete, shift, insert, append, replace_partition, merge, transaction, failing)


@settings(max_examples=60)
@given(
    wanted=st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(DAYS)), min_size=2, max_size=5),
    order=st.lists(st.integers(0, 50), min_size=60, max_size=60),
)
def test_concurrent_jobs_leave_what_some_serial_order_of_the_successful_ones_leaves(wanted, order):
    operations = [kind(day, 10 + number) for number, (kind, day) in enumerate(wanted)]
    with tempfile.TemporaryDirectory() as folder, stepped_engine(Path(folder), "table-updates") as stepped:
        stepped.job("CREATE TABLE d.t (day DATE, id INT64) PARTITION BY day")
        stepped.job(f"INSERT d.t (day, id) VALUES {', '.join(f'({date(day)}, {n})' for day, n in sorted(START))}")
        jobs = [begin(stepped, operation) for operation in operations]
        pass_time(stepped, jobs, order)
        found = frozenset(stepped.rows("SELECT EXTRACT(DAY FROM day), id FROM d.t"))
    succeeded = [operation for operation, job in zip(operations, jobs, strict=True) if job.error is None]
    assert None not in [operation.effect for operation in succeeded]
    assert found in {serially(orders) for orders in itertools.permutations(succeeded)}


def begin(stepped: Stepped, operation: Operation):
    config = {}
    if operation.destination:
        truncate = "$" in operation.destination
        config = {
            "destinationTable": {"projectId": "p", "datasetId": "d", "tableId": operation.destination},
            "writeDisposition": "WRITE_TRUNCATE" if truncate else "WRITE_APPEND",
        }
    return stepped.begin(operation.sql, **config)


def pass_time(stepped: Stepped, jobs: list, order: list[int]) -> None:
    """Lets the jobs' times pass in the order drawn, each once those before have come to rest."""
    for choice in itertools.cycle(order):
        running = await_rest(stepped, jobs)
        if not running:
            return
        stepped.clock.fire(choice % running)


def await_rest(stepped: Stepped, jobs: list) -> int:
    """Waits until every job under way waits for its time; returns how many do."""
    while True:
        under_way = [job for job in jobs if not job.done.is_set()]
        waiting = len(stepped.clock.waiting)
        if waiting == sum(job.state == "RUNNING" for job in under_way):
            return waiting
        under_way[0].done.wait(0.001)


def serially(operations: tuple[Operation, ...]) -> Rows:
    rows = START
    for operation in operations:
        rows = operation.effect(rows)
    return rows
