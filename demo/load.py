"""The demo, loaded once: regions, stations, people, stores and goods, halls, and a year of orders."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog.phrases import renew_phrases
from demo.bar import Bar
from demo.claims import leave_claims
from demo.deposits import leave_deposits
from demo.flash import hold_flash_sales
from demo.goods import open_stores, store_rows
from demo.halls import HALLS, open_halls
from demo.payouts import MONTHS, pay_a_year
from demo.people import QIDONG, demo_seats, seat_people
from demo.promotions import open_promotions
from demo.reviews import write_reviews
from demo.season_boxes import live_seasons
from demo.stations import open_stations
from demo.studio import WORKERS, Wanted, pictures_of, take_pictures
from demo.tills import hand_in_cash
from demo.today import leave_work
from demo.year import DAYS, Year, live_a_year
from orders.price_levels import keep_week
from orders.verification import verify_delivered
from payments.models import Provider, RateCard, Refund, RefundState
from payments.refunds import conclude_refund
from pictures.models import Picture
from reports.activity import LATE_DAYS, count_days
from stations.models import Region, Station

ORDERS = 600
BUYERS = ("许晴", "王磊", "何平", "蒋欣", "沈括", "杨帆", "韩梅", "冯涛")


class NotADemo(RuntimeError):
    """The demo refuses to load where it could do harm."""


def load_demo(*, orders: int = ORDERS, stores: Collection[str] | None = None, workers: int = WORKERS) -> bool:
    """Load everything; False when it was loaded before. Raises NotADemo in production and in a database that is in use.

    `stores` names the only stores to load; `workers` draw the pictures, none: in this thread, within the caller's transaction.
    The pictures come first and are kept as they are made; all the rest is one transaction, so that a load that breaks off leaves
    nothing half, and the next one begins anew.
    """
    if settings.PRODUCTION:
        raise NotADemo(
            "This is a production: the demo's accounts share a published password, so it is not loaded here."
        )
    if Station.objects.exists():
        return False
    if User.objects.exists():
        raise NotADemo("This database has accounts already. The demo wants an empty one.")
    if not Region.objects.exists():
        call_command("import_regions")
    Picture.objects.all().delete()  # of a load that broke off
    rows = store_rows(stores)
    wanted = list(pictures_of(rows))
    with Bar("Pictures", len(wanted)) as bar:
        pictures = take_pictures(wanted, step=bar.step, workers=workers)
    with transaction.atomic():
        _load_rows(rows, pictures, orders)
    return True


def enter_rates(today: dt.date) -> None:
    """The general rates; less commission in Qidong, as its office agreed in the spring; and for tea until the end of last month."""
    spring = (today - dt.timedelta(days=240)).replace(day=1)
    last_month = today.replace(day=1) - dt.timedelta(days=1)
    RateCard.objects.create(commission_bp=200, station_fee_bp=300, valid_from=dt.date(2020, 1, 1))
    RateCard.objects.create(county_code=QIDONG[:6], commission_bp=150, station_fee_bp=300, valid_from=spring)
    RateCard.objects.create(
        category_slug="tea",
        commission_bp=100,
        station_fee_bp=300,
        valid_from=spring + dt.timedelta(days=31),
        valid_until=last_month,
    )


def _load_rows(rows: list[dict[str, Any]], pictures: Mapping[Wanted, Picture], orders: int) -> None:
    enter_rates(timezone.localdate())
    with Bar("Stations and people", 1) as bar:
        stations = open_stations()
        accounts = seat_people(stations)
        bar.step("")
    with Bar("Stores and goods", sum(len(row.get("products", [])) for row in rows)) as bar:
        for _store in open_stores(rows, farmer=accounts["farmer"], pictures=pictures, step=bar.step):
            pass
    with Bar("A year of orders", orders) as bar:
        buyers = [
            accounts["buyer"],
            *(User.objects.create_user(f"buyer{n}@daylily.example", name=name) for n, name in enumerate(BUYERS, 2)),
        ]
        open_promotions(accounts, now=timezone.now())
        year = Year(buyers)
        live_a_year(year=year, number=orders, step=bar.step)
        hold_flash_sales(accounts, year=year)
        live_seasons(year)
        leave_work(year=year, point=demo_seats(stations)["village"])
        leave_claims(clerks=year.clerks)
        leave_deposits(year=year)
    _return_money()
    verify_delivered()
    with Bar("Payouts", MONTHS) as bar:
        pay_a_year(operator=accounts["operator"], officials=[accounts["official"], accounts["province"]], step=bar.step)
    _return_money()
    hand_in_cash(year.now)
    write_reviews()
    count_days(timezone.localdate() - dt.timedelta(days=DAYS + LATE_DAYS), timezone.localdate())
    with Bar("Halls", len(HALLS)) as bar:
        open_halls(accounts, step=bar.step)
    renew_phrases()
    keep_week()


def _return_money() -> None:
    """The simulated payments are not at the stand-in, so what goes back of them has arrived."""
    for refund in Refund.objects.filter(
        state=RefundState.PENDING, payment__provider=Provider.STRIPE, payment__intent_id=""
    ):
        conclude_refund(refund_id=refund.pk, outcome=RefundState.SUCCEEDED)
