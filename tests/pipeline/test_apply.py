"""An apply whose listener or whose own code raises an error still makes its writes, or says what is unknown."""

import pytest

import reconciler
from reconciler import emulator
from reconciler.applying.state import ApplyRun
from reconciler.model import Outcome
from tests.github.platform import writer

MANIFEST = (
    "cluster: production\nvolumes: {data: {}}\nconfigs: {page: {data: hello}}\n"
    "services: {web: {image: 'nginx:1', update_monitor: 1}, api: {image: 'nginx:1', update_monitor: 1}}\n"
)


@pytest.fixture
def platform(tmp_path):
    (tmp_path / "site.yaml").write_text(MANIFEST, encoding="utf-8")
    with emulator.serve(pace=0) as server:
        yield server


def applied(platform, folder, **settings):
    manifests = reconciler.load(folder)
    with reconciler.connect(platform.url, key=platform.key, value=platform.value) as session:
        run = reconciler.plan(session, manifests)
        return reconciler.apply(session, run, reconciler.ApplySettings(**settings))


def statuses(result):
    return {outcome.change.address.name: outcome.status for outcome in result.outcomes}


@pytest.mark.parametrize("heard", range(4))
def test_a_listener_that_raises_an_error_stops_no_write_and_is_not_called_again(platform, tmp_path, heard):
    events = []

    def tell(event):
        events.append(event)
        if len(events) > heard:
            raise BrokenPipeError

    result = applied(platform, tmp_path, tell=tell)

    assert statuses(result) == dict.fromkeys(("data", "page", "web", "api"), "applied")
    assert len(events) == heard + 1
    assert "BrokenPipeError" in str(result.problems)
    assert result.exit_code == 1
    assert applied(platform, tmp_path).outcomes == []


def test_a_change_that_was_begun_is_unknown_after_an_error_and_never_skipped(platform, tmp_path, monkeypatch):
    really = ApplyRun.end

    def broken(run, outcome: Outcome):
        if outcome.change.address.name == "data":
            raise RuntimeError
        really(run, outcome)

    monkeypatch.setattr(ApplyRun, "end", broken)

    result = applied(platform, tmp_path)

    assert statuses(result)["data"] == "unknown"
    live = live_names(platform)
    assert live
    assert not [name for name, status in statuses(result).items() if status == "skipped" and name in live]
    monkeypatch.undo()
    assert applied(platform, tmp_path).exit_code == 0


def live_names(platform):
    with writer(platform) as (client, at):
        found = [*client.volumes(at), *client.services(at), *client.configs(at)]
        return {body["name"].partition(".v")[0] for body in found}
