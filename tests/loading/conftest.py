"""Folders of manifests, read and assembled."""

import pytest

from reconciler.checks import check_schema
from reconciler.loading import assemble, read


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current directory, empty and its own root."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def build(tmp_path, monkeypatch):
    """The result of loading files of the current directory; each given document is a file."""
    monkeypatch.chdir(tmp_path)

    def built(*texts, base=None, middle=None, environment=None):
        for name, text in (
            ("_base", base),
            ("_middle", middle),
            *((f"m{n}", text) for n, text in enumerate(texts)),
        ):
            if text is not None:
                (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        documents = read(tmp_path, root=tmp_path, variables={}, environment=environment or {})
        checked, shape = check_schema(documents)
        assert (documents.diagnostics, shape) == ((), ())
        desired, problems = assemble(checked)
        return desired, [f"{problem.location}: {problem.severity}: {problem.message}" for problem in problems]

    return built
