"""Checks of this host: Python, and the processes and ports of the local stack."""

import sys
from collections.abc import Iterator
from importlib.metadata import version

from nba_pipeline.doctor.finding import Finding, fail, ok, warn
from nba_pipeline.local import ports, stack
from nba_pipeline.settings import Settings

_OLDEST_PYTHON = (3, 11)


def python() -> Finding:
    """Whether the interpreter is new enough, and what of the pipeline is installed in it."""
    found = f"Python {sys.version.split()[0]}, nba-pipeline {version('nba-pipeline')}, dagster {version('dagster')}"
    if sys.version_info < _OLDEST_PYTHON:
        return fail("Python", found, "install Python 3.11 or newer, and name it: `make PYTHON=python3.12 demo`")
    return ok("Python", found)


def services(settings: Settings) -> Iterator[Finding]:
    """Of the local stack, whether each service answers; where it does not run, whether its ports are free."""
    running = stack.is_running(settings)
    for service in stack.services(settings):
        yield from _running(settings, service) if running else _ports(service)
    if not running:
        yield warn("local stack", "does not run, so nothing that needs it was looked at", "`make dev` starts it")


def _running(settings: Settings, service: stack.Service) -> Iterator[Finding]:
    if stack.answers(service):
        yield ok(service.name, f"answers at {service.health}")
    else:
        remedy = f"see {stack.log_path(settings, service.name)}; `make stop` and `make dev` start the stack anew"
        yield fail(service.name, f"does not answer at {service.health}", remedy)


def _ports(service: stack.Service) -> Iterator[Finding]:
    for variable, port in service.ports.items():
        if ports.is_free(port):
            yield ok(service.name, f"port {port} is free")
        else:
            yield fail(service.name, f"port {port} is taken by another program", ports.other_port(variable, port))
