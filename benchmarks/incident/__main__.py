"""make bench-incident: the backfill that lost 303 of 853 dates, run again in four ways with BigQuery's limits on.

Real dates and real box scores; N workers and a live writer beside them. The old way writes each game's file by itself
(DELETE, then a load or a streaming insert); dagster-gcp's IO manager materialises a date at a time in N processes that
stand already, which is kinder to it than a process per run; ours is one backfill through the real stack, and beside it
N workers that write a date each. Time passes faster in the local BigQuery (--time-scale); Dagster's clock does not.
"""

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table as Grid

from benchmarks.incident import cases, dagster_backfill, ways, workers
from benchmarks.incident.causes import causes
from benchmarks.incident.inputs import Inputs, prepare
from benchmarks.incident.workers import Place, Worked
from benchmarks.measuring import need_real_data, write_results
from nba_pipeline.local.incident import box_scores
from nba_pipeline.local.incident.outcome import compare
from nba_pipeline.local.job_counts import Jobs, count_jobs
from nba_pipeline_tests.support.local_bigquery import running_local_bigquery

# System, its way to write a date, and how many workers share a process; dagster-gcp's have one each.
_WAYS = {
    "old": (ways.old_with_loads, 25),
    "old_streaming": (ways.old_with_streaming, 25),
    "dagster_gcp": (ways.dagster_gcp, 1),
    "ours_single": (ways.ours, 25),
}
_SYSTEMS = (*_WAYS, "ours")


def main() -> None:
    """Runs the benchmark."""
    console, options = Console(), _options()
    need_real_data()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "inputs").mkdir()
        inputs = prepare(folder / "inputs", options.dates)
        console.print(f"{len(inputs.dates)} dates with box scores; {inputs.without_games} of the list have none")
        results: dict = {"dates": len(inputs.dates), "time_scale": options.time_scale, "workers": {}}
        for count in options.workers:
            found = results["workers"].setdefault(str(count), {})
            for system in options.systems:
                found[system] = _measure(folder, system, count, inputs, options.time_scale, console)
                write_results("incident", results)
            _print(console, count, found)
        for case in ("espn", "rosters"):
            results[case] = _case(folder, case, options.time_scale)
            _print(console, case, results[case])
    write_results("incident", results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.incident", description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[12, 40, 100])
    parser.add_argument("--dates", type=int, help="only the first so many dates of the list")
    parser.add_argument("--time-scale", type=float, default=10.0, help="seconds of BigQuery in one second")
    parser.add_argument("--systems", nargs="+", choices=_SYSTEMS, default=_SYSTEMS)
    return parser.parse_args()


def _measure(
    folder: Path, system: str, count: int, inputs: Inputs, time_scale: float, console: Console
) -> dict[str, object]:
    console.print(f"{count} workers, {system} ...")
    place = folder / f"{system}-{count}"
    if system == "ours":
        worked, jobs, compared = dagster_backfill.run(place, inputs, time_scale, console)
    else:
        worked, jobs, compared = _with_workers(place, system, count, inputs, time_scale)
    dates = len(inputs.dates)
    return {
        **compared,
        "dml_per_date": round(jobs.dml / dates, 3),
        "jobs_per_date": round(jobs.jobs / dates, 3),
        "conflicts": jobs.failed["Conflict"],
        "queue_full": jobs.failed["QueueFull"],
        "rate_limited": jobs.failed["RateLimited"],
        "retries": worked.retries + jobs.reruns,
        "live_writes": worked.live_writes,
        "live_failed": worked.live_errors.total(),
        "wall_s": round(worked.seconds, 1),
        "causes": causes(worked.errors),
        "live_causes": causes(worked.live_errors),
    }


def _with_workers(
    folder: Path, system: str, count: int, inputs: Inputs, time_scale: float
) -> tuple[Worked, Jobs, dict[str, int]]:
    way, threads = _WAYS[system]
    with running_local_bigquery(folder / "bigquery", time_scale=time_scale) as server:
        connection = server.connect("incident")
        if system != "ours_single":
            box_scores.create(connection.client)
        place = Place(
            "incident", **server.addresses, inputs=inputs.folder, slots=folder / "slots", time_scale=time_scale
        )
        worked = workers.work(way, place, inputs.dates, count, min(count, threads))
        jobs = count_jobs(connection.client)
        compared = compare(connection, box_scores.TABLE, inputs.rows)
        connection.close()
    return worked, jobs, compared


def _case(folder: Path, case: str, time_scale: float) -> dict[str, dict[str, object]]:
    with running_local_bigquery(folder / case, time_scale=time_scale) as server:
        place = Place(case, **server.addresses, inputs=folder, slots=folder / f"{case}-slots", time_scale=time_scale)
        return cases.run(place, case)


def _print(console: Console, title: object, found: dict[str, dict[str, object]]) -> None:
    """The systems side by side, one figure a row."""
    grid = Grid(title=f"{title} workers" if isinstance(title, int) else str(title))
    grid.add_column("")
    for system in found:
        grid.add_column(system, justify="right")
    for name in next(iter(found.values())):
        grid.add_row(name, *(str(figures[name]) for figures in found.values()))
    if {"dagster_gcp", "ours"} <= found.keys() and "wall_s" in found["ours"]:
        ratio = found["dagster_gcp"]["wall_s"] / found["ours"]["wall_s"]
        grid.caption = f"wall time, dagster_gcp / ours: {ratio:.1f}"
    console.print(grid)


if __name__ == "__main__":
    main()
