"""Versions of secrets and configs, for tests."""

from typing import Any

from reconciler.model import Manifest
from tests.planning.build import declare, want
from tests.planning.platform import AppliedStack


def db(value: Any = "one") -> Manifest:
    return declare("secret", "db", value)


def api(*names: str, **more: Any) -> Manifest:
    return declare("service", "api", {"image": "a", "secrets": list(names), **more})


def names(stack: AppliedStack, kind: str = "secret") -> list[str]:
    return sorted(version["name"] for version in stack.platform.all(kind))


def hand_made(stack: AppliedStack, name: str, kind: str = "secret", data: str = "one") -> str:
    return stack.platform.create(kind, {"name": name, "data": data})


def rotated(stack: AppliedStack, *values: str, kind: str = "secret") -> None:
    for value in values:
        stack.apply(
            stack.plan(
                want(
                    declare(kind, "db", value), declare("service", "api", {"image": "a", f"{kind}s": ["db"]})
                )
            )
        )
