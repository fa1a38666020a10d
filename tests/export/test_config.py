"""How a config is exported; tests/pipeline/test_imports.py tests whole imports."""

import pytest

from reconciler.export import export
from reconciler.kinds import KINDS
from reconciler.model import Live, LiveState


def exported(data, *, mounted):
    """The export of a cluster with a config, which a service mounts if ``mounted``."""
    bodies = {"config": {"id": "c1", "name": "app.conf", "data": data}}
    if mounted:
        mount = {"id": "c1", "name": "app.conf", "file_name": "/app.conf"}
        bodies["service"] = {"id": "s1", "name": "api", "image": "nginx:1", "configs": [mount]}
    objects: dict[str, tuple[Live, ...]] = dict.fromkeys(KINDS, ())
    objects |= {
        kind: (Live(kind, body["name"], body["id"], KINDS[kind].decode(body), body),)
        for kind, body in bodies.items()
    }
    return export(LiveState("c", "", "k", "production", objects), {})


@pytest.mark.parametrize(
    "data",
    [
        "listen = 80\ndb_password = Zx9Kq2Lm7Vt4\n",
        "url=postgres://clinic:Zx9Kq2Lm7Vt4@db/shop\n",
        "-----BEGIN PRIVATE KEY-----\nZx9Kq2Lm7Vt4\n-----END PRIVATE KEY-----\n",
    ],
)
@pytest.mark.parametrize("mounted", [False, True])
def test_a_config_that_contains_a_credential_is_exported_without_its_content(data, mounted):
    made = exported(data, mounted=mounted)

    assert made.sections["configs"] == ({"app.conf": {"external": True}} if mounted else {})
    assert not made.contents
    assert "credential" in str(made.notes)


def test_a_config_that_only_names_the_files_of_credentials_is_exported_with_its_content():
    data = "password_file: /run/secrets/db_password\nuser: ${DB_USER}\n"

    assert exported(data, mounted=True).contents == {("configs", "app.conf"): data}
