"""Manifests in a folder, and the diagnostics of reading them."""

from hypothesis import HealthCheck, settings

from reconciler.checks import check, check_schema
from reconciler.loading import assemble, read


def write(folder, **files):
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def load(path, root=None, variables=None, **environment):
    return read(path, root=root or path, variables=variables or {}, environment=environment)


def said(documents):
    return [
        f"{diagnostic.location}: {diagnostic.message} [{diagnostic.check}]"
        for diagnostic in documents.diagnostics
    ]


def everything(path):
    documents = read(
        path, root=path, variables={"A": "1", "B": "x"}, environment={"RECONCILER_SECRET_A": "x"}
    )
    checked, shape = check_schema(documents)
    desired, joining = assemble(checked)
    found = (*documents.diagnostics, *shape, *joining, *check(desired))
    assert all(str(diagnostic.location) and diagnostic.message for diagnostic in found)
    return desired, found


anything = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def sound(build, *texts, **options):
    desired, problems = build(*texts, **options)
    assert problems == []
    return desired
