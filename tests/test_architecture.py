"""The rules of the code: which module may import which (settings in pyproject.toml), and length limits."""

import ast
import re
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "reconciler").rglob("*.py"))
LONGEST_MODULE = 320
LONGEST_FUNCTION = 50
Function = ast.FunctionDef | ast.AsyncFunctionDef
VERBS = ("get", "head", "options", "post", "put", "patch", "delete")
VAGUE = {"base_classes", "common", "helpers", "misc", "util", "utils"}
VAGUE_NAMES = {
    "_one", "_told", "data1", "it", "one", "site", "some", "stuff", "that", "thing", "things", "this", "told",
}  # fmt: skip
WORD = f"(?:{'|'.join(sorted(VAGUE_NAMES))})"
MAY_BE_A_NAME = re.compile(  # most files have none, and need not be parsed
    rf"\bfor [^:\n]*\b{WORD}\b[^:\n]* in |\b(?:lambda|def) [^:\n]*\b{WORD}\b|\bas {WORD}\b"
    rf"|^ *\(?{WORD}\b[^(\n]*[:=]|[(,] *{WORD}\b *[:=),]",
    re.MULTILINE,
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("contract", ["floors", "stranger", "pure", "doorways"])
def test_imports_follow_the_contract(contract, capsys):
    status = lint_imports(
        config_filename=str(ROOT / "pyproject.toml"),
        limit_to_contracts=(contract,),
        no_cache=True,
        no_logo=True,
    )

    assert status == 0, capsys.readouterr().out


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_a_module_is_short_and_so_are_its_functions(module):
    text = module.read_text(encoding="utf-8")
    functions = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    assert len(text.splitlines()) <= LONGEST_MODULE
    lengths = {function.name: (function.end_lineno or 0) - function.lineno + 1 for function in functions}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_a_module_has_a_docstring(module):
    assert ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_the_docstring_of_a_public_function_says_what_it_raises(module):
    if module.parent.name == "commands":
        return  # a command's docstring is its help
    silent = [
        function.name
        for function, docstrings in _public_functions(ast.parse(module.read_text(encoding="utf-8")))
        if _raises(function) and "raise" not in docstrings.lower()
    ]

    assert silent == []


def _public_functions(tree: ast.Module | ast.ClassDef, around: str = "") -> Iterator[tuple[Function, str]]:
    """Each public function, and its docstring with that of its class, which may speak for all methods."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node, f"{around} {ast.get_docstring(node)}"
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public_functions(node, ast.get_docstring(node) or "")


def _raises(function: ast.AST) -> bool:
    """Whether a function raises an error of its own; functions inside it do not count."""
    return any(
        (isinstance(node, ast.Raise) and node.exc is not None) or _raises(node)
        for node in ast.iter_child_nodes(function)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda)
    )


def test_the_module_that_opens_connections_is_small():
    seam = [module for module in MODULES if module.parent.name == "transport"]

    assert sum(len(module.read_text(encoding="utf-8").splitlines()) for module in seam) <= 350


OWN_LINES = {
    "reconciler/github/annotations.py",
    "reconciler/github/bootstrap.py",
    "reconciler/loading/sources.py",
    "reconciler/pipeline/checkout.py",
    "reconciler/render/diagnostics.py",
    "reconciler/render/page/changes.py",
    "reconciler/render/plan_markdown.py",
    "reconciler/render/report.py",
}
"""Where ``splitlines`` meets only texts of this program, of pip and git, or keys."""


def test_a_value_from_outside_ends_its_line_at_a_newline_alone():
    """``str.splitlines`` also splits at form feeds, NEL and U+2028: part of a value would become a line of its own."""
    found = {name(module) for module in MODULES if ".splitlines(" in module.read_text(encoding="utf-8")}

    assert {module for module in found if not module.startswith("reconciler/emulator/")} <= OWN_LINES


def test_no_session_sends_credentials_to_the_target_of_a_redirect():
    """requests follows redirects and reads ``.netrc`` at each of them, unless that is prevented."""
    texts = [module.read_text(encoding="utf-8") for module in MODULES]
    importing = [text for text in texts if re.search("^(?:import|from) requests\\b", text, re.MULTILINE)]
    nodes = [node for text in importing for node in ast.walk(ast.parse(text))]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    used = {
        ast.unparse(part) for call in calls for part in (call.func, *(word.value for word in call.keywords))
    }
    sessions = [
        node
        for node in nodes
        if isinstance(node, ast.ClassDef) and "requests.Session" in map(ast.unparse, node.bases)
    ]
    methods = [
        {part.name for part in session.body if isinstance(part, ast.FunctionDef)} for session in sessions
    ]

    assert not {f"requests.{name}" for name in ("Session", "session", "request", *VERBS)} & used
    assert sessions
    assert all(found & {"rebuild_auth", "get_redirect_target"} for found in methods)


def test_no_modules_import_each_other_in_a_cycle():
    """Imports inside functions count too."""
    graph = grimp.build_graph("reconciler", exclude_type_checking_imports=True, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}

    try:
        TopologicalSorter(imports).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(reversed(circle.args[1])))


def test_no_module_has_a_vague_name():
    assert {module.stem for module in MODULES} & VAGUE == set()


def test_nothing_has_a_vague_name():
    """A name says what it means: ``for service in services``, not ``for one in services``."""
    folders = ("reconciler", "tests", "benchmarks", "docs")
    found = [
        f"{name(path)}: {bound}"
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if MAY_BE_A_NAME.search(text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if (bound := bound_name(node)) in VAGUE_NAMES
    ]

    assert found == []


def bound_name(node: ast.AST) -> str | None:
    """The name that a node of the syntax tree gives to something."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(
        node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler | ast.MatchAs
    ):
        return node.name
    return node.asname if isinstance(node, ast.alias) else None


def test_no_two_public_classes_share_a_name():
    """Nor do those of tests; a class that pytest collects is named after what it tests."""
    homes: dict[str, list[str]] = {}
    for module in (*MODULES, *sorted((ROOT / "tests").rglob("*.py"))):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith(("_", "Test")):
                homes.setdefault(node.name, []).append(name(module))

    assert {title: where for title, where in homes.items() if len(where) > 1} == {}


PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_the_page_has_a_row_for_each_floor_from_top_to_bottom():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["id"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}
    layers = [name for layer in contracts["floors"]["layers"] for name in re.findall(r"\w+", layer)]
    rows = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    named = [
        name.removesuffix("/").removesuffix(".py") for row in rows for name in re.findall(r"`([\w./]+)`", row)
    ]

    assert named == ["__init__", *layers]


def test_every_file_and_type_that_the_page_names_exists():
    named = set(re.findall(r"`([\w./]+)`", PAGE))
    files = {text for text in named if text.endswith((".py", ".md", ".toml", "/"))}
    there = {
        form
        for path in (ROOT / "reconciler").rglob("*")
        for form in (path.name, f"{path.name}/", name(path).removeprefix("reconciler/"))
    }
    there |= {f"{path}/" for path in there}
    classes = {
        part
        for module in MODULES
        for node in ast.parse(module.read_text(encoding="utf-8")).body
        for part in (
            [node.name]
            if isinstance(node, ast.ClassDef)
            else [target.id for target in node.targets if isinstance(target, ast.Name)]
            if isinstance(node, ast.Assign)
            else []
        )
    }

    assert {text for text in files if text not in there and not (ROOT / text).exists()} == set()
    assert {text for text in named if text[0].isupper() and text not in classes | files} == set()
