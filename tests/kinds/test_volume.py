"""A volume has only a name."""

from reconciler.kinds.volume import VOLUME


def test_a_volume_has_only_a_name():
    assert VOLUME.canonical(None) == {}
    assert VOLUME.canonical({"external": False}) == {}
    assert VOLUME.canonical({"external": {"stack": "a"}}) == {"external": {"stack": "a"}}
    assert VOLUME.encode("data", {}) == {"name": "data"}
    assert VOLUME.decode({"service_usage": ["1"]}) == {"service_usage": ["1"]}
    assert VOLUME.decode({}) == {"service_usage": []}
