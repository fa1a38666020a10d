"""Which environment variables look like credentials. The rule is documented in the README; it errs on masking.

A variable is masked when a word of its name is one of ``WORDS``, when its name ends in ``KEY``, or when its
value is a URL with a password in it. Names that end in ``_FILE`` or ``_PATH`` hold a place, not a value.
"""

import re
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
_PASSWORD_IN_URL = re.compile(r"[a-z][a-z0-9+.\-]*://[^/\s@]*:[^/\s@]+@", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def looks_like_credential(name: str, value: Any) -> bool:
    """Whether an environment variable is to be masked, by its name or by its value."""
    upper = _CAMEL.sub("_", name).upper()
    if _NAME.search(upper) and not _PLACE.search(upper):
        return True
    return isinstance(value, str) and bool(_PASSWORD_IN_URL.search(value))
