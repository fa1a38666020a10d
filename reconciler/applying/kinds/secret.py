"""Writes secrets: created once under a unique name, never changed; no answer has the value."""

from functools import partial

from reconciler.api.client import Writer
from reconciler.applying import named
from reconciler.applying.kinds.base import Writes

REQUESTS = named.Requests(Writer.secrets, Writer.create_secret, Writer.delete_secret)
WRITES = Writes(create=partial(named.create, REQUESTS), delete=partial(named.delete, REQUESTS))
