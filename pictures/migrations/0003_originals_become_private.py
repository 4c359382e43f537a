"""Moves the originals out of the public storage. `manage.py make_originals_private` does the same at any time."""

from typing import Any

from django.core.files.storage import default_storage, storages
from django.db import migrations

from pictures.originals import move_originals


def move(apps: Any, schema_editor: Any) -> None:
    if apps.get_model("pictures", "Picture").objects.exists():
        move_originals(public=default_storage, private=storages["private"])


class Migration(migrations.Migration):
    dependencies = [("pictures", "0002_placeholder_and_likeness")]
    operations = [migrations.RunPython(move, migrations.RunPython.noop, elidable=True)]
