"""What left the manifests, for tests."""

from reconciler.model import Manifest
from tests.planning.build import declare, empty, want
from tests.planning.platform import Platform, Site

API = declare("service", "api", {"image": "a"})


DATA = declare("volume", "data")


def site_with(*manifests: Manifest) -> Site:
    site = Site(Platform(), empty())
    site.apply(site.plan(want(*manifests)))
    return site
