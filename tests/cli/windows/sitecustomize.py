"""Loaded when Python starts: removes everything that Windows does not have from a command under test."""

import os
import signal
import sys
import time

for module, names in {
    os: ("O_NONBLOCK", "O_CLOEXEC", "O_NOFOLLOW", "O_DIRECTORY", "O_SYNC", "O_DSYNC", "fork", "getuid", "geteuid",
         "getgid", "chown", "fchmod", "mkfifo", "sysconf", "getpgid", "killpg", "setsid", "uname", "getloadavg"),
    signal: ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGKILL", "SIGQUIT", "SIGPIPE", "SIGCHLD", "SIGTSTP",
             "SIGCONT", "SIGSTOP", "SIGWINCH", "alarm", "setitimer", "pthread_sigmask"),
    time: ("clock_gettime", "CLOCK_BOOTTIME", "CLOCK_MONOTONIC", "CLOCK_REALTIME", "tzset"),
}.items():  # fmt: skip
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
for missing in ("fcntl", "pwd", "grp", "resource", "termios", "tty", "pty", "readline", "syslog"):
    sys.modules[missing] = None  # type: ignore[assignment] # Python's own way to say that a module is not there
