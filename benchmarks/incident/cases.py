"""Two cases beside the backfill: 30 roster files on one partition, and 30 MERGEs on one table, against one write."""

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
from google.cloud import bigquery

from benchmarks.incident.workers import Place
from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.slots import FileSlots, Pacing
from nba_pipeline.bigquery.writer import Writer
from nba_pipeline.frames import DayRows, typed
from nba_pipeline.local.incident.box_scores import create
from nba_pipeline.local.job_counts import count_jobs
from nba_pipeline.table import Table, required
from nba_pipeline_tests.support.real_data import SHARED

_DAY = dt.date(2024, 11, 1)
_COLUMNS = (
    required("roster_date", "DATE", "the day"),
    required("season_year", "INT64", "the season"),
    required("team_abbr", "STRING", "the team"),
    required("player_id", "INT64", "the player"),
    required("scraped_at", "TIMESTAMP", "the scrape"),
)
ESPN = Table(
    "incident", "espn_rosters", "Rosters of a day.", _COLUMNS, ("team_abbr", "player_id"), partition_by="roster_date"
)
ROSTERS = Table(
    "incident",
    "season_rosters",
    "Rosters of a season.",
    _COLUMNS,
    ("season_year", "team_abbr", "player_id"),
    partition_by="season_year",
    strategy="upsert",
    newest_by="scraped_at",
)

_INSERT = """
INSERT INTO `incident.espn_rosters` (roster_date, season_year, team_abbr, player_id, scraped_at)
SELECT @day, 2024, @team, player_id, CURRENT_TIMESTAMP() FROM UNNEST(@players) AS player_id
"""
_MERGE = """
MERGE `incident.season_rosters` AS old USING (SELECT player_id FROM UNNEST(@players) AS player_id) AS new
ON old.season_year = 2024 AND old.team_abbr = @team AND old.player_id = new.player_id
WHEN MATCHED THEN UPDATE SET scraped_at = CURRENT_TIMESTAMP()
WHEN NOT MATCHED THEN INSERT (roster_date, season_year, team_abbr, player_id, scraped_at)
VALUES (@day, 2024, @team, new.player_id, CURRENT_TIMESTAMP())
"""


def rosters() -> pd.DataFrame:
    """Real players by team of one season."""
    found = pd.read_parquet(SHARED / "tidy" / "roster_appearances.parquet")
    found = found[found["season"] == "2024-25"].rename(columns={"team_abbreviation": "team_abbr"})
    return found[["team_abbr", "player_id"]].drop_duplicates()


def run(place: Place, case: str) -> dict[str, dict[str, object]]:
    """One case, the old way and ours: jobs, DML, conflicts, and rows whose new scrape is not there afterwards.

    The table holds the scrape before, as it does on every day but the first.
    """
    found = {}
    for system, write in (("old", _old), ("ours", _ours)):
        project = f"{case}-{system}"
        connection = Connection(project, "US", place.url, place.read_address)
        table = ESPN if case == "espn" else ROSTERS
        create(connection.client, table)
        _ours(connection, place, table)
        before = count_jobs(connection.client)
        started = pd.Timestamp.now("UTC")
        failed = write(connection, place, table)
        jobs = count_jobs(connection.client)
        rows = _rows_since(connection.client, table, started)
        found[system] = {
            "files_failed": failed,
            "rows_lost": len(rosters()) - rows,
            "jobs": jobs.jobs - before.jobs,
            "dml": jobs.dml - before.dml,
            "conflicts": jobs.failed["Conflict"],
            "queue_full": jobs.failed["QueueFull"],
        }
        connection.close()
    return found


def _rows_since(client: bigquery.Client, table: Table, moment: pd.Timestamp) -> int:
    """How many players the table holds from a scrape after `moment`."""
    text = f"SELECT COUNT(DISTINCT CONCAT(team_abbr, player_id)) FROM `{table}` WHERE scraped_at >= @moment"
    parameter = bigquery.ScalarQueryParameter("moment", "TIMESTAMP", moment.to_pydatetime())
    [[rows]] = client.query(text, job_config=bigquery.QueryJobConfig(query_parameters=[parameter])).result()
    return rows


def _old(connection: Connection, _: Place, table: Table) -> int:
    """A file per team, all at once; returns how many failed."""
    teams = list(rosters().groupby("team_abbr")["player_id"])
    with ThreadPoolExecutor(len(teams)) as messages:
        done = [messages.submit(_old_file, connection.client, table, team, list(ids)) for team, ids in teams]
        return sum(message.exception() is not None for message in done)


def _old_file(client: bigquery.Client, table: Table, team: str, players: list[int]) -> None:
    if table is ESPN:
        delete = "DELETE FROM `incident.espn_rosters` WHERE roster_date = @day AND team_abbr = @team"
        _query(client, delete, team, players)
        _query(client, _INSERT, team, players)
    else:
        _query(client, _MERGE, team, players)


def _query(client: bigquery.Client, text: str, team: str, players: list[int]) -> None:
    parameters = [
        bigquery.ScalarQueryParameter("day", "DATE", _DAY),
        bigquery.ScalarQueryParameter("team", "STRING", team),
        bigquery.ArrayQueryParameter("players", "INT64", [int(player) for player in players]),
    ]
    client.query(text, job_config=bigquery.QueryJobConfig(query_parameters=parameters)).result()


def _ours(connection: Connection, place: Place, table: Table) -> int:
    rows = rosters().assign(roster_date=_DAY, season_year=2024, scraped_at=pd.Timestamp.now("UTC"))
    slots = FileSlots(Path(place.slots) / connection.project, Pacing(seconds=10 / place.time_scale))
    writer = Writer(connection, slots, uuid.uuid4().hex, {}, place.time_scale)
    writer.write(table, DayRows(typed(table, rows), [_DAY]))
    return 0
