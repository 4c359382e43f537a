"""What waits for the county in the world of the access table: a change, a certificate, a licence, a brand that is asked for, a rule."""

import datetime as dt
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from accounts.models import User
from catalog.models import (
    BrandPermission,
    Certificate,
    CertificateKind,
    CountyBrand,
    Effect,
    GoodsRule,
    Product,
    Review,
    ReviewKind,
)
from sellers.models import LicenceKind, SellerLicence
from stations.models import Region


def county_work(product: Product, clerk: User) -> dict[str, tuple[Any, ...]]:
    """The arguments of the county's addresses; everything was asked for by the village's clerk."""
    store, today = product.store, timezone.localdate()
    photograph = storages["private"].save("certificates/access.jpg", ContentFile(b"\xff\xd8\xff\xd9"))
    days = {"valid_from": today, "valid_until": today + dt.timedelta(days=90)}
    review = Review.objects.create(
        kind=ReviewKind.CHANGE, product=product, store=store, region=store.region, asked_by=clerk,
        before={"name": product.name}, proposed={"name": "祁东黄花菜 头茬"},
    )  # fmt: skip
    certificate = Certificate.objects.create(
        product=product, kind=CertificateKind.GREEN, name="绿色食品", number="GF430426260001", holder="李秀英", issuer="绿色食品中心",
        paper=photograph, entered_by=clerk, **days,
    )  # fmt: skip
    licence = SellerLicence.objects.create(
        household=store.household, kind=LicenceKind.SEED, number="1", holder="李秀英", issuer="农业农村局", paper=photograph,
        asked_by=clerk, **days,
    )  # fmt: skip
    county = Region.objects.get(code="430426000000")
    facts = {"county": county, "holder": "协会", "issuer": "知识产权局", "valid_from": today}
    brand = CountyBrand.objects.create(name="祁东黄花菜", number="1", **facts)
    asked = BrandPermission.objects.create(brand=brand, store=store, asked_by=clerk)
    free = CountyBrand.objects.create(name="祁东花生", number="2", **facts)
    rule = GoodsRule.objects.create(
        county_code="430426", effect=Effect.LOOK, words="头茬", reason="看一看", source="本县要求"
    )
    return {
        "review": (review.pk,),
        "goods_review": (product.ref, review.pk),
        "rule": (rule.pk,),
        "store_brand": (store.slug, free.pk),
        "certificate": (certificate.pk,),
        "seller_licence": (licence.pk,),
        "brand": (brand.pk,),
        "permission": (asked.pk,),
    }
