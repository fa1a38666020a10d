"""Where the command begins and ends: ``reconciler`` and ``python -m reconciler``. --version loads nothing."""

import sys


def main() -> None:
    """Run the command line of this process, and end the process with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from reconciler import __version__

        print("reconciler", __version__)
        sys.exit(0)
    import gc

    # What a run builds, it keeps: looking for cycles in ten thousand services costs a quarter of a plan.
    gc.set_threshold(100_000, 50, 100)
    from reconciler.cli import run

    end(run(sys.argv[1:]))


def end(code: int) -> None:
    """End the process with everything printed, but without taking it apart: that would take 40 ms."""
    import os

    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads any more; the interpreter has its own way to say so
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    main()
