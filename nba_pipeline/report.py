"""The report from the command line: how predictions turned out, as one HTML file that needs nothing beside it."""

import datetime as dt
from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple

import pandas as pd

from nba_pipeline.bigquery.connection import Connection, connected
from nba_pipeline.bigquery.reader import TableMissing, read
from nba_pipeline.errors import UserError
from nba_pipeline.predictions import display, prediction_coverage, prediction_grades, reliability, system_performance
from nba_pipeline.settings import Settings
from nba_pipeline.table import Table

_COVERAGE = ("status", "reason")

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<title>$title</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #ddd }
td { white-space: nowrap }
</style>
</head>
<body>
<h1>$title</h1>
$sections
</body>
</html>
""")


class NothingGraded(UserError):
    """No prediction of the days asked for has been graded."""


class Findings(NamedTuple):
    """What a report is made of: rows of prediction_grades, system_performance and prediction_coverage."""

    grades: pd.DataFrame
    performance: pd.DataFrame
    coverage: pd.DataFrame


def write(current: Settings, path: Path, first: dt.date, last: dt.date) -> None:
    """Writes the report on the days from `first` to `last`, both included; raises NothingGraded."""
    html = page(_findings(current, first, last), f"Predictions from {first} to {last}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, encoding="utf-8")


def page(found: Findings, title: str) -> str:
    """The report as HTML, well-formed as XML too."""
    calibration = reliability.calibration(found.grades)
    images = display.charts(calibration, found.performance)
    sections = {
        "Systems": _table(display.systems(found.performance)),
        **{heading: f'<img alt="{heading}" src="{display.data_uri(png)}"/>' for heading, png in images.items()},
        "Hit rate of the likelier side by edge": _table(display.edges(reliability.hit_rates_by_edge(found.grades))),
        "Players on the slate": _table(_by_reason(found.coverage)),
    }
    shown = "\n".join(f"<h2>{escape(heading)}</h2>\n{content}" for heading, content in sections.items())
    return _PAGE.substitute(title=escape(title), sections=shown)


def _findings(current: Settings, first: dt.date, last: dt.date) -> Findings:
    def rows(connection: Connection, table: Table, columns: tuple[str, ...] | None = None) -> pd.DataFrame:
        return read(connection.reader, current.project, table, first, last, columns)

    try:
        with connected(current) as connection:
            found = Findings(
                rows(connection, prediction_grades.TABLE, reliability.GRADE_COLUMNS),
                rows(connection, system_performance.TABLE),
                rows(connection, prediction_coverage.TABLE, _COVERAGE),
            )
    except TableMissing as missing:
        raise NothingGraded(f"{missing}, with `nba-pipeline backfill`") from missing
    if found.performance.empty:
        raise NothingGraded(
            f"no prediction from {first} to {last} is graded yet: predictions are when their games are over and a run "
            "has taken in the box scores"
        )
    return found


def _by_reason(coverage: pd.DataFrame) -> pd.DataFrame:
    """How many players were predicted, or not and why, most first."""
    players = coverage["reason"].fillna(coverage["status"]).value_counts()
    share = (players / players.sum()).map("{:.1%}".format)
    return pd.DataFrame({"status or reason": players.index, "players": players.map("{:,}".format), "share": share})


def _table(rows: pd.DataFrame) -> str:
    return rows.to_html(index=False, border=0, escape=True)
