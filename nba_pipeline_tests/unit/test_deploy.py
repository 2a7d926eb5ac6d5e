"""What lies in deploy/ says the same thing everywhere, names its secrets and holds none."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from nba_pipeline import catalog
from nba_pipeline.bigquery import permissions
from nba_pipeline.settings import PROJECT_ROOT

DEPLOY = PROJECT_ROOT / "deploy"
LOCAL = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text())
DEPLOYED = yaml.safe_load((DEPLOY / "dagster.yaml").read_text())
VALUES = yaml.safe_load((DEPLOY / "values.yaml").read_text())
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()

# The keys that the chart knows (helm/dagster/values.schema.json of Dagster's repository), where we set any.
CHART = {
    "": {
        *("dagsterWebserver", "dagster-user-deployments", "dagsterDaemon", "runLauncher", "postgresql", "ingress"),
        *("generatePostgresqlPasswordSecret", "computeLogManager", "retention", "telemetry", "serviceAccount"),
        *("global", "additionalInstanceConfig"),
    },
    "global": {"postgresqlSecretName", "dagsterHome", "serviceAccountName", "celeryConfigSecretName"},
    "serviceAccount": {"create", "name", "annotations"},
    "postgresql": {
        *("image", "enabled", "postgresqlHost", "postgresqlUsername", "postgresqlPassword", "postgresqlDatabase"),
        *("postgresqlParams", "postgresqlScheme", "service"),
    },
    "dagsterWebserver": {
        *("replicaCount", "image", "service", "envConfigMaps", "envSecrets", "env", "podSecurityContext"),
        *("securityContext", "resources"),
    },
    "dagsterDaemon": {
        *("enabled", "image", "runCoordinator", "heartbeatTolerance", "env", "envConfigMaps", "envSecrets"),
        *("podSecurityContext", "securityContext", "resources", "runMonitoring", "runRetries", "sensors", "schedules"),
        "backfills",
    },
    "dagsterDaemon.runCoordinator": {"enabled", "type", "config"},
    "dagsterDaemon.runCoordinator.config": {"queuedRunCoordinator", "customRunCoordinator"},
    "runLauncher": {"type", "config"},
    "runLauncher.config": {"k8sRunLauncher", "celeryK8sRunLauncher", "customRunLauncher"},
    "runLauncher.config.k8sRunLauncher": {
        *("image", "imagePullPolicy", "jobNamespace", "loadInclusterConfig", "kubeconfigFile", "envConfigMaps"),
        *("envSecrets", "envVars", "volumeMounts", "volumes", "labels", "failPodOnRunFailure", "resources"),
        *("schedulerName", "securityContext", "runK8sConfig"),
    },
    "runLauncher.config.k8sRunLauncher.runK8sConfig": {
        *("containerConfig", "podSpecConfig", "podTemplateSpecMetadata", "jobSpecConfig", "jobMetadata"),
    },
    "dagster-user-deployments": {"enabled", "enableSubchart", "imagePullSecrets", "deployments"},
    "dagster-user-deployments.deployments.0": {
        *("name", "image", "dagsterApiGrpcArgs", "codeServerArgs", "includeConfigInLaunchedRuns", "port", "env"),
        *("envConfigMaps", "envSecrets", "podSecurityContext", "securityContext", "resources"),
    },
    "computeLogManager": {"type", "config"},
    "computeLogManager.config.gcsComputeLogManager": {
        *("bucket", "localDir", "prefix", "jsonCredentialsEnvvar", "uploadInterval"),
    },
    "retention": {"enabled", "schedule", "sensor", "autoMaterialize"},
}


def at(values: Any, path: str) -> Any:
    """What stands at a dotted path; a number is a place in a list."""
    for step in filter(None, path.split(".")):
        values = values[int(step) if step.isdigit() else step]
    return values


def leaves(values: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with its dotted path."""
    pairs = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    for key, value in pairs:
        yield from leaves(value, f"{path}.{key}")
    if not isinstance(values, dict | list):
        yield path, values


def instance_of_chart(values: dict[str, Any]) -> dict[str, Any]:
    """What the chart writes into dagster.yaml, as far as the values say it."""
    daemon, postgres = values["dagsterDaemon"], values["postgresql"]
    threads = {
        name: {"use_threads": daemon[name]["useThreads"], "num_workers": daemon[name]["numWorkers"]}
        for name in ("schedules", "sensors", "backfills")
    }
    kept = {kind: values["retention"][kind]["purgeAfterDays"] for kind in ("schedule", "sensor")}
    return {
        "run_coordinator": daemon["runCoordinator"]["config"]["customRunCoordinator"],
        "compute_logs": values["computeLogManager"]["config"]["gcsComputeLogManager"],
        "retention": {kind: {"purge_after_days": days} for kind, days in kept.items()},
        "telemetry": values["telemetry"],
        "scheme": postgres["postgresqlScheme"],
        **threads,
        **values["additionalInstanceConfig"],
    }


