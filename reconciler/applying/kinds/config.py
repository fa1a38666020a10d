"""Writing configs: made once under a name of their own, never changed; the answer must hold the data as sent."""

from functools import partial

from reconciler.api.client import Writer
from reconciler.applying import named
from reconciler.applying.kinds.base import Writes

REQUESTS = named.Requests(Writer.configs, Writer.create_config, Writer.delete_config, answered=("data",))
WRITES = Writes(create=partial(named.create, REQUESTS), delete=partial(named.delete, REQUESTS))
