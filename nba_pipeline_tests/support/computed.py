"""The computed tables as functions of days and raw frames, and what of the raw frames is known when."""

from collections.abc import Sequence

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics import (
    betting_lines,
    game_sides,
    injury_reports,
    player_game_summary,
    player_lines,
    slate,
    team_defense_game_summary,
    team_offense_game_summary,
    upcoming_player_game_context,
    upcoming_team_game_context,
)
from nba_pipeline.precompute import (
    ml_feature_store,
    player_composite_factors,
    player_daily_cache,
    player_form,
    player_shot_zone_analysis,
    team_defense_zone_analysis,
)
from nba_pipeline.predictions import ensembling, player_prop_predictions, prediction_coverage
from nba_pipeline.predictions.model import Model
from nba_pipeline.sources import (
    bdl_player_boxscores,
    nbac_gamebook_player_stats,
    nbac_injury_report,
    nbac_play_by_play,
    nbac_player_boxscores,
    nbac_player_list,
    nbac_schedule,
    nbac_shot_chart,
    nbac_team_boxscore,
    odds_api_game_lines,
    odds_api_player_points_props,
)
from nba_pipeline_tests.support.invariants import Inputs, Tables

# The raw tables under the names that inputs have; one that inputs lack is empty.
RAW = {
    "schedule": nbac_schedule.TABLE,
    "boxscores": nbac_player_boxscores.TABLE,
    "gamebooks": nbac_gamebook_player_stats.TABLE,
    "bdl": bdl_player_boxscores.TABLE,
    "teams": nbac_team_boxscore.TABLE,
    "shots": nbac_shot_chart.TABLE,
    "events": nbac_play_by_play.TABLE,
    "players": nbac_player_list.TABLE,
    "injuries": nbac_injury_report.TABLE,
    "props": odds_api_player_points_props.TABLE,
    "game_lines": odds_api_game_lines.TABLE,
}
# What is said again and again before a game, and when it was said.
_SAID = {"injuries": "report_ts", "props": "snapshot_ts", "game_lines": "snapshot_ts"}
_LINES = {RAW[name].name: name for name in ("gamebooks", "boxscores", "bdl")}


def summarised(inputs: Inputs) -> player_game_summary.Summary:
    """player_game_summary of all that `inputs` hold."""
    return player_game_summary.summarise(
        _read(inputs, "schedule", player_game_summary.SCHEDULE_COLUMNS),
        {s.table.name: _read(inputs, _LINES[s.table.name], s.columns) for s in player_lines.SOURCES},
        _read(inputs, "shots", player_game_summary.SHOT_COLUMNS),
        _read(inputs, "events", player_game_summary.EVENT_COLUMNS),
        _read(inputs, "players", player_lines.LIST_COLUMNS),
    )


def offense(inputs: Inputs, players: pd.DataFrame) -> pd.DataFrame:
    """team_offense_game_summary of all that `inputs` hold; `players` are rows of player_game_summary."""
    return team_offense_game_summary.summarise(
        _read(inputs, "schedule", game_sides.SCHEDULE_COLUMNS),
        _read(inputs, "teams", team_offense_game_summary.BOXSCORE_COLUMNS),
        players[list(team_offense_game_summary.PLAYER_COLUMNS)],
    )


def summaries(days: pd.DatetimeIndex, inputs: Inputs) -> Tables:
    """The three summaries of the games of `days`, each from the one before it."""
    return _summed_up(_between(inputs, days.min(), days.max()))


def _summed_up(inputs: Inputs) -> Tables:
    players = summarised(inputs).rows
    attack = offense(inputs, players)
    defense = team_defense_game_summary.summarise(attack[list(team_defense_game_summary.OFFENSE_COLUMNS)])
    return {"players": players, "offense": attack, "defense": defense}


def stored(inputs: Inputs) -> Inputs:
    """What the tables before tip-off are made of: the summaries of all games of `inputs`, and what stays raw."""
    tables = _summed_up(inputs)
    raw = {name: inputs[name] for name in ("schedule", *_SAID) if name in inputs}
    return {**raw, "history": tables["players"], "offense": tables["offense"], "defense": tables["defense"]}


