"""Reads manifest files into desired state. Only this package reads YAML, variables and the values of secrets.

``read`` reads documents, ``reconciler.checks.check_schema`` validates them, and ``assemble`` builds the desired
state of each stack of each cluster. A user's mistake is a diagnostic.
"""

from reconciler.loading.assemble import assemble
from reconciler.loading.read import read

__all__ = ["assemble", "read"]
