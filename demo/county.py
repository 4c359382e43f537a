"""The county's part in the demo: it looks at goods, certificates and licences, lets stores use its brand, and has some left to do."""

import datetime as dt

from django.utils import timezone

from accounts.models import User
from catalog import brands, certifying, licensed, listing, packing, reviewing, rules
from catalog.models import CertificateKind, CountyBrand, PermissionState, Product, ProductStatus, Review
from demo.gathering import Staff
from sellers import licensing
from sellers.models import ENDLESS, INSTEAD, LicenceKind, SellerLicence, Store
from stations.models import Region, Station

LOOKED_AT = dt.timedelta(hours=20)
SEED_HOLDS = dt.timedelta(days=540)


def centre_of(store: Store) -> Station:
    """The centre of a store's county."""
    station = store.station
    while station.parent is not None:
        station = station.parent
    return station


def sell(product: Product, clerk: User, people: Staff, *, papers: list[str], at: dt.datetime) -> None:
    """Sends goods to the county with their papers; its centre approves them the next day."""
    store, centre = product.store, people.at(centre_of(product.store))
    hits = rules.fitting_product(product)
    for kind in rules.missing_licences(store, rules.licences_wanted(product.category, hits)):
        _license(store, INSTEAD.get(kind, (kind,))[-1] if kind == LicenceKind.SEED else kind, clerk, centre, at)
    listing.put_on_sale(by=clerk, product=product, at=at)
    reviewing.approve_review(
        by=centre, review=Review.objects.waiting().get(product=product, kind="new"), at=at + LOOKED_AT
    )
    product.refresh_from_db()
    for kind in papers:
        if kind == CertificateKind.GEOGRAPHICAL:
            _let_use_brand(product, clerk, centre, at)
        else:
            _certify(product, kind, clerk, centre, at)


def _license(store: Store, kind: str, clerk: User, centre: User, at: dt.datetime) -> None:
    """A made-up licence or filing, and marked so."""
    known = SellerLicence.objects.filter(household=store.household, kind=kind)
    if known.exists():
        return
    county = _county(store)
    licence = licensing.enter_licence(
        by=clerk, household=store.household, kind=kind, number=f"DEMO-{store.pk:04d}", holder=store.household.name,
        issuer=f"{county.name}农业农村局（演示）", valid_from=timezone.localdate() - dt.timedelta(days=200),
        valid_until=None if kind in ENDLESS else timezone.localdate() + SEED_HOLDS, demo=True, at=at,
    )  # fmt: skip
    licensed.accept_licence(by=centre, licence=licence)


def _certify(product: Product, kind: str, clerk: User, centre: User, at: dt.datetime) -> None:
    today = timezone.localdate()
    paper = certifying.enter_certificate(
        by=clerk, store=product.store, product=product, kind=kind, number=f"DEMO-{kind[:2].upper()}-{product.pk:05d}",
        holder=product.store.household.name, issuer="示范认证机构（演示）", valid_from=today - dt.timedelta(days=300),
        valid_until=today + dt.timedelta(days=700), demo=True, at=at,
    )  # fmt: skip
    reviewing.approve_review(by=centre, review=paper.reviews.get(), at=at + LOOKED_AT)


def _let_use_brand(product: Product, clerk: User, centre: User, at: dt.datetime) -> None:
    """The store asks for the county's brand of these goods once, and may use it."""
    store, county, category = product.store, _county(product.store), product.category
    brand = CountyBrand.objects.filter(county=county, category=category).first() or brands.enter_brand(
        by=centre, county=county, name=f"{county.name.removesuffix('县').removesuffix('区')}{category.name}",
        name_en=f"{county.latin} {category.name_en}"[:100], category=category, number=_registration(county),
        holder=f"{county.name}农产品协会（演示）", issuer="国家知识产权局（演示编号）",
        valid_from=timezone.localdate() - dt.timedelta(days=900), valid_until=timezone.localdate() + dt.timedelta(days=1900),
        terms="产地在本县，当年检测合格，按标准分级。", terms_en="Grown in the county, tested this year, graded by its standard.",
        demo=True,
    )  # fmt: skip
    if brand.permissions.filter(store=store, state=PermissionState.GRANTED).exists():
        return
    asked = brands.ask_permission(by=clerk, store=store, brand=brand, why="本村自种，当年检测合格。", at=at)
    until = timezone.localdate() + dt.timedelta(days=700)
    brands.grant_permission(by=centre, permission=asked, valid_until=until, at=at + LOOKED_AT)


def leave_reviews(people: Staff) -> None:
    """What waits for a county today: a price far above the old one, a new name, a licence, and a store that asks for the brand."""
    goods = Product.objects.filter(status=ProductStatus.LISTED, category__slug="daylily", county_code="430426")
    found = list(
        goods.select_related("store__household", "store__station__parent__parent", "category").order_by("pk")[:6]
    )
    if len(found) < 3:
        return
    dear, named, asking = found[0], found[1], found[2]
    variant = dear.variants.filter(active=True).order_by("pk").first()
    if variant is not None:
        packing.change_price(by=people.at(dear.store.station), variant=variant, price_fen=variant.price_fen * 17 // 10)
    listing.edit_product(by=people.at(named.store.station), product=named, name=f"{named.name} 头茬")
    certifying.enter_certificate(
        by=people.at(asking.store.station), store=asking.store, product=asking, kind=CertificateKind.GREEN,
        number=f"DEMO-GR-{asking.pk:05d}-W", holder=asking.store.household.name, issuer="示范认证机构（演示）",
        valid_from=timezone.localdate() - dt.timedelta(days=3), valid_until=timezone.localdate() + dt.timedelta(days=1090), demo=True,
    )  # fmt: skip


def _registration(county: Region) -> str:
    """A made-up number of registration; the county's first brand has the plain one, which its hall shows."""
    others = CountyBrand.objects.filter(county=county).count()
    return f"DEMO-GI-{county.code[:6]}" + (f"-{others + 1}" if others else "")


def _county(store: Store) -> Region:
    return Region.objects.get(code=store.region_id[:6].ljust(12, "0"))
