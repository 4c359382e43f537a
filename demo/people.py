"""The demo's people: the ten accounts of the README, and one clerk at every station. All of them are invented."""

import datetime as dt
import itertools

from django.db import transaction

from accounts.models import User
from stations.models import Posting, Region, Role, Station, StationKind

OFFICIALS_SINCE = dt.date(2024, 1, 1)
PASSWORD = "daylily-demo"  # noqa: S105 - published in the README; the demo alone has these accounts
DOMAIN = "daylily.example"
QIDONG, HENGYANG, HUNAN = "430426000000", "430400000000", "430000000000"

STAFF_ROLE = {
    StationKind.CENTRE.value: Role.CENTRE_STAFF,
    StationKind.TOWNSHIP.value: Role.TOWNSHIP_STAFF,
    StationKind.VILLAGE.value: Role.VILLAGE_STAFF,
}
FAMILY_NAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
GIVEN_NAMES = (
    "小兰",
    "建军",
    "丽华",
    "志强",
    "晓燕",
    "海波",
    "春梅",
    "国平",
    "玉芳",
    "文斌",
    "秀珍",
    "立新",
    "红霞",
    "永辉",
    "桂英",
    "德明",
)


def names() -> itertools.chain[str]:
    """Invented names, the same ones at every load."""
    return itertools.chain.from_iterable(
        (FAMILY_NAMES[(start + step) % len(FAMILY_NAMES)] + given for step, given in enumerate(GIVEN_NAMES))
        for start in range(0, len(FAMILY_NAMES) * 3, 7)
    )


def seat_people(stations: list[Station]) -> dict[str, User]:
    """The README's accounts by name ('buyer', 'village', ...), and a clerk of no password at every other station.

    `village`, `township` and `county` serve at one point, its township and its centre in Qidong, so that they can hand work to each other.
    """
    with transaction.atomic():
        accounts = {name: _account(name, chinese) for name, chinese in ACCOUNTS.items()}
        accounts["operator"].is_superuser = accounts["operator"].is_staff = True
        accounts["operator"].save(update_fields=["is_superuser", "is_staff"])
        for name, code in (("official", QIDONG), ("prefecture", HENGYANG), ("province", HUNAN)):
            _post(accounts[name], OFFICE[name], Region.objects.get(code=code))
        seats = {station.pk: accounts[name] for name, station in demo_seats(stations).items()}
        for station, chinese in zip(stations, names(), strict=False):
            user = seats.get(station.pk) or _account(station.code.lower(), chinese, password=None)
            _post(user, STAFF_ROLE[station.kind], station.region, station)
    return accounts


ACCOUNTS = {
    "buyer": "刘敏",
    "farmer": "李秀英",
    "village": "周小兰",
    "township": "彭建军",
    "county": "肖丽华",
    "official": "陈国强",
    "prefecture": "谭志远",
    "province": "邓文斌",
    "moderator": "方晓",
    "operator": "平台运营",
}
OFFICE = {"official": Role.COUNTY_OFFICIAL, "prefecture": Role.PREFECTURE_OFFICIAL, "province": Role.PROVINCE_OFFICIAL}
DEMO_TOWNSHIP = "黄土铺镇"


def demo_seats(stations: list[Station]) -> dict[str, Station]:
    """Where `village`, `township` and `county` serve."""
    township = next(
        station for station in stations if station.region.name == DEMO_TOWNSHIP and station.kind == StationKind.TOWNSHIP
    )
    point = next(station for station in stations if station.parent_id == township.pk)
    centre = next(station for station in stations if station.pk == township.parent_id)
    return {"village": point, "township": township, "county": centre}


def _account(name: str, chinese: str, *, password: str | None = PASSWORD) -> User:
    return User.objects.create_user(f"{name}@{DOMAIN}", password, name=chinese)


def _post(user: User, role: Role, region: Region, station: Station | None = None) -> None:
    """Staff serve since their station opened, officials since before the first one."""
    since = (station and station.opened_on) or OFFICIALS_SINCE
    Posting.objects.create(user=user, role=role, region=region, station=station, starts_on=since)
