"""Every regular expression takes linear time, so that no manifest or answer can block a run.

The patterns are found in the source: calls of ``re``, and ``pattern`` in schemas and in the OpenAPI document. For
each repetition in a pattern, texts of up to 100,000 characters are generated that reach it, repeat its content, and
then fail. Four times as much text may take about four times as long, but not sixteen times.
"""

import ast
import json
import re
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import islice, pairwise, product
from pathlib import Path
from re import _parser  # the only parser of patterns; only tests use it
from typing import Any, NamedTuple

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FUNCTIONS = {"compile", "match", "search", "fullmatch", "sub", "split", "findall", "finditer", "subn"}
WHOLE = {"match", "fullmatch"}
AT_RUN_TIME = {
    "anchored": "a pattern of the schemas, which are tried here themselves",
    "match.get('path_regex', '')": "given to the emulator by the tests that run it",
}
"""Patterns that are not in the source, and where they come from."""
SIZES = 12, 24, 50, 200, 800, 3_200, 12_800, 51_200, 100_000
"""The sizes of the generated texts in characters, one after another, until one takes too long."""
NOISE = 0.0005
"""Seconds of CPU time below which a measurement means nothing."""
EXAMPLES = "a0Z_ \n.-:/@=\"'<&,;{[(\\é"
TAIL = "\x01"
SINGLE = [["LITERAL"], ["NOT_LITERAL"], ["IN"], ["ANY"], ["CATEGORY"]]
"""Parts of a parsed pattern that match a single character."""


class Pattern(NamedTuple):
    where: str
    text: str
    flags: int
    uses: frozenset[str]


def patterns() -> list[Pattern]:
    found = {
        pattern_of_tree[1:]: pattern_of_tree for pattern_of_tree in (*of_the_source(), *of_the_schemas())
    }
    return sorted(found.values(), key=lambda case: case.where)


def of_the_schemas() -> Iterator[Pattern]:
    for path in sorted((ROOT / "schemas").iterdir()):
        read: Callable[[str], Any] = json.loads if path.suffix == ".json" else yaml.safe_load
        for text in values_of("pattern", read(path.read_text(encoding="utf-8"))):
            yield Pattern(path.name, text, 0, frozenset({"search"}))


def values_of(key: str, node: Any) -> Iterator[str]:
    children: Any = node if isinstance(node, list) else ()
    if isinstance(node, dict):
        children = node.values()
        if isinstance(node.get(key), str):
            yield node[key]
        if isinstance(node.get("patternProperties"), dict):
            yield from node["patternProperties"]
    for child in children:
        yield from values_of(key, child)


