"""A request's body as the server receives it."""

import json
from typing import Any


def as_sent(body: Any) -> Any:
    """The body with wrapped values revealed, as the encoder of the request does."""
    return json.loads(json.dumps(body, default=lambda value: value.reveal()))
