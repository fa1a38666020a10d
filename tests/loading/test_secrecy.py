"""Sensitive variables of manifests: which they are, where they are allowed, and the places of their values."""

import json
from pathlib import Path

import pyrage
import pytest

from reconciler.credentials.rules import is_credential, is_sensitive_variable, names_credential
from reconciler.pipeline.manifests import NOT_RECORDED, Manifests
from reconciler.pipeline.manifests import load as load_manifests

CANARY = "Xq7-canary"


def load(folder: Path, text: str, mask: tuple[str, ...] = (), **variables: str) -> Manifests:
    (folder / "site.yaml").write_text(f"cluster: production\n{text}", encoding="utf-8")
    return load_manifests(
        folder / "site.yaml",
        root=folder,
        variables=variables,
        environment={},
        mask=mask,
        sources=NOT_RECORDED,
    )


def landed(loaded: Manifests) -> dict[tuple[str, str], list[list[str]]]:
    """The parts of each text of the service api, sensitive ones in capitals."""
    loaded.raise_if_invalid()
    marked = loaded.desired[0].manifests["service", "api"].landed
    return {
        place: [[part.text.upper() if part.sensitive else part.text for part in parts] for parts in texts]
        for place, texts in marked.items()
    }


@pytest.mark.parametrize(
    "name",
    [
        "AUTHORIZATION",
        "CREDS",
        "GITHUB_PAT",
        "API_KEY_LIVE",
        "API_KEYS",
        "PGPASS",
        "DB_PW",
        "ES_ELASTIC",
        "HOOK_URL",
        "PW",
    ],
)
def test_a_variable_with_a_credential_name_is_sensitive(name):
    assert is_sensitive_variable(name)
    assert not is_sensitive_variable(name, plain=[name])
    assert is_sensitive_variable(name, plain=[name], mask=["*"])


@pytest.mark.parametrize(
    "name", ["TOKEN_VERSION", "AUTH_TAG", "SECRET_IMAGE", "KEY_PORT", "KEY_FILE", "DOMAIN", "TAG"]
)
def test_a_variable_for_a_version_or_place_is_plain_unless_listed(name):
    assert not is_sensitive_variable(name)
    assert is_sensitive_variable(name, sensitive=[name], plain=[name])
    assert is_sensitive_variable(name, mask=[name])


@pytest.mark.parametrize(
    "name, value",
    [
        ("GF_AUTH_ANONYMOUS_ENABLED", "true"),
        ("discovery.seed_hosts", "es02,es03"), ("POSTGRES_HOST_AUTH_METHOD", "trust"),
        ("xpack.license.self_generated.type", "basic"), ("xpack.security.http.ssl.key", "certs/es01.key"),
        ("WEBHOOKS_ENABLED", "yes"), ("TOKEN_TTL", "3600"), ("SESSION_SECRET_ROUNDS", "10"), ("AUTH_BACKEND", "ldap"),
        ("COOKIE_SECURE", "True"), ("TLS_CERT", "/certs/tls.pem"),
        ("AIRFLOW__CORE__FERNET_KEY_CMD", "cat /run/secrets/fernet"),
        ("AIRFLOW__API__AUTH_BACKENDS", "airflow.api.auth.backend.basic_auth"),
    ],
)  # fmt: skip
def test_switches_numbers_paths_and_choices_are_no_credentials(name, value):
    assert not is_credential(name, value)


@pytest.mark.parametrize("name", ["DB_PASSWORD", "API_TOKEN", "AUTH"])
def test_other_values_under_a_credential_name_are_credentials(name):
    assert is_credential(name, "hunter2!x")
    assert is_credential("OTHER", "postgres://u:hunter2@db")
    assert is_credential(name, "cat /run/secrets/fernet; echo hunter2")
    assert is_credential("API_TOKEN", "one.two.three")
    assert names_credential(name)


