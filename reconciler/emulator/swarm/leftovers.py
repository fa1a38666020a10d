"""Stops engines when the process that started them ends, and removes what a killed process left behind.

Engines, namespaces and folders are named ``medstackPID-NUMBER`` by the id of that process, and ``medstackPIDx2-NUMBER``
for engines that it starts in addition.
"""

import contextlib
import re
import shutil
import subprocess
from pathlib import Path

PREFIX = "medstack"
NAMESPACES = Path("/run/netns")
_NAME = re.compile(rf"{PREFIX}([0-9]+)(?:x[0-9]+)?-(?:hub|[0-9]+)")

AGAIN = b"again\n"
"""Written to an engine's input to stop it for a restart."""
GUARDED = r"""
name=$1; word=$2; folder=$3; shift 3
hostname "$name"; exec 3<&0
"$@" </dev/null 3<&- & engine=$!
{ [ -n "$(cat <&3)" ] || : >"$folder/ended"; kill "$engine"; } & guard=$!
wait "$engine"; code=$?
kill "$guard" 2>/dev/null
if [ -e "$folder/ended" ]; then
  ip netns del "$name"
  cut -d " " -f 2 /proc/self/mounts | grep -F "$folder/" | sort -r | while read -r path; do umount -l "$path"; done
  rm -rf --one-file-system "$folder"
  ls /run/netns | grep -q "^$word-[0-9]" || ip netns del "$word-hub"
fi
exit "$code"
"""
"""Runs an engine and stops it when its input is closed, which also happens when the process that started it ends or is
killed. Then it removes what the engine left, unless ``AGAIN`` was written, and the hub after the last engine.

Arguments: the engine's name, the word that all names begin with, its folder, its command."""


def clear(name: str, folder: Path) -> None:
    """Remove a namespace and what an engine left in its folder."""
    remove_namespace(name)
    for mounted in _mounts_below(folder):
        subprocess.run(["umount", "-l", mounted], check=False, capture_output=True)  # noqa: S603, S607 - paths are ours
    shutil.rmtree(folder, ignore_errors=True)


def remove_namespace(name: str) -> None:
    """Remove a network namespace; it is no error if it does not exist."""
    subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)  # noqa: S603, S607 - names are ours


def remove_leftovers() -> None:
    """Remove the namespaces of processes that have ended and in which nothing runs any more."""
    with contextlib.suppress(OSError):
        for namespace in sorted(NAMESPACES.iterdir()):
            name = _NAME.fullmatch(namespace.name)
            if name and not Path(f"/proc/{name[1]}").exists() and not _processes_of(name[1]):
                remove_namespace(namespace.name)


def _processes_of(process: str) -> str:
    """The processes that run in any namespace that a process created."""
    return "".join(
        subprocess.run(  # noqa: S603 - names are ours
            ["ip", "netns", "pids", namespace.name],  # noqa: S607 - found by the search path, as an operator's own shell does
            check=False,
            capture_output=True,
            text=True,
            encoding="utf-8",
        ).stdout
        for namespace in NAMESPACES.glob(f"{PREFIX}{process}[-x]*")
    )


def _mounts_below(folder: Path) -> list[str]:
    lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    mounted = [line.split()[1] for line in lines if len(line.split()) > 1]
    return sorted((path for path in mounted if path.startswith(f"{folder}/")), reverse=True)
