"""BigQuery's limits as numbers with their source: pages of its documentation, as of 2026-08.

Writes keep within them (`slots.py`, `strategies.py`), the local BigQuery enforces them, the doctor shows how much of
them is used.
"""

DAY = 24 * 60 * 60.0

# quotas "Data manipulation language": UPDATE, DELETE and MERGE per table
MUTATING_RUNNING, MUTATING_QUEUED = 2, 20
# data-manipulation-language "INSERT DML concurrency": per table, once 1,500 ran at once within 24 hours
INSERTS_UNQUEUED_PER_DAY, INSERT_RUNNING, INSERT_QUEUED = 1_500, 10, 100
# data-manipulation-language "UPDATE, DELETE, MERGE DML conflicts": BigQuery runs a loser again by itself
RERUNS = 3
# quotas "Data manipulation language": INSERT, UPDATE, DELETE, MERGE and TRUNCATE per table
DML_RATE, DML_RATE_SECONDS = 25, 10.0
# quotas "Standard tables": metadata updates per table. "Partitioned tables" has a rate of 50 besides; where both apply
# the lower one is safe.
TABLE_UPDATES, TABLE_UPDATE_SECONDS = 5, 10.0
# quotas "Datasets": per dataset, CREATE SCHEMA included
DATASET_UPDATES, DATASET_UPDATE_SECONDS = 5, 10.0
# quotas "Standard tables", "Load jobs": loads, copies, query destinations per unpartitioned table, failed ones too
LOADS_PER_DAY = 1_500
# quotas "Partitioned tables": per column-partitioned table; a job costs as many as it changes, DML none
PARTITION_CHANGES_PER_DAY = 30_000
# quotas "Partitioned tables"
PARTITIONS_PER_JOB = 4_000
# streaming-data-into-bigquery: how long streamed rows are closed to mutating DML
STREAMING_BUFFER_SECONDS = 30 * 60.0
