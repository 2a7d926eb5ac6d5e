"""Rosters through the bucket and the assets: the thirty objects of a day, or of a season, are one write."""

import json

import pytest

from nba_pipeline.sources import br_season_rosters, espn_team_rosters
from nba_pipeline.sources.teams import TEAMS

ABBRS = sorted(team.abbr for team in TEAMS)


def espn_roster(name: str, abbr: str, day: str) -> tuple[str, bytes]:
    """A team's roster of one player as an object of a day."""
    player = {"playerId": "9000001", "fullName": "Jobex Ström Jr."}
    payload = {"teamId": "1", "teamName": name, "players": [player]}
    path = espn_team_rosters.FEED.object_name(date=day, team_abbr=abbr, ts=f"{day.replace('-', '')}T140000Z")
    return path, json.dumps(payload).encode()


def season_roster(abbr: str, season_year: int) -> tuple[str, bytes]:
    """A team's roster of one player as an object of a season."""
    player = {"full_name": "Jobex Ström Jr.", "birth_date": "December 30, 1984"}
    payload = {"season_year": season_year, "team_abbrev": abbr, "players": [player]}
    path = br_season_rosters.FEED.object_name(season=f"{season_year}-{season_year - 1999}", team_abbr=abbr)
    return path, json.dumps(payload).encode()


def jobs(result, source) -> int:
    """How many BigQuery jobs the asset's write took."""
    (event,) = result.asset_materializations_for_node(f"nba_raw__{source.TABLE.name}")
    return len(event.metadata["bigquery_jobs"].value)


@pytest.fixture
def run(empty_slice):
    """Puts objects into the bucket, runs the asset for a day, and returns the jobs it took and the table's rows."""

    def put_and_run(source, objects, day):
        for name, content in objects:
            empty_slice.put(name, content)
        result = empty_slice.run(day, day, [source.FEED.name])
        assert result.success
        return jobs(result, source), empty_slice.read(source.TABLE, day, day)

    return put_and_run


def test_the_rosters_of_a_day_take_as_many_jobs_as_the_roster_of_one_team(run):
    first, second = "2025-01-10", "2025-01-11"
    one, _ = run(espn_team_rosters, [espn_roster("Boston Celtics", "BOS", first)], first)
    thirty, rows = run(espn_team_rosters, [espn_roster(team.name, team.abbr, second) for team in TEAMS], second)
    assert sorted(rows["team_abbr"]) == ABBRS
    assert thirty == one


def test_the_rosters_of_a_season_take_as_many_jobs_as_the_roster_of_one_team(run):
    one, _ = run(br_season_rosters, [season_roster("BOS", 2023)], "2024-01-10")
    thirty, rows = run(br_season_rosters, [season_roster(team.abbr, 2024) for team in TEAMS], "2025-01-10")
    assert sorted(rows.loc[rows["season_year"] == 2024, "team_abbr"]) == ABBRS
    assert rows.loc[rows["season_year"] == 2023, "team_abbr"].tolist() == ["BOS"]
    assert thirty == one
