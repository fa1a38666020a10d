"""Writes volumes: created once, never changed. The platform refuses to delete one while stopped containers hold it."""

from functools import partial

from reconciler.api.client import Writer
from reconciler.applying import named
from reconciler.applying.kinds.base import Writes

REQUESTS = named.Requests(
    Writer.volumes, Writer.create_volume, Writer.delete_volume, is_held_by_containers=True
)
WRITES = Writes(create=partial(named.create, REQUESTS), delete=partial(named.delete, REQUESTS))
