"""The writers of the Odds API's feeds about basketball: player points lines and game lines."""

from typing import Any

from nba_pipeline.local.season.odds_answers import Offers, answers, sides
from nba_pipeline.local.season.season import Season
from nba_pipeline.local.season.writing import Objects, Writer
from nba_pipeline.sources import odds_api_game_lines, odds_api_player_points_props
from nba_pipeline.sources.teams import BY_ABBR

_SPORT = "basketball_nba"
_NAMES = {abbr: team.name for abbr, team in BY_ABBR.items()} | {"LAC": "Los Angeles Clippers"}


def player_points_props(season: Season) -> Objects:
    """One object per game and snapshot of its points lines; none where the season knows no lines."""
    if season.props is not None:
        yield from answers(
            odds_api_player_points_props.FEED,
            season.props,
            _SPORT,
            _NAMES,
            lambda offers: {"player_points": sides(offers)},
        )


def game_lines(season: Season) -> Objects:
    """One object per game and snapshot of its winner, spreads and totals; none where the season knows no lines."""
    if season.game_lines is not None:
        yield from answers(odds_api_game_lines.FEED, season.game_lines, _SPORT, _NAMES, _markets)


WRITERS = (
    Writer(odds_api_player_points_props.FEED, player_points_props),
    Writer(odds_api_game_lines.FEED, game_lines),
)


def _markets(offers: Offers) -> dict[str, list[dict[str, Any]]]:
    """A bookmaker's three markets, without those it does not offer."""
    [offer] = offers
    home, away = _NAMES[offer["home_team"]], _NAMES[offer["away_team"]]
    markets = {
        "h2h": [{"name": home, "price": offer["ml_home"]}, {"name": away, "price": offer["ml_away"]}],
        "spreads": [
            {"name": home, "price": offer["spread_home_price"], "point": offer["spread_home"]},
            {"name": away, "price": offer["spread_away_price"], "point": offer["spread_away"]},
        ],
        "totals": [
            {"name": side, "price": offer[f"total_{side.lower()}_price"], "point": offer["total"]}
            for side in ("Over", "Under")
        ],
    }
    return {key: outcomes for key, outcomes in markets.items() if outcomes[0]["price"] is not None}
