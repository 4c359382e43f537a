"""What a visitor of a list chose, as it stands in the page's address."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import F, Q
from django.http import QueryDict
from django.utils import timezone

from catalog.models import SEALS, CertificateKind, Temperature
from catalog.models import tally as about
from catalog.models.tally import ARRIVAL_ENDS, PRICE_ENDS

FEN_A_YUAN = 100
BANDS = tuple(
    f"{low // FEN_A_YUAN}-{high // FEN_A_YUAN if high else ''}"
    for low, high in zip(PRICE_ENDS, (*PRICE_ENDS[1:], 0), strict=True)
)
# The letters of the traits by the names in addresses, in the order in which catalog.models.tally.TRAITS has them.
LETTERS: Final = {
    "county": about.COUNTY, "grade": about.GRADE, "price": about.BAND, "seal": about.SEALS_OF, "cold": about.COLD,
    "season": about.SEASON, "poverty": about.POVERTY, "arrives": about.ARRIVAL,
}  # fmt: skip
NAMES: Final = ("county", "category", "grade", "price", "season", "arrives", "poverty", "cold", "seal")
NAMES_OF: Final = {letter: name for name, letter in LETTERS.items()}
MOST_SEALS = sum(SEALS.values())


@dataclass(frozen=True, slots=True)
class Choice:
    """What a visitor chose; an empty string chooses nothing. Anything that isn't a possible choice is left out."""

    county: str = ""
    category: str = ""
    grade: str = ""
    seal: str = ""
    price: str = ""
    season: str = ""
    cold: str = ""
    poverty: str = ""
    arrives: str = ""
    category_id: int = 0

    @classmethod
    def read(cls, query: QueryDict, category_ids: Mapping[str, int]) -> "Choice":
        """The choice in a page's address; `category_ids` are the categories that can be chosen, by slug."""
        county, grade = query.get("county", ""), query.get("grade", "")
        return cls(
            county=county if len(county) == 6 and county.isascii() and county.isdigit() else "",
            category=_one_of(query.get("category", ""), category_ids),
            category_id=category_ids.get(query.get("category", ""), 0),
            grade=grade[:20].replace("\x00", ""),
            seal=_one_of(query.get("seal", ""), SEALS),
            price=_one_of(query.get("price", ""), BANDS),
            season=_one_of(query.get("season", ""), ("now",)),
            cold=_one_of(query.get("cold", ""), ("yes",)),
            poverty=_one_of(query.get("poverty", ""), ("yes",)),
            arrives=_one_of(query.get("arrives", ""), [str(end) for end in ARRIVAL_ENDS]),
        )

    def as_params(self) -> dict[str, str]:
        """The choice as it stands in an address."""
        return {name: getattr(self, name) for name in NAMES if getattr(self, name)}

    def conditions(self) -> dict[str, Q]:
        """One condition a facet that was chosen."""
        found: dict[str, Q] = {}
        if self.county:
            found["county"] = Q(county_code=self.county)
        if self.category:
            found["category"] = Q(category_id=self.category_id)
        if self.grade:
            found["grade"] = Q(grade_name=self.grade)
        if self.seal:
            found["seal"] = Q(seals__in=_masks(self.seal))
        if self.price:
            low, _dash, high = self.price.partition("-")
            found["price"] = Q(price_from_fen__gte=int(low) * FEN_A_YUAN)
            if high:
                found["price"] &= Q(price_from_fen__lt=int(high) * FEN_A_YUAN)
        if self.season:
            found["season"] = in_season_in(timezone.localdate().month)
        if self.cold:
            found["cold"] = ~Q(temperature=Temperature.AMBIENT)
        if self.poverty:
            found["poverty"] = Q(from_poverty=True)
        if self.arrives:
            found["arrives"] = Q(arrives_in_days__lte=int(self.arrives))
        return found

    def traits(self) -> dict[str, list[str]]:
        """The traits of the tally that a choice stands for, by their letter; the category is none of them."""
        found: dict[str, list[str]] = {
            LETTERS["county"]: [self.county] if self.county else [],
            LETTERS["grade"]: [self.grade] if self.grade else [],
            LETTERS["price"]: [str(BANDS.index(self.price))] if self.price else [],
            LETTERS["seal"]: [str(mask) for mask in _masks(self.seal)] if self.seal else [],
            LETTERS["season"]: _seasons(timezone.localdate().month) if self.season else [],
            LETTERS["cold"]: ["1"] if self.cold else [],
            LETTERS["poverty"]: ["1"] if self.poverty else [],
            LETTERS["arrives"]: [str(end) for end in ARRIVAL_ENDS if self.arrives and end <= int(self.arrives)],
        }
        return {letter: [letter + value for value in values] for letter, values in found.items() if values}


def _one_of(value: str, known: Container[str]) -> str:
    return value if value in known else ""


def _masks(seal: str) -> list[int]:
    """The sums of SEALS that hold this seal."""
    return [mask for mask in range(MOST_SEALS + 1) if mask & SEALS[CertificateKind(seal)]]


def _seasons(month: int) -> list[str]:
    return [
        f"{first:02}{last:02}" for first in range(1, 13) for last in range(1, 13) if is_in_season(first, last, month)
    ]


def is_in_season(first: int, last: int, month: int) -> bool:
    """Whether a month (1 to 12) lies in a season from `first` to `last`, which may run over the turn of the year."""
    return first <= month <= last if first <= last else month >= first or month <= last


def in_season_in(month: int) -> Q:
    """Goods whose season this month (1 to 12) is in; a season may run over the turn of the year."""
    within = Q(season_from__lte=month, season_to__gte=month) & Q(season_from__lte=F("season_to"))
    over = Q(season_from__gt=F("season_to")) & (Q(season_from__lte=month) | Q(season_to__gte=month))
    return within | over
