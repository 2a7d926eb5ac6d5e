"""Only what conflicts is held: by table, by day, by what is computed from it."""

import datetime as dt

from nba_pipeline.game_days import days_between
from nba_pipeline.ingest.holds import Backfill, Holds, ManualHold, Reader

FIRST, LAST = dt.date(2024, 3, 1), dt.date(2024, 3, 10)
DAYS = frozenset(days_between(FIRST, LAST))
READERS = {"raw.lines": [Reader("computed.form", 30)]}
SOON = dt.datetime(2024, 3, 11, 12, tzinfo=dt.UTC)


def day(offset: int) -> list[dt.date]:
    return [FIRST + dt.timedelta(days=offset)]


def test_a_backfill_holds_the_days_it_writes_and_no_others():
    holds = Holds([Backfill("spring", {"raw.lines": DAYS})])
    assert holds.why(["raw.lines"], day(9)) == "backfill spring writes raw.lines"
    assert holds.why(["raw.lines"], day(10)) is None
    assert holds.why(["raw.rosters"], day(9)) is None


def test_a_backfill_holds_what_it_reads_with_the_history_it_reads():
    holds = Holds([Backfill("form", {"computed.form": DAYS})], readers=READERS)
    assert holds.why(["raw.lines"], day(-30)) == "backfill form reads raw.lines for computed.form"
    assert holds.why(["raw.lines"], day(9)) is not None
    assert holds.why(["raw.lines"], day(-31)) is None
    assert holds.why(["raw.lines"], day(10)) is None


def test_one_object_that_fills_two_tables_waits_for_both():
    holds = Holds([Backfill("batters", {"raw.batters": DAYS})])
    assert holds.why(["raw.pitchers", "raw.batters"], day(0)) is not None


def test_a_hold_by_hand_is_for_its_tables_or_for_all():
    holds = Holds(manual=[ManualHold(("raw.lines",), SOON, "a new scraper")])
    assert holds.why(["raw.lines"], day(0)) == "held by hand until 2024-03-11 12:00 UTC: a new scraper"
    assert holds.why(["raw.rosters"], day(0)) is None
    assert Holds(manual=[ManualHold((), SOON, "all")]).why(["raw.rosters"], day(0)) is not None


def test_many_conflicts_hold_a_table_for_a_while():
    holds = Holds(conflicts={"raw.lines": SOON})
    assert holds.why(["raw.lines"], day(0)) == "many conflicts on raw.lines: held until 12:00 UTC"
    assert holds.why(["raw.rosters"], day(0)) is None
