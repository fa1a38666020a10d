"""Which environment variables look like credentials. The rule is documented in the README; it errs on masking.

A variable is masked when a word of its name is one of ``WORDS``, when its name ends in ``KEY``, or when its
value is a URL with a password in it. Names that end in ``_FILE`` or ``_PATH`` hold a place, not a value.
"""

import re
from collections.abc import Iterator
from typing import Any

WORDS = (
    "PASSWORD", "PASSWD", "PASSPHRASE", "PASS", "PWD", "SECRET", "SECRETS", "TOKEN", "CREDENTIAL", "CREDENTIALS",
    "APIKEY", "AUTH", "BEARER", "COOKIE", "CERT", "CERTIFICATE", "DSN", "JWT", "LICENSE", "MNEMONIC", "PIN",
    "PRIVATE", "SALT", "SEED", "SESSION", "SIGNATURE", "SIGNING", "ENCRYPTION", "WEBHOOK",
)  # fmt: skip
_NAME = re.compile(
    rf"(?:^|[_.\-])(?:{'|'.join(WORDS)})S?[0-9]*(?:$|[_.\-])|(?:PASSWORD|PASSWD|SECRET|TOKEN|KEY)[0-9]*$"
)
_PLACE = re.compile(r"[_.\-](?:FILE|PATH|DIR)$")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def looks_like_credential(name: str, value: Any) -> bool:
    """Whether an environment variable is to be masked, by its name or by its value."""
    upper = _CAMEL.sub("_", name).upper()
    if _NAME.search(upper) and not _PLACE.search(upper):
        return True
    return isinstance(value, str) and _has_url_with_password(value)


def _has_url_with_password(text: str) -> bool:
    return any(
        ":" in rest.split("@")[0] and "@" in rest and not rest.split("@")[0].endswith(":")
        for rest in _authorities(text)
    )


def _authorities(text: str) -> Iterator[str]:
    """What stands between ``://`` and the next slash or blank."""
    for rest in text.split("://")[1:]:
        words = rest.split("/", 1)[0].split(None, 1)
        if words and not rest[:1].isspace():
            yield words[0]
