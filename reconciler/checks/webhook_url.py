"""Webhook URLs that the API refuses. A URL is a credential: it is never part of a message."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from reconciler.checks.base import Check, error, of_kind
from reconciler.kinds.webhook import WEBHOOK
from reconciler.model import Desired, Diagnostic

NAME = "webhook-url"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """A URL has the scheme https and a host (API: "Webhook url must use https protocol")."""
    for webhook in of_kind(WEBHOOK, desired):
        if "url" not in webhook.spec:
            continue
        place, name = webhook.marks(("url",)), webhook.address.name
        try:
            parts = urlsplit(webhook.spec["url"].reveal())
            scheme, host = parts.scheme, parts.hostname
        except ValueError:
            scheme, host = "", None
        if scheme == "http":
            yield error(
                NAME,
                place,
                f"webhook {name!r} has a URL that is not encrypted",
                "write https:// instead of http://",
            )
        elif scheme != "https" or not host:
            yield error(
                NAME, place, f"webhook {name!r} has a URL that cannot be posted to", "write https://HOST/…"
            )


CHECK = Check(NAME, "a webhook's URL is not https", check)
