"""Credentials that are marked by their first characters, a URL or a word before them: private keys, tokens,
accounts and hashes. Pure; time is linear in the text's length.
"""

import re
from collections.abc import Iterator

from reconciler.credentials.assignments import Span, is_no_value, value_span
from reconciler.credentials.generated import is_mixed

_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[opusr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas)-|A(?:KIA|SIA)(?=[A-Z0-9]{12})"
    r"|xox[a-z]-|xapp-|[sr]k_(?:live|test)_|sk-|whsec_|AIza|ya29\.|SG\.|npm_|pypi-|do[opr]_v1_|hf_|hv[sbr]\."
    r"|shp(?:at|ca|pa|ss)_|dckr_[a-z]{3}_|tskey-|lin_api_|gls[ac]_|ATATT3|ATCTT3|NRAK-|dapi(?=[0-9a-f]{32})|sq0(?:csp|atp)-|EAACEdEose0cBA|ntn_|figd_|sntr[ysu]{2}_"
    r"|dp\.(?:pt|st)\.|PMAK-|rubygems_|sb[ps]_|xoxe\.|CFPAT-|pscale_(?:tkn|pw|oauth)_|key-(?=[0-9a-f]{32})|AGE-SECRET-KEY-1|SWMTKN-1-|eyJ(?=[A-Za-z0-9_-]{8}))"
    r"|hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/|webhook\.office\.com/"
    r"|outlook\.office(?:365)?\.com/webhook/|api\.telegram\.org/bot|hooks\.zapier\.com/hooks/|hc-ping\.com/|events\.pagerduty\.com/integration/",
)
_IN_A_PATH = re.compile(r"/(?:(?>(?:web)?)hooks?+|key|token)/([\w/-]{12,300}+)", re.ASCII | re.IGNORECASE)
"""The rest of a URL's path after a part that announces a token, as in the address of a chat's webhook."""
_LONGEST_URL, _SHORTEST_IN_A_PATH, _SHORTEST_MIXED = 300, 20, 12
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SECRET_ID = re.compile(
    rf"\bsecret[_-]?id[\"']?+[ \t]{{0,8}}+[:=][ \t]{{0,8}}+[\"']?+({_UUID.pattern})", re.IGNORECASE
)
"""The password of Vault's AppRole."""
_TOKEN_BODY = re.compile(r"[\w.=+/~%@:-]*+", re.ASCII)
_SHORTEST_TOKEN = 8
_AUTHORITY = re.compile(r"[^\s/?#\"'<>\\`]*+")
_USER_ALONE = 20
"""The length from which a user name in a URL (except http and https) counts as a token."""
_SCHEME = re.compile(r"\b(bearer|basic)[ \t]{1,4}+([\w.~+/=-]++)", re.IGNORECASE)
_IDENTIFIED = re.compile(
    r"\b(?:identified[ \t]{1,4}+(?>(?:with[ \t]{1,4}+\w{1,60}+[ \t]{1,4}+)?)by[ \t]{1,4}+|password\([ \t]?)(?=[\"'])",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"\b(?:login|user)[ \t]{1,4}+\S{1,100}+[ \t]{1,4}+(?>(?:insecure-)?)password[ \t]{1,4}+(\S++)"
)
"""A line of .netrc, or of a user list of HAProxy."""
_COOKIE = re.compile(
    r"\b(?>(?:set-)?)cookie2?+[\"']?+(?:[ \t]{0,8}+[:=]|[ \t]{1,8}+)[ \t]{0,8}+[\"']?+[\w.%-]{1,100}+=(?=[\w%+/.-]{6})"
    r"([^\"'\n]++)",
    re.IGNORECASE,
)
_IN_A_QUERY = re.compile(
    r"[?&](?:key|code|auth|sid|session)=(?=[A-Za-z_%.~-]{0,100}[0-9])([\w.~%-]{12,}+)", re.IGNORECASE
)
_OF_SMTP = re.compile(
    r"^(?:\[[\w.-]{1,100}+\](?>(?::\d{1,5}+)?)|[\w.-]{1,100}+:\d{2,5}+)[ \t]{1,8}+[\w.@+-]{1,100}+:(?!\d{1,5}$)"
    r"([^\s/]\S*+)$",
    re.MULTILINE,
)
"""A line of Postfix's ``sasl_passwd``."""
_ACCOUNT = re.compile(
    r"(?<![\w.:/@-])(?!(?:mailto|sips?|acct|xmpp|e?mail|from|to|b?cc|npm|pkg|ssh|git):)[\w.-]{1,60}+:"
    r"(?P<password>(?!-)[^\s:@/\"'(){},]{3,200}+)@(?!sha\d)(?:[a-z]{0,5}\(|/|[\w.-]{1,253}+(?P<more>:\d|[/?,][\w.-])?)",
    re.IGNORECASE,
)
"""``user:password@host`` without a scheme, ``user:password@tcp(host)`` of Go's drivers, ``user:password@/name``."""
_MAY_BE_A_TAG = re.compile(r"[A-Za-z]+(?:[-_.][A-Za-z0-9]+)*|v?[0-9]+(?:[-_.][A-Za-z0-9]+)*")
_OF_ORACLE = re.compile(
    r"(?:\boracle(?::thin:|://)[\w.-]{1,60}+/([^\s/@\"']{3,200}+)@|(?<![\w./@:-])[\w.-]{1,60}+/([^\s/@\"']{3,200}+)@//)"
)
_OF_ORACLE_ALONE = re.compile(r"(?<![\w./@:-])[\w.$-]{1,60}+/([^\s/@\"':,;&?=]{3,200}+)@(?!sha\d)[A-Za-z]")
_OF_NO_REPOSITORY = re.compile(r"[!#^~]")
"""Characters that do not occur in names of repositories and packages such as ``owner/name@v1``."""
_OF_PGPASS = re.compile(
    r"^(?:[\w.-]{1,100}+|\*):(?:\d{1,5}|\*):(?:[\w-]{1,60}+|\*):(?:[\w-]{1,60}+|\*):([^\s:]{1,200}+)$",
    re.MULTILINE,
)
_IN_CLEAR = re.compile(r"\{(?:PLAIN|CLEAR|CLEARTEXT)\}(\S++)")
"""A password without a hash in Dovecot and LDAP."""
_HASH = re.compile(
    r"\$(?:2[abxy]?|apr1|5|6|y|argon2id?)\$[\w./$=,+-]{8,}+|\{(?:S?SHA\d{0,3}|S?MD5|CRYPT)\}[\w./$=+-]{12,}+",
    re.ASCII,
)
_KEY_FILE = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----|-----BEGIN AGE ENCRYPTED FILE-----"
)


