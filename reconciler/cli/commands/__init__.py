"""A file for each command, with its ``command``. They are listed in ``reconciler.cli.COMMANDS``."""
