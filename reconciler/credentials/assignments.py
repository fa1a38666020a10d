"""Credentials after a name such as ``password=…`` or ``--password …``. Pure; linear in the text's length."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

Span = tuple[int, int]
"""Start and end of a credential in its text."""
_NAMED = re.compile(
    r"(?<![\w.\-])(?P<flag>-{0,2}+)(?P<name>[^\W\d][\w.\-]{0,100}+)"
    r"(?P<between>\\{0,6}+[\"']?+\]?+[ \t\xa0]{0,8}+(?:=>|<-|[:?+]=|::(?=[ \t\"'])"
    r"|:[ \t]{0,4}+[A-Za-z][\w.<>?]{1,40}+[ \t]{1,4}+=(?=[ \t]{0,4}[\"'])|[=:\uff1a\uff1d])[ \t\xa0]{0,8}+"
    r"|[ \t]{1,8}+(?=[^\s=:]))",
)
_BEFORE_A_VALUE = re.compile(
    r"(?>(?:(?:&[\w-]{1,40}|!{1,2}[a-z][\w/:.-]{0,60}|/\*[^*\n]{0,100}\*/)[ \t]{1,8}){1,3})"
)
"""An anchor and a tag of YAML, and a comment."""
_INNER = re.compile(
    r"\{\s{0,8}+[\"']?(?:value|val|string|text|content|plain|plaintext|data|default)[\"']?[ \t]{0,8}+[:=][ \t]{0,8}+",
    re.IGNORECASE,
)
"""A value that is a map with the actual value in it."""
_SCHEME_WORD = re.compile(r"[A-Za-z][\w-]{1,20}+[ \t]{1,4}+(?=[^\s\"'\\])")
_ADDRESS_OF_A_HOOK = re.compile(
    r"[\"']?(https://[^\s/\"']{1,253}+/(?=[^\s\"']{0,300}[0-9])(?=[^\s\"']{0,300}[A-Za-z])[^\s\"']{16,}+)"
)
_QUOTE = re.compile(r"(\\{0,6}+)([\"'`])")
_IN_QUOTES = {
    '"': re.compile(r'(?>(?:[^"\\\n]|\\.)*)'),
    "'": re.compile(r"(?>(?:[^'\\\n]|\\.)*)"),
    "`": re.compile(r"[^`\n]*+"),
}
_STOP = re.compile(r"\s|[\"']?[&;,][\w.\-]{1,60}+[ \t]{0,4}[=:]|[\"'][,;)}\]]")
_LONGEST_LIST = 4000
_TRAILING = "\"'`,;)}]>\\"
_NOTHING = frozenset(
    {
        "",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "none",
        "null",
        "nil",
        "~",
        "{",
        "[",
        "-",
        "|",
        ">",
        "=",
        ":",
    }
)
_BLOCK = re.compile(r"[|>][-+0-9]{0,2}")
_FILE = re.compile(
    r"/(?:[\w.-]{1,100}/){0,20}[\w.-]{1,100}\.(?:cfg|cnf|conf|crt|env|ini|json|key|pem|properties|toml|txt|ya?ml)",
    re.ASCII,
)
"""An absolute path of a file of settings, keys or certificates, which may contain a credential but is none itself."""
_SEGMENT = r"/[A-Za-z_.][a-z_.-]{0,40}+[0-9]{0,3}+"
"""A part of a path that is a word: generated values mix capitals and digits."""
_FOLDER = re.compile(f"(?:{_SEGMENT}){{2,20}}/?")
_REFERENCE = re.compile(
    rf"\${{1,2}}(?:[A-Za-z_]|\{{[A-Za-z_]\w{{0,100}}+(?!:?[-=+](?!(?:{_SEGMENT}){{1,20}}/?(?:\}}|$))[^}}$]))"
    r"|\$?\{\{|<%|%\(|/run/secrets/"
)
"""A reference in place of a value: a variable (unless its default is a credential), a template, or a secret's file."""
_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
CREDENTIAL_WORDS = frozenset({
    "PASSWORD", "PASSWD", "PASSPHRASE", "PASSCODE", "PASS", "PWD", "PW", "SECRET", "TOKEN", "CREDENTIAL", "CRED",
    "APIKEY", "AUTHORIZATION", "REQUIREPASS", "MASTERAUTH", "MASTERUSER", "SIG", "SIGNATURE", "PSK", "JWT", "MNEMONIC",
    "BINDPW", "ROOTPW", "STOREPASS", "KEYPASS", "TRUSTPASS", "SETCOOKIE", "TOTP", "USERPASS", "DBPASS", "PGPASS",
    "ROOTPASS", "ADMINPASS", "PASSWORT", "KENNWORT", "CONTRASENA", "CONTRASEÑA", "SENHA", "WACHTWOORD", "HASŁO",
    "PASSE", "MOTDEPASSE", "MDP", "HESLO", "LOZINKA", "SALASANA", "JELSZO", "JELSZÓ", "PAROL", "ПАРОЛЬ", "密码", "密碼",
    "パスワード", "비밀번호", "PSWD", "PSSWD", "PASSWRD", "PHPSESSID", "JSESSIONID", "AUTHTOK",
})  # fmt: skip
_PAIRS_OF_WORDS = (("ERLANG", "COOKIE"), ("RECOVERY", "CODE"), ("BACKUP", "CODE"))
_LISTS_OF_CODES = (("RECOVERY", "CODES"), ("BACKUP", "CODES"))
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
    "AUTHTOKEN",
    "AUTHKEY",
)
OPEN_KEYS = frozenset(
    {
        "PUBLIC",
        "PRIMARY",
        "FOREIGN",
        "SORT",
        "PARTITION",
        "CACHE",
        "GROUP",
        "HASH",
        "ROUTING",
        "INDEX",
        "HAS",
        "AUTHORIZED",
        "KNOWN",
    }
)
_IN_A_LINE = frozenset({"PASSWORD", "PASSWD", "PASS", "SECRET", "TOKEN", "APIKEY"})
_SETTINGS = frozenset(
    {"BINDPW", "ROOTPW", "REQUIREPASS", "MASTERAUTH", "STOREPASS", "KEYPASS", "AUTHTOKEN", "AUTHKEY"}
)
_HOOKS = frozenset({"HOOK", "HOOKS", "WEBHOOK", "WEBHOOKS"})
_HANDS_ON = frozenset({"PROXY", "FASTCGI", "UWSGI", "SCGI", "GRPC", "MEMCACHED"})
"""Words before ``PASS`` in names of nginx and Apache that say to which server a request is passed."""
_A_WORD = re.compile(r"[A-Za-z]++(?>(?:['_.-][A-Za-z]++){0,20})[.,:;!?)]{0,3}+")
_NO_CREDENTIAL = re.compile(
    r"[-+]?[0-9][0-9_.,:]*+(?:[a-z]{1,2}|%)?|(?:~?/|\.{1,2}/)\S*+|-\S*+|[-+*/|&<>!=%\\#({\[]++\S{0,1}+|[)}\]]\S*+|\.[A-Z]\S*+|[a-z]{2,10}://\S*+|unix:\S*+"
)
CLAIMS = frozenset({
    "ISS", "SUB", "AUD", "EXP", "NBF", "IAT", "JTI", "ALG", "TYP", "CTY", "KID", "JKU",
    "ISSUER", "SUBJECT", "AUDIENCE", "EXPIRATION", "CLAIM", "CLAIMS", "SCOPE", "SCOPES", "ROLE", "ROLES", "GROUP",
    "GROUPS", "REALM",
})  # fmt: skip
"""Last words of names whose value describes a token and can be read in it: its claims (RFC 7519, 4.1; RFC 8693, 4.2;
RFC 9068, 2.2) and header parameters (RFC 7515, 4.1)."""
_OF_A_PLACE = CLAIMS | frozenset({
    "TAG", "VERSION", "IMAGE", "PORT", "FILE", "PATH", "DIR", "HOST", "HOSTS", "TYPE", "METHOD", "ENABLED", "MODE",
    "ALGORITHM", "TTL", "EXPIRY", "LIFETIME", "AGE", "LENGTH", "LIMIT", "SIZE", "TIMEOUT", "URL", "URI", "NAME", "ID",
    "HEADER", "FIELD", "ENV",
})  # fmt: skip
"""Last words of names after which a value is a credential only by its own form."""


