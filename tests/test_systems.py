"""What differs between systems: tests that need POSIX are marked, and no text depends on the user's code page."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
LACKING = Path(__file__).parent / "cli" / "windows" / "sitecustomize.py"
JOB = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))["jobs"]["systems"]
NOT_THERE = re.findall(r"--ignore=(\S+)", " ".join(step.get("run", "") for step in JOB["steps"]))
"""Folders of tests that run on Linux alone."""
SHELLS = {"sh", "bash"}
LINKS = {"symlink_to", "symlink"}
FILES_OF_LINUX = ("/dev/", "/proc/")
TEXT_FILES = ("read_text", "write_text")


@cache
def trees() -> dict[str, ast.Module]:
    """Every Python file by its path from the top."""
    folders = ("reconciler", "tests", "docs", "benchmarks")
    found = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in found
        if "node_modules" not in path.parts
    }


def lacking() -> set[tuple[str, str]]:
    """Names that Windows lacks, each with its module."""
    names = next(
        node
        for node in ast.walk(ast.parse(LACKING.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
    )
    return {
        (module.id, name)
        for module, listed in zip(names.keys, names.values, strict=True)
        if isinstance(module, ast.Name)
        for name in ast.literal_eval(listed)
    }


def needs(node: ast.AST) -> str:
    """What a part of a test needs that Windows does not have, or ""."""
    match node:
        case ast.Attribute(ast.Name(module), name) if (module, name) in lacking() and not name.startswith(
            "O_"
        ):
            return f"{module}.{name}"
        case ast.Attribute(ast.Name("os"), "kill"):  # there it kills the process, whatever the signal
            return "os.kill"
        case ast.Attribute(_, name) if name in LINKS:
            return name
        case ast.Call(_, [ast.List([ast.Constant(str(program)), *_]), *_]) if program in SHELLS:
            return program
        case ast.Call(ast.Name("read_bytes" | "open"), [ast.Constant(str(path)), *_]) if path.startswith(
            FILES_OF_LINUX
        ):
            return path
    return ""


def is_marked(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(decorator).startswith("pytest.mark.posix(") for decorator in node.decorator_list)


def unmarked(tree: ast.Module) -> Iterator[str]:
    """What tests need without the mark, with the test's name; a helper's needs count for each test that calls it."""
    functions = {
        node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    calls = {
        name: {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        | {argument.arg for argument in node.args.args}
        for name, node in functions.items()
    }
    for name, node in functions.items():
        if is_marked(node):
            continue
        reached, waiting = set[str](), {name}
        while waiting:
            reached |= waiting
            waiting = {called for each in waiting for called in calls[each] & functions.keys()} - reached
        if name.startswith("test_"):
            for each in sorted(reached):
                yield from (f"{name}: {what}" for part in ast.walk(functions[each]) if (what := needs(part)))
    for statement in tree.body:
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (f"at the top: {what}" for part in ast.walk(statement) if (what := needs(part)))
    for node in functions.values():
        for decorator in node.decorator_list:
            yield from (f"{node.name}: {what}" for part in ast.walk(decorator) if (what := needs(part)))


def test_a_test_that_needs_what_windows_lacks_is_marked():
    found = {
        path: wrong
        for path, tree in trees().items()
        if path.startswith("tests/") and not path.startswith(tuple(f"{folder}/" for folder in NOT_THERE))
        if (wrong := sorted(set(unmarked(tree))))
    }

    assert found == {}


@pytest.mark.parametrize(
    "text, expected",
    [
        ("def test_a(): os.mkfifo('x')", ["test_a: os.mkfifo"]),
        ("@pytest.mark.posix('pipes')\ndef test_a(): os.mkfifo('x')", []),
        ("def pipe(): os.mkfifo('x')\ndef test_a(): pipe()", ["test_a: os.mkfifo"]),
        ("@pytest.fixture\ndef pipe(): os.mkfifo('x')\ndef test_a(pipe): pass", ["test_a: os.mkfifo"]),
        (
            "@pytest.mark.parametrize('x', [signal.SIGHUP])\ndef test_a(x): pass",
            ["test_a: signal.SIGHUP"] * 2,
        ),
        ("X = signal.SIGKILL", ["at the top: signal.SIGKILL"]),
        ("def test_a(): os.kill(os.getpid(), 15)", ["test_a: os.kill"]),
        ("def test_a(root): (root / 'a').symlink_to('b')", ["test_a: symlink_to"]),
        ("def test_a(): run(['sh', '-c', 'x'])", ["test_a: sh"]),
        ("def test_a(): read_bytes('/proc/self/status')", ["test_a: /proc/self/status"]),
    ],
)
def test_the_search_finds_what_windows_lacks(text, expected):
    assert list(unmarked(ast.parse(text))) == expected


def test_every_mark_gives_its_reason():
    marks = [
        node
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.posix"
    ]

    assert marks
    assert all(isinstance(mark.args[0], ast.Constant) and mark.args[0].value for mark in marks)


def test_the_folders_that_run_on_linux_alone_exist():
    assert NOT_THERE
    assert [folder for folder in NOT_THERE if not (ROOT / folder).is_dir()] == []


def test_text_files_and_outputs_of_programs_have_a_named_encoding():
    """Without a name, Windows uses the user's code page."""
    found = [
        f"{path}:{call.lineno}"
        for path, tree in trees().items()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and not {keyword.arg for keyword in call.keywords} & {"encoding", None}
        if is_text_file(call)
        or any(keyword.arg == "text" and ast.unparse(keyword.value) == "True" for keyword in call.keywords)
    ]

    assert found == []


def is_text_file(call: ast.Call) -> bool:
    """Whether a file is read or written as text; ``log`` is the Action's, which has an encoding."""
    match call.func:
        case ast.Attribute(target, name) if name in TEXT_FILES:
            return ast.unparse(target) != "log" and len(call.args) == (name == "write_text")
    return False
