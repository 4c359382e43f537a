"""The demo's brand halls, from demo/content/halls.toml: six counties, both languages, published; and who may edit them."""

import datetime as dt
import tomllib
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from accounts.models import User
from catalog.models import CertificateKind, Product
from cms.halls import dress_home, fill_hall, make_hall
from cms.permissions import appoint_editor, appoint_moderator
from demo.goods import CONTENT
from demo.people import QIDONG
from demo.studio import Wanted, take_picture, take_scene
from pictures.models import Picture
from sellers.models import Store
from stations.models import Region

Part = dict[str, Any]


def hall_rows() -> list[Part]:
    """The halls of the file, in its order."""
    with (CONTENT / "halls.toml").open("rb") as file:
        rows: list[Part] = tomllib.load(file)["halls"]
    return rows


HALLS = hall_rows()


def open_halls(accounts: dict[str, User], *, step: Callable[[str], None]) -> None:
    """Every hall, published; `moderator` reviews what comes after, `official` may edit Qidong's.

    Goods and stores that were not loaded are left out.
    """
    appoint_moderator(user=accounts["moderator"])
    appoint_editor(user=accounts["official"], county=Region.objects.get(code=QIDONG))
    for row in HALLS:
        _open_hall(row, by=accounts["operator"])
        step(row["title"])


def _open_hall(row: Part, *, by: User) -> None:
    county = Region.objects.get(code=f"{row['county']}000000")
    hall = make_hall(county=county, title=row["title"], title_en=row["title_en"], by=by)
    picture = _large_picture(row)
    parts = [(part, _shared(part)) for part in row.get("parts", [])]
    for page, ending in ((hall.zh, ""), (hall.en, "_en")):
        body = [_block(part, shared, ending) for part, shared in parts if not _is_bare(shared)]
        line, intro = row[f"line{ending}"], row[f"intro{ending}"]
        fill_hall(page=page, line=line, intro=intro, picture=picture, body=body, by=by, publish=True)
    if "hero_caption" in row:
        dress_home(picture=picture, caption=row["hero_caption"], caption_en=row["hero_caption_en"], by=by)


def _large_picture(row: Part) -> Picture:
    if "scene" in row:
        return take_scene(row["scene"], title=row["title"], title_en=row["title_en"])
    return take_picture(Wanted.like(row["picture"], row["title"], row["title_en"]))


def _shared(part: Part) -> Part:
    """What both languages of a part have in common: goods, stores, pictures, times."""
    kind = part["type"]
    if kind == "goods":
        return {"products": _found(Product.objects.on_sale(), part["goods"])}
    if kind == "producers":
        return {"stores": _found(Store.objects.filter(opened_at__isnull=False), part["stores"])}
    if kind == "story":
        return {"picture": take_picture(Wanted.like(part["picture"], part["caption"], part["caption_en"])).pk}
    if kind == "certificate":
        until = timezone.localdate() + dt.timedelta(days=900)
        return {"kind": CertificateKind.GEOGRAPHICAL.value, "valid_until": until.isoformat(), "demo": True}
    if kind == "event":
        return _times(part)
    return {}


def _found(rows: Any, names: list[str]) -> list[int]:
    keys: dict[str, int] = dict(rows.filter(name__in=names).values_list("name", "pk"))
    return [keys[name] for name in names if name in keys]


def _times(part: Part) -> Part:
    day = timezone.localtime() + dt.timedelta(days=part["days"])
    begins = day.replace(hour=part["hour"], minute=0, second=0, microsecond=0)
    return {"starts_at": begins.isoformat(), "ends_at": (begins + dt.timedelta(minutes=90)).isoformat(), "url": ""}


def _is_bare(shared: Part) -> bool:
    return any(shared.get(name) == [] for name in ("products", "stores"))


def _block(part: Part, shared: Part, ending: str) -> Part:
    """A raw block in one language: '' for Chinese, '_en' for English."""
    words: Part = {
        name: part[f"{name}{ending}"]
        for name in ("heading", "text", "caption", "name", "holder", "title", "where", "who")
        if name in part
    }
    if "number" in part:
        words["number"] = part["number"]
    if "rows" in part:
        words["rows"] = [
            {"what": row[f"what{ending}"], "first": str(row["first"]), "last": str(row["last"])} for row in part["rows"]
        ]
    return {"type": part["type"], "value": {**words, **shared}}
