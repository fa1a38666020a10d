"""Volumes: who mounts them, and that this protects them."""


def test_volume_names_the_services_that_mount_it(api):
    volume = api.create("volumes", name="data")
    assert volume["service_usage"] == []
    mounts = [{"source": "data", "target": "/a"}, {"source": "data", "target": "/b"}]
    service = api.create("services", name="db", image="postgres:16", mounts=mounts)
    assert api.named("volumes", "data") == {**volume, "service_usage": ["db"]}
    path = f"{api.cluster}/volumes/{volume['id']}"
    answer = api.call("DELETE", path)
    assert (answer.status, answer.body["message"]) == (409, "volume data is in use by db")
    api.patch(service["id"], mounts=[])
    assert api.call("DELETE", path).status == 204
    assert api.call("DELETE", path).status == 404
    assert api.get(f"{api.cluster}/volumes").data == []


def test_name_is_taken_and_has_a_form(api):
    api.create("volumes", name="data")
    assert api.call("POST", f"{api.cluster}/volumes", {"name": "Data"}).status == 409
    assert api.refused("volumes", name="a b")["param"] == "name"
