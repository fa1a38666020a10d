"""Patterns and names on the command line. One that could never match anything is an error, so that no value is shown
because of a comma."""

import re

import click


def name_pattern(text: str) -> str:
    """``text`` if it is a pattern of names of variables, fields or configs. Raises click.BadParameter."""
    # Neither an option nor one set of characters alone: both are a list that was written wrongly.
    found = re.fullmatch(r"(?!-|\[[^\]]*\]$)[\w.:/@+*?\[\]!-]+", text)
    return _checked(text, found, "a pattern of names, such as *_LOGIN, without spaces, commas or quotes")


def file_pattern(text: str) -> str:
    """``text`` if it is a pattern of paths from the top of a repository. Raises click.BadParameter."""
    found = re.fullmatch(r"(?![/~\"'-]|\.{1,2}/|[A-Za-z]:)[^\\]+", text)
    return _checked(
        text, found, "a pattern of paths from the top of the repository, such as build/*.pem, without quotes"
    )


def field_name(text: str) -> str:
    """``text`` if it can be the name of a field. Raises click.BadParameter."""
    return _checked(text, re.fullmatch(r"\w[\w.-]*", text), "the name of a field, such as labels")


def branch_name(text: str) -> str:
    """``text`` if it can be the name of a branch (git-check-ref-format). Raises click.BadParameter."""
    found = re.fullmatch(r"(?![/\"'-]|refs/)[^\x00-\x20\x7f~^:?*\[\\]+(?<![/.\"'])", text)
    return _checked(text, found, "the name of a branch, such as main")


def name_patterns(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """A click callback: every value as a pattern of names."""
    return tuple(map(name_pattern, values))


def file_patterns(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """A click callback: every value as a pattern of paths."""
    return tuple(map(file_pattern, values))


def field_names(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """A click callback: every value as the name of a field."""
    return tuple(map(field_name, values))


def _checked(text: str, found: re.Match[str] | None, expected: str) -> str:
    if found:
        return text
    raise click.BadParameter(f"{text!r} is not {expected}. Give each one by itself.")
