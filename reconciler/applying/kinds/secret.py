"""Writing secrets: made once under a name of their own, never changed; no answer gives the value back."""

from functools import partial

from reconciler.api.client import Writer
from reconciler.applying import named
from reconciler.applying.kinds.base import Writes

REQUESTS = named.Requests(Writer.secrets, Writer.create_secret, Writer.delete_secret)
WRITES = Writes(create=partial(named.create, REQUESTS), delete=partial(named.delete, REQUESTS))
