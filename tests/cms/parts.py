"""Parts of a hall as Wagtail keeps them, and what the office's editor would post for them."""

import datetime as dt
from typing import Any

from django.utils import timezone
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from cms.models import HallPage


def story(text: str = "<p>黄花菜只在清晨采。</p>", **more: Any) -> dict[str, Any]:
    return {"type": "story", "value": {"heading": "天不亮就下地", "text": text, "picture": None, "caption": "", **more}}


def goods(*keys: int, heading: str = "馆里的好货") -> dict[str, Any]:
    return {"type": "goods", "value": {"heading": heading, "products": list(keys)}}


def producers(*keys: int) -> dict[str, Any]:
    return {"type": "producers", "value": {"heading": "种黄花的人", "stores": list(keys)}}


def event(begins: dt.timedelta, hours: int = 2, url: str = "https://live.douyin.com/1") -> dict[str, Any]:
    starts_at = timezone.now() + begins
    times = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + dt.timedelta(hours=hours)).isoformat()}
    return {"type": "event", "value": {"title": "采摘季直播", "where": "祁东县中心", "url": url, **times}}


def certificate(until: str = "2030-12-31") -> dict[str, Any]:
    names = {"name": "祁东黄花菜 地理标志", "number": "SAMPLE-1", "holder": "祁东县黄花菜产业协会"}
    return {"type": "certificate", "value": {"kind": "geographical", "valid_until": until, "demo": True, **names}}


def season(first: str = "11", last: str = "1") -> dict[str, Any]:
    rows = [{"what": "冬季管护", "first": first, "last": last}]
    return {"type": "season", "value": {"heading": "黄花菜的一年", "rows": rows}}


def posted(page: HallPage, **more: str) -> dict[str, Any]:
    """A form of the office's editor: the page's title, a line, and one story."""
    words = {"heading": "天不亮就下地", "text": rich_text("<p>清晨采摘</p>"), "picture": "", "caption": ""}
    form = {
        "title": page.title,
        "line": "早晨采下的花蕾",
        "intro": "",
        "hero_picture": "",
        "body": streamfield([("story", words)]),
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        "comments-MIN_NUM_FORMS": "0",
        "comments-MAX_NUM_FORMS": "",
    }
    data: dict[str, Any] = nested_form_data(form)
    return {**data, **more}
