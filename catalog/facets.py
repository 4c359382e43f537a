"""Facets: the further choices that a list offers, with how many goods each would leave, and the choices that were made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from urllib.parse import quote_plus, urlencode

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.cards import USUAL_CITY, seal_text
from catalog.choices import BANDS, FEN_A_YUAN, LETTERS, Choice, is_in_season
from catalog.choices import in_season_in as in_season_in
from catalog.counting import Counts
from catalog.models import SEALS, Category, CertificateKind
from catalog.models.tally import ARRIVAL_ENDS, PRICE_ENDS
from catalog.places import grade_in_english, name_of, read_grades, read_names

MOST_OPTIONS = 12


@dataclass(slots=True)
class Option:
    """One choice of a facet; its address leads to the list with it, or without it when it is chosen. `least`: at least so many."""

    label: str
    url: str
    count: int
    chosen: bool
    least: bool = False


@dataclass(slots=True)
class Facet:
    """A group of choices."""

    label: str
    options: list[Option]
    open: bool = False


@dataclass(slots=True)
class Made:
    """A choice that was made; `url` leads to the list without it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Offers:
    """Everything that the facets of one page are made of; `params` are the address's others (query, order)."""

    counts: Counts
    choice: Choice
    path: str
    params: dict[str, str]
    categories: Sequence[Category]
    month: int

    def facets(self) -> list[Facet]:
        """The groups with something to choose, in the language of the page."""
        english = get_language() == "en"
        read_names([USUAL_CITY, *(f"{code}000000" for code in (*self._about("county"), self.choice.county) if code)])
        if english:
            read_grades(self._about("grade"))
        groups = [
            (_("Category"), self._categories()),
            (_("County"), self._listed("county")),
            (_("Price"), self._prices()),
            (_("Arrives"), self._arrivals()),
            (_("Grade"), self._listed("grade")),
            (_("Certificate"), self._seals()),
            (_("Season, cold, origin"), self._conditions()),
        ]  # fmt: skip
        return [
            Facet(label, options, open=any(one.chosen for one in options))
            for label, options in groups
            if len(options) > 1 or any(one.chosen or one.count < self.counts.total for one in options)
        ]

    def made(self) -> list[Made]:
        """The choices that were made, each with the address that undoes it."""
        return [
            Made(self._label(name, value), self._without(name)[0]) for name, value in self.choice.as_params().items()
        ]

    def _about(self, name: str) -> dict[str, int]:
        return self.counts.traits[LETTERS[name]]

    def _without(self, name: str) -> tuple[str, str]:
        """The list's address without the choice of `name`, and the beginning of one with it: the value alone is wanting."""
        rest = _query_without(name if getattr(self.choice, name) else "", self.choice, tuple(self.params.items()))
        return (f"{self.path}?{rest}", f"{self.path}?{rest}&{name}=") if rest else (self.path, f"{self.path}?{name}=")

    def _options(self, name: str, found: Iterable[tuple[str, int]]) -> list[Option]:
        """The choices of one facet: values with how many goods each leaves."""
        undone, begun = self._without(name)
        chosen, least = getattr(self.choice, name), name in self.counts.unsure
        return [
            Option(
                self._label(name, value),
                undone if value == chosen else begun + quote_plus(value),
                number,
                value == chosen,
                least,
            )
            for value, number in found
            if number or value == chosen
        ]

    def _label(self, name: str, value: str) -> str:
        match name:
            case "category":
                return next((kind.label for kind in self.categories if kind.slug == value), value)
            case "county":
                return name_of(f"{value}000000") or value
            case "grade":
                return grade_in_english(value) if get_language() == "en" else value
            case "arrives":
                return arrival_text(value)
        return _known_label(get_language() or "", name, value)

    def _categories(self) -> list[Option]:
        found = self.counts.category
        above = {kind.parent_id for kind in self.categories}  # their own pages list all below them
        shown = (kind for kind in self.categories if kind.pk not in above or kind.slug == self.choice.category)
        return self._options("category", ((kind.slug, found.get(kind.pk, 0)) for kind in shown))

    def _prices(self) -> list[Option]:
        found = self._about("price")
        return self._options("price", ((band, found.get(str(place), 0)) for place, band in enumerate(BANDS)))

    def _listed(self, name: str) -> list[Option]:
        """The values with the most goods, and the one that is chosen."""
        found = sorted(self._about(name).items(), key=lambda item: (-item[1], item[0]))
        chosen = getattr(self.choice, name)
        shown = [(value, number) for value, number in found if value][:MOST_OPTIONS]
        if chosen and chosen not in dict(shown):
            shown.append((chosen, dict(found).get(chosen, 0)))
        return self._options(name, shown)

    def _arrivals(self) -> list[Option]:
        """Within so many days: each class holds the earlier ones."""
        found = self._about("arrives")
        within = accumulate(found.get(str(end), 0) for end in ARRIVAL_ENDS)
        return self._options("arrives", zip(map(str, ARRIVAL_ENDS), within, strict=True))

    def _seals(self) -> list[Option]:
        found = {int(mask): number for mask, number in self._about("seal").items()}
        sums = {kind: sum(number for mask, number in found.items() if mask & bit) for kind, bit in SEALS.items()}
        return self._options("seal", ((kind.value, number) for kind, number in sums.items()))

    def _conditions(self) -> list[Option]:
        seasons = {(int(one[:2]), int(one[2:])): number for one, number in self._about("season").items() if one}
        now = sum(number for season, number in seasons.items() if is_in_season(*season, self.month))
        found = {"season": ("now", now)} | {
            name: ("yes", self._about(name).get("1", 0)) for name in ("cold", "poverty")
        }
        return [option for name, one in found.items() for option in self._options(name, [one])]


@lru_cache(maxsize=100)
def _query_without(name: str, choice: Choice, params: tuple[tuple[str, str], ...]) -> str:
    return urlencode(dict(params) | {key: known for key, known in choice.as_params().items() if key != name})


@lru_cache(maxsize=100)
def _known_label(_language: str, name: str, value: str) -> str:
    """What a choice says that says the same on every page of a language."""
    if name == "price":
        return band_text(BANDS.index(value))
    if name == "seal":
        return seal_text(CertificateKind(value))
    return {
        "season": _("in season now"),
        "cold": _("travels chilled"),
        "poverty": _("from families that left poverty"),
    }[name]


def band_text(band: int) -> str:
    """'20 元以下', '¥20–50', '¥200 and more' for the number of a band."""
    low = PRICE_ENDS[band] // FEN_A_YUAN
    if band + 1 == len(PRICE_ENDS):
        return _("¥%(low)s and more") % {"low": low}
    high = PRICE_ENDS[band + 1] // FEN_A_YUAN
    return f"¥{low}–{high}" if low else _("under ¥%(high)s") % {"high": high}


def arrival_text(days: str) -> str:
    """'3 天内到长沙', 'in Changsha within 3 days'."""
    return _("in %(city)s within %(days)s days") % {"city": name_of(USUAL_CITY).removesuffix("市"), "days": days}


def facets_of(
    counts: Counts,
    choice: Choice,
    *,
    path: str,
    params: dict[str, str],
    categories: Iterable[Category] = (),
    month: int,
) -> tuple[list[Facet], list[Made]]:
    """The facets of a list with something to choose, and what was chosen, in the language of the page."""
    offers = Offers(counts, choice, path, params, list(categories), month)
    return offers.facets(), offers.made()
