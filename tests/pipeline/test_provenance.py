"""The user and run that are recorded."""

from reconciler.pipeline.provenance import holder


def test_the_holder_is_the_workflow_run_or_user_and_host(monkeypatch):
    monkeypatch.delenv("GITHUB_RUN_ID", raising=False)
    assert "@" in holder()
    monkeypatch.setenv("GITHUB_REPOSITORY", "clinic/infra")
    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    assert holder().endswith("/clinic/infra/actions/runs/7")
