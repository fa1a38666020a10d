"""What of a service's body is wrapped until it is sent, so that no message about the request repeats it."""

from typing import Any

from reconciler.model import Body, Sensitive

NEVER_REPEATED = ("command", "args", "healthcheck_path")
"""Texts of a service, besides its environment variables, that may hold a credential."""


def wrapped(body: dict[str, Any]) -> Body:
    """A body of a POST or PUT with its texts that may hold a credential wrapped; it is changed in place."""
    for field in NEVER_REPEATED:
        if isinstance(body.get(field), str) and body[field]:
            body[field] = Sensitive(body[field])
    if variables := body.get("environment_variables"):
        body["environment_variables"] = [
            {**variable, "value": Sensitive(variable["value"])} for variable in variables
        ]
    return body
