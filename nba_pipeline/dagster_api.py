"""Dagster's GraphQL, as far as scripts need it: launch a backfill, follow it, see what is materialised.

The mutation is the one the UI sends, so a backfill launched here is the same thing as one launched there.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from nba_pipeline.errors import UserError

_LAUNCH = """
mutation Launch($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
    ... on UnauthorizedError { message }
    ... on InvalidSubsetError { message }
    ... on PartitionKeysNotFoundError { message }
  }
}
"""
_PROGRESS = """
query Progress($id: String!) {
  partitionBackfillOrError(backfillId: $id) {
    __typename
    ... on PythonError { message }
    ... on BackfillNotFoundError { message }
    ... on PartitionBackfill {
      status
      error { message }
      assetBackfillData {
        assetBackfillStatuses {
          ... on AssetPartitionsStatusCounts {
            numPartitionsTargeted numPartitionsMaterialized numPartitionsFailed
          }
        }
      }
    }
  }
}
"""
_ASSETS = "{ assetNodes { assetKey { path } groupName isPartitioned } }"
_MATERIALIZED = """
query Materialized($keys: [AssetKeyInput!]) {
  assetNodes(assetKeys: $keys) {
    assetPartitionStatuses { ... on TimePartitionStatuses { ranges { status startKey endKey } } }
  }
}
"""
_RUNS = """
query Runs($filter: RunsFilter!) {
  runsOrError(filter: $filter) {
    __typename
    ... on PythonError { message }
    ... on Runs { results { runId status startTime endTime tags { key value } } }
  }
}
"""
_SENSOR = """
query Sensor($selector: SensorSelector!) {
  sensorOrError(sensorSelector: $selector) {
    __typename
    ... on SensorNotFoundError { message }
    ... on UnauthorizedError { message }
    ... on PythonError { message }
    ... on Sensor { id }
  }
}
"""
_STOP_SENSOR = """
mutation Stop($id: String!) {
  stopSensor(id: $id) {
    __typename
    ... on UnauthorizedError { message }
    ... on PythonError { message }
  }
}
"""
_LOCATION = {"repositoryLocationName": "nba_pipeline", "repositoryName": "__repository__"}

_ENDED = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "COMPLETED", "FAILED", "CANCELED"}
_SUCCEEDED = {"COMPLETED_SUCCESS", "COMPLETED"}

AssetPath = tuple[str, ...]


class DagsterError(UserError):
    """Dagster refused a request or can not be reached; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a backfill is, in partitions summed over its assets."""

    status: str
    targeted: int
    materialized: int
    failed: int
    error: str | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in _ENDED

    @property
    def succeeded(self) -> bool:
        """Whether every partition was materialised."""
        return self.status in _SUCCEEDED and self.failed == 0


class DagsterApi:
    """A Dagster webserver at `url`, e.g. http://127.0.0.1:3000."""

    def __init__(self, url: str) -> None:
        self._url = url

    def asset_paths(self) -> list[AssetPath]:
        """The keys of all partitioned assets of the code location."""
        nodes = self._ask(_ASSETS, {})["assetNodes"]
        return [tuple(node["assetKey"]["path"]) for node in nodes if node["isPartitioned"]]

    def launch_backfill(
        self, assets: Sequence[AssetPath], days: Sequence[dt.date], title: str, tags: Mapping[str, str] | None = None
    ) -> str:
        """Launches a backfill of `days` of `assets`, whose runs carry `tags`; returns its id."""
        params = {
            "assetSelection": [{"path": list(path)} for path in assets],
            "partitionNames": [day.isoformat() for day in days],
            "title": title,
            "tags": [{"key": key, "value": value} for key, value in (tags or {}).items()],
        }
        answer = self._ask(_LAUNCH, {"params": params})["launchPartitionBackfill"]
        _refuse_errors(answer, "LaunchBackfillSuccess")
        return answer["backfillId"]

    def progress(self, backfill_id: str) -> Progress:
        """How far the backfill is."""
        answer = self._ask(_PROGRESS, {"id": backfill_id})["partitionBackfillOrError"]
        _refuse_errors(answer, "PartitionBackfill")
        counts = (answer["assetBackfillData"] or {}).get("assetBackfillStatuses", [])
        targeted, materialized, failed = (
            sum(count.get(name, 0) for count in counts)
            for name in ("numPartitionsTargeted", "numPartitionsMaterialized", "numPartitionsFailed")
        )
        error = answer["error"]["message"] if answer["error"] else None
        return Progress(answer["status"], targeted, materialized, failed, error)

    def materialized_days(self, asset: AssetPath) -> set[dt.date]:
        """The days of `asset` that are materialised and whose latest run did not fail."""
        nodes = self._ask(_MATERIALIZED, {"keys": [{"path": list(asset)}]})["assetNodes"]
        ranges = [found for node in nodes for found in node["assetPartitionStatuses"]["ranges"]]
        return {day for found in ranges if found["status"] == "MATERIALIZED" for day in _days(found)}

    def runs_of_backfill(self, backfill_id: str) -> list[dict[str, Any]]:
        """The backfill's runs, as `runs` gives them."""
        return self.runs({"dagster/backfill": backfill_id})

    def runs(self, tags: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """The runs with these tags: runId, status, startTime and endTime in seconds, tags by key."""
        wanted = [{"key": key, "value": value} for key, value in (tags or {}).items()]
        answer = self._ask(_RUNS, {"filter": {"tags": wanted}})["runsOrError"]
        _refuse_errors(answer, "Runs")
        return [{**run, "tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in answer["results"]]

    def stop_sensor(self, name: str) -> None:
        """Switches a sensor off, as the UI's switch does; a tick under way ends as it would."""
        sensor = self._ask(_SENSOR, {"selector": {**_LOCATION, "sensorName": name}})["sensorOrError"]
        _refuse_errors(sensor, "Sensor")
        answer = self._ask(_STOP_SENSOR, {"id": sensor["id"]})["stopSensor"]
        _refuse_errors(answer, "StopSensorMutationResult")

    def _ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        try:
            response = requests.post(f"{self._url}/graphql", json={"query": query, "variables": variables}, timeout=60)
        except requests.RequestException as error:
            raise DagsterError(f"Dagster does not answer at {self._url}: start it with `make dev`") from error
        body = response.json()
        if body.get("errors"):
            raise DagsterError(f"Dagster refused the request: {body['errors'][0]['message']}")
        return body["data"]


def _refuse_errors(answer: dict[str, Any], expected: str) -> None:
    if answer["__typename"] != expected:
        raise DagsterError(f"Dagster answered {answer['__typename']}: {answer.get('message', '')}")


def _days(found: dict[str, str]) -> Iterator[dt.date]:
    day, last = dt.date.fromisoformat(found["startKey"]), dt.date.fromisoformat(found["endKey"])
    while day <= last:
        yield day
        day += dt.timedelta(days=1)
