"""`manage.py make_originals_private`: moves the originals that still lie under a public address."""

from typing import Any

from django.core.files.storage import default_storage, storages
from django.core.management.base import BaseCommand

from pictures.originals import move_originals


class Command(BaseCommand):
    """The migration does it once; this does it again, for instance after an old backup of the pictures was put back."""

    help = "Move originals of pictures from the public into the private storage. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        """Move them and say how many."""
        moved = move_originals(public=default_storage, private=storages["private"])
        self.stdout.write(f"{moved} originals moved.")
