#!/usr/bin/env python
"""Daylily's command line."""

import json
import os
import sys
from pathlib import Path

RUNNING = Path(__file__).resolve().parent / "var" / "environment.json"


def main() -> None:
    """Run a command. Where `make start` runs in this clone and the shell says nothing else, the command talks to its servers."""
    if RUNNING.exists() and not {"DAYLILY_ENV", "DATABASE_URL"} & os.environ.keys():
        os.environ.update(json.loads(RUNNING.read_text()))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
