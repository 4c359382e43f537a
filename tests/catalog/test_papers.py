"""Papers: certificates, the county's brand and licences. A badge without a valid basis shows nowhere, and goods without a licence leave."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog import brands, certifying, licensed, listing, reminding, rules
from catalog.certifying import renew_seals
from catalog.models import (
    BrandPermission,
    Certificate,
    CertificateKind,
    CertificateState,
    CountyBrand,
    Effect,
    GoodsRule,
    PermissionState,
    Product,
    ProductStatus,
    Review,
    WhyReturned,
)
from catalog.reviewing import OwnEntry, approve_review, return_review
from catalog.search import search
from sellers import licensing
from sellers.forgetting import empty_household
from sellers.models import LicenceKind, LicenceState, SellerLicence, Store
from stations.models import Region
from stations.scope import NotAllowed
from tests.cast import (
    QIDONG,
    SANGZHI,
    Stations,
    approve_listing,
    make_category,
    make_clerk,
    make_official,
    make_product,
    make_store,
    make_variant,
)

pytestmark = pytest.mark.django_db
GREEN = {
    "kind": CertificateKind.GREEN,
    "number": "GF430426260001",
    "holder": "李秀英",
    "issuer": "中国绿色食品发展中心",
}


@dataclass
class Scene:
    """A product on sale, its clerk, and the centre of the county."""

    stations: Stations
    store: Store
    product: Product
    clerk: User
    centre: User

    def certificate(self, **facts: Any) -> Certificate:
        today = timezone.localdate()
        days = {"valid_from": today, "valid_until": today + dt.timedelta(days=365)}
        return certifying.enter_certificate(
            by=self.clerk, store=self.store, **{"product": self.product, **GREEN, **days, **facts}
        )

    def shows(self, word: str) -> list[bool]:
        """Whether a word stands on the goods' page, the store's page and the list."""
        self.product.refresh_from_db()
        return [
            word in self.client.get(url).content.decode()
            for url in (
                reverse("product", args=[self.product.ref]),
                reverse("store", args=[self.store.slug]),
                reverse("category", args=[self.product.category.slug]),
            )
        ]

    client: Any = None


@pytest.fixture
def scene(client: Any) -> Scene:
    stations = Stations()
    store = make_store(stations.point)
    product = make_product(store)
    make_variant(product)
    return Scene(stations, store, product, make_clerk(stations.point), make_clerk(stations.centre, "邹丽"), client)


def test_a_certificate_shows_once_the_county_has_accepted_it(scene: Scene) -> None:
    paper = scene.certificate()
    assert scene.product.seals == 0 and scene.shows("GF430426260001") == [False, False, False]
    approve_review(by=scene.centre, review=paper.reviews.get())
    assert scene.shows("绿色食品") == [True, True, True]
    assert scene.product.seals == 1 and scene.product in search("绿色食品")


def test_of_the_store_it_shows_on_goods_of_its_kind(scene: Scene) -> None:
    tea = make_product(scene.store, name="高山茶", category=make_category("tea", "茶", "Tea"))
    paper = scene.certificate(product=None, category=scene.product.category)
    approve_review(by=scene.centre, review=paper.reviews.get())
    scene.product.refresh_from_db()
    tea.refresh_from_db()
    assert (scene.product.seals, tea.seals) == (1, 0)


def test_returned_it_shows_nowhere(scene: Scene) -> None:
    paper = scene.certificate()
    return_review(by=scene.centre, review=paper.reviews.get(), reason=WhyReturned.PAPER)
    paper.refresh_from_db()
    assert paper.state == CertificateState.RETURNED and scene.shows("GF430426260001") == [False, False, False]


def test_past_its_end_it_shows_nowhere(scene: Scene) -> None:
    paper = scene.certificate()
    approve_review(by=scene.centre, review=paper.reviews.get())
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    Certificate.objects.filter(pk=paper.pk).update(valid_from=yesterday, valid_until=yesterday)
    assert scene.shows("绿色食品") == [False, False, False]
    assert scene.product.seals == 0


def test_midnight_takes_seals_off_the_lists(scene: Scene) -> None:
    stale = make_product(scene.store, name="旧的", seals=3)
    assert (renew_seals(), renew_seals()) == (1, 0)
    stale.refresh_from_db()
    assert stale.seals == 0


def test_the_database_refuses_a_seal_without_a_paper(scene: Scene) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=scene.product.pk).update(seals=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.create(
            store=scene.store, kind=CertificateKind.GEOGRAPHICAL, name="地理标志", number="1", holder="x",
            valid_from=timezone.localdate(), valid_until=timezone.localdate(), state="accepted", accepted_at=timezone.now(),
        )  # fmt: skip


@pytest.mark.parametrize(
    "facts",
    [
        {"valid_until": dt.date(2020, 1, 1), "valid_from": dt.date(2019, 1, 1)},
        {"valid_from": timezone.localdate() + dt.timedelta(days=3)},
        {"valid_until": dt.date(2199, 1, 1)},
        {"number": "123"},
        {"kind": CertificateKind.ORGANIC},
    ],
)
def test_a_certificate_that_makes_no_sense_is_refused(scene: Scene, facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        scene.certificate(**facts)
    assert not Certificate.objects.exists() and not Review.objects.exists()


def test_a_brand_is_not_entered_but_asked_for(scene: Scene) -> None:
    with pytest.raises(certifying.BrandsOwn):
        scene.certificate(kind=CertificateKind.GEOGRAPHICAL)


def test_nobody_accepts_their_own_certificate(scene: Scene) -> None:
    paper = scene.certificate()
    Certificate.objects.update(entered_by=scene.centre)
    with pytest.raises(OwnEntry):
        approve_review(by=scene.centre, review=paper.reviews.get())


def a_brand(scene: Scene) -> CountyBrand:
    return brands.enter_brand(
        by=scene.centre, county=Region.objects.get(code=QIDONG), name="祁东黄花菜", category=scene.product.category,
        number="AGI-0001", holder="祁东县黄花菜协会", issuer="国家知识产权局", valid_from=timezone.localdate(),
    )  # fmt: skip


def granted(scene: Scene) -> BrandPermission:
    asked = brands.ask_permission(by=scene.clerk, store=scene.store, brand=a_brand(scene))
    until = timezone.localdate() + dt.timedelta(days=400)
    return brands.grant_permission(by=scene.centre, permission=asked, valid_until=until)


def test_the_badge_appears_with_the_permission_and_goes_with_it(scene: Scene) -> None:
    asked = brands.ask_permission(by=scene.clerk, store=scene.store, brand=a_brand(scene))
    assert scene.shows("AGI-0001") == [False, False, False]
    until = timezone.localdate() + dt.timedelta(days=400)
    permission = brands.grant_permission(by=scene.centre, permission=asked, valid_until=until)
    assert scene.shows("AGI-0001")[:2] == [True, True] and scene.product.seals == 4
    brands.end_permission(by=scene.centre, permission=permission, reason="抽检不合格")
    assert scene.shows("AGI-0001") == [False, False, False] and scene.product.seals == 0
    permission.refresh_from_db()
    assert (permission.state, permission.reason, permission.ended_by) == (
        PermissionState.ENDED,
        "抽检不合格",
        scene.centre,
    )


def test_ended_by_hand_in_the_database_the_badge_is_gone_too(scene: Scene) -> None:
    granted(scene)
    BrandPermission.objects.update(state=PermissionState.ENDED, reason="x")
    assert scene.shows("AGI-0001") == [False, False, False] and scene.product.seals == 0


def test_a_permission_that_ran_out_is_none(scene: Scene) -> None:
    granted(scene)
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    BrandPermission.objects.update(valid_from=yesterday, valid_until=yesterday)
    assert not Certificate.objects.valid().exists() and scene.shows("AGI-0001") == [False, False, False]


def test_refused_with_a_reason_and_asked_again(scene: Scene) -> None:
    brand = a_brand(scene)
    asked = brands.ask_permission(by=scene.clerk, store=scene.store, brand=brand)
    with pytest.raises(brands.AskedAlready):
        brands.ask_permission(by=scene.clerk, store=scene.store, brand=brand)
    with pytest.raises(brands.ReasonMissing):
        brands.refuse_permission(by=scene.centre, permission=asked, reason=" ")
    brands.refuse_permission(by=scene.centre, permission=asked, reason="没有检测报告")
    with pytest.raises(brands.PermissionMoved):
        brands.refuse_permission(by=scene.centre, permission=asked, reason="没有检测报告")
    assert brands.ask_permission(by=scene.clerk, store=scene.store, brand=brand).pk != asked.pk


def test_who_may_grant(scene: Scene) -> None:
    asked = brands.ask_permission(by=scene.clerk, store=scene.store, brand=a_brand(scene))
    until = timezone.localdate() + dt.timedelta(days=400)
    for stranger in (scene.clerk, make_clerk(scene.stations.township), make_official(SANGZHI)):
        with pytest.raises(NotAllowed):
            brands.grant_permission(by=stranger, permission=asked, valid_until=until)
    BrandPermission.objects.update(asked_by=scene.centre)
    with pytest.raises(brands.OwnPermission):
        brands.grant_permission(by=scene.centre, permission=asked, valid_until=until)
    with pytest.raises(ValidationError):
        brands.grant_permission(by=make_official(), permission=asked, valid_until=timezone.localdate())


def licence_of(scene: Scene, **facts: Any) -> SellerLicence:
    today = timezone.localdate()
    known = {
        "kind": LicenceKind.PESTICIDE, "number": "农药经许（湘）43042620001", "holder": "李秀英", "issuer": "祁东县农业农村局",
        "valid_from": today, "valid_until": today + dt.timedelta(days=100), **facts,
    }  # fmt: skip
    return licensing.enter_licence(by=scene.clerk, household=scene.store.household, **known)


@pytest.fixture
def pesticide(scene: Scene) -> Product:
    """Something whose kind needs a licence, still a draft."""
    category = make_category("pesticides", "农药", "Pesticides", licence=LicenceKind.PESTICIDE)
    product = make_product(scene.store, name="苦参碱水剂", category=category, status=ProductStatus.DRAFT)
    make_variant(product)
    return product


def test_goods_wait_for_the_licence(scene: Scene, pesticide: Product) -> None:
    with pytest.raises(rules.LicenceMissing) as missing:
        listing.put_on_sale(by=scene.clerk, product=pesticide)
    assert missing.value.kinds == ["pesticide"]
    licence = licence_of(scene)
    with pytest.raises(rules.LicenceMissing):
        listing.put_on_sale(by=scene.clerk, product=pesticide)
    licensed.accept_licence(by=scene.centre, licence=licence)
    listing.put_on_sale(by=scene.clerk, product=pesticide)
    assert approve_listing(pesticide).status == ProductStatus.LISTED
    page = scene.client.get(reverse("product", args=[pesticide.ref])).content.decode()
    assert "农药经许(湘)43042620001" in page


def on_sale(scene: Scene, product: Product) -> SellerLicence:
    licence = licence_of(scene)
    licensed.accept_licence(by=scene.centre, licence=licence)
    listing.put_on_sale(by=scene.clerk, product=product)
    approve_listing(product)
    return licence


def test_goods_leave_when_the_licence_lapses_and_come_back_when_it_is_renewed(scene: Scene, pesticide: Product) -> None:
    licence = on_sale(scene, pesticide)
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    SellerLicence.objects.filter(pk=licence.pk).update(valid_from=yesterday, valid_until=yesterday)
    assert licensed.follow_licences() == (1, 0)
    pesticide.refresh_from_db()
    assert (pesticide.status, pesticide.stopped_for) == (ProductStatus.WITHDRAWN, "licence")
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=pesticide.pk).update(status=ProductStatus.LISTED)
    renewal = licence_of(scene, number="农药经许（湘）43042620002")
    licensed.accept_licence(by=scene.centre, licence=renewal)
    pesticide.refresh_from_db()
    assert (pesticide.status, pesticide.stopped_for) == (ProductStatus.LISTED, "")
    assert licensed.follow_licences() == (0, 0)


def test_what_the_farmer_took_off_stays_off(scene: Scene, pesticide: Product) -> None:
    licence = on_sale(scene, pesticide)
    licensed.refuse_licence(by=scene.centre, licence=licence, reason="已被吊销")
    pesticide.refresh_from_db()
    assert pesticide.status == ProductStatus.WITHDRAWN
    listing.withdraw(by=scene.clerk, product=pesticide)
    licensed.accept_licence(by=scene.centre, licence=licence_of(scene, number="2"))
    pesticide.refresh_from_db()
    assert pesticide.status == ProductStatus.WITHDRAWN


def test_a_rule_asks_for_the_licence_of_what_is_offered_alone(scene: Scene) -> None:
    GoodsRule.objects.create(
        words="鸡苗", effect=Effect.LICENSED, licence=LicenceKind.LIVESTOCK, reason="要证", source="畜牧法"
    )
    bean = make_product(scene.store, name="黄豆", story="旁边养了鸡苗。", status=ProductStatus.DRAFT)
    make_variant(bean)
    listing.put_on_sale(by=scene.clerk, product=bean)
    chick = make_product(scene.store, name="土鸡苗", status=ProductStatus.DRAFT)
    make_variant(chick)
    with pytest.raises(rules.LicenceMissing):
        listing.put_on_sale(by=scene.clerk, product=chick)


def test_a_filing_is_enough_for_packed_seed(scene: Scene) -> None:
    filing = licence_of(scene, kind=LicenceKind.SEED_FILING, valid_until=None)
    licensed.accept_licence(by=scene.centre, licence=filing)
    assert rules.missing_licences(scene.store, [LicenceKind.SEED, LicenceKind.PESTICIDE]) == [LicenceKind.PESTICIDE]


@pytest.mark.parametrize(
    "facts",
    [
        {"valid_until": None},
        {"valid_until": dt.date(2020, 1, 1), "valid_from": dt.date(2019, 1, 1)},
        {"kind": LicenceKind.FOOD, "number": "JY123"},
    ],
)
def test_a_licence_that_makes_no_sense_is_refused(scene: Scene, facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        licence_of(scene, **facts)


def test_who_accepts_a_licence(scene: Scene) -> None:
    licence = licence_of(scene)
    for stranger in (scene.clerk, make_clerk(scene.stations.township), make_official(SANGZHI)):
        with pytest.raises(NotAllowed):
            licensing.accept_licence(by=stranger, licence=licence)
    SellerLicence.objects.update(asked_by=scene.centre)
    with pytest.raises(licensing.OwnLicence):
        licensing.accept_licence(by=scene.centre, licence=licence)
    with pytest.raises(IntegrityError), transaction.atomic():
        SellerLicence.objects.update(state=LicenceState.ACCEPTED, decided_by=scene.centre, decided_at=timezone.now())
    licensing.accept_licence(by=make_official(), licence=licence)
    with pytest.raises(licensing.LicenceDecided):
        licensing.accept_licence(by=make_clerk(scene.stations.centre, "王五"), licence=licence)


def test_reminders_go_out_once_for_each_of_the_two_days(scene: Scene) -> None:
    paper = scene.certificate()
    approve_review(by=scene.centre, review=paper.reviews.get())
    end = paper.valid_until
    told = [reminding.remind_of_ends(end - dt.timedelta(days=days)) for days in (61, 60, 59, 30, 29, 0)]
    assert told == [0, 1, 0, 1, 0, 0]


def test_a_renewed_certificate_is_not_reminded_of(scene: Scene) -> None:
    paper = scene.certificate(valid_until=timezone.localdate() + dt.timedelta(days=40))
    approve_review(by=scene.centre, review=paper.reviews.get())
    scene.certificate(number="GF430426260002")
    assert reminding.remind_of_ends() == 0


def test_a_forgotten_family_s_licence_says_nothing_of_it(scene: Scene, django_capture_on_commit_callbacks: Any) -> None:
    name = storages["private"].save("sellers_licences/test.jpg", ContentFile(b"\xff\xd8\xff\xd9"))
    licence = licence_of(scene)
    SellerLicence.objects.update(paper=name)
    with django_capture_on_commit_callbacks(execute=True):
        empty_household(scene.store.household, at=timezone.now())
    licence.refresh_from_db()
    assert (licence.paper, licence.number) == ("", "–") and "李秀英" not in licence.holder
    assert not storages["private"].exists(name)


def test_a_brand_ends_after_it_begins(scene: Scene, client: Client) -> None:
    client.force_login(make_official(SANGZHI))
    sent = {
        "name": "桑植萝卜",
        "number": "GI-2",
        "holder": "协会",
        "issuer": "国家知识产权局",
        "valid_from": "2026-05-02",
    }
    told = client.post(reverse("desk_brand_new"), {**sent, "valid_until": "2026-05-01"}).content.decode()
    assert "结束日期不能早于开始日期。" in told and "brand_ends_after" not in told
    assert not CountyBrand.objects.filter(number="GI-2").exists()
    assert client.post(reverse("desk_brand_new"), {**sent, "valid_until": "2027-05-01"}).status_code == 302
