"""Hosts that are not domain names."""

import re
from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, braces, error, of_kind
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "host-name"
_HOST = re.compile(
    r"(\*\.)?[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*",
    re.IGNORECASE | re.ASCII,
)


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """A host is a domain name alone: no scheme, no port, no path (RFC 1123, section 2.1)."""
    for service in of_kind(SERVICE, desired):
        for index, host in enumerate(service.spec.get("hosts", ())):
            if len(host.strip()) <= 253 and _HOST.fullmatch(host.strip()):
                continue
            bare = host.partition("://")[2] or host
            bare = re.split(r"[/:?#]", bare.strip(), maxsplit=1)[0]
            usual = f"write {bare}" if _HOST.fullmatch(bare) else "write it like www.example.com"
            hint = braces(host) or usual
            yield error(NAME, service.marks(("hosts", index)), f"host {host!r} is not a domain name", hint)


CHECK = Check(NAME, "a host is not a domain name", check)