def player_context(days: pd.DatetimeIndex, inputs: Inputs, history: pd.DataFrame | None = None) -> pd.DataFrame:
    """upcoming_player_game_context of `days`, from what its asset reads; without `history` that is summarised."""
    history = _history(days, inputs) if history is None else history
    read = _between(inputs, days.min(), days.max())
    return upcoming_player_game_context.context(
        days,
        _read(read, "schedule", slate.SCHEDULE_COLUMNS),
        history[list(upcoming_player_game_context.HISTORY_COLUMNS)],
        _injuries(days, inputs),
        _read(read, "props", betting_lines.PROP_COLUMNS),
    )


def team_context(days: pd.DatetimeIndex, inputs: Inputs, history: pd.DataFrame | None = None) -> pd.DataFrame:
    """upcoming_team_game_context of `days`, from what its asset reads; without `history` that is summarised."""
    history = _history(days, inputs) if history is None else history
    return upcoming_team_game_context.context(
        days,
        _read(_since_a_year(days, inputs), "schedule", upcoming_team_game_context.SCHEDULE_COLUMNS),
        history[list(upcoming_team_game_context.PLAYER_COLUMNS)],
        _injuries(days, inputs),
        _read(_between(inputs, days.min(), days.max()), "game_lines", betting_lines.GAME_LINE_COLUMNS),
    )


def cache(days: pd.DatetimeIndex, inputs: Inputs) -> pd.DataFrame:
    """player_daily_cache of `days`."""
    upcoming = player_context(days, inputs)
    return player_daily_cache.cache(upcoming[list(player_daily_cache.CONTEXT_COLUMNS)])


def before_tip_off(days: pd.DatetimeIndex, inputs: Inputs) -> Tables:
    """The tables that speak before tip-off by their names, each from those before it.

    `inputs` may be `stored` already: whoever asks for many days does not sum up the same games again and again.
    """
    inputs = inputs if "history" in inputs else stored(_since_a_year(days, inputs))
    past = _since_a_year(days, inputs)
    history = past["history"]
    players, teams = player_context(days, inputs, history), team_context(days, inputs, history)
    cached = player_daily_cache.cache(players[list(player_daily_cache.CONTEXT_COLUMNS)])
    tables = {
        upcoming_player_game_context.TABLE.name: players,
        upcoming_team_game_context.TABLE.name: teams,
        player_daily_cache.TABLE.name: cached,
        player_form.TABLE.name: player_form.form(
            players[list(player_form.UPCOMING_COLUMNS)], history[list(player_form.HISTORY_COLUMNS)]
        ),
        **_analyses(players, teams, history, past["offense"], past["defense"]),
    }
    read = {t.name: tables[t.name][list(ml_feature_store.columns_of(t))] for t in ml_feature_store.TABLES}
    features = ml_feature_store.features(read[player_daily_cache.TABLE.name], read)
    return {**tables, ml_feature_store.TABLE.name: features}


def predictions(days: pd.DatetimeIndex, inputs: Inputs, models: Sequence[Model] = ()) -> Tables:
    """Predictions and their coverage of `days`, from `inputs`: the cache, the features, and the games' `results`."""
    cached = _between(inputs, days.min(), days.max())["cache"]
    lately = _between(inputs, days.min() - pd.Timedelta(days=ensembling.HISTORY_DAYS), days.max())
    predicted = player_prop_predictions.predict(
        cached[list(player_prop_predictions.CACHE_COLUMNS)],
        lately["features"][list(player_prop_predictions.FEATURE_COLUMNS)],
        lately["results"][list(player_prop_predictions.RESULT_COLUMNS)],
        models,
    )
    covered = prediction_coverage.cover(
        cached[list(prediction_coverage.CACHE_COLUMNS)], predicted[list(prediction_coverage.PREDICTION_COLUMNS)]
    )
    return {player_prop_predictions.TABLE.name: predicted, prediction_coverage.TABLE.name: covered}


