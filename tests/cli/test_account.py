import pytest

from reconciler import emulator
from reconciler.cli.account import connected, from_environment
from reconciler.cli.options import ServerOptions
from reconciler.errors import Unauthorized, UsageError
from reconciler.resources import PRODUCTION

KEY = {"MEDSTACK_TOKEN_KEY": "k"}
VALUE = {"MEDSTACK_TOKEN_VALUE": "hunter2"}


def test_the_credentials_come_from_the_environment():
    account = from_environment(KEY | VALUE, api_url=None)

    assert (account.url, account.key, account.value.reveal()) == (PRODUCTION, "k", "hunter2")
    assert "hunter2" not in repr(account)


def test_another_server_can_be_named():
    assert from_environment(KEY | VALUE, api_url="http://127.0.0.1:8080/v1").url == "http://127.0.0.1:8080/v1"


@pytest.mark.parametrize(
    "environment, missing",
    [
        ({}, "MEDSTACK_TOKEN_KEY and MEDSTACK_TOKEN_VALUE are not set"),
        (VALUE, "MEDSTACK_TOKEN_KEY is not set"),
        (KEY | {"MEDSTACK_TOKEN_VALUE": ""}, "MEDSTACK_TOKEN_VALUE is not set"),
    ],
)
def test_missing_credentials_are_named_with_what_to_do(environment, missing):
    with pytest.raises(UsageError, match=missing) as error:
        from_environment(environment, api_url=None)

    assert "export MEDSTACK_TOKEN_" in str(error.value)
    assert "--emulator" in str(error.value)


def test_a_refused_token_is_reported_with_the_server_and_where_to_get_one(monkeypatch):
    monkeypatch.setenv("MEDSTACK_TOKEN_KEY", "wrong")
    monkeypatch.setenv("MEDSTACK_TOKEN_VALUE", "hunter2")
    with emulator.serve(pace=0) as served:
        asked = ServerOptions(api_url=served.url, emulator=False, parallelism=1, rate=None, verbose=False)
        with pytest.raises(Unauthorized) as error, connected(asked) as session:
            session.reader.company()

    assert f"{served.url} rejected the token" in str(error.value)
    assert "create a new personal access token in MedStack Control" in str(error.value)
    assert "hunter2" not in str(error.value)
