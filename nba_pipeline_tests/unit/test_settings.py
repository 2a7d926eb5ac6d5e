"""Settings: defaults that work, and messages that name the variable."""

import pytest

from nba_pipeline import settings


def test_nothing_set_means_the_local_stack():
    found = settings.load({})
    assert (found.env, found.bigquery_url, found.ui_url) == ("local", "http://127.0.0.1:9050", "http://127.0.0.1:3000")


def test_gcp_means_googles_own_endpoints():
    found = settings.load({"NBA_ENV": "gcp", "NBA_PROJECT": "p", "NBA_BUCKET": "b"})
    assert (found.project, found.bucket) == ("p", "b")
    assert (found.bigquery_url, found.bigquery_read_address, found.storage_url) == (None, None, None)


def test_time_passes_ten_times_as_fast_locally_unless_told_and_never_in_gcp():
    gcp = {"NBA_ENV": "gcp", "NBA_PROJECT": "p", "NBA_BUCKET": "b", "NBA_TIME_SCALE": "50"}
    found = [settings.load(environ).time_scale for environ in ({}, {"NBA_TIME_SCALE": "2.5"}, gcp)]
    assert found == [10.0, 2.5, 1.0]


def test_the_urls_of_alerts_are_not_printed_with_the_settings():
    found = settings.load({"NBA_ALERT_URLS": "json://u:secret-word@host/ \n mailto://u:secret-word@host"})
    assert found.alert_urls == ("json://u:secret-word@host/", "mailto://u:secret-word@host")
    assert "secret-word" not in repr(found)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"NBA_ENV": "prod"}, "NBA_ENV is 'prod': set it to local or gcp"),
        ({"NBA_ENV": "gcp", "NBA_BUCKET": "b"}, "NBA_PROJECT is not set"),
        ({"NBA_ENV": "gcp", "NBA_PROJECT": "p"}, "NBA_BUCKET is not set"),
        ({"NBA_UI_PORT": "http"}, "NBA_UI_PORT is 'http': set it to a port number"),
        ({"NBA_UI_PORT": "70000"}, "NBA_UI_PORT is '70000'"),
        ({"NBA_TIME_SCALE": "fast"}, "NBA_TIME_SCALE is 'fast': set it to a number above 0"),
        ({"NBA_TIME_SCALE": "0"}, "NBA_TIME_SCALE is '0'"),
        ({"NBA_TIME_SCALE": "nan"}, "NBA_TIME_SCALE is 'nan'"),
    ],
)
def test_a_wrong_variable_is_named_with_its_remedy(environ, message):
    with pytest.raises(settings.SettingsError, match=message):
        settings.load(environ)
