"""The objects that a service mounts, by kind and name."""

from reconciler.kinds.mounts import Mounted, mounted


def test_mounted_objects_are_found_with_their_place_in_the_service():
    spec = {
        "image": "nginx:1",
        "secrets": [{"name": "key"}, {"name": "cert"}],
        "configs": [{"name": "site"}],
        "mounts": [{"source": "data", "target": "/data"}],
    }

    assert list(mounted(spec)) == [
        Mounted("secret", "key", "secrets", 0),
        Mounted("secret", "cert", "secrets", 1),
        Mounted("config", "site", "configs", 0),
        Mounted("volume", "data", "mounts", 0),
    ]


def test_malformed_items_of_a_record_are_skipped():
    spec = {"secrets": "key", "configs": [None, "site", {"file_name": "x"}], "mounts": [{"source": 7}]}

    assert list(mounted(spec)) == []
