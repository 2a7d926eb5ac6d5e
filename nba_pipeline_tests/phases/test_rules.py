"""The rules of the slice's tables, on games small enough to reckon by hand and on real ones."""

import pandas as pd
import pytest

from nba_pipeline import frames
from nba_pipeline.analytics import betting_lines, injury_reports, upcoming_player_game_context
from nba_pipeline.precompute import player_daily_cache
from nba_pipeline.predictions import player_prop_predictions, prediction_coverage
from nba_pipeline.sources import nbac_injury_report, odds_api_player_points_props
from nba_pipeline_tests.support import computed
from nba_pipeline_tests.support.real_data import needs_real_data, raw_frames

TODAY = pd.Timestamp("2024-01-31")


def slate_of(*days_ago: int, season_type: str = "regular") -> pd.DataFrame:
    """The cache of TODAY for a player of AAA who played this many days ago, 10 points each time."""
    upcoming = upcoming_player_game_context.context(
        pd.DatetimeIndex([TODAY], dtype="datetime64[us]"),
        _tonight(),
        _history(days_ago, season_type),
        frames.empty(nbac_injury_report.TABLE, injury_reports.COLUMNS),
        frames.empty(odds_api_player_points_props.TABLE, betting_lines.PROP_COLUMNS),
    )
    return player_daily_cache.cache(upcoming[list(player_daily_cache.CONTEXT_COLUMNS)])


def reason_of(*days_ago: int) -> str | None:
    [reason] = slate_of(*days_ago)["incomplete_reason"]
    return None if pd.isna(reason) else reason


@pytest.mark.parametrize(
    ("days_ago", "reason"),
    [
        ((31, 32, 33, 34, 35), player_daily_cache.LONG_ABSENCE),
        ((30, 32, 33, 34, 35), None),
        ((1, 2, 3, 4), player_daily_cache.FEWER_THAN_FIVE_GAMES),
        ((1, 2, 3, 4, 5), None),
        ((40, 41), player_daily_cache.LONG_ABSENCE),
        ((250, 251, 252, 253, 254), player_daily_cache.NO_GAME_THIS_SEASON),
    ],
)
def test_a_player_with_too_little_behind_him_is_kept_with_the_first_reason_that_holds(days_ago, reason):
    assert reason_of(*days_ago) == reason


def test_games_a_year_ago_or_longer_put_nobody_on_the_slate():
    assert len(slate_of(365)) == 1
    assert slate_of(366).empty


@pytest.mark.parametrize("season_type", ["preseason", "all_star"])
def test_games_that_do_not_count_put_nobody_on_the_slate(season_type):
    assert slate_of(1, 2, 3, season_type=season_type).empty


def test_a_player_without_prediction_or_reason_is_refused_by_name():
    cached = slate_of(1, 2, 3, 4, 5)
    nothing = frames.empty(player_prop_predictions.TABLE)
    with pytest.raises(prediction_coverage.UnexplainedPlayer, match="1 players .* Player One"):
        prediction_coverage.cover(cached, nothing)


@needs_real_data
def test_lines_left_on_another_day_do_not_change_the_usage_of_a_game():
    schedule, boxscores = raw_frames("2023-24")
    game = boxscores[boxscores["game_id"] == boxscores["game_id"].iloc[0]]
    left = game.head(4).assign(game_date=game["game_date"] + pd.Timedelta(days=1))
    both = summary_of(pd.concat([game, left]), schedule)
    of_the_day = both[both["game_date"] == game["game_date"].iloc[0]].reset_index(drop=True)
    pd.testing.assert_frame_equal(of_the_day, summary_of(game, schedule), check_exact=True)


@needs_real_data
def test_a_season_average_is_the_published_one_and_a_game_score_the_one_reckoned_by_hand():
    season = summary_of(*reversed(raw_frames("2023-24")))
    doncic = season[(season["player_lookup"] == "lukadoncic") & (season["season_type"] == "regular")]
    assert (len(doncic), round(doncic["points"].mean(), 1)) == (70, 33.9)
    # Dallas at Atlanta: 73 + 0.4 * 25 - 0.7 * 33 - 0.4 * 1 + 0.3 * 10 + 1 + 0.7 * 7 - 0.4 * 1 - 4
    [best] = doncic[doncic["game_date"] == "2024-01-26"].to_dict("records")
    assert (best["points"], round(best["game_score"], 1)) == (73, 64.0)


def summary_of(boxscores: pd.DataFrame, schedule: pd.DataFrame) -> pd.DataFrame:
    return computed.summarised({"boxscores": boxscores, "schedule": schedule}).rows


def _tonight() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "game_date": pd.Series([TODAY], dtype="datetime64[us]"),
            "game_id": "0022300900",
            "season_type": "regular",
            "tipoff_utc": pd.Timestamp("2024-02-01", tz="UTC"),
            "home_team_abbr": "AAA",
            "away_team_abbr": "BBB",
        }
    )


def _history(days_ago: tuple[int, ...], season_type: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "game_date": pd.Series([TODAY - pd.Timedelta(days=ago) for ago in days_ago], dtype="datetime64[us]"),
            "game_id": [f"00223{ago:05d}" for ago in days_ago],
            "player_id": 1,
            "player_lookup": "playerone",
            "player_name": "Player One",
            "team_abbr": "AAA",
            "season_year": 2023,
            "season_type": season_type,
            "points": pd.Series([10] * len(days_ago), dtype="Int64"),
            "minutes": pd.Series([30] * len(days_ago), dtype="Int64"),
            "field_goals_attempted": 8,
            "free_throws_attempted": 2,
            "usage_rate": 20.0,
        }
    )
