"""The report: one well-formed file out of BigQuery's tables, or a word on what is missing."""

import base64
import datetime as dt
from itertools import pairwise
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from nba_pipeline import frames, report, settings
from nba_pipeline.frames import DayRows
from nba_pipeline.predictions import display, prediction_coverage, prediction_grades, system_performance
from nba_pipeline_tests.support.grades import graded
from nba_pipeline_tests.support.writing import writer

DAY = dt.date(2024, 1, 31)
ALL_OF_ONE = "100.0% (20.7% to 100.0%)"
HOSTILE = "<script>alert('&')</script>"
PNG = b"\x89PNG\r\n"


def found(*more: dict) -> report.Findings:
    """What is known of two predictions with lines on DAY, and of `more`."""
    sure = {"points_line": 20.5, "probability_over": 0.7, "recommendation": "over", "points": 25}
    unsure = {"points_line": 20.5, "probability_over": 0.45, "recommendation": "pass", "points": 19}
    return findings(graded(sure, unsure, *more))


def findings(grades: pd.DataFrame) -> report.Findings:
    performance = system_performance.perform(pd.DatetimeIndex(grades["game_date"].unique()), grades)
    players = [{"player_id": n, "status": "predicted", "systems": 1} for n in range(3)]
    players.append({"player_id": 9, "status": "not_predicted", "reason": HOSTILE, "systems": 0})
    named = {"game_date": pd.Timestamp(DAY), "game_id": "tonight", "player_lookup": "x", "player_name": "X"}
    coverage = pd.DataFrame(players).assign(**named, team_abbr="AAA").astype({"reason": "string"})
    return report.Findings(grades, performance, frames.typed(prediction_coverage.TABLE, coverage))


def parsed(html: str) -> ET.Element:
    """The page, which is XML too."""
    return ET.fromstring(html)


def tables(root: ET.Element) -> dict[str, list[list[str]]]:
    """The cells of each table by the heading above it."""
    parts = list(root.find("body"))
    return {
        heading.text: [[cell.text or "" for cell in row] for row in part.iter("tr")]
        for heading, part in pairwise(parts)
        if part.tag == "table"
    }


def test_the_page_has_the_systems_the_hit_rate_by_edge_and_the_coverage_by_reason():
    shown = tables(parsed(report.page(found(), "January")))
    systems = [dict(zip(shown["Systems"][0], row, strict=True)) for row in shown["Systems"][1:]]
    assert [row["span"] for row in systems] == ["last 7 days", "last 30 days", "season"]
    assert (systems[0]["graded"], systems[0]["MAE"], systems[0]["hit rate"]) == (
        "2",
        "3.00",
        ALL_OF_ONE,
    )
    assert shown["Hit rate of the likelier side by edge"][1:] == [
        ["moving_average", "0.05 to 0.10", "1", ALL_OF_ONE],
        ["moving_average", "0.20 to 0.50", "1", ALL_OF_ONE],
    ]
    assert shown["Players on the slate"][1:] == [["predicted", "3", "75.0%"], [HOSTILE, "1", "25.0%"]]


def test_what_comes_from_data_is_no_markup():
    html = report.page(found({"points": 3, "system_id": HOSTILE}), HOSTILE)
    assert "<script" not in html
    assert parsed(html).find("head/title").text == HOSTILE


def test_charts_are_in_the_page_itself():
    images = parsed(report.page(found(), "January")).findall("body/img")
    assert [image.get("alt") for image in images] == ["Calibration", "Mean absolute error of the last 30 days"]
    for image in images:
        start, _, data = image.get("src").partition(",")
        assert start == "data:image/png;base64"
        assert base64.b64decode(data).startswith(PNG)


@pytest.mark.parametrize("points", [3, None])
def test_without_lines_there_is_no_calibration_to_draw(points):
    grades = graded({"points": points})
    images = parsed(report.page(findings(grades), "January")).findall("body/img")
    assert [image.get("alt") for image in images] == ["Mean absolute error of the last 30 days"]


def test_a_chart_of_five_systems_and_a_year_stays_small():
    days = pd.date_range("2023-10-24", periods=300).astype("string")
    many = [{"game_date": day, "game_id": day, "points": n % 30} for n, day in enumerate(days)]
    told = [{**one, "system_id": f"system_{n}", "player_id": n} for one in many for n in range(5)]
    performance = findings(graded(*told)).performance
    assert len(display.error_chart(performance)) < 25_000


@pytest.fixture
def current(server, project, tmp_path) -> settings.Settings:
    ports = settings.LocalPorts(server.port, server.read_port, 1, 1)
    return settings.Settings("local", project, "US", "b", ports, tmp_path, 200)


def test_the_file_is_written_from_the_tables_of_the_days_that_are_asked_for(current, connection, tmp_path):
    rows = found()
    known = (prediction_grades.TABLE, rows.grades), (system_performance.TABLE, rows.performance)
    for table, frame in (*known, (prediction_coverage.TABLE, rows.coverage)):
        writer(connection, "a run").write(table, DayRows(frame, [DAY]))
    path = tmp_path / "reports" / "january.html"
    report.write(current, path, DAY - dt.timedelta(days=30), DAY)
    assert path.read_text() == report.page(rows, "Predictions from 2024-01-01 to 2024-01-31")
    with pytest.raises(report.NothingGraded, match="no prediction from 2024-02-01 to 2024-02-02 is graded yet"):
        report.write(current, path, DAY + dt.timedelta(days=1), DAY + dt.timedelta(days=2))


def test_before_anything_was_graded_it_says_what_to_do(current, tmp_path):
    with pytest.raises(report.NothingGraded, match="materialise its asset first, with `nba-pipeline backfill`"):
        report.write(current, tmp_path / "report.html", DAY, DAY)
    assert not (tmp_path / "report.html").exists()
