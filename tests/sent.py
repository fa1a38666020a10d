"""A request's body as the server gets it."""

import json
from typing import Any


def as_sent(body: Any) -> Any:
    """The body with what is wrapped revealed, as the encoder of the one request does it."""
    return json.loads(json.dumps(body, default=lambda value: value.reveal()))
