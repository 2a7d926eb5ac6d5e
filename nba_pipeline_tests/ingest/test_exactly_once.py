"""Whatever lands in the bucket, whenever the sensor dies: each generation is read by a run, and no run is needless."""

import datetime as dt
import random
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

from nba_pipeline.ingest import scan, settle
from nba_pipeline.ingest.cursor import Cursor
from nba_pipeline.sources.feed import Feed
from nba_pipeline.storage.stored_object import StoredObject
from nba_pipeline_tests.support.toy_bucket import ToyBucket

NOW = dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)
FIRST_DAY = dt.date(2021, 10, 19)
FEEDS = {
    feed.name: feed
    for feed in (
        Feed("days", "days/{date}/{ts}.json"),
        Feed("parts", "parts/{date}/{game_id}/{ts}.json", "snapshot"),
        Feed("seasons", "seasons/{season}/{ts}.json", "season"),
        Feed("dated", "dated/{season}/{date}/{ts}.json"),
    )
}
DAYS = [dt.date(2026, 11, 20) - dt.timedelta(days=back) for back in (0, 1, 2, 3, 4, 30, 31, 400)]
NAMES = [
    name
    for day in DAYS
    for stamp in (f"{day:%Y%m%d}T090000Z", f"{day:%Y%m%d}T120000Z")
    for name in (
        f"days/{day}/{stamp}.json",
        f"parts/{day}/a/{stamp}.json",
        f"parts/{day}/b/{stamp}.json",
        f"seasons/{day.year}-{(day.year + 1) % 100:02d}/{stamp}.json",
        f"dated/{day.year}-{(day.year + 1) % 100:02d}/{day}/{stamp}.json",
    )
]


@cache
def run_days(feed: Feed, name: str) -> set[dt.date]:
    alone = scan.Batch(feed, "", [StoredObject(name, 1, NOW, 1)])
    return set(settle.batch_days(alone, FIRST_DAY, DAYS[0]))


@dataclass
class Sensor:
    """The sensor's ticks on a toy bucket, Dagster's memory of run keys, and what the runs read."""

    bucket: ToyBucket = field(default_factory=ToyBucket)
    now: dt.datetime = NOW
    cursor: str = ""
    keys: set[str] = field(default_factory=set)
    read: set[tuple[str, int]] = field(default_factory=set)
    needless: list[str] = field(default_factory=list)
    held: bool = False

    def put(self, name: str) -> None:
        """An object lands now."""
        self.bucket.put(name, self.now)

    def tick(self, dies_after: int | None = None) -> int:
        """A tick 30 s later; one that dies has launched some of its runs and its cursor is lost."""
        self.now += dt.timedelta(seconds=30)
        cursor = Cursor.read(self.cursor) if self.cursor else Cursor.first(self.now)
        why = "held" if self.held else None
        batches = scan.look(self.bucket, FEEDS, cursor, self.now, is_late=lambda: False, why_held=lambda _: why)
        ready = [settle.Ready(batch, settle.batch_days(batch, FIRST_DAY, self.now.date())) for batch in batches]
        runs = settle.settle(cursor, ready, self.now, lambda _: False, lambda _: why)
        cursor.forget_old(filter(scan.is_recent(FEEDS.values(), self.now), cursor.seen))
        for run in runs[:dies_after]:
            if run.key not in self.keys:
                self.keys.add(run.key)
                self._run(run)
        if dies_after is None:
            self.cursor = cursor.write()
        return len(runs)

    def _run(self, run: settle.Run) -> None:
        """Reads what the asset would: all objects of its feed about the run's days."""
        of_feed = self.bucket.scan(run.feed.prefix)
        found = {(o.name, o.generation) for o in of_feed if not run_days(run.feed, o.name).isdisjoint(run.days)}
        if found <= self.read:
            self.needless.append(run.key)
        self.read |= found

    def settle_down(self) -> None:
        """Ticks until two whole sweeps have passed and nothing is launched."""
        while self.tick() or Cursor.read(self.cursor).pending:
            pass
        for _ in range(2 + 2 * len(self.bucket.objects) // scan.SWEPT_PER_TICK):
            self.tick()

    def unread(self) -> set[tuple[str, int]]:
        """Generations that are in the bucket and that no run read."""
        return {(stored.name, stored.generation) for stored in self.bucket.objects.values()} - self.read


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.lists(st.sampled_from(NAMES), min_size=1, max_size=6)),
        st.tuples(st.just("delete"), st.sampled_from(NAMES)),
        st.tuples(st.just("tick"), st.none()),
        st.tuples(st.just("die"), st.integers(0, 3)),
        st.tuples(st.just("hold"), st.booleans()),
        st.tuples(st.just("sleep"), st.integers(1, 100)),
    ),
    max_size=25,
)


@given(ACTIONS)
@settings(deadline=None)
def test_every_generation_that_stays_is_read_whatever_happens_between_ticks(actions):
    sensor = Sensor()
    sensor.tick()
    died = any(kind == "die" for kind, _ in actions)
    for kind, given_value in actions:
        if kind == "put":
            for name in given_value:
                sensor.put(name)
        elif kind == "delete":
            sensor.bucket.delete(given_value)
        elif kind == "tick":
            sensor.tick()
        elif kind == "die":
            sensor.tick(dies_after=given_value)
        elif kind == "hold":
            sensor.held = given_value
        else:
            sensor.now += dt.timedelta(hours=given_value)
    sensor.held = False
    sensor.settle_down()
    assert not sensor.unread()
    assert died or not sensor.needless


def many_objects(chosen: random.Random, count: int) -> list[str]:
    """Names of 200 days of four feeds, some of them twice: such an object is overwritten."""
    days = [dt.date(2026, 11, 20) - dt.timedelta(days=back) for back in range(200)]
    names = [chosen.choice(NAMES) for _ in range(count // 20)]
    while len(names) < count:
        day = chosen.choice(days)
        stamp = f"{day:%Y%m%d}T{chosen.randrange(24):02d}{chosen.randrange(60):02d}00Z"
        season = f"{day.year}-{(day.year + 1) % 100:02d}"
        names.append(
            chosen.choice(
                [
                    f"days/{day}/{stamp}.json",
                    f"parts/{day}/g{chosen.randrange(12)}/{stamp}.json",
                    f"seasons/{season}/{stamp}.json",
                    f"dated/{season}/{day}/{stamp}.json",
                ]
            )
        )
    return names


def test_ten_thousand_objects_in_any_order_are_each_read_with_kills_between_ticks():
    chosen, sensor = random.Random(1), Sensor()
    sensor.tick()
    names = iter(many_objects(chosen, 10_000))
    while landing := list(islice(names, chosen.randrange(1, 400))):
        for name in landing:
            sensor.put(name)
        sensor.tick(dies_after=chosen.randrange(5) if chosen.random() < 0.3 else None)
    sensor.settle_down()
    assert not sensor.unread()
    assert len(sensor.cursor) < 500_000


def test_a_tick_costs_what_is_recent_and_a_part_of_the_rest():
    sensor = Sensor()
    sensor.tick()
    for number in range(25_000):
        day = dt.date(2026, 11, 20) - dt.timedelta(days=number % 1500)
        sensor.put(f"parts/{day}/g{number // 1500}/20261120T000000Z.json")
    recent = sum(name >= "parts/2026-11-18" for name in sensor.bucket.objects)
    sensor.bucket.listed = 0
    sensor.held = True
    sensor.tick()
    assert sensor.bucket.listed < recent + 3 * scan.SWEPT_PER_TICK
