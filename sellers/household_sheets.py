"""Households as a spreadsheet: families that agreed on paper to be registered, and the list of those on record.

Identity numbers have no column: a file travels by e-mail and lies on desks. They are entered at the station, under a consent of
their own. An export shows mobile numbers masked, and an import leaves masked ones as they are.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.phones import BadPhone, checked_phone, masked_phone
from sellers.consent import CONSENT_VERSION
from sellers.identity import BadIdentityNumber, checked_identity
from sellers.models import Consent, ConsentPurpose, Household, HouseholdKind
from sellers.names import latin_name
from stations.models import Level, Region
from stations.sheets import Column
from stations.taking_in import ChangedMeanwhile, Intake, Places, RowFaulty, day_of, yes_or_no

COLUMNS = (
    Column("number", "编号", "Number"),
    Column("name", "姓名", "Name", required=True),
    Column("phone", "手机号", "Mobile number", required=True),
    Column("region", "所在村", "Village", required=True),
    Column("consent_on", "签署同意书日期", "Consent signed on"),
    Column("women_led", "女性当家", "Led by a woman"),
    Column("youth_led", "35岁以下青年当家", "Led by somebody under 35"),
    Column("poverty_year", "建档立卡年份", "Registered as poor in"),
)
NUMBER = re.compile(r"[HN]([0-9]{1,15})")
OLDEST_CONSENT = dt.timedelta(days=3 * 366)
POVERTY_YEARS = range(2014, 2021)
TAGS = ("women_led", "youth_led", "poverty_registered_year")
BATCH = 500


class HouseholdIntake(Intake):
    """The families of one county."""

    columns: ClassVar[Sequence[Column]] = COLUMNS

    def __init__(self, by: User, region: Region) -> None:
        super().__init__(by, region)
        self.places = Places(region)
        mine = Household.objects.visible_to(by).filter(kind=HouseholdKind.HOUSEHOLD, forgotten_at=None)
        self.known = {household.pk: household for household in mine}
        self.phones = set(Household.objects.exclude(phone="").values_list("phone", flat=True))
        self.rows: dict[str, int] = {}
        self.new: list[tuple[Household, dt.date]] = []
        self.changed: list[Household] = []

    def take(self, number: int, row: dict[str, str]) -> str:
        """A family that is new, or one on record whose tags changed."""
        household = Household(kind=HouseholdKind.HOUSEHOLD, registered_by=self.by)
        faults: list[tuple[str, str]] = []
        for fill in (self._fill_name, self._fill_village, self._fill_tags):
            try:
                fill(household, row)
            except RowFaulty as faulty:
                faults += faulty.faults
        if faults:
            raise RowFaulty(*faults)
        if row.get("number"):
            return self._compare(household, row)
        signed = self._consent(row)
        household.phone = self._new_phone(number, row)
        self.new.append((household, signed))
        return "added"

    def _fill_name(self, household: Household, row: dict[str, str]) -> None:
        name = row["name"]
        for text in row.values():
            self._refuse_identity(text)
        if not 2 <= len(name) <= 30 or any(character.isdigit() for character in name):
            raise RowFaulty(("name", _("A name has 2 to 30 characters, and no digits.")))
        household.name, household.name_latin = name, latin_name(name)

    def _refuse_identity(self, text: str) -> None:
        try:
            checked_identity(text)
        except BadIdentityNumber:
            return
        told = _(
            "An identity number does not belong into a file. It is entered at the station, with a consent of its own."
        )
        raise RowFaulty(("name", told))

    def _fill_village(self, household: Household, row: dict[str, str]) -> None:
        household.region = self.places.find("region", row["region"])
        if household.region.level != Level.VILLAGE:
            raise RowFaulty(("region", _("Please name the village, not the township.")))

    def _fill_tags(self, household: Household, row: dict[str, str]) -> None:
        household.women_led = yes_or_no("women_led", row.get("women_led", ""))
        household.youth_led = yes_or_no("youth_led", row.get("youth_led", ""))
        year = row.get("poverty_year", "")
        if year and not (year.isascii() and year.isdigit() and int(year) in POVERTY_YEARS):
            raise RowFaulty(("poverty_year", _("A year from 2014 to 2020, or nothing.")))
        household.poverty_registered_year = int(year) if year else None

    def _consent(self, row: dict[str, str]) -> dt.date:
        signed, today = day_of("consent_on", row.get("consent_on", "")), timezone.localdate()
        if signed is None:
            raise RowFaulty(
                ("consent_on", _("Without the family's signed consent nobody is registered: write its day."))
            )
        if not today - OLDEST_CONSENT <= signed <= today:
            raise RowFaulty(("consent_on", _("A day of the last three years.")))
        return signed

    def _new_phone(self, number: int, row: dict[str, str]) -> str:
        try:
            phone = checked_phone(row["phone"])
        except BadPhone as bad:
            raise RowFaulty(("phone", str(bad))) from bad
        if phone in self.rows:
            raise RowFaulty(("phone", _("Row %(row)s bears the same mobile number.") % {"row": self.rows[phone]}))
        self.rows[phone] = number
        if phone in self.phones:
            raise RowFaulty(("phone", _("A family with this mobile number is registered already.")))
        return phone

    def _compare(self, wanted: Household, row: dict[str, str]) -> str:
        match = NUMBER.fullmatch(row["number"].upper())
        known = self.known.get(int(match.group(1))) if match else None
        if known is None:
            raise RowFaulty(("number", _("No family of this county bears this number. Leave it empty for a new one.")))
        if row["phone"] not in (known.phone, masked_phone(known.phone)):
            raise RowFaulty(("phone", _("A mobile number changes on the family's page, with a code to the new one.")))
        if known.region_id != wanted.region_id:
            raise RowFaulty(("region", _("A family moves to another village on its own page.")))
        if known.name != wanted.name:
            raise RowFaulty(("name", _("A name is corrected on the family's page, where the reason is asked.")))
        if all(getattr(known, name) == getattr(wanted, name) for name in TAGS):
            return "same"
        for name in TAGS:
            setattr(known, name, getattr(wanted, name))
        self.changed.append(known)
        return "changed"

    def write(self) -> None:
        """The new families with their consent to be on record, and what changed of others. Raises ChangedMeanwhile."""
        changed = [household.pk for household in self.changed]
        held = Household.objects.select_for_update(no_key=True).filter(pk__in=changed, forgotten_at=None).order_by("pk")
        if len(held.values_list("pk")) != len(changed):
            raise ChangedMeanwhile
        Household.objects.bulk_create([household for household, _signed in self.new], batch_size=BATCH)
        Consent.objects.bulk_create(
            (
                Consent(
                    household=household,
                    purpose=ConsentPurpose.RECORD,
                    version=CONSENT_VERSION,
                    given_at=timezone.make_aware(dt.datetime.combine(signed, dt.time(12))),
                    recorded_by=self.by,
                )
                for household, signed in self.new
            ),
            batch_size=BATCH,
        )
        Household.objects.bulk_update(self.changed, TAGS, batch_size=BATCH)


def household_rows(user: User, region: Region, language: str) -> Iterator[list[object]]:
    """The families of a region that the user may see, mobile numbers masked; an import reads them again."""
    mine = Household.objects.visible_to(user).filter(kind=HouseholdKind.HOUSEHOLD, forgotten_at=None)
    inside = (
        mine.filter(region__in=Region.objects.within(region.code))
        .prefetch_related("consents")
        .order_by("region_id", "pk")
    )
    for household in inside.iterator(chunk_size=2_000):
        given = [consent for consent in household.consents.all() if consent.purpose == ConsentPurpose.RECORD]
        yield [
            f"H{household.pk}",
            household.name,
            masked_phone(household.phone),
            household.region_id,
            timezone.localdate(given[-1].given_at).isoformat() if given else "",
            household.women_led,
            household.youth_led,
            household.poverty_registered_year,
        ]
