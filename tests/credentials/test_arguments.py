import pytest

from reconciler.credentials.arguments import in_arguments


@pytest.mark.parametrize(
    "command",
    [
        "vault login hunter2",
        "vault operator unseal hunter2",
        "cloudflared service install hunter2",
        "rabbitmqctl add_user me hunter2",
        "expdp me/hunter2@db",
        "rman target me/hunter2@db",
        "sqlldr userid=me/hunter2@db control=x",
        "bw login me@example.com hunter2",
        "neo4j-admin dbms set-initial-password hunter2",
        "mount -t cifs //h/s /m -o user=me%hunter2",
        "sp_addlogin 'me', 'hunter2'",
        "SetEnv DB_PASSWORD hunter2",
        "setx DB_PASSWORD hunter2",
        "set -gx DB_PASSWORD hunter2",
        'createUser me SHA "hunter2"',
        "createUser me SHA-256 hunter2 AES hunter2",
        "SQLConnectInfo db@h me hunter2",
        "<auth-user-pass>\nme\nhunter2\n</auth-user-pass>",
        "SET PASSWORD FOR 'me'@'%' = 'hunter2'",
        "FROM x\nENV DB_PASSWORD hunter2\nUSER x",
    ],
)
def test_a_password_given_as_an_argument_is_found(command):
    assert {command[start:end] for start, end in in_arguments(command)} == {"hunter2"}


@pytest.mark.parametrize(
    "text", ["vault status", "cloudflared tunnel run", "exp(x) / y @ z", "ENV A B", "a/b@c"]
)
def test_a_command_without_such_an_argument_holds_no_credential(text):
    assert list(in_arguments(text)) == []


def test_the_private_numbers_of_a_web_key_and_the_lines_of_a_key_of_putty_are_found():
    for text in (
        '{"kty": "oct", "k": "hunter2hunter2"}',
        '{"kty":"RSA","n":"public","d":"hunter2hunter2"}',
        "Public-Lines: 1\npublic\nPrivate-Lines: 1\nhunter2hunter2\nPrivate-MAC: public",
    ):
        assert {text[start:end].strip() for start, end in in_arguments(text)} == {"hunter2hunter2"}
