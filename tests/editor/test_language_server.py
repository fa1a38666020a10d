"""An editor completes, explains and checks a manifest by its schema."""

import json
import shutil
from pathlib import Path

import pytest

from reconciler.kinds import KINDS
from reconciler.pipeline.editor import MODELINE, manifest_schema, write_schema
from tests.editor.conftest import Editor

ROOT = Path(__file__).parent.parent.parent
LINES = (
    "cluster: production",
    "services:",
    "  web:",
    "    image: nginx:1.27",
    "    replicas: 2",
    "    ",
    "    lifecycle:",
    "      on_failure: ",
)
MANIFEST = MODELINE + "".join(f"{line}\n" for line in LINES)


def write(folder: Path, text: str) -> Path:
    write_schema(folder)
    path = folder / "production.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_field_of_a_service_is_completed(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(write(tmp_path, MANIFEST))

    offered = set(editor.completions(uri, 6, 4))

    schema = json.loads((ROOT / "schemas" / "service.schema.json").read_text(encoding="utf-8"))
    fields = (
        {name for form in schema["anyOf"] for name in form.get("properties", {})}
        if "anyOf" in schema
        else set()
    )
    fields |= set(schema.get("properties", {}))
    assert fields - {"image", "replicas", "lifecycle"} <= offered
    assert len(fields) > 20


def test_the_accepted_values_of_a_field_are_completed(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(write(tmp_path, MANIFEST))

    assert {"fail", "rollback"} <= set(editor.completions(uri, 8, 18))


@pytest.mark.parametrize("section", [kind.section for kind in KINDS.values()])
def test_every_section_is_completed_and_explained(editor: Editor, tmp_path: Path, section: str) -> None:
    uri = editor.open(write(tmp_path, f"{MODELINE}cluster: production\n{section}: {{}}\n"))
    assert section not in editor.completions(uri, 3, 0)  # it stands there

    assert editor.hover(uri, 2, 2) != ""


def test_a_field_is_explained_on_hover(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(write(tmp_path, MANIFEST))

    schema = json.loads(manifest_schema())["$defs"]["service"]
    said = next(form["replicas"] for form in (schema.get("properties"), *schema.get("anyOf", ())) if form)
    assert said["description"][:40] in editor.hover(uri, 5, 6)


def test_only_mistakes_are_underlined(editor: Editor, tmp_path: Path) -> None:
    wrong = editor.open(
        write(tmp_path, f"{MODELINE}cluster: production\nservices: {{web: {{imge: nginx}}}}\n")
    )

    assert [problem["range"]["start"]["line"] for problem in editor.problems[wrong]] == [2]
    assert "imge" in editor.problems[wrong][0]["message"]


def test_the_examples_name_their_schema_and_are_valid(editor: Editor, tmp_path: Path) -> None:
    for folder in ("examples", "schemas"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    manifests = sorted((tmp_path / "examples").glob("*/*.yaml"))
    manifests = [manifest for manifest in manifests if manifest.parent.name in {"clinic", "quickstart"}]

    problems = {path.name: editor.problems[editor.open(path)] for path in manifests}

    assert len(problems) > 4
    assert {name for name, of_file in problems.items() if of_file} == set()