def test_the_places_of_sensitive_variables_are_known(tmp_path):
    text = """\
services:
  api:
    image: app:${TAG}
    args: "--key ${API_KEY} --user ${USER}"
    hosts: ["${API_KEY}.example.com", b.example.com]
    environment_variables: {A: "${USER}", B: 'x ${API_KEY}'}
"""
    assert landed(load(tmp_path, text, TAG="1", API_KEY="abc", USER="me")) == {
        ("args", ""): [["--key ", "ABC", " --user ", "me"]],
        ("hosts", ""): [["ABC", ".example.com"]],
        ("environment_variables", "B"): [["x ", "ABC"]],
    }


@pytest.mark.parametrize("written", ['["B=x ${API_KEY}"]', "[{key: B, value: 'x ${API_KEY}'}]"])
def test_the_places_in_a_list_of_environment_variables_are_known(tmp_path, written):
    text = f"services: {{api: {{image: a, environment_variables: {written}}}}}\n"

    assert landed(load(tmp_path, text, API_KEY="abc")) == {("environment_variables", "B"): [["x ", "ABC"]]}


def test_the_manifest_and_the_run_can_change_which_variables_are_sensitive(tmp_path):
    text = "sensitive: [WORD]\nplain: [KEY]\nservices: {api: {image: a, args: '${WORD} ${KEY} ${OTHER}'}}\n"

    assert landed(load(tmp_path, text, WORD="a", KEY="b", OTHER="c")) == {
        ("args", ""): [["A", " ", "b", " ", "c"]]
    }
    assert landed(load(tmp_path, text, ("K*", "OTHER"), WORD="a", KEY="b", OTHER="c")) == {
        ("args", ""): [["A", " ", "B", " ", "C"]]
    }


def test_a_variable_derived_from_a_sensitive_one_is_sensitive(tmp_path):
    text = "vars: {DSN_X: '${TOKEN}', CALL: 'x ${TOKEN}'}\nservices: {api: {image: a, args: 'run ${CALL}'}}\n"

    assert landed(load(tmp_path, text, TOKEN="abc")) == {("args", ""): [["run ", "X ABC"]]}


def test_a_default_in_the_manifest_is_not_sensitive(tmp_path):
    text = "services: {api: {image: a, args: 'run ${TOKEN:-default}'}}\n"

    assert landed(load(tmp_path, text)) == {}


def test_a_bases_list_applies_to_overlays_unless_replaced(tmp_path):
    (tmp_path / "_base.yaml").write_text(
        "sensitive: [WORD]\nservices: {api: {image: a, command: '${WORD}', args: '${WORD}'}}\n",
        encoding="utf-8",
    )
    text = "extends: _base.yaml\nservices: {api: {command: plain, healthcheck_path: '/${WORD}'}}\n"

    assert landed(load(tmp_path, text, WORD="abc")) == {
        ("args", ""): [["ABC"]],
        ("healthcheck_path", ""): [["/", "ABC"]],
    }


@pytest.mark.parametrize(
    "text",
    [
        "stack: ${TOKEN}\n",
        "extends: ${TOKEN}\n",
        "company: ${TOKEN}\n",
        "configs: {a: {file: '${TOKEN}'}}\n",
        "secrets: {a: {file: '${TOKEN}'}}\n",
        "secrets: {a: {env: '${TOKEN}'}}\n",
        "volumes: {d: {}}\nservices: {api: {image: a, mounts: ['${TOKEN}:/x']}}\n",
        "services: {api: {image: a, secrets: ['${TOKEN}']}}\n",
        "services: {api: {image: a, depends_on: ['${TOKEN}']}}\n",
        "services: {api: {image: a, environment_variables: [{key: '${TOKEN}', value: a}]}}\n",
        "removed: {services: ['${TOKEN}']}\n",
    ],
)
def test_a_sensitive_variable_in_a_shown_field_is_an_error(tmp_path, text):
    loaded = load(tmp_path, text, TOKEN=CANARY)

    assert any("the variable TOKEN is sensitive" in diagnostic.message for diagnostic in loaded.diagnostics)
    assert CANARY not in repr(loaded.diagnostics)


