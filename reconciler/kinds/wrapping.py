"""Wraps the texts of a service's body that may hold credentials, so that no message about the request contains them."""

from typing import Any

from reconciler.model import Body, Sensitive

NEVER_REPEATED = ("command", "args", "healthcheck_path")
"""Texts of a service, besides its environment variables, that may hold a credential."""


def wrapped(body: dict[str, Any]) -> Body:
    """The body of a POST or PUT with these texts wrapped. ``body`` itself is changed."""
    for field in NEVER_REPEATED:
        if isinstance(body.get(field), str) and body[field]:
            body[field] = Sensitive(body[field])
    if variables := body.get("environment_variables"):
        body["environment_variables"] = [
            {**variable, "value": Sensitive(variable["value"])} for variable in variables
        ]
    return body
