"""Files to desired state: the only doorway to YAML, to the variables and to secrets' values.

``read`` gives documents, ``reconciler.checks.check_schema`` says which of them have the right shape, and
``assemble`` makes of those what each stack of each cluster should be. A user's mistake is a diagnostic.
"""

from reconciler.loading.assemble import assemble
from reconciler.loading.read import read

__all__ = ["assemble", "read"]
