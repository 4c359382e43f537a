"""The version of what is said of a product; stories whose marks are cleaned, also those that are there."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import accounts.stories
from accounts.stories import clean_story


def clean(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Take out of the stories what no story may hold; only what looks like a tag is read."""
    products = apps.get_model("catalog", "Product").objects
    for product in products.filter(models.Q(story__contains="<") | models.Q(story_en__contains="<")).iterator(500):
        products.filter(pk=product.pk).update(story=clean_story(product.story), story_en=clean_story(product.story_en))


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0015_presale_visits_notices"),
    ]

    operations = [
        migrations.AddField("product", "version", models.PositiveIntegerField(default=0, editable=False)),
        *(
            migrations.AlterField(model, name, accounts.stories.StoryField(label, max_length=most, blank=True))
            for model in ("product", "productevent")
            for name, label, most in (
                ("story", "story of the goods", 4000),
                ("story_en", "story of the goods in English", 6000),
            )
        ),
        migrations.RunPython(clean, migrations.RunPython.noop, elidable=True),
    ]