def of_the_source() -> Iterator[Pattern]:
    for path in sorted((ROOT / "reconciler").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not (function := function_of_re(node)):
                continue
            if ast.unparse(node.args[0]) not in AT_RUN_TIME:
                module = import_module(
                    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                )
                yield pattern(
                    f"{path.relative_to(ROOT).as_posix()}:{node.lineno}", node, function, tree, module
                )


def function_of_re(call: ast.Call) -> str:
    function = call.func
    known = (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
    )
    return (
        function.attr if known and isinstance(function, ast.Attribute) and function.attr in FUNCTIONS else ""
    )


def pattern(where: str, call: ast.Call, function: str, tree: ast.AST, module: Any) -> Pattern:
    """The pattern that a call is given, evaluated with the names of its module; values known only at run time
    become a letter.
    """
    text = evaluated(call.args[0], module)
    flags = 0
    for flag in [*call.args[1:], *(keyword.value for keyword in call.keywords if keyword.arg == "flags")]:
        if any(isinstance(part, ast.Attribute) and part.attr.isupper() for part in ast.walk(flag)):
            flags |= int(eval(compile(ast.Expression(flag), where, "eval"), vars(module)))  # noqa: S307 - our own source
    return Pattern(
        where, text, flags, uses_of(call, tree) if function == "compile" else frozenset({function})
    )


def evaluated(node: ast.expr, module: Any) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(evaluated(value, module) for value in node.values)
    shown = node.value if isinstance(node, ast.FormattedValue) else node
    if isinstance(shown, ast.Call) and ast.unparse(shown.func) == "re.escape":
        return "x"
    try:
        return str(eval(compile(ast.Expression(shown), "", "eval"), dict(vars(module))))  # noqa: S307 - our own source
    except NameError:
        if isinstance(node, ast.FormattedValue):
            return "x"
        raise AssertionError(f"{ast.unparse(node)} cannot be worked out: give a constant") from None


def uses_of(compiled: ast.Call, tree: ast.AST) -> frozenset[str]:
    """The methods that are called on a compiled pattern; ``search`` if they are unknown."""
    names = {
        ast.unparse(target)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and compiled in ast.walk(node.value)
        for target in node.targets
    }
    parents = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    found = {
        parent.attr for parent in parents if ast.unparse(parent.value) in names or parent.value is compiled
    }
    return frozenset(found & FUNCTIONS) or frozenset({"search"})


def hard_texts(text: str, flags: int) -> Iterator[Callable[[int], str]]:
    """Texts of roughly any size that lead to a repetition, repeat its content, and fail."""
    made = set()
    for before, body in repeats(_parser.parse(text, flags), [""]):
        for start, repeated in product(islice(before, 3), islice(body, 12)):
            for lead, pump, tail in (
                (start, repeated, TAIL),
                ("", repeated, TAIL),
                ("", start + repeated, TAIL),
                (start, repeated, ""),
                ("", start, TAIL),
            ):
                if pump and (lead, pump, tail) not in made:
                    made.add((lead, pump, tail))
                    yield lambda size, lead=lead, pump=pump, tail=tail: (  # type: ignore[misc]
                        lead + pump * (size // len(pump)) + tail
                    )


def repeats(tree: Any, before: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """For each repetition in a parsed pattern: texts that lead to it, and texts that it repeats."""
    for operator, argument in tree:
        name = str(operator)
        if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            _, most, inner = argument
            if most > 40:
                yield before, [text for text in texts(inner) if text]
            yield from repeats(inner, before)
        elif name == "SUBPATTERN":
            yield from repeats(argument[-1], before)
        elif name == "BRANCH":
            for branch in argument[1]:
                yield from repeats(branch, before)
        elif name in {"ASSERT", "ASSERT_NOT"}:
            yield from repeats(argument[1], before)
        elif name == "ATOMIC_GROUP":
            yield from repeats(argument, before)
        before = [start + text for start, text in product(before[:6], texts([(operator, argument)])[:4])]


def texts(tree: Any) -> list[str]:
    """Some texts that a part of a pattern matches."""
    found = [""]
    for operator, argument in tree:
        found = [start + text for start, text in islice(product(found, of_one(str(operator), argument)), 40)]
    return found


def of_one(name: str, argument: Any) -> list[str]:
    if name == "LITERAL":
        return [chr(argument)]
    if name == "NOT_LITERAL":
        return [character for character in EXAMPLES if ord(character) != argument]
    if name == "ANY":
        return list(EXAMPLES)
    if name == "IN":
        return [
            character
            for character in dict.fromkeys(EXAMPLES + literals(argument))
            if is_in(argument, character)
        ]
    if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
        least, _, inner = argument
        repeated = [text * max(least, 1) for text in texts(inner)]
        return repeated if least else [*repeated, ""]
    if name in {"SUBPATTERN", "ATOMIC_GROUP"}:
        return texts(argument[-1] if name == "SUBPATTERN" else argument)
    if name == "BRANCH":
        return [text for branch in argument[1] for text in texts(branch)]
    return [""]


def literals(argument: Any) -> str:
    return "".join(
        chr(value) if str(kind) == "LITERAL" else chr(value[0]) if str(kind) == "RANGE" else ""
        for kind, value in argument
    )


def is_in(argument: Any, text: str) -> bool:
    classes = {
        "DIGIT": r"\d",
        "NOT_DIGIT": r"\D",
        "SPACE": r"\s",
        "NOT_SPACE": r"\S",
        "WORD": r"\w",
        "NOT_WORD": r"\W",
    }
    negated, found = False, False
    for kind, value in argument:
        if str(kind) == "NEGATE":
            negated = True
        elif str(kind) == "LITERAL":
            found = found or ord(text) == value
        elif str(kind) == "RANGE":
            found = found or value[0] <= ord(text) <= value[1]
        elif str(kind) == "CATEGORY":
            found = found or bool(re.match(classes[str(value).removeprefix("CATEGORY_")], text))
    return found is not negated


def taken(use: str, compiled: re.Pattern[str], text: str, tries: int) -> float:
    """The lowest CPU time of several tries."""
    least = float("inf")
    for _ in range(tries):
        began = time.process_time()
        if use in WHOLE:
            getattr(compiled, use)(text)
        else:
            for _found in compiled.finditer(text):
                pass
        least = min(least, time.process_time() - began)
    return least


def grows_faster_than_its_text(
    use: str, compiled: re.Pattern[str], made: Callable[[int], str], tries: int
) -> bool:
    """Whether the time grows more than twice as fast as the text, at some size up to 100,000 characters."""
    before = NOISE
    for smaller, size in pairwise(SIZES):
        now = taken(use, compiled, made(size), tries)
        if now > 2.2 * size / smaller * before:
            return True
        before = max(now, NOISE)
    return False


def hard_text(pattern: Pattern) -> str:
    """The beginning of a text that takes more than linear time, or ""."""
    compiled = re.compile(pattern.text, pattern.flags)
    for made in hard_texts(pattern.text, pattern.flags):
        for use in sorted(pattern.uses):
            if all(grows_faster_than_its_text(use, compiled, made, tries) for tries in (1, 3, 10)):
                return made(60)
    return ""


@pytest.mark.posix("Windows counts CPU time in steps of 16 ms")
@pytest.mark.parametrize("pattern", patterns(), ids=lambda case: f"{case.where} {case.text[:40]!a}")
def test_every_pattern_takes_linear_time(pattern):
    assert hard_text(pattern) == ""


@pytest.mark.posix("Windows counts CPU time in steps of 16 ms")
@pytest.mark.parametrize(
    "text, use",
    [
        (r"[a-z]+://[^@]*@", "search"),
        (r"(a|b)*[ab]*c", "match"),
        (r"(?:a+)+$", "fullmatch"),
        (r"<title[^>]*>", "search"),
        (r"\s*x\s*$", "sub"),
        (r"a.*?b.*?c$", "fullmatch"),
    ],
)
def test_the_test_finds_patterns_that_do_not_take_linear_time(text, use):
    assert hard_text(Pattern("", text, re.DOTALL, frozenset({use}))) != ""


def test_the_patterns_of_the_tree_are_found():
    found = patterns()

    assert len(found) > 60
    assert any(found_pattern.where.startswith("reconciler/credentials/rules.py") for found_pattern in found)
    assert any(found_pattern.where == "record.schema.json" for found_pattern in found)


def repeats_a_group_possessively(tree: Any) -> bool:
    """Whether a part of a parsed pattern is a possessive repetition of more than a character."""
    for operator, argument in tree:
        name = str(operator)
        if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            inner = argument[2]
            if name == "POSSESSIVE_REPEAT" and [str(part) for part, _ in inner] not in SINGLE:
                return True
            inners = [inner]
        elif name in {"ASSERT", "ASSERT_NOT"}:
            inners = [argument[1]]
        elif name == "BRANCH":
            inners = argument[1]
        elif name in {"SUBPATTERN", "ATOMIC_GROUP"}:
            inners = [argument[-1] if name == "SUBPATTERN" else argument]
        else:
            inners = []
        if any(map(repeats_a_group_possessively, inners)):
            return True
    return False


def test_no_pattern_repeats_a_group_possessively():
    """Python before 3.11.5 continues at the wrong place if such a group matches partly: write (?>(?:…)?)."""
    assert [
        pattern.where
        for pattern in patterns()
        if repeats_a_group_possessively(_parser.parse(pattern.text, pattern.flags))
    ] == []


@pytest.mark.parametrize(
    "text, is_so",
    [("(?:ab)?+c", True), ("x(y(?:a|bc)*+)", True), ("[ab]{1,3}+a?+.*+", False), ("(?>(?:ab)?)", False)],
)
def test_a_possessive_group_is_detected(text, is_so):
    assert repeats_a_group_possessively(_parser.parse(text)) is is_so
