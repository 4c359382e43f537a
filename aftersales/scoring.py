"""Stores' scores: what buyers' reviews of the last twelve months, after-sales and collections come to, reckoned every night.

    score = 0.7 B + 0.2 x 5 (1 - cases / delivered) + 0.1 x 5 (on time / collected)
    B = (m C + sum of stars) / (m + n)

B is the Bayesian average, as IMDb's weighted rating has it: n reviews are drawn towards the mean C of all stores' reviews as if m = 10
more had said so; a new store with one happy cousin stays near the mean. Only reviews of real purchases count (aftersales.reviewing lets no
others in: paid, delivered, not of one's own family), also those of goods that were paid back, and of one buyer the latest a store and
month: to buy a score is to buy goods, from many people, over months. Hidden reviews don't count. Below three reviews there is no score.
All sums are integers; the score is in hundredths of a star, rounded half up.
"""

import datetime as dt
from collections import Counter, defaultdict
from typing import Final

from django.db import transaction
from django.db.models import Count, F, Min, OuterRef, Q, Subquery
from django.utils import timezone

from aftersales.models import BuyerReview, StoreScore
from delivery.models import Leg, ParcelState
from orders.models import Consignment, OrderState, Sale

YEAR: Final = dt.timedelta(days=365)
WEIGHT: Final = 10
FEWEST: Final = 3
# Shares of the score, in tenths: reviews, after-sales, collection in time.
TENTHS: Final = (7, 2, 1)


def score_of(
    *, stars: int, reviews: int, mean: tuple[int, int], cases: tuple[int, int], on_time: tuple[int, int]
) -> int | None:
    """Hundredths of a star from these sums, None for fewer than three reviews. Pairs are numerator and denominator: `mean` stars and
    reviews of all stores; `cases` of delivered, `on_time` of collected consignments. Nothing delivered counts as nothing wrong.
    """
    if reviews < FEWEST or not mean[1]:
        return None
    # B = (m * all stars / all reviews + stars) / (m + n), as one fraction.
    top, bottom = WEIGHT * mean[0] + stars * mean[1], mean[1] * (WEIGHT + reviews)
    good, of = (cases[1] - cases[0], cases[1]) if cases[1] else (1, 1)
    met, due = on_time if on_time[1] else (1, 1)
    whole = bottom * of * due
    tenths = TENTHS[0] * top * of * due + TENTHS[1] * 5 * good * bottom * due + TENTHS[2] * 5 * met * bottom * of
    return (2 * 10 * tenths + whole) // (2 * whole)


def reckon_scores(*, at: dt.datetime | None = None) -> int:
    """Reckon the scores of all stores anew; how many have one. A store without a delivery in the year loses its row."""
    now = at or timezone.now()
    stars = _stars(now - YEAR)
    total = (sum(sum(of) for of in stars.values()), sum(len(of) for of in stars.values()))
    works = _work(now - YEAR)
    rows = []
    for store, work in works.items():
        of = stars.get(store, [])
        score = score_of(
            stars=sum(of),
            reviews=len(of),
            mean=total,
            cases=(work["cases"], work["delivered"]),
            on_time=(work["on_time"], work["collected"]),
        )
        rows.append(StoreScore(store_id=store, score=score, reviews=len(of), stars=sum(of), reckoned_at=now, **work))
    fields = ["score", "reviews", "stars", "delivered", "cases", "collected", "on_time", "reckoned_at"]
    with transaction.atomic():
        StoreScore.objects.exclude(store__in=works).delete()
        StoreScore.objects.bulk_create(rows, update_conflicts=True, unique_fields=["store"], update_fields=fields)
    return sum(row.score is not None for row in rows)


def _stars(since: dt.datetime) -> dict[int, list[int]]:
    """The stars that count, by store: of one buyer (account or telephone) the latest review a store and month."""
    real = BuyerReview.objects.shown().filter(written_at__gt=since, line__consignment__order__paid_at__isnull=False)
    real = real.exclude(line__in=Sale.objects.exclude(left_out="").values("line"))
    rows = real.order_by("written_at", "pk").values_list(
        "store_id", "line__consignment__order__user_id", "line__consignment__order__phone", "written_at", "stars", "pk"
    )
    latest: dict[tuple[int, str, int], int] = {}
    for store, user, phone, written, stars, key in rows.iterator(chunk_size=5000):
        buyer = f"user {user}" if user else f"phone {phone}" if phone else f"review {key}"
        local = timezone.localtime(written, timezone.get_default_timezone())
        latest[store, buyer, local.year * 12 + local.month] = stars
    found: dict[int, list[int]] = defaultdict(list)
    for (store, _buyer, _month), stars in latest.items():
        found[store].append(stars)
    return found


def _work(since: dt.datetime) -> dict[int, Counter[str]]:
    """Consignments delivered and collected since then, by store: how many, how many went wrong, how many were there in time."""
    sold = Consignment.objects.filter(order__state__in=(OrderState.PAID, OrderState.REFUNDED), replaces=None)
    delivered = sold.filter(parcel__state=ParcelState.DELIVERED, parcel__delivered_at__gt=since).order_by()
    wrong = Q(cases__refund__isnull=False) | Q(cases__replacement__isnull=False)
    works: dict[int, Counter[str]] = {}
    counts = delivered.values("store").annotate(
        all=Count("pk", distinct=True), bad=Count("pk", filter=wrong, distinct=True)
    )
    for row in counts:
        works[row["store"]] = Counter(delivered=row["all"], cases=row["bad"], collected=0, on_time=0)
    van = Leg.objects.filter(parcel=OuterRef("parcel"), run__isnull=False).order_by().values("parcel")
    collected = sold.filter(parcel__collected_at__gt=since).annotate(
        leaves=Subquery(van.annotate(first=Min("depart_planned")).values("first"))
    )
    in_time = Q(parcel__collected_at__lte=F("leaves"))
    brought = collected.order_by().exclude(leaves=None).values_list("store")
    for store, count, met in brought.annotate(all=Count("pk"), met=Count("pk", filter=in_time)):
        if store in works:
            works[store].update(collected=count, on_time=met)
    return works