@pytest.mark.parametrize(
    "field",
    ["image: '${TOKEN}'", "hosts: ['${TOKEN}']", "hosts: ['https://${TOKEN}/x']", "replicas: '${TOKEN}'",
     "placement_constraints: ['${TOKEN}']", "update_order: '${TOKEN}'", "healthcheck_path: '${TOKEN}'",
     "image: a, environment_variables: {A: '${TOKEN}', TOKEN: '${TOKEN}'}", "protocol: '${TOKEN}'"],
)  # fmt: skip
@pytest.mark.parametrize("value", [CANARY, f"{CANARY}!", f"{CANARY} x", CANARY.upper(), f"'{CANARY}\"\\"])
def test_messages_never_show_the_value_of_a_sensitive_variable(tmp_path, field, value):
    loaded = load(tmp_path, f"services: {{api: {{{field}}}}}\n", TOKEN=value)

    assert CANARY.lower() not in repr(loaded.diagnostics).lower()


@pytest.mark.parametrize(
    "field",
    ["replicas: '${TOKEN}'", "hosts: '${TOKEN}'", "hosts: ['${TOKEN}']", "placement_constraints: ['${TOKEN}']",
     "update_order: 'x ${TOKEN}'", "healthcheck_path: '${TOKEN}'", "image: '${TOKEN}'", "protocol: '${TOKEN}'"],
)  # fmt: skip
@pytest.mark.parametrize("length", [35, 55, 59, 120, 600])
def test_messages_show_no_beginning_of_a_sensitive_value_that_they_cut(tmp_path, field, length):
    value = f"{'q' * (length - 20)}{CANARY}{'z' * 300}"

    loaded = load(tmp_path, f"services: {{api: {{{field}}}}}\n", TOKEN=value)

    assert "qqq" not in repr(loaded.diagnostics)


@pytest.mark.parametrize("section", ["sensitive", "plain", "moved"])
@pytest.mark.parametrize("entry", ["'${TOKEN}'", "{source: '${TOKEN}'}", "['${TOKEN}']"])
def test_a_sensitive_variable_in_a_list_of_the_document_is_an_error(tmp_path, section, entry):
    loaded = load(tmp_path, f"{section}: [{entry}]\nservices: {{api: {{image: a}}}}\n", TOKEN=CANARY)

    assert [found.check for found in loaded.diagnostics if found.severity == "error"] != []
    assert CANARY not in repr(loaded.diagnostics)


def test_a_whole_config_can_be_sensitive(tmp_path):
    loaded = load(tmp_path, "configs: {a: {data: x, sensitive: true}, b: {data: x}}\n")

    assert {name: manifest.sensitive for (_, name), manifest in loaded.desired[0].manifests.items()} == {
        "a": ("data",),
        "b": (),
    }


def test_the_values_of_secrets_are_known_wherever_they_come_from(tmp_path):
    identity = pyrage.x25519.Identity.generate()
    sealed = pyrage.encrypt(b"sealed value", [identity.to_public()], armored=True).decode()
    (tmp_path / "value.txt").write_bytes(b"value of a file\n")
    (tmp_path / "site.yaml").write_text(
        json.dumps({
            "cluster": "production",
            "secrets": {"a": {"age": sealed}, "b": {"file": "value.txt"}, "c": {"env": "C"}, "d": {"external": True}},
            "configs": {"plain": {"data": "for everybody"}},
        })
    , encoding="utf-8")  # fmt: skip
    loaded = load_manifests(
        tmp_path / "site.yaml",
        root=tmp_path,
        environment={"RECONCILER_SECRET_C": "value of c", "RECONCILER_AGE_IDENTITY": str(identity)},
        sources=NOT_RECORDED,
    )

    assert loaded.secret_values() == {"sealed value", "value of a file\n", "value of c"}
