"""How a service is exported to a manifest; tests/pipeline/test_imports.py tests whole imports."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.export import export
from reconciler.kinds import KINDS
from reconciler.kinds.service import POLICY_DEFAULTS, canonical
from reconciler.loading.write import is_writable
from reconciler.model import Live, LiveState


def exported(**fields):
    """The plain values of a service, from a body of the API."""
    body = {"id": "s1", "name": "api", **fields}
    live = Live("service", "api", "s1", KINDS["service"].decode(body), body)
    objects = dict.fromkeys(KINDS, ()) | {"service": (live,)}
    return export(LiveState("c", "", "k", "production", objects), {}).sections["services"]["api"]


@pytest.mark.parametrize(
    "image, written",
    [
        ("nginx:1.27@sha256:0", "nginx:1.27"),
        ("localhost:5000/nginx:1@sha256:0", "localhost:5000/nginx:1"),
        ("nginx@sha256:0", "nginx@sha256:0"),
        ("nginx", "nginx"),
    ],
)
def test_the_digest_that_the_platform_adds_to_a_tag_is_left_out(image, written):
    assert exported(image=image) == {"image": written}


def test_defaults_are_left_out():
    assert exported(image="nginx:1", **POLICY_DEFAULTS) == {"image": "nginx:1"}


@given(st.floats(0, 1, width=32))
def test_a_ratio_has_the_fewest_digits_that_give_the_same_number(ratio):
    written = exported(update_max_failure_ratio=ratio).get("update_max_failure_ratio")

    if written is not None:  # a number that needs an exponent is left out
        assert is_writable(written)
        assert struct.pack("f", written) == struct.pack("f", ratio)


def test_a_ratio_stored_in_32_bits_is_written_in_its_original_form():
    assert exported(update_max_failure_ratio=0.30000001192092896) == {"update_max_failure_ratio": 0.3}


def test_shorthands_give_the_live_values_again():
    body = {
        "secrets": [{"id": "1", "name": "key", "file_name": "key", "uid": 0, "gid": 0, "mode": "292"}],
        "mounts": [
            {"type": "volume", "source": "data", "target": "/data", "readonly": True},
            {"type": "volume", "source": "odd", "target": "/a:b"},
        ],
    }

    written = exported(**body)

    assert written["secrets"] == ["key"]
    assert written["mounts"][0] == "data:/data:ro"
    assert canonical(written) == KINDS["service"].decode(body)


@pytest.mark.parametrize("field", ["args", "command", "image"])
def test_a_password_in_a_url_is_left_out_in_every_field(field):
    assert exported(**{field: "redis://clinic:hunter2@db/0"}) == {}


@pytest.mark.parametrize("field", ["hosts", "placement_constraints"])
def test_a_credential_in_a_list_of_texts_is_left_out_too(field):
    assert exported(**{field: ["a==b", "node.labels.password==Zx9Kq2Lm7Vt4"]}) == {}
