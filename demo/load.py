"""The demo, loaded once: regions, stations, people, stores and goods, halls, and a year of orders."""

import datetime as dt
import sys
import time

from django.conf import settings
from django.core.management import call_command

from accounts.models import User
from demo.goods import count_products, open_stores
from demo.people import seat_people
from demo.stations import open_stations
from demo.year import live_a_year
from orders.release import release_delivered
from orders.verification import verify_delivered
from payments.models import RateCard
from stations.models import Region, Station

ORDERS = 600
BUYERS = ("许晴", "王磊", "何平", "蒋欣", "沈括", "杨帆", "韩梅", "冯涛")


class NotADemo(RuntimeError):
    """The demo refuses to load where it could do harm."""


def load_demo(*, orders: int = ORDERS) -> bool:
    """Load everything; False when it was loaded before. Raises NotADemo in production and in a database that is in use."""
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
    RateCard.objects.create(county_code="", commission_bp=200, station_fee_bp=300, valid_from=dt.date(2020, 1, 1))
    with _Bar("Stations and people", 1) as bar:
        accounts = seat_people(open_stations())
        bar.step("")
    with _Bar("Stores and goods", count_products()) as bar:
        stores = list(open_stores(farmer=accounts["farmer"], step=bar.step))
    with _Bar("A year of orders", orders) as bar:
        buyers = [
            accounts["buyer"],
            *(User.objects.create_user(f"buyer{n}@daylily.example", name=name) for n, name in enumerate(BUYERS, 2)),
        ]
        live_a_year(buyers=buyers, number=orders, step=bar.step)
    verify_delivered()
    release_delivered()
    return bool(stores)


class _Bar:
    """A progress bar in the terminal; a line at the end where there is none."""

    def __init__(self, title: str, steps: int) -> None:
        self.title, self.steps, self.done, self.began = title, max(steps, 1), 0, time.monotonic()

    def __enter__(self) -> "_Bar":
        return self

    def step(self, what: str) -> None:
        self.done += 1
        if sys.stdout.isatty():
            filled = 24 * self.done // self.steps
            sys.stdout.write(f"\r  {self.title:22} [{'#' * filled:24}] {self.done}/{self.steps}  {what[:24]:24}")
            sys.stdout.flush()

    def __exit__(self, *error: object) -> None:
        end = "\r" if sys.stdout.isatty() else ""
        sys.stdout.write(f"{end}  {self.title:22} {self.done} in {time.monotonic() - self.began:.0f} s{' ' * 40}\n")
