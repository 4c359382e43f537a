# Goods that were sold before there were marks of sales get theirs: the trigger on `search` sets them. A thousand at a time, so that
# nobody who sells meanwhile waits long.

from typing import Any

from django.db import migrations
from django.db.models import F

AT_ONCE = 1000


def mark(apps: Any, schema_editor: Any) -> None:
    goods = apps.get_model("catalog", "Product")._default_manager.filter(sold_units__gt=1).order_by("pk")
    last = 0
    while keys := list(goods.filter(pk__gt=last).values_list("pk", flat=True)[:AT_ONCE]):
        last = keys[-1]
        goods.filter(pk__in=keys).update(search=F("search"))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("catalog", "0029_packs_that_wait"),
    ]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
