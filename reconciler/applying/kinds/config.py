"""Writes configs: created once under a unique name, never changed; the answer must have the data as it was sent."""

from functools import partial

from reconciler.api.client import Writer
from reconciler.applying import named
from reconciler.applying.kinds.base import Writes

REQUESTS = named.Requests(Writer.configs, Writer.create_config, Writer.delete_config, answered=("data",))
WRITES = Writes(create=partial(named.create, REQUESTS), delete=partial(named.delete, REQUESTS))
