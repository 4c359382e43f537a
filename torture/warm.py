"""`python -m torture.warm`: has loaded the whole site once, and forks from there whoever is to run.

A process that was killed is back in a moment instead of the seconds that its imports take. What is forked runs the command line that it
always runs (granian's, `manage.py procrastinate worker`, the stand-in's), in a group of its own. It is asked on standard input, a line of
JSON for each: `{"name": ..., "arguments": [...], "log": ...}`; it answers with the new process's number. It ends with its input.
"""

import importlib
import json
import os
import runpy
import signal
import sys
from typing import Any

from torture.points import PROCESS


def main() -> None:
    """Load, say so, and fork on request."""
    os.environ[PROCESS] = "warm"  # the hooks are laid in every process that names itself
    import django

    django.setup()
    from django.db import connections
    from django.urls import get_resolver

    for module in ("granian.cli", "procrastinate.contrib.django", "shop.wsgi", "torture.standin"):
        importlib.import_module(module)
    assert get_resolver().url_patterns, "the pages are loaded as well"
    connections.close_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who dies is gone at once, and nobody has to ask
    print("warm", flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if not child:
            _become(wanted)
        print(child, flush=True)


def _become(wanted: dict[str, Any]) -> None:
    """Run as this process; does not return."""
    status = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.environ[PROCESS] = wanted["name"]
        log = os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        flag, *rest = wanted["arguments"]
        if flag == "-m":
            sys.argv = rest
            runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
        else:
            sys.argv = [flag, *rest]
            runpy.run_path(flag, run_name="__main__")
        status = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
