"""Where credentials stand in a text, found by their form alone. Pure, and linear in the text's length.

Found are values behind a name that says so (``password=…``, ``"password": "…"``, ``--requirepass …``), passwords
and tokens in URLs, ``Bearer`` and ``Basic``, private keys, tokens that begin as those of well-known services do, and
words that hold any of these in base64 or percent-encoded.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from functools import lru_cache

from reconciler.credentials.assignments import Span, in_assignments, is_no_value, value_span
from reconciler.credentials.command_lines import in_command_lines
from reconciler.credentials.entries import in_entries
from reconciler.credentials.generated import generated_values, is_mixed

_SOMETHING = re.compile(
    r"pass|pw|secret|token|key|cred|auth|bearer|basic|identified|sig=|://|-----BEGIN|\$(?:2|apr1|5|6|y|argon)"
    r"|gh[opusr]_|github_pat|gl[a-z]{1,5}t-|AKIA|ASIA|xox|xapp|[sr]k[_-]|whsec|AIza|ya29|SG\.|npm_|pypi-|dop_|hf_|hvs"
    r"|shp|dckr|tskey|eyJ|SWMTKN|hooks\.slack|hook|[ \"']-{1,2}[uapwUPkcbtrhNAX]|\]:|:\d{2,5}[ \t:]|:\d{3,5}$"
    r"|setuser|kinit|psk|jwt|mnemonic|@[\w.-]{1,60}[:(]"
    r"|\{[a-z0-9]{3,8}\}|/bot[0-9]|cookie|login|user|community|obscure|gls[ac]_|ATATT|ATCTT|NRAK|dapi|sq0|EAAC|ntn_|figd_"
    r"|sntr|dp\.|PMAK|rubygems|sb[ps]_|CFPAT|pscale|hc-ping|pagerduty|chpasswd|sudo|code=|sid=|session=|mc |sqlplus|-p"
    r"|pswd|psswd|mdp|heslo|lozinka|salasana|jelsz|parol|парол|密|パスワード|비밀번호|sessid"
    r"|ssionid|unseal|/p:|cloudflared|pm2 |unlock"
    r"|sign|totp|kennwort|contrase|senha|wachtwoord|hasło|@|:\*:|\{plain|\{clear",
    re.IGNORECASE,
)
"""What every text with a credential in it has: looked for first, since most texts have none of it."""
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[opusr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas)-|A(?:KIA|SIA)(?=[A-Z0-9]{12})"
    r"|xox[a-z]-|xapp-|[sr]k_(?:live|test)_|sk-|whsec_|AIza|ya29\.|SG\.|npm_|pypi-|do[opr]_v1_|hf_|hv[sbr]\."
    r"|shp(?:at|ca|pa|ss)_|dckr_[a-z]{3}_|tskey-|lin_api_|gls[ac]_|ATATT3|ATCTT3|NRAK-|dapi(?=[0-9a-f]{32})|sq0(?:csp|atp)-|EAACEdEose0cBA|ntn_|figd_|sntr[ysu]{2}_"
    r"|dp\.(?:pt|st)\.|PMAK-|rubygems_|sb[ps]_|xoxe\.|CFPAT-|pscale_(?:tkn|pw|oauth)_|key-(?=[0-9a-f]{32})|AGE-SECRET-KEY-1|SWMTKN-1-|eyJ(?=[A-Za-z0-9_-]{8}))"
    r"|hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/|webhook\.office\.com/"
    r"|outlook\.office(?:365)?\.com/webhook/|api\.telegram\.org/bot|hooks\.zapier\.com/hooks/|hc-ping\.com/|events\.pagerduty\.com/integration/",
)
_IN_A_PATH = re.compile(r"/(?:(?:web)?+hooks?+|key|token)/([\w/-]{12,300}+)", re.ASCII | re.IGNORECASE)
"""The rest of a URL's path behind a part that says that a token follows, as in the address of a chat's hook."""
_LONGEST_URL, _SHORTEST_IN_A_PATH, _SHORTEST_MIXED = 300, 20, 12
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SECRET_ID = re.compile(
    rf"\bsecret[_-]?id[\"']?+[ \t]{{0,8}}+[:=][ \t]{{0,8}}+[\"']?+({_UUID.pattern})", re.IGNORECASE
)
"""What Vault's AppRole takes for a password."""
_TOKEN_BODY = re.compile(r"[\w.=+/~%@:-]*+", re.ASCII)
_SHORTEST_TOKEN = 8
_SHORT = 100
"""Characters of a text that is looked at once: hundreds of services have the same few of them."""
_AUTHORITY = re.compile(r"[^\s/?#\"'<>\\`]*+")
_USER_ALONE = 20
"""Characters of a user in a URL that is no web page's, from which it is more than a name."""
_SCHEME = re.compile(r"\b(bearer|basic)[ \t]{1,4}+([\w.~+/=-]++)", re.IGNORECASE)
_IDENTIFIED = re.compile(
    r"\b(?:identified[ \t]{1,4}+(?:with[ \t]{1,4}+\w{1,60}+[ \t]{1,4}+)?+by[ \t]{1,4}+|password\([ \t]?)(?=[\"'])",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"\b(?:login|user)[ \t]{1,4}+\S{1,100}+[ \t]{1,4}+(?:insecure-)?+password[ \t]{1,4}+(\S++)"
)
"""A line of .netrc, or of HAProxy's lists of users."""
_COOKIE = re.compile(
    r"\b(?:set-)?+cookie2?+[\"']?+(?:[ \t]{0,8}+[:=]|[ \t]{1,8}+)[ \t]{0,8}+[\"']?+[\w.%-]{1,100}+=(?=[\w%+/.-]{6})"
    r"([^\"'\n]++)",
    re.IGNORECASE,
)
_IN_A_QUERY = re.compile(
    r"[?&](?:key|code|auth|sid|session)=(?=[A-Za-z_%.~-]{0,100}[0-9])([\w.~%-]{12,}+)", re.IGNORECASE
)
_OF_SMTP = re.compile(
    r"^(?:\[[\w.-]{1,100}+\](?::\d{1,5}+)?+|[\w.-]{1,100}+:\d{2,5}+)[ \t]{1,8}+[\w.@+-]{1,100}+:(?!\d{1,5}$)"
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
"""What no name of a repository or a package holds, as in ``owner/name@v1``."""
_OF_PGPASS = re.compile(
    r"^(?:[\w.-]{1,100}+|\*):(?:\d{1,5}|\*):(?:[\w-]{1,60}+|\*):(?:[\w-]{1,60}+|\*):([^\s:]{1,200}+)$",
    re.MULTILINE,
)
_IN_CLEAR = re.compile(r"\{(?:PLAIN|CLEAR|CLEARTEXT)\}(\S++)")
"""A password as Dovecot and LDAP write one that is not hashed."""
_OF_URLS = str.maketrans("-_", "+/")
_HASH = re.compile(
    r"\$(?:2[abxy]?|apr1|5|6|y|argon2id?)\$[\w./$=,+-]{8,}+|\{(?:S?SHA\d{0,3}|S?MD5|CRYPT)\}[\w./$=+-]{12,}+",
    re.ASCII,
)
_BASE64 = re.compile(r"(?<![\w+/=-])[\w+/-]{12,}+={0,2}(?![\w+/=-])", re.ASCII)
_ENCODED = re.compile(
    r"%([0-9A-Fa-f]{2})|\\u00([0-9A-Fa-f]{2})|\\x([0-9A-Fa-f]{2})|&#x([0-9A-Fa-f]{2});|&#([0-9]{2,3});"
    r"|&(quot|apos|amp|lt|gt|equals|colon);"
)
"""Characters as URLs, JSON, programs and HTML write them."""
_OF_HTML = {"quot": '"', "apos": "'", "amp": "&", "lt": "<", "gt": ">", "equals": "=", "colon": ":"}
_ACCOUNT_ALONE = re.compile(r"[\w.@-]{1,60}+:[!-~]{3,200}+", re.ASCII)
"""``user:password``, which is what stands in base64 in the settings of Docker and npm."""
_KEY_FILE = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----|-----BEGIN AGE ENCRYPTED FILE-----"
)


