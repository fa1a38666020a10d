"""Decides by name and value whether something is a credential. The rules are documented in docs/sensitive.md.

``looks_like_credential`` is for masking: in doubt it says yes. ``is_credential`` is for warnings: in doubt it says
no. ``holds_credential`` is for files that are written. ``credentials.text`` finds credentials inside a longer text.
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from reconciler.credentials.assignments import CLAIMS
from reconciler.credentials.text import find_credentials

STRONG = (
    "PASSWORD", "PASSWD", "PASSPHRASE", "PASSCODE", "PASS", "PWD", "PW", "SECRET", "TOKEN", "CREDENTIAL", "CRED",
    "APIKEY", "KEY", "AUTHORIZATION", "BEARER", "DSN", "JWT", "MNEMONIC", "OTP", "PAT", "PSK", "ELASTIC",
    "PASSWORT", "KENNWORT", "CONTRASENA", "SENHA", "WACHTWOORD", "MOTDEPASSE",
)  # fmt: skip
"""Words of a name that mean a credential. ``ELASTIC`` is Elasticsearch's superuser."""
WEAK = (
    "AUTH", "CERT", "CERTIFICATE", "COOKIE", "ENCRYPTION", "HOOK", "LICENSE", "PIN", "PRIVATE", "SALT", "SEED",
    "SESSION", "SIGNATURE", "SIGNING", "WEBHOOK",
)  # fmt: skip
"""Words of a name that mean a credential, or a choice of a few words that concern one."""
WORDS = (*STRONG, *WEAK)
ENDINGS = ("PASSWORD", "PASSWD", "SECRET", "TOKEN", "KEY", "PGPASS", "DBPASS")
"""Endings of a name without a separator: ``PGPASSWORD``, ``ACCESSKEY``."""
PLAIN_ENDINGS = CLAIMS | frozenset({
    "TAG", "VERSION", "IMAGE", "PORT", "FILE", "PATH", "DIR", "HOST", "HOSTS", "DOMAIN", "DOMAINS", "TYPE", "METHOD",
    "ENABLED", "DISABLED", "REQUIRED", "MODE", "ALGORITHM", "TTL", "EXPIRY", "LIFETIME", "AGE", "LENGTH",
    "LIMIT", "COUNT", "SIZE", "TIMEOUT", "INTERVAL", "LEVEL", "PROVIDER", "DRIVER", "POLICY", "FORMAT",
    "BACKEND", "MASTER", "HASHER", "HASHERS",
})  # fmt: skip
"""Last words of names whose value is a place, a choice or a number, whatever the other words are."""
ABOUT = frozenset({
    "URL", "URI", "ENDPOINT", "ID", "HEADER", "REGISTRY", "NAME", "PREFIX", "SUFFIX", "COMPLEXITY", "THROUGH", "HINTS",
})  # fmt: skip
"""Last words of names whose value describes a credential or its source, and is none itself."""
KEYS_OF_DATA = frozenset({"SORT", "PARTITION", "PRIMARY", "FOREIGN", "PUBLIC", "CACHE", "ROUTING"})
"""Words before ``KEY`` for a key of data, which is no credential."""
ADDRESSES = ("HOOK", "WEBHOOK", "DSN")
"""Words of names whose value is an address that is itself a credential."""
_BARE_URL = re.compile(r"[a-z]{1,20}://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?/?")
"""An address without path, query and user, which contains no credential."""
_BOOLEANS = frozenset({"", "true", "false", "yes", "no", "on", "off", "0", "1", "none", "null"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OF_BUNDLER = re.compile(r"BUNDLE_(?!(?:BUILD|MIRROR|LOCAL|PLUGINS?)_)[A-Z0-9_]{1,100}__[A-Z0-9_]{1,100}")
"""Bundler's setting for a host, in which ``__`` stands for a dot; its value is the account."""
_CODES = re.compile(r"(?:^|_)(?:RECOVERY|BACKUP)_CODES?$")
_NUMBER = re.compile(r"[-+]?[0-9][0-9_.,:]*(?:ms|s|m|h|d|k|kb|mb|gb|%)?", re.IGNORECASE)
_PATH = re.compile(
    r"(?:/|\.{1,2}/|[A-Za-z]:[\\/])[^\s]*|[\w.-]+(?:/[\w.-]+)*\.(?:key|pem|crt|cer|p12|pfx|jks|txt|conf)"
)
_CHOICE = re.compile(r"[A-Za-z]+(?:[-_][A-Za-z0-9]+)*[0-9]{0,3}")
_LONGEST_CHOICE = 24
_READS_A_SECRET = re.compile(r"(?:[\w./-]{1,60} )?/run/secrets/[\w./-]{1,200}")
"""A command that reads a secret's file, as in Airflow's variables that end in _CMD."""
_MODULE = re.compile(r"[A-Za-z_]\w{0,60}(?:\.[a-z_]\w{0,60}){2,10}")
"""The dotted name of a module or class, as in the choice of an implementation."""


def looks_like_credential(name: str, value: Any) -> bool:
    """Whether a variable is masked, by its name or value. A switch such as true is never masked."""
    if is_boolean(value):
        return False
    return names_credential(name) or (isinstance(value, str) and bool(find_credentials(value)))


def is_boolean(value: Any) -> bool:
    """Whether a value is a switch or empty, and so no credential."""
    return isinstance(value, str) and value.lower() in _BOOLEANS


def is_credential(name: str, value: str) -> bool:
    """Whether a value in a manifest is a credential, so that a warning is given.

    Numbers, paths and references never are; a choice of words is not if the name has only a ``WEAK`` word.
    """
    if find_credentials(value):
        return True
    if _is_plain(name, value) or _NUMBER.fullmatch(value):
        return False
    words = _words(name)
    is_choice = (len(value) <= _LONGEST_CHOICE and _CHOICE.fullmatch(value)) or _MODULE.fullmatch(value)
    return (
        not is_choice
        or _has(words, STRONG)
        or (_has_credential_ending(words[-1]) and not words[-1].endswith("KEY"))
    )


def holds_credential(name: str, value: str) -> bool:
    """Whether a value must not be written to a file that people commit.

    Unlike ``looks_like_credential`` it is false for obvious non-credentials, such as a path or a count. Unlike
    ``is_credential`` it is true for a number under a ``STRONG`` word, and for a word under a ``WEAK`` one.
    """
    if find_credentials(value):
        return True
    if _is_plain(name, value):
        return False
    words = _words(name)
    return not _NUMBER.fullmatch(value) or _has(words, STRONG) or _has_credential_ending(words[-1])


def _is_plain(name: str, value: str) -> bool:
    """Whether a value is clearly no credential: by its name, or because it is a switch, a path, a URL without a
    credential, or a text that reads or describes a credential.
    """
    if not names_credential(name) or is_boolean(value):
        return True
    if _PATH.fullmatch(value) or _READS_A_SECRET.fullmatch(value) or _BARE_URL.fullmatch(value):
        return True
    words = _words(name)
    return _is_key_of_data(words) or (words[-1] in ABOUT and not _has(words, ADDRESSES))


def _is_key_of_data(words: list[str]) -> bool:
    return len(words) > 1 and words[-1] == "KEY" and words[-2] in KEYS_OF_DATA


@lru_cache(maxsize=10_000)
def names_credential(name: str) -> bool:
    """Whether a name shows that its value is a credential."""
    words = _words(name)
    if not words or words[-1] in PLAIN_ENDINGS:
        return False
    bare = name[:300].upper()
    return (
        _has(words, WORDS)
        or _has_credential_ending(words[-1])
        or bool(_OF_BUNDLER.fullmatch(bare) or _CODES.search(bare))
    )


def is_sensitive_variable(
    name: str, *, sensitive: Iterable[str] = (), plain: Iterable[str] = (), mask: Iterable[str] = ()
) -> bool:
    """Whether the value of ``${name}`` is masked wherever it is used.

    ``sensitive`` and ``plain`` are names from the manifest, ``mask`` are patterns of the run, which the manifest
    cannot override.
    """
    if name in sensitive or any(fnmatchcase(name, pattern) for pattern in mask):
        return True
    return name not in plain and names_credential(name)


def _words(name: str) -> list[str]:
    """The words of a name, in capitals, without digits at their ends: ``dbPassword2`` is DB and PASSWORD."""
    words = re.split(r"[^A-Z0-9]+", _CAMEL.sub("_", name[:300]).upper())
    return [bare for word in words if (bare := word.rstrip("0123456789"))]


def _has_credential_ending(word: str) -> bool:
    return word.endswith((*ENDINGS, *(f"{ending}S" for ending in ENDINGS)))


def _has(words: Iterable[str], known: tuple[str, ...]) -> bool:
    return any(word in known or word.removesuffix("S") in known for word in words)
