from django.db import migrations

FIVE = {
    "person": "farmer",
    "village": "identity",
    "about": "identity",
    "proof": "mandate",
    "name": "store",
    "story": "store",
    "picture": "store",
}
TEN = {"farmer": "person", "store": "name"}


def _rename(apps, names):
    opening = apps.get_model("sellers", "Opening")
    for before, after in names.items():
        opening.objects.filter(step=before).update(step=after)


def to_five_screens(apps, schema_editor):
    """An opening that is under way goes on at the screen that now asks what its screen asked; an identity number is asked again."""
    _rename(apps, FIVE)
    for under_way in apps.get_model("sellers", "Opening").objects.exclude(store=None).select_related("store"):
        store = under_way.store
        under_way.store_name, under_way.store_name_en = store.name, store.name_en
        under_way.story, under_way.story_en, under_way.picture_id = store.story, store.story_en, store.picture_id
        under_way.save()


def to_ten_screens(apps, schema_editor):
    """Back: at the first of the old screens that the new one stands for."""
    _rename(apps, TEN)


class Migration(migrations.Migration):
    dependencies = [
        ("sellers", "0007_word_by_account"),
    ]

    operations = [
        migrations.RunPython(to_five_screens, to_ten_screens),
    ]
