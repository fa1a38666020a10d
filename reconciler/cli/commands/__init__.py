"""A file per command, each with its ``command``. Listed by hand in ``reconciler.cli.COMMANDS``."""