def test_the_deployed_instance_differs_from_the_local_one_in_its_storage_logs_and_size_alone():
    def common(instance: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in instance.items() if key not in ("storage", "compute_logs")}
        queue = {**kept["run_coordinator"]["config"], "max_concurrent_runs": None}
        return {**kept, "run_coordinator": {**kept["run_coordinator"], "config": queue}}

    assert common(DEPLOYED) == common(LOCAL)
    assert DEPLOYED.keys() - LOCAL.keys() == {"storage"}


def test_the_chart_writes_the_instance_that_the_deployed_file_describes():
    written = {
        **{key: value for key, value in DEPLOYED.items() if key != "storage"},
        "compute_logs": DEPLOYED["compute_logs"]["config"],
        "scheme": DEPLOYED["storage"]["postgres"]["postgres_db"]["scheme"],
    }
    assert instance_of_chart(VALUES) == written
    assert VALUES["dagsterDaemon"]["runCoordinator"]["type"] == "CustomRunCoordinator"
    assert DEPLOYED["compute_logs"]["class"] == VALUES["computeLogManager"]["type"]


def test_what_stands_under_additional_instance_config_is_switched_off_where_the_chart_would_write_it_again():
    for block, switch in (("run_monitoring", "runMonitoring"), ("run_retries", "runRetries")):
        assert VALUES["additionalInstanceConfig"][block]["enabled"]
        assert VALUES["dagsterDaemon"][switch] == {"enabled": False}


@pytest.mark.parametrize("path", CHART)
def test_every_key_is_one_that_the_chart_knows(path):
    assert not at(VALUES, path).keys() - CHART[path]


def test_every_process_of_the_chart_is_of_the_same_image_and_no_root():
    pods = [VALUES["dagsterWebserver"], VALUES["dagsterDaemon"], *VALUES["dagster-user-deployments"]["deployments"]]
    user = re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)[-1]
    for pod in pods:
        assert pod["image"] == pods[0]["image"]
        assert pod["podSecurityContext"]["runAsNonRoot"] is True
        assert pod["podSecurityContext"]["runAsUser"] == int(user) != 0
        assert pod["securityContext"]["allowPrivilegeEscalation"] is False
    runs = VALUES["runLauncher"]["config"]["k8sRunLauncher"]
    assert runs["runK8sConfig"]["podSpecConfig"]["securityContext"] == pods[0]["podSecurityContext"]


def test_the_ui_which_has_no_login_is_not_published():
    assert VALUES["dagsterWebserver"]["service"]["type"] == "ClusterIP"
    assert VALUES["ingress"]["enabled"] is False


@pytest.mark.parametrize("instance", [DEPLOYED, VALUES], ids=["dagster.yaml", "values.yaml"])
def test_secrets_are_named_and_come_from_the_environment(instance):
    secret = re.compile(r"password|token|credential|private", re.IGNORECASE)
    held = [path for path, value in leaves(instance) if secret.search(path) and isinstance(value, str)]
    assert [path for path in held if not path.endswith((".env", "SecretName"))] == []
    assert not [value for _, value in leaves(instance) if re.search(r"://[^/]*:[^/]*@", str(value))]


@pytest.mark.parametrize("resource", ["project", "dataset", "bucket"])
def test_the_roles_hold_the_permissions_that_are_declared_and_no_more(resource):
    role = yaml.safe_load((DEPLOY / "roles" / f"{resource}.yaml").read_text())
    assert tuple(role["includedPermissions"]) == permissions.names(resource)


def test_the_image_is_of_pinned_packages_whose_extras_exist():
    extras = re.search(r"--constraint constraints\.txt '\.\[([a-z,]+)\]'", DOCKERFILE)
    declared = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert extras
    assert set(extras.group(1).split(",")) <= declared.keys()
    pinned = {line.split("==")[0] for line in (PROJECT_ROOT / "constraints.txt").read_text().splitlines()}
    assert {"dagster-postgres", "dagster-k8s", "kubernetes"} <= pinned


def test_the_image_is_built_of_what_docker_is_shown():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    shown = (PROJECT_ROOT / ".dockerignore").read_text().splitlines()
    assert {f"!{name}" for line in copied for name in line.split()} == {line for line in shown if line[0] == "!"}
    assert all((PROJECT_ROOT / line[1:]).exists() for line in shown if line[0] == "!")


def test_no_registry_is_named():
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["python:3.11-slim"] * 2


def test_the_page_on_deployment_grants_a_role_on_every_dataset():
    page = (PROJECT_ROOT / "docs" / "deployment.md").read_text()
    named = re.search(r"for dataset in (.+); do", page)
    assert named
    assert set(named.group(1).split()) == {table.dataset for table in catalog.tables().values()}