def in_assignments(text: str, *, prose: bool, options_alone: bool = False) -> Iterator[Span]:
    """The values after a name of a credential.

    In ``prose`` only with ``=`` between; with ``options_alone`` only after an option such as ``--password``.
    """
    position = 0
    while match := _NAMED.search(text, position):
        position = match.end()
        words = words_of(match["name"])
        alone = not match["between"].strip()
        if (prose and "=" not in match["between"]) or (options_alone and not match["flag"]):
            continue
        if text.startswith("[", position) and text.find("]", position, position + _LONGEST_LIST) >= 0:
            continue  # a list: see ``beside``
        if not alone and _is_of_a_hook(words) and (hook := _ADDRESS_OF_A_HOOK.match(text, position)):
            yield hook.span(1)
            position = hook.end()
            continue
        if not alone:
            position = _start_of_value(text, position)
        if ":" in match["between"] and "=" in match["between"] and not is_credential_name(words):
            position = text.index(":", match.end("name")) + 1  # of PowerShell's $env:NAME = "…"
            continue
        if (is_credential_name(words) or _is_of_npm(match)) and (
            not alone or _may_stand_alone(text, match, words)
        ):
            line = _begins_line(text, match.start()) and (alone or not match["flag"])
            if words[-1] == "AUTHORIZATION" and (scheme := _SCHEME_WORD.match(text, position)):
                position = scheme.end()
            start, position = value_span(text, position, line=line)
            begin = match.start() - 2 if text.startswith("${", max(0, match.start() - 2)) else start
            if not is_no_value(text[begin:position]) and not (alone and _is_plain(text, match, position)):
                yield start, position


