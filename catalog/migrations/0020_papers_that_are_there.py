"""Certificates that were there are taken as accepted; geographical ones get their county's brand, and its permission, to rest on."""

from django.db import migrations
from django.utils import timezone


def accept(apps, schema_editor):
    """What operators had entered was shown: it stays, from today on with the basis that each kind needs."""
    Certificate = apps.get_model("catalog", "Certificate")
    Certificate.objects.update(state="accepted", accepted_at=timezone.now())
    held = Certificate.objects.filter(kind="geographical").select_related("product__store", "product__category")
    for paper in held.order_by("pk"):
        paper.permission = permission_for(apps, paper)
        paper.save(update_fields=["permission"])


def permission_for(apps, paper):
    """The permission of the certificate's store for its county's brand of these goods, made when there is none."""
    brand = apps.get_model("catalog", "CountyBrand").objects.get_or_create(
        county_id=f"{paper.product.county_code}000000",
        name=f"{paper.name}（{paper.product.category.name}）"[:60],
        defaults={
            "name_en": f"{paper.name_en or paper.name} ({paper.product.category.name_en})"[:100],
            "category_id": paper.product.category_id,
            "number": paper.number, "holder": paper.holder, "issuer": paper.issuer or "—", "valid_from": paper.valid_from,
            "demo": paper.demo,
        },
    )[0]  # fmt: skip
    permission = apps.get_model("catalog", "BrandPermission").objects.get_or_create(
        brand=brand,
        store=paper.product.store,
        defaults={"state": "granted", "valid_from": paper.valid_from, "decided_at": timezone.now()},
    )[0]
    for basis in (brand, permission):
        if paper.valid_from < basis.valid_from:
            basis.valid_from = paper.valid_from
            basis.save(update_fields=["valid_from"])
    return permission


class Migration(migrations.Migration):
    dependencies = [("catalog", "0019_reviews_rules_certificates")]
    operations = [migrations.RunPython(accept, migrations.RunPython.noop)]
