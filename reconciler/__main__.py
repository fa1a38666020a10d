"""The start and the end of the process of ``reconciler`` and ``python -m reconciler``. --version loads no other
module."""

import os
import sys


def main() -> None:
    """Run the command line of this process, and end the process with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from reconciler import __version__

        print("reconciler", __version__)
        sys.exit(0)
    import gc

    open_standard_streams()
    # Collect garbage rarely: a run keeps most objects to its end, and a search among 10,000 services takes a quarter of
    # a plan.
    gc.set_threshold(1_000_000, 50, 100)
    # While the main thread reads manifests, other threads send requests, and each needs the interpreter for a moment.
    sys.setswitchinterval(0.0005)
    from reconciler.cli import run
    from reconciler.cli.console import accept_any_text

    accept_any_text(sys.stdout, sys.stderr)
    end(run(sys.argv[1:]))


def open_standard_streams() -> None:
    """Open the null device for each of standard input, output and error that is closed: a process can be started so
    (>&-).

    Their descriptors are taken too, so that nothing that is printed ends in a file that is opened later.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < 3:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - until the end
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - until the end
    sys.stderr = sys.stderr or sys.stdout


def end(code: int) -> None:
    """Flush the outputs and end the process with ``code``, or with 1 in place of 0 if the outputs cannot be written.

    Python's own cleanup is left out: it takes 40 ms.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # the disk is full, or the reader has closed the pipe: the printed text is incomplete
        code = code or 1
    os._exit(code)


if __name__ == "__main__":
    main()
