import encodings.aliases
import io

import click
import pytest

from reconciler.cli.console import accept_any_text, colourful


class Stream(io.StringIO):
    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    "environment, terminal, coloured",
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"CLICOLOR_FORCE": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"CLICOLOR_FORCE": ""}, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_colour_is_used_on_terminals_and_on_request(environment, terminal, coloured, monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert colourful(Stream(terminal=terminal)) is coloured


def test_no_color_turns_colour_off(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    context = click.Context(click.Command("it"))
    context.color = False

    with context:
        assert not colourful(Stream(terminal=True))


def test_any_text_can_be_written_in_any_encoding_of_the_output():
    text = f"{'x' * 100}.. → é 密 \udcff\n" * 3
    for name in sorted({*encodings.aliases.aliases.values(), "idna", "punycode"}):
        written = io.BytesIO()
        try:
            stream = io.TextIOWrapper(written, encoding=name)
        except LookupError:  # Python does not start with it: it is no text encoding, or of another system
            continue

        accept_any_text(stream)
        stream.write(text)
        stream.flush()

        assert written.getvalue(), name
