import pytest

from reconciler.cli.account import PRODUCTION, from_environment
from reconciler.errors import UsageError

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
def test_what_is_missing_is_named_with_what_to_do(environment, missing):
    with pytest.raises(UsageError, match=missing) as error:
        from_environment(environment, api_url=None)

    assert "export MEDSTACK_TOKEN_" in str(error.value)
    assert "--emulator" in str(error.value)
