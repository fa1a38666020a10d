"""Environment variables that look like credentials and contain their values in plain text."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, of_kind, warning
from reconciler.credentials.rules import is_credential
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "literal-credential"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """A credential is a secret that the service reads as a file. Its value is never part of the message."""
    for service in of_kind(SERVICE, desired):
        for key, text in service.spec.get("environment_variables", {}).items():
            if text and not text.startswith("/run/secrets/") and is_credential(key, text):
                message = f"{key!r} of service {service.address.name!r} looks like a credential in plain text"
                hint = "declare it under secrets and let the service read the file: many images have a *_FILE variable"
                yield warning(NAME, service.marks(("environment_variables", key)), message, hint)


CHECK = Check(NAME, "an environment variable seems to hold a credential in plain text", check, warns=True)
