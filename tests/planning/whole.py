from typing import Any

from reconciler.model import Manifest
from tests.planning.build import declare, empty, want
from tests.planning.platform import Platform, Site

DB = declare("secret", "db", "1")


def api(**fields: Any) -> Manifest:
    return declare("service", "api", {"image": "a", **fields})


def site_with(*manifests: Manifest, others: Any = None) -> Site:
    site = Site(Platform(), empty(), others or {})
    site.apply(site.plan(want(*manifests)))
    return site
