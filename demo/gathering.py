"""The demo's stores that sell for many: a township station that gathers the goods of families, and co-operatives with their members."""

import datetime as dt
from typing import Any

from django.utils import timezone

from accounts.models import User
from pictures.models import Picture
from sellers import mandates, onboarding
from sellers.families import add_member
from sellers.licence import check_character
from sellers.models import Household, HouseholdKind, Store
from stations.models import Posting, Station, StationKind

# The registering authority and the kind (GB 32100-2015, table 1): market regulation, a company or a farmers' co-operative.
LICENCE_HEAD = {HouseholdKind.ENTERPRISE.value: "91", HouseholdKind.COOPERATIVE.value: "93"}


class Staff:
    """Who serves at a station."""

    def __init__(self) -> None:
        postings = Posting.objects.exclude(station=None).select_related("user")
        self._clerks = {posting.station_id: posting.user for posting in postings}

    def at(self, station: Station) -> User:
        """The clerk of a station."""
        return self._clerks[station.pk]


def open_gathering(
    row: dict[str, Any], people: Staff, number: int, picture: Picture
) -> tuple[Store, dict[str, Household]]:
    """The store of a township station, opened, and the families that it gathers for, by name: each with a mandate to its own point."""
    township = Station.objects.within(row["county"].ljust(12, "0")).get(
        kind=StationKind.TOWNSHIP, region__name=row["township"]
    )
    points = list(Station.objects.filter(parent=township).select_related("region").order_by("code"))
    begun = timezone.now() - dt.timedelta(days=430)
    growers = {}
    for place, family in enumerate(row["families"]):
        point = points[place % len(points)]
        growers[family["farmer"]] = _family(family, point, people.at(point), f"197{number:04d}{place:04d}", begun)
    store = onboarding.open_gathering_store(
        by=people.at(township), station=township, picture=picture, at=begun,
        **{name: row[name] for name in ("name", "name_en", "story", "story_en")},
    )  # fmt: skip
    assert township.parent is not None
    return onboarding.approve_store(
        by=people.at(township.parent), store=store, at=begun + dt.timedelta(days=2)
    ), growers


def _family(row: dict[str, Any], point: Station, clerk: User, phone: str, begun: dt.datetime) -> Household:
    household = onboarding.register_household(
        by=clerk, station=point, region=point.region, name=row["farmer"], name_latin=row["farmer_latin"], phone=phone,
        consent=True, women_led=row.get("women_led", False), at=begun,
    )  # fmt: skip
    ends_on = timezone.localdate() + dt.timedelta(days=300)
    mandate = mandates.record_mandate(by=clerk, household=household, station=point, ends_on=ends_on, at=begun)
    mandates.confirm_by_code(mandate=mandate, code=mandates.send_code(mandate), at=begun)
    return household


def add_members(rows: list[dict[str, Any]], cooperative: Household, clerk: User, opened_at: dt.datetime | None) -> None:
    """The families of the county that are named as members, with what they grow."""
    joined = timezone.localdate(opened_at)
    for row in rows:
        member = Household.objects.get(
            name=row["farmer"], kind=HouseholdKind.HOUSEHOLD, region__code__startswith=cooperative.region_id[:6]
        )
        add_member(
            by=clerk, cooperative=cooperative, household=member, grows=row["grows"], grows_en=row["grows_en"], mu=row["mu"],
            joined_on=joined,
        )  # fmt: skip


def demo_licence(row: dict[str, Any], number: int) -> str:
    """A made-up licence code whose check character is right; empty for families."""
    head = LICENCE_HEAD.get(row.get("kind", ""))
    if head is None:
        return ""
    seventeen = f"{head}{row['county']}MADEM{number:04d}"
    return seventeen + check_character(seventeen)
