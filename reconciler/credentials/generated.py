"""Values that look generated, near a name that shows that they are credentials; arrows, brackets, other words or
line ends may stand between. Pure; time is linear in the text's length.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from reconciler.credentials.assignments import OPEN_KEYS, Span, is_credential_name, words_of

_CANDIDATE = re.compile(
    r"(?<![\w!#$%^&*+~?.@/-])[\w!#$%^&*+~?.@/-]{8,200}+={0,2}+(?![\w!#$%^&*+~?.@/=-])", re.ASCII
)
_NOT_GENERATED = re.compile(
    r"[/$%&@]|\.{1,2}/|~/|AAAA|v?[0-9]+\.[0-9]|sha[0-9]{1,3}-|.*//|.*\.[A-Za-z]{2,5}$", re.DOTALL
)
"""Paths, references, public keys, versions, checksums, hosts and names of files, which are not generated values."""
_RUN = re.compile(r"[A-Z]+|[a-z]+|[0-9]+")
_ONE_CASE = re.compile(r"[a-z0-9]{10,200}|[A-Z0-9]{10,200}")
_NUMBERED = re.compile(
    r"[0-9a-f]{24,128}|[0-9A-F]{24,128}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)
"""Hexadecimal numbers and UUIDs, which have many other uses."""
_SHARE_OF_RUNS = 0.45
"""The minimum number of runs (of capitals, small letters or digits) for each letter or digit; ``Base64Encoded`` has
fewer.
"""
_WORD = re.compile(r"[^\W\d][\w.\-]*+")
_REMARK = re.compile(
    r"[\"'`,;.]{0,3}+[ \t]{1,8}+(?:#{1,6}+|//|--|<-+|\(|is[ \t](?:the|my|our|your)[ \t])[ \t]{0,8}+([\w. -]{1,40}+)"
)
_ASSIGNED = re.compile(r"[\"'`”\])}*]{0,6}+[ \t]{0,8}+(?:=|:(?!:))")
_LINE = 120
"""The longest distance in characters between a name and its value."""
_WORDS_BETWEEN = 3
_OF_A_VALUE = frozenset(
    {"VALUE", "VAL", "STRING", "TEXT", "CONTENT", "PLAIN", "PLAINTEXT", "DATA", "DEFAULT", "IS"}
)
"""Names for the value of the name before them."""
_WEAK = frozenset({
    "AUTH", "AUTHENTICATE", "AUTHENTICATION", "AUTHTOKEN", "LOGIN", "KEY", "KEYS", "PIN", "OTP", "MFA", "SALT",
    "BEARER", "ENCRYPT", "ENCRYPTION", "DECRYPT", "ACCESS", "USERS", "IDENTIFIED", "CHAP", "PAP", "BASIC",
    "BASICAUTH", "COMMUNITY", "CREDS", "CONNECTION", "DSN", "ACTIVATE", "PHRASE", "WORD", "CODE", "HMAC", "SIGN",
    "SIGNING", "COOKIE", "SESSION", "SEED", "PEPPER", "KEK", "DEK", "UNLOCK", "ACTIVATION", "CSRF",
    "NONCE",
})  # fmt: skip
"""Words of names near which only an unmistakably generated value is a credential."""


def generated_values(text: str, *, prose: bool) -> Iterator[Span]:
    """The values that look generated and are near a name of a credential.

    In ``prose`` only values that do not look like a name or identifier of an object.
    """
    for found in _CANDIDATE.finditer(text):
        word = found[0]
        if word.isalpha() or word.isdecimal() or _NOT_GENERATED.match(word):
            continue
        mixed = is_mixed(word)
        if not mixed and (prose or not (_is_of_one_case(word) or _NUMBERED.fullmatch(word))):
            continue
        if mixed and _name_behind(text, found.end()):
            yield found.start(), found.end()
            continue
        strength = _name_before(text, found.start())
        if strength == "strong" or (strength == "weak" and not prose and not _NUMBERED.fullmatch(word)):
            yield found.start(), found.end()


def is_mixed(word: str) -> bool:
    """Whether capitals, small letters and digits alternate in a word more often than in names."""
    runs = _RUN.findall(word)
    characters = sum(map(len, runs))
    return (
        bool(runs)
        and not (word.isupper() or word.islower())
        and any(run.isdecimal() for run in runs)
        and len(runs) >= _SHARE_OF_RUNS * characters
    )


def _is_of_one_case(word: str) -> bool:
    runs = _RUN.findall(word) if _ONE_CASE.fullmatch(word) else ()
    digits = sum(len(run) for run in runs if run.isdecimal())
    return len(runs) > 3 and digits > 2


def _name_before(text: str, start: int) -> str:
    """How likely the value at ``start`` is a credential, by the name before it: "strong", "weak" or ""."""
    first = text.rfind("\n", max(0, start - _LINE), start) + 1 or max(0, start - _LINE)
    words = list(_WORD.finditer(text, first, start))
    own = words[:-1] if words and _is_account(text, words[-1], start) else words
    if all(word[0].upper() in _OF_A_VALUE for word in own) and text[first - 1 : first] == "\n":
        return _last_of_line_above(text, first)
    for passed, word in enumerate(reversed(words)):
        if passed > _WORDS_BETWEEN:
            break
        before = words[-passed - 2][0].upper() if passed + 1 < len(words) else ""
        if strength := _says(word[0], before):
            return strength
        is_assigned = _ASSIGNED.match(text, word.end(), start) and not _is_account(text, word, start)
        if is_assigned and word[0].upper() not in _OF_A_VALUE:
            break
    return ""


def _name_behind(text: str, end: int) -> bool:
    """Whether a remark after a value shows that it is a credential: ``… # password``, ``… is the token``."""
    remark = _REMARK.match(text, end)
    return remark is not None and any(
        is_credential_name(words_of(word[0])) for word in _WORD.finditer(remark[1])
    )


def _is_account(text: str, word: re.Match[str], start: int) -> bool:
    """Whether a word is a user name with the password after it: ``user:password``."""
    return word.end() + 1 == start and text[word.end()] in ":/"


def _last_of_line_above(text: str, first: int) -> str:
    above = text[max(0, first - _LINE) : first].rstrip().rpartition("\n")[2]
    words = list(_WORD.finditer(above))
    while len(words) > 1 and words[-1][0] == words[-2][0] and above[words[-1].start() - 1] == "/":
        words.pop()  # </key>
    if not words or any(character.isalnum() for character in above[words[-1].end() :]):
        return ""
    before = words[-2][0].upper() if len(words) > 1 else ""
    return _says(words[-1][0], before) or (_says(before, "") if above[words[-1].start() - 1] == "/" else "")


@lru_cache(maxsize=10_000)
def _says(name: str, before: str) -> str:
    words = words_of(name)
    if (
        words
        and words[-1].removesuffix("S") == "KEY"
        and (words[-2] if len(words) > 1 else before) in OPEN_KEYS
    ):
        return ""
    if is_credential_name(words):
        return "strong"
    return "weak" if any(word in _WEAK for word in words) else ""
