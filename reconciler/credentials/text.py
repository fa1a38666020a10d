"""Finds credentials in a text by their form alone. Pure; time is linear in the text's length.

It finds values after a name of a credential (``password=…``, ``"password": "…"``, ``--requirepass …``), passwords
and tokens in URLs, ``Bearer`` and ``Basic``, private keys, tokens with the prefixes of well-known services, and
words that contain any of these in base64 or percent-encoding.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from functools import lru_cache

from reconciler.credentials.assignments import Span, in_assignments
from reconciler.credentials.generated import generated_values

_SOMETHING = re.compile(
    r"pass|paß|pw|secret|token|key|cred|auth|bearer|basic|identified|sig|://|-----BEGIN|\$(?:2|apr1|5|6|y|argon)"
    r"|gh[opusr]_|github_pat|gl[a-z]{1,5}-|AKIA|ASIA|xox|xapp|[sr]k[_-]|whsec|AIza|ya29|SG\.|npm_|pypi-|do[opr]_|hf_|hv[sbr]\."
    r"|shp|dckr|tskey|eyJ|SWMTKN|hook|telegram|(?<![^\s\"'\[,])-{1,2}[uapwkcbtrhnx]|\][: \t]"
    r"|:\d{1,5}:|:\d{2,5}[ \t]|:\d{3,5}(?![^\s:\"',;])"
    r"|setuser|kinit|psk|jwt|mnemonic|@[\w.-]{1,60}[:(]"
    r"|\{[a-z0-9]{3,8}\}|/bot[0-9]|cookie|login|user|community|obscure|gls[ac]_|ATATT|ATCTT|NRAK|dapi|sq0|EAAC|ntn_|figd_"
    r"|sntr|dp\.|PMAK|rubygems|sb[ps]_|CFPAT|pscale|hc-ping|pagerduty|chpasswd|sudo|code=|sid=|session=|mc[ \t]|sqlplus"
    r"|-p"
    r"|pswd|psswd|mdp|heslo|lozinka|salasana|jelsz|parol|парол|密|パスワード|비밀번호|sessid"
    r"|ssionid|lin_api|unseal|/p:|cloudflared|pm2[ \t]|unlock|curl|bundle|(?:recovery|backup)[ _-]?code"
    r"|totp|kennwort|contrase|senha|wachtwoord|hasło|:[^\s:@/]{3,200}+@|/[^\s/@]{3,200}+@|:\*:|sqlconnect|\"kty\"|private-lines|\{plain|\{clear",
    re.IGNORECASE,
)
"""A quick test that every text with a credential passes, and most other texts do not.

An ``@`` counts only with a password before it: ``root@host (process 7)``, as in the record, has none.
"""
_SHORT = 100
"""The length up to which results are cached: hundreds of services have the same few texts."""
_OF_URLS = str.maketrans("-_", "+/")
_BASE64 = re.compile(r"(?<![\w+/=-])[\w+/-]{12,}+={0,2}(?![\w+/=-])", re.ASCII)
_ENCODED = re.compile(
    r"%([0-9A-Fa-f]{2})|\\u00([0-9A-Fa-f]{2})|\\x([0-9A-Fa-f]{2})|&#x([0-9A-Fa-f]{2});|&#([0-9]{2,3});"
    r"|&(quot|apos|amp|lt|gt|equals|colon);"
)
"""Characters as they are escaped in URLs, JSON, programs and HTML."""
_OF_HTML = {"quot": '"', "apos": "'", "amp": "&", "lt": "<", "gt": ">", "equals": "=", "colon": ":"}
_ACCOUNT_ALONE = re.compile(r"[\w.@-]{1,60}+:[!-~]{3,200}+", re.ASCII)
"""``user:password``, as it is encoded in base64 in the settings of Docker and npm."""


def find_credentials(text: str, *, prose: bool = False) -> list[Span]:
    """The start and end of each credential in ``text``, in order, without overlaps.

    In ``prose``, such as a server's message, a value must follow its name with ``=``: ``secret 'web' is in use``
    contains none.
    """
    return list(_of_short(text, prose) if len(text) <= _SHORT else _spans(text, prose=prose))


@lru_cache(maxsize=4096)
def _of_short(text: str, prose: bool) -> tuple[Span, ...]:
    return tuple(_spans(text, prose=prose))


def _spans(text: str, *, prose: bool) -> list[Span]:
    found = [*_plain(text, prose=prose), *_in_base64(text)]
    if _ENCODED.search(text):
        found += _once_decoded(text, prose=prose)
    return merged(found)


def _plain(text: str, *, prose: bool = False) -> list[Span]:
    """The credentials in a text without decoding it."""
    near = list(generated_values(text, prose=prose))
    if not _SOMETHING.search(text):
        return near
    # imported here, since they compile a hundred patterns and most texts do not get here
    from reconciler.credentials.command_lines import in_command_lines
    from reconciler.credentials.entries import in_entries
    from reconciler.credentials.marked import marked_values
    from reconciler.credentials.syntaxes import in_syntaxes

    return [
        *near, *marked_values(text), *in_assignments(text, prose=prose), *in_syntaxes(text),
        *in_command_lines(text),
        *(() if prose else in_entries(text)),
    ]  # fmt: skip


def _in_base64(text: str) -> Iterator[Span]:
    """The words that contain a credential after decoding from base64."""
    for word in _BASE64.finditer(text):
        decoded = _from_base64(word[0])
        if decoded and (_ACCOUNT_ALONE.fullmatch(decoded) or _plain(decoded)):
            yield word.span()


def _once_decoded(text: str, *, prose: bool) -> Iterator[Span]:
    """The credentials found after decoding ``%3A``, ``\\u003a`` etc., as positions in the original text."""
    decoded: list[str] = []
    places: list[int] = []
    position = 0
    for encoded in _ENCODED.finditer(text):
        decoded += (text[position : encoded.start()], _character(encoded))
        places += range(position, encoded.start() + 1)
        position = encoded.end()
    decoded.append(text[position:])
    places += range(position, len(text) + 1)
    found = _plain("".join(decoded), prose=prose)
    yield from ((places[start], places[end]) for start, end in found)


def _character(encoded: re.Match[str]) -> str:
    written = encoded[encoded.lastindex or 0]
    if encoded.lastindex == 6:
        return _OF_HTML[written]
    return chr(int(written, 10 if encoded.lastindex == 5 else 16))


def _from_base64(word: str) -> str:
    """The printable text that ``word`` encodes in base64; "" if there is none."""
    bare = word.rstrip("=").translate(_OF_URLS)
    if len(bare) % 4 == 1:
        return ""
    try:
        decoded = b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("ascii")
    except ValueError:
        return ""
    return decoded if decoded.replace("\n", "").isprintable() else ""


def merged(found: list[Span]) -> list[Span]:
    """Spans in order; those that touch or overlap are joined."""
    apart: list[Span] = []
    for start, end in sorted(found):
        if apart and start <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        elif start < end:
            apart.append((start, end))
    return apart
