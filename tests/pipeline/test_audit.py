import errno
import json
import os
from pathlib import Path

import pytest

from reconciler.errors import UsageError
from reconciler.model.problem import AuditIncomplete
from reconciler.pipeline.audit import audit, fingerprint
from reconciler.transport import Exchange

LOST = Exchange("POST", "/companies/c/clusters/k/nodes", 0, 30.00049, 20, 0)
READ = Exchange("GET", "/companies/current", 200, 0.01234, 0, 100)


def test_each_request_has_a_line_with_time_user_and_path_but_no_body(tmp_path: Path):
    with audit(tmp_path / "log.jsonl", place=tmp_path) as log:
        assert log is not None
        log.note(READ)
        log.plan = fingerprint("a plan")
        log.note(LOST)
        lines = [
            json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()
        ]
    assert [(line["method"], line["path"], line["status"], line["seconds"]) for line in lines] == [
        ("GET", "/companies/current", 200, 0.012),
        ("POST", "/companies/c/clusters/k/nodes", None, 30.0),
    ]
    assert [line["plan"] for line in lines] == ["", fingerprint("a plan")]
    assert all(line["when"].endswith("Z") and line["who"] for line in lines)
    assert lines[0].keys() == {"when", "who", "commit", "plan", "method", "path", "status", "seconds"}


def test_the_audit_file_is_appended_to(tmp_path: Path):
    for _ in range(2):
        with audit(tmp_path / "log.jsonl", place=tmp_path) as log:
            assert log is not None
            log.note(READ)
    assert len((tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.posix("Windows has no permissions for the owner alone")
def test_only_its_owner_can_read_the_audit_file(tmp_path: Path):
    with audit(tmp_path / "log.jsonl", place=tmp_path):
        assert (tmp_path / "log.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_failed_line_is_reported_and_not_raised(tmp_path: Path):
    with audit(tmp_path / "log.jsonl", place=tmp_path) as log:
        assert log is not None
        held = os.dup(log._file)
        os.close(log._file)
        log.note(READ)
        os.dup2(held, log._file)
        os.close(held)
        assert log.problem == AuditIncomplete(os.strerror(errno.EBADF))


def test_an_unwritable_audit_file_is_an_error_before_any_request(tmp_path: Path):
    with (
        pytest.raises(UsageError, match=r"log cannot be opened: No such file"),
        audit(tmp_path / "no" / "log", place=tmp_path),
    ):
        pass


def test_without_the_option_no_audit_file_is_written(tmp_path: Path):
    with audit(None, place=tmp_path) as log:
        assert log is None
    assert not list(tmp_path.iterdir())
