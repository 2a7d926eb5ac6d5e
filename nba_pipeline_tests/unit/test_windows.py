"""Windows over the past: against plain loops over each owner's games."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_pipeline.windows import History

FIRST = pd.Timestamp("2023-07-20")  # a season turns over on 1 August
OWNERS = ("AAA", "BBB", "CCC")

games = st.lists(
    st.fixed_dictionaries(
        {
            "owner": st.sampled_from(OWNERS[:2]),
            "day": st.integers(0, 40),
            "points": st.none() | st.integers(0, 60),
            "pace": st.integers(-(10**9), 10**9).map(lambda millionths: millionths / 10**6),
        }
    ),
    max_size=30,
    unique_by=lambda game: (game["owner"], game["day"]),
)
asked = st.lists(st.tuples(st.sampled_from(OWNERS), st.integers(0, 45)), min_size=1, max_size=5)


def framed(found: list[dict]) -> pd.DataFrame:
    rows = pd.DataFrame(found, columns=["owner", "day", "points", "pace"])
    days = FIRST + pd.to_timedelta(rows["day"].astype("int64"), unit="D")
    typed = rows.astype({"owner": "string", "points": "Int64", "pace": "float64"})
    return typed.assign(game_date=days, game_id=typed["owner"] + rows["day"].astype("string"))


def questions(askers: list[tuple[str, int]]) -> tuple[pd.Series, pd.Series]:
    owners, days = zip(*askers, strict=True)
    return pd.Series(owners, dtype="string"), FIRST + pd.to_timedelta(pd.Series(days), unit="D")


def before(found: list[dict], owner: str, day: int, reach: int) -> list[dict]:
    mine = [game for game in found if game["owner"] == owner and day - reach <= game["day"] < day]
    return sorted(mine, key=lambda game: game["day"])


@given(games, asked, st.integers(1, 50), st.integers(1, 12))
def test_a_window_holds_the_last_games_before_the_day_and_none_out_of_reach(found, askers, reach, count):
    history = History(framed(found), "owner", ("points", "pace"))
    window = history.within(*questions(askers), reach).last(count)
    expected = [before(found, owner, day, reach)[-count:] for owner, day in askers]
    assert window.games.tolist() == [len(held) for held in expected]
    assert history.total("points", window).tolist() == [sum(g["points"] or 0 for g in held) for held in expected]
    assert history.total("pace", window) == pytest.approx([sum(g["pace"] for g in held) for held in expected])
    means = [np.mean([g["points"] or 0 for g in held]) if held else np.nan for held in expected]
    assert history.mean("points", window) == pytest.approx(means, nan_ok=True)
    spreads = [np.std([g["points"] or 0 for g in h], ddof=1) if len(h) > 1 else np.nan for h in expected]
    assert history.deviation("points", window) == pytest.approx(spreads, nan_ok=True)


@given(games, asked, st.integers(1, 4))
def test_a_fading_mean_halves_the_weight_of_a_game_every_half_life(found, askers, half_life):
    history = History(framed(found), "owner", ())
    faded = history.fading_mean("points", history.within(*questions(askers), 50), half_life)
    for (owner, day), mean in zip(askers, faded, strict=True):
        held = [(0.5 ** (back / half_life), g) for back, g in enumerate(reversed(before(found, owner, day, 50)))]
        weighed = [(weight, game["points"] or 0) for weight, game in held if weight > 0.01]
        weights, points = zip(*weighed, strict=True) if weighed else ((), ())
        expected = np.average(points, weights=weights) if weighed else np.nan
        assert mean == pytest.approx(expected, nan_ok=True)


@given(games, asked)
def test_a_season_begins_on_the_first_of_august(found, askers):
    history = History(framed(found), "owner", ("points",))
    owners, days = questions(askers)
    season = history.of_season(history.within(owners, days, 100), owners, days)
    turn = (pd.Timestamp("2023-08-01") - FIRST).days
    for (owner, day), count in zip(askers, season.games, strict=True):
        assert count == sum((game["day"] >= turn) == (day >= turn) for game in before(found, owner, day, 100))


@given(games, asked, st.integers(0, 40))
def test_a_sum_does_not_depend_on_the_games_before_the_window(found, askers, first):
    late = [game for game in found if game["day"] >= first]
    askers = [(owner, max(day, first + 5)) for owner, day in askers]
    whole, cut = (History(framed(g), "owner", ("pace",)) for g in (found, late))
    totals = [history.total("pace", history.within(*questions(askers), 5)) for history in (whole, cut)]
    assert totals[0].tolist() == totals[1].tolist()


@given(games, asked, st.integers(1, 50))
def test_the_rows_of_windows_are_their_games_in_order_with_the_asker(found, askers, reach):
    history = History(framed(found), "owner", ("points",))
    rows = history.rows_of(history.within(*questions(askers), reach))
    expected = [
        (place, game["owner"], FIRST + pd.Timedelta(days=game["day"]))
        for place, (owner, day) in enumerate(askers)
        for game in before(found, owner, day, reach)
    ]
    assert list(zip(rows["asker"], rows["owner"], rows["game_date"], strict=True)) == expected


def test_the_last_row_of_a_window_is_that_of_its_last_game():
    found = [{"owner": "AAA", "day": day, "points": day, "pace": 0.0} for day in (3, 1, 2)]
    history = History(framed(found), "owner", ())
    assert history.owners.tolist() == ["AAA"]
    window = history.within(*questions([("AAA", 3), ("AAA", 9), ("CCC", 9)]), 30)
    assert history.last_rows(window.only(window.games > 0))["points"].tolist() == [2, 3]
