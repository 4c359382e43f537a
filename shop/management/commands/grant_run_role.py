"""`manage.py grant_run_role`: the role that web and worker connect as."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shop.run_role import BadRole, grant_run_role


class Command(BaseCommand):
    """Run by the owner of the tables after each `migrate`."""

    help = "Makes a role that reads and writes rows and owns nothing. Its password comes from RUN_ROLE_PASSWORD, where that is set."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The role's name."""
        parser.add_argument("role")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make or mend it."""
        try:
            grant_run_role(options["role"], password=os.environ.get("RUN_ROLE_PASSWORD", ""))
        except BadRole as error:
            raise CommandError(str(error)) from error
