"""How tests run: the long ones first, and how long properties are tried.

`--hypothesis-profile=thorough` tries thousands of cases of each property.
"""

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no finding: no case has a deadline, and drawing one may take its time.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", _PATIENT, max_examples=25)
settings.register_profile("thorough", _PATIENT, max_examples=2_000)
settings.load_profile("quick")

_LONG = ("deployment/", "slice/", "local/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts folders whose modules take a minute or two first, so that no worker ends with them alone."""
    items.sort(key=lambda item: not any(f"nba_pipeline_tests/{folder}" in item.nodeid for folder in _LONG))
