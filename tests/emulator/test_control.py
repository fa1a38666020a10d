"""The controls for tests: the clock, and the whole state."""

from email.utils import parsedate_to_datetime

from tests.emulator.conftest import HttpCalls


def platform_time(api: HttpCalls) -> float:
    return parsedate_to_datetime(api.get(api.cluster).headers["date"]).timestamp()


def test_the_clock_can_be_set_ahead(api: HttpCalls):
    before = platform_time(api)
    assert api.send("POST", "/_emulator/clock", {"offset": 200}).status == 204
    assert 199 <= platform_time(api) - before < 260
    assert api.create("secrets", name="late", data="x")["created"] > "2000"
    assert api.send("POST", "/_emulator/clock", {"offset": "soon"}).status == 400


def test_the_state_can_be_saved_and_restored(api: HttpCalls):
    api.create("configs", name="kept", data="1")
    state = api.send("GET", "/_emulator/state").body
    api.create("configs", name="forgotten", data="2")
    assert api.send("PUT", "/_emulator/state", state).status == 204
    assert [config["name"] for config in api.get(f"{api.cluster}/configs").data] == ["kept"]
    assert api.send("PUT", "/_emulator/state", {"objects": 1}).status == 400
