"""The rules for goods that hold everywhere, as the file has them."""

from django.db import migrations

from catalog.rule_book import load_rules


def load(apps, schema_editor):
    """New installations refuse from the first day what no shop may sell."""
    load_rules(apps.get_model("catalog", "GoodsRule"))


class Migration(migrations.Migration):
    dependencies = [("catalog", "0023_price_levels")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
