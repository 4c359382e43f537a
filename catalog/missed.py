"""What buyers looked for and did not find: a signal for what to grow and make, kept without the people who asked.

Kept: the words, the county that they named, the day, how often. Not kept: who, from where, with what, at what hour; and nothing that may
be somebody's number, address or e-mail. A page that was kept for other visitors (shop.middleware) counts once, so the figures are low
rather than high. Shown are words that were asked for on three different days at least (k-anonymity with k = 3, as far as days stand for
people: nothing here could tell people apart), and after 180 days they are gone.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Count, Max, Sum
from django.utils import timezone

from accounts.models import User
from catalog.models import MissedSearch
from catalog.models.finding import LONGEST_PHRASE, MissedSearchQuerySet
from catalog.words import query_terms
from stations.models import Role
from stations.models.posting import OFFICIAL_ROLES
from stations.scope import scope_of

READERS: Final = frozenset({*OFFICIAL_ROLES, Role.CENTRE_STAFF})
KEPT_DAYS, SHOWN_WEEKS = 180, 4
FEWEST_DAYS = 3
MOST_SHOWN, MOST_TERMS = 50, 4
# A day has a bound, so that a machine that repeats one query does not outgrow the column.
MOST_A_DAY = 1_000_000
# Numbers of any length that could be somebody's, an e-mail address, a door; whoever types these looks for no goods.
_SOMEBODYS = re.compile(
    r"[0-9０-９٠-٩][0-9０-９٠-٩ -]{3,}|@|＠|://|www\.|[0-9０-９]+\s*(?:号|弄|栋|幢|室|单元)", re.IGNORECASE
)
_MACHINES = re.compile("bot|spider|crawl|slurp|curl|python|wget|headless", re.IGNORECASE)

_COUNT: Final = """
INSERT INTO catalog_missedsearch AS m (day, county_code, words, times) VALUES (%s, %s, %s, 1)
ON CONFLICT (day, county_code, words) DO UPDATE SET times = least(m.times + 1, %s)
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words that were looked for in vain: how often, on how many days, the last of them."""

    words: str
    times: int
    days: int
    last: dt.date


def reads_wanted(user: User) -> bool:
    """Whether what buyers miss is this user's to read: the county centre's staff, and officials of any level."""
    scope = scope_of(user)
    return scope.everywhere or any(posting.role in READERS for posting in scope.postings)


def note_missed(query: str, *, county_code: str = "", by_agent: str = "") -> bool:
    """Counts a query that found nothing; False where it is not kept: no word in it, too long, maybe personal, or asked by a machine.

    `county_code` is the county that the query or the page named, six digits; `by_agent` the browser's name for itself, which is only
    looked at.
    """
    words = words_to_keep(query)
    if not words or _MACHINES.search(by_agent):
        return False
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [timezone.localdate(), county_code[:6], words, MOST_A_DAY])
    return True


def words_to_keep(query: str) -> str:
    """The words of a query in one spelling and order; '' for one that is not kept."""
    query = query.strip()
    if len(query) > LONGEST_PHRASE or _SOMEBODYS.search(query):
        return ""
    terms = query_terms(query)
    words = " ".join(sorted(terms))
    if not terms or len(terms) > MOST_TERMS or len(words) > LONGEST_PHRASE or words.replace(" ", "").isdigit():
        return ""
    return words


def wanted_in(user: User, *, weeks: int = SHOWN_WEEKS) -> list[Wanted]:
    """What was looked for in the counties of the user's postings, the most often first. Fewer than three days are never shown."""
    rows = MissedSearch.objects.visible_to(user)
    return _wanted(rows, weeks)


def wanted_anywhere(*, weeks: int = SHOWN_WEEKS) -> list[Wanted]:
    """What was looked for wherever it may come from, the most often first. Fewer than three days are never shown."""
    return _wanted(MissedSearch.objects.all(), weeks)


def _wanted(rows: MissedSearchQuerySet, weeks: int) -> list[Wanted]:
    since = timezone.localdate() - dt.timedelta(weeks=weeks)
    found = (
        rows.filter(day__gt=since)
        .order_by()
        .values("words")
        .annotate(asked=Sum("times"), days=Count("day", distinct=True), last=Max("day"))
        .filter(days__gte=FEWEST_DAYS)
        .order_by("-asked", "-last", "words")[:MOST_SHOWN]
    )
    return [Wanted(row["words"], row["asked"], row["days"], row["last"]) for row in found]


def forget_old() -> int:
    """Deletes what is older than 180 days; how many rows."""
    last = timezone.localdate() - dt.timedelta(days=KEPT_DAYS)
    return MissedSearch.objects.filter(day__lte=last).delete()[0]