def _start_of_value(text: str, position: int) -> int:
    """Where a value begins: after the anchors, tags and comments before it, and inside a map that only holds it."""
    for skipped in (_INNER, _BEFORE_A_VALUE):
        if found := skipped.match(text, position):
            position = found.end()
    return position


def _is_of_npm(match: re.Match[str]) -> bool:
    return match["name"] == "_auth" and "=" in match["between"]


def _is_of_a_hook(words: tuple[str, ...]) -> bool:
    return not _HOOKS.isdisjoint(words)


def _may_stand_alone(text: str, match: re.Match[str], words: tuple[str, ...]) -> bool:
    """Whether only spaces may separate a name from its value: for an option, a setting on its own line, or SQL."""
    if match["flag"]:
        return text[match.end()] != "-"
    if match["name"].endswith((".key", ".pem", ".token")):
        return False  # the name of a file
    return (
        text[match.end()] in "\"'"
        or (words[-1] in _IN_A_LINE and _begins_text_line(text, match.start()))
        or len(words) > 1
        or words[-1] in _SETTINGS
        or (words[-1].endswith(_ENDS) and words[-1] not in CREDENTIAL_WORDS)
    )


def _is_plain(text: str, match: re.Match[str], end: int) -> bool:
    """Whether the text after a name and spaces is a word of a sentence, a number or a path."""
    start = match.end()
    if match["flag"] or text[start] in "\"'":
        return False
    given = text[start : min(end_of_line(text, start), start + 300)].strip().rstrip(";")
    words = words_of(match["name"])
    if _begins_line(text, match.start()) and (words[-1] in _IN_A_LINE or words[-1] in _SETTINGS):
        return False
    if not given or _NO_CREDENTIAL.fullmatch(text[start:end]):
        return True
    is_setting = words[-1] in _SETTINGS or (len(words) > 1 and _begins_text_line(text, match.start()))
    return is_word(text[start:end]) and not (is_setting and not re.search(r"\s", given))


