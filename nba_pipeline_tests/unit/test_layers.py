"""Layers are kept here, not by discipline: what may import what, and how small things stay."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from nba_pipeline.settings import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "nba_pipeline"
PURE = ("sources", "analytics", "precompute", "predictions", "orchestration")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def modules(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((PACKAGE / package).rglob("*.py"))]


def relative(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", modules("bigquery", "storage", "ingest", "local", *PURE), ids=relative)
def test_only_defs_know_dagster(path):
    assert not {name for name in imports(path) if name.split(".")[0] == "dagster" or "nba_pipeline.defs" in name}


@pytest.mark.parametrize("path", modules(*PURE), ids=relative)
def test_sources_and_phase_logic_know_no_google_and_no_writer(path):
    forbidden = ("google", "nba_pipeline.bigquery", "nba_pipeline.storage", "nba_pipeline.local")
    assert not {name for name in imports(path) if name.startswith(forbidden)}


@pytest.mark.parametrize("path", modules("bigquery", "storage", "ingest", "defs", *PURE), ids=relative)
def test_nothing_in_production_needs_the_local_stack(path):
    assert not {name for name in imports(path) if name.startswith(("nba_pipeline.local", "duckdb", "sqlglot"))}


@pytest.mark.parametrize("path", [p for p in modules(".") if p.name != "settings.py"], ids=relative)
def test_only_settings_read_the_environment(path):
    # The stack hands its own environment on to the processes it starts.
    handed_on = "env={**os.environ, **service.environment}"
    text = path.read_text().replace(handed_on, "")
    assert "environ" not in text.replace("service.environment", "").replace("environment", "")
    assert "getenv" not in text


@pytest.mark.parametrize("path", modules("."), ids=relative)
def test_nobody_streams_rows_into_bigquery(path):
    assert "insert_rows" not in path.read_text()


def test_init_files_are_empty():
    assert all(path.read_text() == "" for path in PACKAGE.rglob("__init__.py"))


def test_every_module_says_at_its_top_what_belongs_there():
    silent = [p for p in PACKAGE.rglob("*.py") if p.read_text() and not ast.get_docstring(ast.parse(p.read_text()))]
    assert silent == []


def test_the_code_location_loads_without_googles_clients_and_the_local_stack():
    script = (
        "import sys; from nba_pipeline.definitions import defs; defs();"
        "late = 'google.cloud.bigquery', 'google.cloud.storage', 'apprise', 'matplotlib', 'duckdb', 'sqlglot';"
        "print([m for m in late if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
