"""Secrets and configs: immutable, with unique names, and not deletable while services use them."""

import pytest

KINDS = [("secrets", 512_000), ("configs", 1_024_000)]


@pytest.mark.parametrize("kind", ["secrets", "configs"])
@pytest.mark.parametrize("name", ["a", "a.b-c_d.v1", "9", "a" * 64])
def test_name_is_accepted(api, kind, name):
    assert api.create(kind, name=name, data="x")["name"] == name


@pytest.mark.parametrize("kind", ["secrets", "configs"])
@pytest.mark.parametrize("name", ["", "-a", "a.", "a b", "ä", "a\n", "a" * 65])
def test_name_is_refused(api, kind, name):
    assert api.refused(kind, name=name, data="x")["param"] == "name"


@pytest.mark.parametrize("kind,limit", KINDS)
def test_size_is_limited_in_bytes(api, kind, limit):
    api.create(kind, name="most", data="x" * (limit - 1))
    assert api.refused(kind, name="more", data="ä" * (limit // 2))["param"] == "data"
    assert api.refused(kind, name="none", data="")["param"] == "data"


@pytest.mark.parametrize("kind,_", KINDS)
def test_names_are_unique_ignoring_case(api, kind, _):
    api.create(kind, name="one", data="x")
    answer = api.call("POST", f"{api.cluster}/{kind}", {"name": "ONE", "data": "y"})
    assert (answer.status, answer.body["type"]) == (409, "conflict error")
    assert len(api.get(f"{api.cluster}/{kind}").data) == 1


@pytest.mark.parametrize("kind,_", KINDS)
def test_there_is_no_update(api, kind, _):
    made = api.create(kind, name="one", data="x")
    for method in ("PUT", "PATCH"):
        answer = api.send(method, f"{api.cluster}/{kind}/{made['id']}", {"data": "y"})
        assert answer.status == 405
        assert "DELETE" in answer.headers["allow"]


@pytest.mark.parametrize("kind,_", KINDS)
def test_used_objects_can_not_be_deleted(api, kind, _):
    made = api.create(kind, name="one", data="x")
    path = f"{api.cluster}/{kind}/{made['id']}"
    services = [
        api.create("services", name=name, image="redis", **{kind: [{"name": "one"}]}) for name in ("b", "a")
    ]
    answer = api.call("DELETE", path)
    assert answer.status == 400
    assert answer.body["message"] == (
        f"rpc error: code = InvalidArgument desc = {kind[:-1]} 'one' is in use by the following services: a, b"
    )
    for service in services:
        api.put(service["id"], image="redis")
    assert api.call("DELETE", path).status == 204
    assert api.call("DELETE", path).status == 404


def test_secret_is_never_shown_but_can_be_compared(api):
    made = api.create("secrets", name="password", data="correct horse")
    listed = api.get(f"{api.cluster}/secrets")
    assert listed.data == [made]
    assert b"horse" not in listed.raw

    def equal(**body):
        return api.send("POST", "/_emulator/check-secret", body)

    assert equal(cluster="production", name="password", value="correct horse").body == {"equal": True}
    assert equal(cluster="production", id=made["id"], value="correct horse\n").body == {"equal": False}
    assert equal(cluster="staging", name="password", value="correct horse").status == 404
    assert equal(cluster="production").status == 400


@pytest.mark.parametrize("data", ["x", " \n", "ä€😀\x00\u2028", '{"a": "\\u0041"}\r\n'])
def test_config_data_is_returned_as_sent(api, data):
    made = api.create("configs", name="settings", data=data)
    assert made["data"] == data
    assert api.get(f"{api.cluster}/configs/{made['id']}").body == made
    assert api.get(f"{api.cluster}/configs").data == [made]


def test_unknown_config_is_not_found(api):
    assert api.get(f"{api.cluster}/configs/none").status == 404
