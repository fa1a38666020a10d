"""Which variables are masked by name or value; in doubt a value is masked."""

import pytest

from reconciler.credentials.rules import WORDS, holds_credential, looks_like_credential


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD", "password", "DB_PASSWORD", "DB_PASSWORD_2", "dbPassword", "PGPASSWORD", "MYSQL_PWD", "API_KEY",
        "APIKEY", "AWS_SECRET_ACCESS_KEY", "access.token", "x-auth-y", "SESSION_COOKIE", "TOKENS", "SENTRY_DSN",
        "JWT", "SIGNING_KEY1", "smtpPasswd3", "TLS_CERT", "DB_PASS",
        "BUNDLE_GEMS__EXAMPLE__COM", "RECOVERY_CODES", "MY_BACKUP_CODE",
    ],
)  # fmt: skip
def test_a_variable_with_a_credential_name_is_masked(name):
    assert looks_like_credential(name, "x")


@pytest.mark.parametrize("word", WORDS)
def test_each_word_counts_alone_at_the_start_or_at_the_end(word):
    assert looks_like_credential(word, "x")
    assert looks_like_credential(f"{word}_OF_DB", "x")
    assert looks_like_credential(f"DB_{word}2", "x")
    assert not looks_like_credential(f"X{word}Y", "x")


@pytest.mark.parametrize(
    "name",
    [
        "LOG_LEVEL",
        "PASSWORD_FILE",
        "TOKEN_PATH",
        "SECRET-DIR",
        "GOTRUE_JWT_AUD",
        "GOTRUE_JWT_ADMIN_ROLES",
        "TOKEN_ISSUER",
        "jwtSub",
        "TOKEN_REALM",
        "BUNDLE_WITHOUT",
        "BUNDLE_BUILD__NOKOGIRI",
        "BACKUP_CODES_DIR",
        "COMPASS",
        "KEYBOARD",
        "AUTHOR",
        "",
    ],
)
def test_a_variable_with_a_neutral_name_is_not_masked(name):
    assert not looks_like_credential(name, "x")


@pytest.mark.parametrize(
    "value", ["postgres://me:pw@db/x", "redis://:pw@cache", "x=AMQP+SSL://a:b@mq y", "https://me:pw@host:80/"]
)
def test_a_url_with_a_password_is_masked_under_any_name(value):
    assert looks_like_credential("URL_FILE", value)


@pytest.mark.parametrize("value", ["postgres://db/x", "http://me@host", "http://host:80/@x", None, 7, ""])
def test_other_values_are_not_masked(value):
    assert not looks_like_credential("URL", value)


@pytest.mark.parametrize(
    "name, value",
    [
        ("DB_PASSWORD", "hunter2"), ("DB_PASSWORD", "918273"), ("HASH_SALT", "word"), ("PGPASSWORD", "7"),
        ("DATABASE_URL", "postgres://me:pw@db/x"), ("WEBHOOK_URL", "https://example.com/a/b"),
    ],
)  # fmt: skip
def test_a_credential_is_not_written_to_files(name, value):
    assert holds_credential(name, value)


@pytest.mark.parametrize(
    "name, value",
    [
        ("DB_PASSWORD", "true"), ("TLS_KEY", "/run/secrets/key"), ("SESSION_COOKIE_NAME", "s"), ("SORT_KEY", "id"),
        ("AUTH_ATTEMPTS", "5"), ("AUTH_URL", "https://example.com"), ("PASSWORD_FILE", "x"), ("LOG_LEVEL", "debug"),
    ],
)  # fmt: skip
def test_obvious_non_credentials_are_written_to_files(name, value):
    assert not holds_credential(name, value)
