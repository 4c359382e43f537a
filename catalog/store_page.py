"""A store's page for buyers: who sells, where, what they say of themselves and hold certificates for, and whether it is shut."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.cards import seal_text
from catalog.models import Certificate, CertificateKind, Lot, ProductStatus
from catalog.places import county_and_township, name_of, read_names, short_place
from sellers.families import members_of
from sellers.models import Household, HouseholdKind, Store, StoreStatus
from sellers.names import family_of, name_for_buyers

MOST_GROWERS, MOST_CERTIFICATES, MOST_NAMES = 40, 12, 12
# A draft was never there for buyers.
SHOWN = (StoreStatus.OPEN, StoreStatus.PAUSED, StoreStatus.CLOSED)


@dataclass(slots=True)
class Seller:
    """Who sells: the kind in words, the name, what the law wants shown (label, text), and who grows what (name, place, what)."""

    kind: str
    name: str
    law: list[tuple[str, str]] = field(default_factory=list)
    growers: list[tuple[str, str, str]] = field(default_factory=list)
    growers_heading: str = ""


def find_store(slug: str) -> Store | None:
    """A store that is or was open to buyers, by its address."""
    stores = Store.objects.filter(status__in=SHOWN).exclude(opened_at=None)
    return stores.select_related("station", "picture", "household").filter(slug=slug).first()


def store_context(store: Store) -> dict[str, Any]:
    """What catalog/store.html shows beside the goods; two queries, one more for a co-operative or a station's store."""
    growers = _growers(store)
    codes = {store.region_id, *(code for _name, code, _what in growers)}
    read_names([*codes, *(above for code in codes for above in county_and_township(code))])
    seller = _seller(store)
    seller.growers = [(name, name_of(code), what) for name, code, what in growers]
    shut = store.status != StoreStatus.OPEN
    return {
        "store": store,
        "seller": seller,
        "place": _place(store.region_id),
        "county": name_of(county_and_township(store.region_id)[0]),
        "point": store.station.label,
        "certificates": [] if shut else _certificates(store),
        "goods_names": _goods_names(store) if store.status == StoreStatus.PAUSED else [],
    }


def family_name(household: Household) -> str:
    """A family as sellers.names has it; other sellers have their full name."""
    if household.kind != HouseholdKind.HOUSEHOLD:
        return household.label
    return family_of(household.name, household.name_latin)


def _place(code: str) -> str:
    """County, township and village; a station's store stands in its township."""
    village = "" if code.endswith("000") else name_of(code)
    return (" · " if get_language() == "en" else " ").join(part for part in (short_place(code), village) if part)


def _seller(store: Store) -> Seller:
    """Articles 10 and 15 of the E-Commerce Law of 2019: a licence is shown, and so is that none is needed for one's own farm products."""
    household = store.household
    name = name_for_buyers(household)
    if household.kind == HouseholdKind.HOUSEHOLD:
        words = _(
            "Sells what the family grows itself; no business registration is needed for that (E-Commerce Law, article 10)."
        )
        return Seller(_("Farming family"), name, [(_("Registration"), words)])
    law = [(_("Unified social credit code"), household.licence_code)] if household.licence_code else []
    if household.representative:
        law.append((_("Legal representative"), household.representative))
    if household.kind == HouseholdKind.COOPERATIVE:
        return Seller(_("Farmers' co-operative"), name, law, growers_heading=_("Members, and what they grow"))
    if household.kind == HouseholdKind.STATION:
        kind = _("A station's store: it gathers the goods of families nearby, and each is paid for its own")
        return Seller(kind, name, law, growers_heading=_("Whose goods these are"))
    return Seller(_("Enterprise"), name, law)


def _growers(store: Store) -> list[tuple[str, str, str]]:
    """Name, village code and produce of a co-operative's members, or of the families whose lots a station sells."""
    english = get_language() == "en"
    if store.household.kind == HouseholdKind.COOPERATIVE:
        return [
            (
                family_name(member.household),
                member.household.region_id,
                (member.grows_en or member.grows) if english else member.grows,
            )
            for member in members_of(store.household)[:MOST_GROWERS]
        ]
    if store.household.kind != HouseholdKind.STATION:
        return []
    lots = Lot.objects.filter(product__store=store, product__status=ProductStatus.LISTED, recalled_at=None)
    found: dict[tuple[str, str], list[str]] = {}
    for lot in lots.exclude(household=None).select_related("household", "product").order_by("household__name", "pk"):
        assert lot.household is not None
        produce = found.setdefault((family_name(lot.household), lot.household.region_id), [])
        if lot.product.label not in produce:
            produce.append(lot.product.label)
    comma = ", " if english else "、"
    return [(name, code, comma.join(produce)) for (name, code), produce in list(found.items())[:MOST_GROWERS]]


def _certificates(store: Store) -> list[dict[str, Any]]:
    """The valid certificates of the store and of what is on sale, each once."""
    on_sale = Q(product__store=store, product__status=ProductStatus.LISTED)
    papers = Certificate.objects.valid().filter(on_sale | Q(store=store))
    once = {(paper.kind, paper.number): paper for paper in papers.order_by("kind", "pk")}
    return [
        {
            "seal": seal_text(CertificateKind(paper.kind)),
            "name": paper.label,
            "number": _("%(number)s (a sample, issued by no agency)") % {"number": paper.number}
            if paper.demo
            else paper.number,
            "issuer": paper.issuer,
            "until": paper.valid_until,
        }
        for paper in list(once.values())[:MOST_CERTIFICATES]
    ]


def _goods_names(store: Store) -> list[str]:
    """What a paused store will offer again."""
    goods = store.products.filter(status=ProductStatus.LISTED).order_by("-sold_units", "pk")
    return [product.label for product in goods.only("name", "name_en")[:MOST_NAMES]]