def is_word(text: str) -> bool:
    """Whether a text is an ordinary word, as in sentences and lists of names."""
    return _A_WORD.fullmatch(text) is not None


def _begins_text_line(text: str, start: int) -> bool:
    """Whether only spaces or dashes precede ``start`` in its line."""
    return not text[max(0, start - 40) : start].rpartition("\n")[2].strip(" \t-")


def _begins_line(text: str, start: int) -> bool:
    """The same as ``_begins_text_line``, but false in a text of one line."""
    before = text[max(0, start - 40) : start]
    return "\n" in text and not before.rpartition("\n")[2].strip(" \t-")


def value_span(text: str, start: int, *, line: bool) -> Span:
    """Start and end of the value at ``start``, without its quotes. ``line``: it ends at the end of the line."""
    quote = _QUOTE.match(text, start)
    if quote and quote[1]:  # as in "{\"password\": \"…\"}": the closing quote is escaped like the opening one
        stop = end_of_line(text, start)
        end = text.find(quote[0], quote.end(), stop)
        return quote.end(), stop if end < 0 else end
    if quote:
        inside = _IN_QUOTES[quote[2]].match(text, quote.end())
        return quote.end(), inside.end() if inside else quote.end()
    stop_here = _STOP.search(text, start)
    end = stop_here.start() if stop_here else len(text)
    if _BLOCK.fullmatch(text, start, end):
        return _block(text, start)
    if line and (stop_here is None or stop_here[0].isspace()):
        end = end_of_line(text, start)
    return start, start + len(text[start:end].rstrip(_TRAILING + " \t\r"))


def end_of_line(text: str, start: int) -> int:
    """The end of the line that contains ``start``."""
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _block(text: str, start: int) -> Span:
    """The lines after ``start`` that are indented more than its own line: a block of YAML."""
    own = text[max(0, start - 300) : start].rpartition("\n")[2]
    indent = len(own) - len(own.lstrip())
    begin = position = end_of_line(text, start) + 1
    while position < len(text):
        end = end_of_line(text, position)
        line = text[position:end]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        position = end + 1
    return min(begin, len(text)), min(position, len(text))


def is_no_value(text: str) -> bool:
    """Whether a value is empty, a switch, or a reference to a value elsewhere."""
    bare = text.strip()
    return bare.lower() in _NOTHING or any(
        (_REFERENCE.match(bare), _FILE.fullmatch(bare), _FOLDER.fullmatch(bare))
    )


@lru_cache(maxsize=10_000)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, in capitals, without digits at their ends."""
    words = _WORD.findall(_CAMEL.sub("_", name).upper())
    return tuple(bare for word in words if (bare := word.rstrip("0123456789")))


def names_codes(words: tuple[str, ...]) -> bool:
    """Whether a name of these words is that of a list of recovery codes, which replace a second factor."""
    return words[-2:] in _LISTS_OF_CODES


@lru_cache(maxsize=10_000)
def is_credential_name(words: tuple[str, ...]) -> bool:
    """Whether a name of these words in a text shows that its value is a credential."""
    if not words or words[-1] in _OF_A_PLACE:
        return False
    if words[-2:] in _PAIRS_OF_WORDS:
        return True
    if words[-2:] == ("SERVER", "TOKENS") or (words[0] in _HANDS_ON and words[1:2] == ("PASS",)):
        return False
    if words[-1].endswith(_ENDS) or any({word, word.removesuffix("S")} & CREDENTIAL_WORDS for word in words):
        return True
    return any(
        after.removesuffix("S") == "KEY" and before not in OPEN_KEYS for before, after in pairwise(words)
    )
