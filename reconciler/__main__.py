"""Where the command begins: ``reconciler`` and ``python -m reconciler``. --version loads nothing."""

import sys


def main() -> None:
    """Run the command line of this process, and end the process with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from reconciler import __version__

        print("reconciler", __version__)
        sys.exit(0)
    from reconciler.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
