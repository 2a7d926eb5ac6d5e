"""Dagster's event log on one machine: SQLite, with the events of a batch in one transaction.

A run of 100 days notes each day of each table twice, when it is created and when the table is written: 8,000 events for
40 tables. Dagster hands them over in batches where DAGSTER_EVENT_BATCH_SIZE is set, and its own SQLite storage takes a
batch apart again: two connections and two synced transactions per event; see docs/decisions/0008.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster._core.events import ASSET_EVENTS
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData


class BatchedSqliteEventLogStorage(SqliteEventLogStorage):
    """Dagster's SQLite event log, which writes a batch of asset events as one.

    A storage of one's own is named in dagster.yaml; what it may override is not public. A test holds what is read back
    against what Dagster's own storage gives, and fails when that changes.
    """

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "BatchedSqliteEventLogStorage":
        """The storage that dagster.yaml describes."""
        return cls(inst_data=inst_data, **config_value)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Stores the asset events of a batch, which are of one run, together; what else there is one by one."""
        of_assets = [event for event in events if event.dagster_event_type in ASSET_EVENTS]
        if of_assets:
            self._store_asset_events(of_assets)
        for event in events:
            if event.dagster_event_type not in ASSET_EVENTS:
                self.store_event(event)

    def _store_asset_events(self, events: Sequence[EventLogEntry]) -> None:
        """Stores events in the log of their run and, as `store_event` does, in the index over all runs.

        The index knows the last event of each asset and kind: of a batch only those have to be noted.
        """
        inserts = [self.prepare_insert_event(event) for event in events]
        with self.run_connection(events[0].run_id) as connection:
            for insert in inserts:
                connection.execute(insert)
        with self.index_transaction() as connection:
            ids = [connection.execute(insert).lastrowid for insert in inserts]
            self._store_asset_event_tags(connection, events, ids)
            last = {_subject(event): (event, event_id) for event, event_id in zip(events, ids, strict=True)}
            for event, event_id in last.values():
                self._store_asset_event(connection, event, event_id)


def _subject(event: EventLogEntry) -> tuple[object, object]:
    return event.dagster_event_type, event.get_dagster_event().asset_key
