"""Versions of secrets and configs, for tests."""

from typing import Any

from reconciler.model import Manifest
from tests.planning.build import declare, want
from tests.planning.platform import Site


def db(value: Any = "one") -> Manifest:
    return declare("secret", "db", value)


def api(*names: str, **more: Any) -> Manifest:
    return declare("service", "api", {"image": "a", "secrets": list(names), **more})


def names(site: Site, kind: str = "secret") -> list[str]:
    return sorted(version["name"] for version in site.platform.all(kind))


def hand_made(site: Site, name: str, kind: str = "secret", data: str = "one") -> str:
    return site.platform.create(kind, {"name": name, "data": data})


def rotated(site: Site, *values: str, kind: str = "secret") -> None:
    for value in values:
        site.apply(
            site.plan(
                want(
                    declare(kind, "db", value), declare("service", "api", {"image": "a", f"{kind}s": ["db"]})
                )
            )
        )