def find_credentials(text: str, *, prose: bool = False) -> list[Span]:
    """The parts of ``text`` that are credentials, in order and apart from each other.

    In ``prose``, such as a server's message, a value has to follow its name with ``=``: ``secret 'web' is in use``
    holds none.
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


def hash_ends(text: str, at: int) -> int:
    """Where the hash of a password that begins at ``at`` ends; ``at`` where none begins there."""
    found = _HASH.match(text, at)
    return found.end() if found else at


def _plain(text: str, *, prose: bool = False) -> list[Span]:
    """What is found in a text as it is written."""
    near = list(generated_values(text, prose=prose))
    if not _SOMETHING.search(text):
        return near
    return [
        *near,
        *_private_keys(text), *_tokens(text), *_in_urls(text), *_in_paths(text), *in_assignments(text, prose=prose),
        *_marked(text), *in_command_lines(text), *(() if prose else in_entries(text)),
    ]  # fmt: skip


def _in_base64(text: str) -> Iterator[Span]:
    """Words that hold a credential once they are decoded."""
    for word in _BASE64.finditer(text):
        decoded = _from_base64(word[0])
        if decoded and (_ACCOUNT_ALONE.fullmatch(decoded) or _plain(decoded)):
            yield word.span()


def _once_decoded(text: str, *, prose: bool) -> Iterator[Span]:
    """What is found once ``%3A``, ``\\u003a`` and the like are decoded, where it stands in the text as it is."""
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
    """The printable text that ``word`` encodes, "" where it encodes none."""
    bare = word.rstrip("=").translate(_OF_URLS)
    if len(bare) % 4 == 1:
        return ""
    try:
        decoded = b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("ascii")
    except ValueError:
        return ""
    return decoded if decoded.replace("\n", "").isprintable() else ""


def merged(found: list[Span]) -> list[Span]:
    """Spans in order and apart: those that touch or overlap are one."""
    apart: list[Span] = []
    for start, end in sorted(found):
        if apart and start <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        elif start < end:
            apart.append((start, end))
    return apart


def _private_keys(text: str) -> Iterator[Span]:
    position = 0
    while begin := _KEY_FILE.search(text, position):
        if "AGE ENCRYPTED" in begin[0]:  # sealed: made to be seen
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
    """Passwords and tokens before the ``@`` of a URL, also passwords with a slash that is not written as %2F."""
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
    """Tokens in the path of a URL, behind a part that says so."""
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
    """Where an ``@`` ends a password that holds a slash or the like; -1 where a port stands behind the colon."""
    port = text[text.find(":", start, end) + 1 : end]
    if port.isdecimal():
        return -1
    rest = re.split(r"[\s\"'<>]", text[end : end + 200], maxsplit=1)[0]
    return end + rest.rfind("@") if "@" in rest else -1


def _marked(text: str) -> Iterator[Span]:
    """What a word before it or its own first characters mark."""
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
