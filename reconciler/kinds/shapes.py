"""Where credentials stand in a text, told by their shape alone. Pure, and linear in the text's length.

Found are values behind a name that says so (``password=…``, ``"password": "…"``, ``--requirepass …``), passwords
and tokens in URLs, ``Bearer`` and ``Basic``, private keys, tokens that begin as those of well-known services do, and
words that hold any of these in base64 or percent-encoded.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

Span = tuple[int, int]
"""Where a credential begins in its text, and where it ends."""

_SOMETHING = re.compile(
    r"pass|pw|secret|token|key|cred|auth|bearer|basic|identified|sig=|://|-----BEGIN|\$(?:2|apr1|5|6|y|argon)"
    r"|gh[opusr]_|github_pat|gl[a-z]{1,5}t-|AKIA|ASIA|xox|xapp|[sr]k[_-]|whsec|AIza|ya29|SG\.|npm_|pypi-|dop_|hf_|hvs"
    r"|shp|dckr|tskey|eyJ|SWMTKN|hooks\.slack|hook| -[uapwU]|psk|jwt|mnemonic|@[\w.-]{1,60}[:(]|\{[a-z0-9]{3,8}\}"
    r"|/bot[0-9]",
    re.IGNORECASE,
)
"""What every text with a credential in it has: looked for first, since most texts have none of it."""
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[opusr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas)-|A(?:KIA|SIA)(?=[A-Z0-9]{12})"
    r"|xox[a-z]-|xapp-|[sr]k_(?:live|test)_|sk-|whsec_|AIza|ya29\.|SG\.|npm_|pypi-|do[opr]_v1_|hf_|hv[sbr]\."
    r"|shp(?:at|ca|pa|ss)_|dckr_[a-z]{3}_|tskey-|lin_api_|AGE-SECRET-KEY-1|SWMTKN-1-|eyJ(?=[A-Za-z0-9_-]{8}))"
    r"|hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/|webhook\.office\.com/"
    r"|outlook\.office(?:365)?\.com/webhook/|api\.telegram\.org/bot",
)
_TOKEN_BODY = re.compile(r"[\w.=+/~%@:-]*+", re.ASCII)
_SHORTEST_TOKEN = 8
_AUTHORITY = re.compile(r"[^\s/?#\"'<>\\`]*+")
_USER_ALONE = 20
"""Characters of a user in a URL that is no web page's, from which it is more than a name."""
_NAMED = re.compile(
    r"(?<![\w.\-])(?P<flag>-{0,2}+)(?P<name>[A-Za-z_][\w.\-]{0,100}+)"
    r"(?P<between>\\{0,6}+[\"']?+\]?+[ \t]{0,8}+(?:=>|:=|[=:])[ \t]{0,8}+|[ \t]{1,8}+(?=[^\s=:]))",
)
_XML = re.compile(r"<([A-Za-z_][\w.\-]{0,100}+)>([^<]++)<")
_PAIR = re.compile(
    r"\b(?:key|name)=[\"']([A-Za-z_][\w.:\-]{0,100}+)[\"'][ \t]{1,8}+value=[\"']([^\"'\n]{1,4000}+)",
    re.IGNORECASE,
)
"""The settings of .NET and of Java's XML."""
_CALL = re.compile(r"\([ \t]?[\"']([A-Za-z_][\w.\-]{0,100}+)[\"'],[ \t]{0,8}+[\"']([^\"'\n]{1,4000}+)")
"""The settings of PHP, such as WordPress's."""
_SCHEME = re.compile(r"\b(bearer|basic)[ \t]{1,4}+([\w.~+/=-]++)", re.IGNORECASE)
_IDENTIFIED = re.compile(r"\bidentified[ \t]{1,4}+by[ \t]{1,4}+(?=[\"'])", re.IGNORECASE)
_LOGIN = re.compile(r"\blogin[ \t]{1,4}+\S{1,100}+[ \t]{1,4}+password[ \t]{1,4}+(\S++)")
"""A line of .netrc."""
_ACCOUNT = re.compile(
    r"(?<![\w.:/@-])[\w.-]{1,60}+:([^\s:@/\"'(){},]{3,200}+)@(?:[a-z]{2,5}\(|(?!sha\d)[\w.-]{1,60}+:\d)"
)
"""``user:password@tcp(host)`` of Go's drivers, and ``user:password@host:port`` without a scheme."""
_PROGRAM = re.compile(
    r"(?<![\w-])(?:(?P<a>redis-cli)|(?P<p>sshpass|mongo[a-z]{0,10}|docker[ \t]{1,4}login)"
    r"|(?P<attached>(?:mysql|mariadb)[\w-]{0,12})|(?P<w>ldap[a-z]{2,10})|(?P<U>smbclient|rpcclient))(?=[ \t])"
)
"""Programs that take a password behind a short option, by that option."""
_OPTION = {
    "a": re.compile(r"[ \t]-a[ \t]{0,4}+(\S++)"),
    "p": re.compile(r"[ \t]-p[ \t]{0,4}+(\S++)"),
    "attached": re.compile(r"[ \t]-p(?=[^\s-])(\S++)"),
    "w": re.compile(r"[ \t]-w[ \t]{0,4}+(\S++)"),
    "U": re.compile(r"[ \t]-U[ \t]{0,4}+[^\s%]{1,100}+%(\S++)"),
}
_LONGEST_COMMAND = 500
_OF_URLS = str.maketrans("-_", "+/")
_USER_FLAG = re.compile(r"(?<!\S)(?:-u|--user)[ =]{1,4}+[^\s:@/\"']{1,100}+:(\S++)")
_HASH = re.compile(
    r"\$(?:2[abxy]?|apr1|5|6|y|argon2id?)\$[\w./$=,+-]{8,}+|\{(?:S?SHA\d{0,3}|S?MD5|CRYPT)\}[\w./$=+-]{12,}+",
    re.ASCII,
)
_BASE64 = re.compile(r"(?<![\w+/=-])[\w+/-]{12,}+={0,2}(?![\w+/=-])", re.ASCII)
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_ACCOUNT_ALONE = re.compile(r"[\w.@-]{1,60}+:[!-~]{3,200}+", re.ASCII)
"""``user:password``, which is what stands in base64 in the settings of Docker and npm."""
_SCHEME_WORD = re.compile(r"[A-Za-z][\w-]{1,20}+[ \t]{1,4}+(?=[^\s\"'\\])")
_ADDRESS_OF_A_HOOK = re.compile(
    r"[\"']?(https://[^\s/\"']{1,253}+/(?=[^\s\"']{0,300}[0-9])(?=[^\s\"']{0,300}[A-Za-z])[^\s\"']{16,}+)"
)
_KEY_FILE = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----|-----BEGIN AGE ENCRYPTED FILE-----"
)
_QUOTE = re.compile(r"(\\{0,6}+)([\"'`])")
_IN_QUOTES = {
    '"': re.compile(r'(?:[^"\\\n]|\\.)*+'),
    "'": re.compile(r"(?:[^'\\\n]|\\.)*+"),
    "`": re.compile(r"[^`\n]*+"),
}
_STOP = re.compile(r"\s|[\"']?[&;,][\w.\-]{1,60}+[ \t]{0,4}[=:]|[\"'][,;)}\]]")
_TRAILING = "\"'`,;)}]>\\"
_NOTHING = frozenset(
    {"", "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "~", "{", "[", "-", "|", ">"}
)
_BLOCKS = frozenset({"|", ">", "|-", ">-", "|+", ">+"})
_REFERENCE = re.compile(r"\$\{?[A-Za-z_]|\{\{|<%|%\(|/run/secrets/")
_WORD = re.compile(r"[A-Z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SAYS_SO = frozenset({
    "PASSWORD", "PASSWD", "PASSPHRASE", "PASSCODE", "PASS", "PWD", "PW", "SECRET", "TOKEN", "CREDENTIAL", "CRED",
    "APIKEY", "AUTHORIZATION", "REQUIREPASS", "MASTERAUTH", "MASTERUSER", "SIG", "SIGNATURE", "PSK", "JWT", "MNEMONIC",
    "BINDPW", "ROOTPW", "STOREPASS", "KEYPASS", "TRUSTPASS",
})  # fmt: skip
_ENDS = (
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "APIKEY",
    "ACCESSKEY",
    "SECRETKEY",
    "PRIVATEKEY",
    "ACCOUNTKEY",
)
_OPEN_KEYS = frozenset(
    {"PUBLIC", "PRIMARY", "FOREIGN", "SORT", "PARTITION", "CACHE", "GROUP", "HASH", "ROUTING", "INDEX"}
)
_IN_A_LINE = frozenset({"REQUIREPASS", "MASTERAUTH", "PASSWORD", "PASSWD", "SECRET", "TOKEN", "APIKEY"})
_OF_A_PLACE = frozenset({
    "TAG", "VERSION", "IMAGE", "PORT", "FILE", "PATH", "DIR", "HOST", "HOSTS", "TYPE", "METHOD", "ENABLED", "MODE",
    "ALGORITHM", "TTL", "EXPIRY", "LIFETIME", "AGE", "LENGTH", "LIMIT", "SIZE", "TIMEOUT", "URL", "URI", "NAME", "ID",
    "HEADER", "FIELD", "ENV",
})  # fmt: skip
"""Last words of names in a text whose value is looked at by its own shape alone."""


def spans(text: str, *, prose: bool = False) -> list[Span]:
    """The parts of ``text`` that are credentials, in order and apart from each other.

    In ``prose``, such as a server's message, a value has to follow its name with ``=``: ``secret 'web' is in use``
    holds none.
    """
    found = [*_plain(text, prose=prose), *_in_base64(text)]
    if _PERCENT.search(text):
        found += _in_percent(text)
    return _joined(found)


def _plain(text: str, *, prose: bool = False) -> list[Span]:
    """What is found in a text as it is written."""
    if not _SOMETHING.search(text):
        return []
    return [
        *_private_keys(text), *_tokens(text), *_in_urls(text), *_named(text, prose=prose), *_marked(text),
    ]  # fmt: skip


def _in_base64(text: str) -> Iterator[Span]:
    """Words that hold a credential once they are decoded."""
    for word in _BASE64.finditer(text):
        decoded = _from_base64(word[0])
        if decoded and (_ACCOUNT_ALONE.fullmatch(decoded) or _plain(decoded)):
            yield word.span()


def _in_percent(text: str) -> Iterator[Span]:
    """What is found once ``%3A`` and the like are decoded, where it stands in the text as it is."""
    decoded: list[str] = []
    places: list[int] = []
    position = 0
    for one in _PERCENT.finditer(text):
        decoded += (text[position : one.start()], chr(int(one[1], 16)))
        places += range(position, one.start() + 1)
        position = one.end()
    decoded.append(text[position:])
    places += range(position, len(text) + 1)
    yield from ((places[start], places[end]) for start, end in _plain("".join(decoded)))


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


def _joined(found: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        elif start < end:
            joined.append((start, end))
    return joined


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
            elif at - start >= (
                5
                if text[max(0, position - 5) : position].lower().endswith(("http", "https"))
                else _USER_ALONE
            ):
                yield start, at
        position = text.find("://", max(end, start))


def _late_at(text: str, start: int, end: int) -> int:
    """Where an ``@`` ends a password that holds a slash or the like; -1 where a port stands behind the colon."""
    port = text[text.find(":", start, end) + 1 : end]
    if port.isdecimal():
        return -1
    rest = re.split(r"[\s\"'<>]", text[end : end + 200], maxsplit=1)[0]
    return end + rest.rfind("@") if "@" in rest else -1


def _named(text: str, *, prose: bool) -> Iterator[Span]:
    """Values behind a name that says that they are credentials."""
    position = 0
    while match := _NAMED.search(text, position):
        position = match.end()
        words = _words(match["name"])
        alone = not match["between"].strip()
        if prose and "=" not in match["between"]:
            continue
        if not alone and _is_of_a_hook(words) and (hook := _ADDRESS_OF_A_HOOK.match(text, position)):
            yield hook.span(1)
            position = hook.end()
            continue
        if says_so(words) and (not alone or _may_stand_alone(text, match, words)):
            line = _begins_line(text, match.start()) and (alone or not match["flag"])
            if words[-1] == "AUTHORIZATION" and (scheme := _SCHEME_WORD.match(text, position)):
                position = scheme.end()
            start, position = _value(text, position, line=line)
            if not _is_nothing(text[start:position]):
                yield start, position
    for match in (*_XML.finditer(text), *_PAIR.finditer(text), *_CALL.finditer(text)):
        if says_so(_words(match[1])) and not _is_nothing(match[2]):
            yield match.span(2)


def _is_of_a_hook(words: tuple[str, ...]) -> bool:
    return any(one.removesuffix("S") in ("HOOK", "WEBHOOK") for one in words)


def _may_stand_alone(text: str, match: re.Match[str], words: tuple[str, ...]) -> bool:
    """Whether a value may follow a name with nothing but blanks between: an option, a line of redis.conf, SQL."""
    if match["flag"]:
        return text[match.end()] != "-"
    if text[match.end()] in "\"'":
        return True
    return words[-1] in _IN_A_LINE and (
        _begins_line(text, match.start()) or words[-1] in {"REQUIREPASS", "MASTERAUTH"}
    )


def _begins_line(text: str, start: int) -> bool:
    """Whether ``start`` is the first of its line but for blanks, in a text of several lines."""
    before = text[max(0, start - 40) : start]
    return "\n" in text and not before.rpartition("\n")[2].strip(" \t-")


def _value(text: str, start: int, *, line: bool) -> Span:
    """Where the value that begins at ``start`` stands, without its quotes; ``line``: up to the end of its line."""
    quote = _QUOTE.match(text, start)
    if quote and quote[1]:  # "{\"password\": \"…\"}": the end looks as the beginning does
        stop = _end_of_line(text, start)
        end = text.find(quote[0], quote.end(), stop)
        return quote.end(), stop if end < 0 else end
    if quote:
        inside = _IN_QUOTES[quote[2]].match(text, quote.end())
        return quote.end(), inside.end() if inside else quote.end()
    stop_here = _STOP.search(text, start)
    end = stop_here.start() if stop_here else len(text)
    if text[start:end] in _BLOCKS:
        return _block(text, start)
    if line and (stop_here is None or stop_here[0].isspace()):
        end = _end_of_line(text, start)
    return start, start + len(text[start:end].rstrip(_TRAILING + " \t\r"))


def _end_of_line(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _block(text: str, start: int) -> Span:
    """The lines below ``start`` that are indented more than its own: a block of YAML."""
    own = text[max(0, start - 300) : start].rpartition("\n")[2]
    indent = len(own) - len(own.lstrip())
    begin = position = _end_of_line(text, start) + 1
    while position < len(text):
        end = _end_of_line(text, position)
        line = text[position:end]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        position = end + 1
    return min(begin, len(text)), min(position, len(text))


def _marked(text: str) -> Iterator[Span]:
    """What a word before it or its own first characters mark."""
    for match in _SCHEME.finditer(text):
        shortest = 6 if match[1].lower() == "bearer" else 12
        if len(match[2]) >= shortest:
            yield match.span(2)
    for match in _IDENTIFIED.finditer(text):
        yield _value(text, match.end(), line=False)
    for match in _USER_FLAG.finditer(text):
        yield match.span(1)
    for match in _HASH.finditer(text):
        yield match.span()
    for match in (*_LOGIN.finditer(text), *_ACCOUNT.finditer(text)):
        if not _is_nothing(match[1]):
            yield match.span(1)
    for program in _PROGRAM.finditer(text):
        option = _OPTION[str(program.lastgroup)]
        end = min(_end_of_line(text, program.end()), program.end() + _LONGEST_COMMAND)
        if (given := option.search(text, program.end(), end)) and not _is_nothing(given[1].strip("\"'")):
            yield given.span(1)


def _is_nothing(value: str) -> bool:
    bare = value.strip()
    return bare.lower() in _NOTHING or bool(_REFERENCE.match(bare))


@lru_cache(maxsize=10_000)
def _words(name: str) -> tuple[str, ...]:
    words = _WORD.findall(_CAMEL.sub("_", name).upper())
    return tuple(bare for one in words if (bare := one.rstrip("0123456789")))


def says_so(words: tuple[str, ...]) -> bool:
    """Whether a name of these words, met in a text, says that what follows is a credential."""
    if not words or words[-1] in _OF_A_PLACE:
        return False
    if any(one in _SAYS_SO or one.removesuffix("S") in _SAYS_SO for one in words) or words[-1].endswith(
        _ENDS
    ):
        return True
    return any(
        after.removesuffix("S") == "KEY" and before not in _OPEN_KEYS for before, after in pairwise(words)
    )
