"""The world of the main job before it begins: two counties with their people, and two stores beside the one that will be opened."""

from dataclasses import dataclass, field

from accounts.models import User
from catalog.models import Category, Variant
from orders.jobs import every_minute
from stations.models import Role, Station
from tests.cast import (
    SANGZHI,
    Stations,
    make_category,
    make_clerk,
    make_household,
    make_inbound_product,
    make_official,
    make_product,
    make_rates,
    make_store,
    make_user,
    make_variant,
)
from tests.journeys.storekeeping import make_grades
from tests.orders.scene import make_county

HUNAN = "430000000000"


@dataclass
class World:
    """Qidong, where the story is, and Sangzhi, whose white tea goes into the same cart."""

    qidong: Stations
    sangzhi: Stations
    buds: Variant
    tea: Variant
    flask: Variant
    clerks: dict[str, User] = field(default_factory=dict)
    province: User = field(default_factory=User)
    buyer_there: User = field(default_factory=User)

    def clerk(self, station: Station) -> User:
        """Who serves at the station; made at the first question."""
        return self.clerks.setdefault(station.code, make_clerk(station, f"{station.region.name}站员"))


def make_world() -> World:
    """Rates, counties with vans and carriers, grades, and stores of Wang (buds), Tian (tea) and the county's shop (thermos flasks)."""
    make_rates()
    make_grades()
    qidong, sangzhi = make_county("430426000000"), make_county(SANGZHI)
    wang = make_household(qidong.second_point, name="王建国")
    tian = make_household(sangzhi.point, name="田大山")
    shop = make_household(qidong.centre, name="祁东县供销日用品")
    return World(
        qidong=qidong,
        sangzhi=sangzhi,
        buds=_goods(qidong.second_point, wang, "黄花菜干", "Daylily buds", make_category(), 2650, 250),
        tea=_goods(
            sangzhi.point, tian, "桑植白茶", "Sangzhi white tea", make_category("tea", "茶叶", "Tea"), 12800, 200
        ),
        flask=make_variant(make_inbound_product(make_store(qidong.centre, household=shop)), price_fen=5900, grams=420),
        province=make_official(HUNAN, Role.PROVINCE_OFFICIAL, "何卫东"),
        buyer_there=make_user("chenjie@daylily.example", name="陈姐", phone="13873410002"),
    )


def _goods(
    station: Station, household: object, name: str, name_en: str, category: Category, fen: int, grams: int
) -> Variant:
    store = make_store(station, household=household)  # type: ignore[arg-type]
    return make_variant(make_product(store, name=name, name_en=name_en, category=category), price_fen=fen, grams=grams)


def a_minute_passes() -> None:
    """What the worker does each minute: sales whose goods were delivered are verified."""
    every_minute(timestamp=0)
