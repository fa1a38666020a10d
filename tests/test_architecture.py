"""The house's own rules: who may import whom (settings in pyproject.toml), and how long a thing may get."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "reconciler").rglob("*.py"))
LONGEST_MODULE = 320
LONGEST_FUNCTION = 50
VAGUE = {"base_classes", "common", "helpers", "misc", "util", "utils"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("contract", ["floors", "stranger", "pure", "doorways"])
def test_imports_keep_to(contract, capsys):
    status = lint_imports(
        config_filename=str(ROOT / "pyproject.toml"),
        limit_to_contracts=(contract,),
        no_cache=True,
        no_logo=True,
    )

    assert status == 0, capsys.readouterr().out


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_a_module_is_short_and_so_are_its_functions(module):
    text = module.read_text()
    functions = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    assert len(text.splitlines()) <= LONGEST_MODULE
    lengths = {one.name: (one.end_lineno or 0) - one.lineno + 1 for one in functions}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_a_module_opens_with_what_it_is(module):
    assert ast.get_docstring(ast.parse(module.read_text()))


def test_the_seam_to_the_network_is_small():
    seam = [module for module in MODULES if module.parent.name == "transport"]

    assert sum(len(module.read_text().splitlines()) for module in seam) <= 350


def test_no_module_imports_itself_by_way_of_others():
    """Imports inside functions count, too."""
    graph = grimp.build_graph("reconciler", exclude_type_checking_imports=True, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}

    try:
        TopologicalSorter(imports).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(reversed(circle.args[1])))


def test_no_module_is_named_for_being_vague():
    assert {module.stem for module in MODULES} & VAGUE == set()


def test_no_two_public_classes_share_a_name():
    homes: dict[str, list[str]] = {}
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(name(module))

    assert {title: where for title, where in homes.items() if len(where) > 1} == {}