def marked_values(text: str) -> Iterator[Span]:
    """Keys, tokens, passwords in URLs, and values after a word that marks them."""
    yield from _private_keys(text)
    yield from _tokens(text)
    yield from _in_urls(text)
    yield from _in_paths(text)
    yield from _behind_words(text)


def hash_ends(text: str, at: int) -> int:
    """The end of the password hash that begins at ``at``; ``at`` if none begins there."""
    found = _HASH.match(text, at)
    return found.end() if found else at


def _private_keys(text: str) -> Iterator[Span]:
    position = 0
    while begin := _KEY_FILE.search(text, position):
        if "AGE ENCRYPTED" in begin[0]:  # an encrypted value, which may be shown
            position = begin.end()
            continue
        closing = text.find("-----END", begin.end())
        position = len(text) if closing < 0 else closing
        yield begin.end(), position


def _tokens(text: str) -> Iterator[Span]:
    position = 0
    while begin := _TOKEN.search(text, position):
        position = begin.end()
        body = _TOKEN_BODY.match(text, position)
        if body and len(body[0]) >= _SHORTEST_TOKEN:
            position = body.end()
            start = begin.end() if "/" in begin[0] else begin.start()
            yield start, position


def _in_urls(text: str) -> Iterator[Span]:
    """Passwords and tokens before the ``@`` of a URL, including passwords with an unescaped slash."""
    position = text.find("://")
    while position >= 0:
        start = position + 3
        authority = _AUTHORITY.match(text, start)
        end = authority.end() if authority else start
        at = text.rfind("@", start, end)
        if at < 0 and ":" in text[start:end] and not text.startswith("[", start):
            at = _late_at(text, start, end)
        if at >= 0:
            colon = text.find(":", start, at)
            if colon >= 0:
                yield colon + 1, at
            elif at - start >= _longest_user(text[max(0, position - 5) : position]) or is_mixed(
                text[start:at]
            ):
                yield start, at
        position = text.find("://", max(end, start))


def _in_paths(text: str) -> Iterator[Span]:
    """Tokens in the path of a URL, after a part that announces one."""
    for found in _IN_A_PATH.finditer(text):
        url = text.rfind("://", max(0, found.start() - _LONGEST_URL), found.start())
        if url < 0 or any(map(str.isspace, text[url : found.start()])):
            continue
        start = found.start(1)
        for part in found[1].split("/"):
            if _is_token(part):
                yield start, found.end()
                break
            start += len(part) + 1


def _is_token(part: str) -> bool:
    has_both = any(map(str.isdecimal, part)) and any(map(str.isalpha, part))
    is_long = len(part) >= _SHORTEST_IN_A_PATH and part.isalnum() and has_both
    return is_long or bool(_UUID.fullmatch(part)) or (len(part) >= _SHORTEST_MIXED and is_mixed(part))


def _longest_user(scheme: str) -> int:
    return 5 if scheme.lower().endswith(("http", "https")) else _USER_ALONE


def _late_at(text: str, start: int, end: int) -> int:
    """The ``@`` at the end of a password with a slash or a similar character; -1 if the text after the colon is a
    port.
    """
    port = text[text.find(":", start, end) + 1 : end]
    if port.isdecimal():
        return -1
    rest = re.split(r"[\s\"'<>]", text[end : end + 200], maxsplit=1)[0]
    return end + rest.rfind("@") if "@" in rest else -1


def _behind_words(text: str) -> Iterator[Span]:
    """Values that are marked by a word before them or by their first characters."""
    for match in _SCHEME.finditer(text):
        shortest = 6 if match[1].lower() == "bearer" else 12
        if len(match[2]) >= shortest:
            yield match.span(2)
    for match in _IDENTIFIED.finditer(text):
        yield value_span(text, match.end(), line=False)
    for match in _HASH.finditer(text):
        yield match.span()
    for match in (
        *_LOGIN.finditer(text),
        *_OF_PGPASS.finditer(text),
        *_IN_CLEAR.finditer(text),
        *_COOKIE.finditer(text),
        *_IN_A_QUERY.finditer(text),
        *_OF_SMTP.finditer(text),
        *_SECRET_ID.finditer(text),
    ):
        if not is_no_value(match[1]):
            yield match.span(1)
    for account in _ACCOUNT.finditer(text):
        password = account["password"]
        is_place = account["more"] or text[account.end() - 1] in "(/"
        if (is_place or not _MAY_BE_A_TAG.fullmatch(password)) and not is_no_value(password):
            yield account.span("password")
    for found in _OF_ORACLE.finditer(text):
        yield found.span(found.lastindex or 0)
    for found in _OF_ORACLE_ALONE.finditer(text):
        if not is_no_value(found[1]) and (is_mixed(found[1]) or _OF_NO_REPOSITORY.search(found[1])):
            yield found.span(1)
