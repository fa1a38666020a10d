"""Where the command begins and ends: ``reconciler`` and ``python -m reconciler``. --version loads nothing."""

import os
import sys


def main() -> None:
    """Run the command line of this process, and end the process with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from reconciler import __version__

        print("reconciler", __version__)
        sys.exit(0)
    import gc

    # Whoever begins a process may leave it without outputs (>&-): then nobody is told anything.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - until the end
    sys.stderr = sys.stderr or sys.stdout
    # What a run builds, it keeps: looking for cycles in ten thousand services costs a quarter of a plan.
    gc.set_threshold(1_000_000, 50, 100)
    # While the main thread reads manifests, others send requests: they need the interpreter for a moment, at once.
    sys.setswitchinterval(0.0005)
    from reconciler.cli import run
    from reconciler.cli.console import accept_any_text

    accept_any_text(sys.stdout, sys.stderr)
    end(run(sys.argv[1:]))


def end(code: int) -> None:
    """End the process with everything printed, but without taking it apart: that would take 40 ms."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # the disk is full, or nobody reads any more: what was printed is not all there
        code = code or 1
    os._exit(code)


if __name__ == "__main__":
    main()