def _analyses(
    players: pd.DataFrame, teams: pd.DataFrame, history: pd.DataFrame, attack: pd.DataFrame, defense: pd.DataFrame
) -> Tables:
    shots = player_shot_zone_analysis.analyse(
        players[list(player_shot_zone_analysis.UPCOMING_COLUMNS)],
        history[list(player_shot_zone_analysis.HISTORY_COLUMNS)],
    )
    zones = team_defense_zone_analysis.analyse(
        teams[list(team_defense_zone_analysis.UPCOMING_COLUMNS)],
        defense[list(team_defense_zone_analysis.DEFENSE_COLUMNS)],
    )
    factors = player_composite_factors.factors(
        players[list(player_composite_factors.UPCOMING_COLUMNS)],
        teams[list(player_composite_factors.TEAM_COLUMNS)],
        shots[list(player_composite_factors.SHOT_COLUMNS)],
        zones[list(player_composite_factors.DEFENSE_COLUMNS)],
        attack[list(player_composite_factors.OFFENSE_COLUMNS)],
    )
    return {
        player_shot_zone_analysis.TABLE.name: shots,
        team_defense_zone_analysis.TABLE.name: zones,
        player_composite_factors.TABLE.name: factors,
    }


def known_before_tip_off(day: pd.Timestamp, inputs: Inputs) -> Inputs:
    """What earlier games left, of the schedule who plays when, and what was said of the day's games before each began.

    Results of that day and after are not known.
    """
    schedule = inputs["schedule"].copy()
    open_games = schedule["game_date"] >= day
    schedule.loc[open_games, ["home_points", "away_points"]] = pd.NA
    schedule.loc[open_games, "game_status"] = 1
    said = {name: _said_before(day, inputs[name], schedule, ts) for name, ts in _SAID.items() if name in inputs}
    return {**_between(inputs, pd.Timestamp.min, day - pd.Timedelta(days=1)), **said, "schedule": schedule}


def _said_before(day: pd.Timestamp, rows: pd.DataFrame, schedule: pd.DataFrame, ts: str) -> pd.DataFrame:
    """`rows` without those of later days, and without those of the day's games from their tip-off on."""
    midnight = day.tz_localize("America/New_York").tz_convert("UTC")
    today = schedule[schedule["game_date"] == day]
    pairs = map(frozenset, zip(today["home_team_abbr"], today["away_team_abbr"], strict=True))
    begins = dict(zip(pairs, today["tipoff_utc"], strict=True))
    own, other = ("team_abbr", "opponent_abbr") if "team_abbr" in rows else ("home_team_abbr", "away_team_abbr")
    teams = pd.Series(list(map(frozenset, zip(rows[own], rows[other], strict=True))), rows.index, dtype="object")
    begin = pd.to_datetime(teams.map(begins), utc=True).astype("datetime64[us, UTC]")
    begin = begin.fillna(rows.get("commence_time", midnight))
    return rows[(rows["game_date"] < day) | ((rows["game_date"] == day) & (rows[ts] < begin))]


def known_after_the_games(day: pd.Timestamp, inputs: Inputs) -> Inputs:
    """Everything up to and including the day."""
    return _between(inputs, pd.Timestamp.min, day)


def _between(inputs: Inputs, first: pd.Timestamp, last: pd.Timestamp) -> Inputs:
    """The rows of these days; the list of players knows no days."""
    return {
        name: frame[frame["game_date"].between(first, last)] if "game_date" in frame else frame
        for name, frame in inputs.items()
    }


def _history(days: pd.DatetimeIndex, inputs: Inputs) -> pd.DataFrame:
    """player_game_summary of `days` and of the year before them."""
    past = _since_a_year(days, inputs)
    return past["history"] if "history" in past else summarised(past).rows


def _since_a_year(days: pd.DatetimeIndex, inputs: Inputs) -> Inputs:
    """The rows of `days` and of the year before them."""
    return _between(inputs, days.min() - pd.Timedelta(days=slate.HISTORY_DAYS), days.max())


def _injuries(days: pd.DatetimeIndex, inputs: Inputs) -> pd.DataFrame:
    """The reports of `days` and of the day before them."""
    reports = _read(inputs, "injuries", injury_reports.COLUMNS)
    first = days.min() - pd.Timedelta(days=injury_reports.HISTORY_DAYS)
    return reports[reports["report_date"].between(first, days.max())]


def _read(inputs: Inputs, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    return inputs[name][list(columns)] if name in inputs else frames.empty(RAW[name], columns)
