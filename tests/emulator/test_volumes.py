"""Volumes: which services mount them, what keeps them in use, and existing names."""


def test_volume_lists_the_services_that_mount_it(api):
    volume = api.create("volumes", name="data")
    assert volume["service_usage"] == []
    mounts = [{"source": "data", "target": "/a"}, {"source": "data", "target": "/b"}]
    api.create("services", name="db", image="postgres:16", mounts=mounts)
    assert api.named("volumes", "data") == {**volume, "service_usage": ["db"]}


def test_stopped_containers_keep_a_volume_in_use_until_they_are_removed(api):
    volume = api.create("volumes", name="data")
    service = api.create("services", name="db", image="redis", mounts=[{"source": "data", "target": "/a"}])
    path = f"{api.cluster}/volumes/{volume['id']}"
    for number in range(5):
        answer = api.call("DELETE", path)
        assert answer.status == 409
        assert answer.body["message"].startswith("remove data: volume is in use - [")
        api.patch(service["id"], mounts=[], args=str(number))
    assert api.call("DELETE", path).status == 204
    assert api.call("DELETE", path).status == 404


def test_volume_of_a_deleted_service_is_free(api):
    volume = api.create("volumes", name="data")
    service = api.create("services", name="db", image="redis", mounts=[{"source": "data", "target": "/a"}])
    api.call("DELETE", f"{api.cluster}/services/{service['id']}")
    assert api.call("DELETE", f"{api.cluster}/volumes/{volume['id']}").status == 204


def test_service_without_tasks_keeps_no_volume_in_use(api):
    volume = api.create("volumes", name="data")
    mounts = [{"source": "data", "target": "/a"}]
    api.create("services", name="db", image="redis", replicas=0, mounts=mounts)
    assert api.call("DELETE", f"{api.cluster}/volumes/{volume['id']}").status == 204


def test_missing_volume_of_a_task_is_created(api):
    mounts = [{"source": "data", "target": "/a"}]
    service = api.create("services", name="db", image="redis", replicas=0, mounts=mounts)
    assert api.get(f"{api.cluster}/volumes").data == []
    api.patch(service["id"], replicas=1)
    assert api.named("volumes", "data")["service_usage"] == ["db"]


def test_creating_a_volume_again_changes_nothing(api):
    volume = api.create("volumes", name="data")
    assert api.create("volumes", name="data") == volume
    assert api.create("volumes", name="Data")["id"] != volume["id"]
    assert api.refused("volumes", name="a b")["param"] == "name"
