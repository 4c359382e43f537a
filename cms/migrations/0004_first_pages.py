"""The pages that every Daylily has: home and the list of halls, in both languages; the moderators; no group that edits everything."""

import uuid

from django.db import migrations

PAGES = [  # slug, title, class, English title
    ("home", "首页", "homepage", "Home"),
    ("halls", "县域品牌馆", "hallspage", "Brand halls"),
]
HERO = {
    "zh-hans": ("从山里的村子，到您的餐桌", "每一袋都写着名字：哪个村、谁家种的、走了哪段路。"),
    "en": ("From a mountain village to your table", "Every bag has a name on it: the village, the household that grew it, and the way it came."),
}
MODERATORS, MODERATORS_ZH = "Moderators", "内容审核员 Moderators"
WORKFLOW_ZH, TASK_ZH = "品牌馆审核", "审核并发布"


def make_pages(apps, schema_editor):
    Locale = apps.get_model("wagtailcore", "Locale")
    Page = apps.get_model("wagtailcore", "Page")
    Site = apps.get_model("wagtailcore", "Site")
    ContentType = apps.get_model("contenttypes", "ContentType")
    Site.objects.all().delete()
    Page.objects.filter(depth__gt=1).delete()
    root = Page.objects.get(depth=1)
    keys = {slug: uuid.uuid4() for slug, *_rest in PAGES}
    homes = []
    for number, language in enumerate(("zh-hans", "en"), start=1):
        locale = Locale.objects.get_or_create(language_code=language)[0]
        path, url_path = f"{root.path}{number:04d}", "/"
        for depth, (slug, zh, model, en) in enumerate(PAGES, start=2):
            own_slug = slug if language == "zh-hans" or depth > 2 else f"{slug}-{language}"
            url_path += f"{own_slug}/"
            title = zh if language == "zh-hans" else en
            more = dict(zip(("hero_title", "hero_lead"), HERO[language], strict=True)) if model == "homepage" else {}
            page = apps.get_model("cms", model).objects.create(
                title=title, draft_title=title, slug=own_slug, path=path, depth=depth, numchild=1 if depth == 2 else 0, url_path=url_path,
                content_type=ContentType.objects.get_or_create(app_label="cms", model=model)[0], locale=locale, translation_key=keys[slug],
                live=True, show_in_menus=False, **more,
            )  # fmt: skip
            if depth == 2:
                homes.append(page)
            path += "0001"
    root.numchild = len(homes)
    root.save(update_fields=["numchild"])
    Site.objects.create(hostname="localhost", port=80, site_name="Daylily", root_page_id=homes[0].pk, is_default_site=True)


def name_moderators(apps, schema_editor):
    """Wagtail's first migration makes groups named in English: 'Editors' may change every page, which nobody here does."""
    Group = apps.get_model("auth", "Group")
    Group.objects.filter(name="Editors").delete()
    Group.objects.filter(name=MODERATORS).update(name=MODERATORS_ZH)
    apps.get_model("wagtailcore", "Workflow").objects.update(name=WORKFLOW_ZH)
    apps.get_model("wagtailcore", "Task").objects.update(name=TASK_ZH)


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0003_hall_content"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
        ("wagtailimages", "0026_delete_uploadedimage"),
        ("wagtaildocs", "0002_initial_data"),
    ]

    operations = [
        migrations.RunPython(make_pages, migrations.RunPython.noop),
        migrations.RunPython(name_moderators, migrations.RunPython.noop),
    ]
