"""The home page as a browser loads it for the first time: its weight, its requests, and whether everybody can use it."""

import gzip
import io

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Response

from accounts.models import User
from cms.halls import dress_home, fill_hall, make_hall
from demo.pictures.draw import FORMS, draw, rasterise, scene
from pictures.intake import take_in
from pictures.models import Picture
from stations.models import Region
from tests.browser import Windows
from tests.cast import QIDONG, Stations, make_operator, make_product, make_store
from tests.cms.test_home import send_off
from tests.look.accessibility import axe_faults, scrolls_sideways

ALL_BYTES, PAGE_BYTES, PAGE_REQUESTS = 300_000, 35_000, 6
GOODS = 8


def _picture(svg: str, width: int) -> Picture:
    return take_in(
        io.BytesIO(rasterise(svg, width)),
        title="插画",
        alt_zh="黄花菜",
        alt_en="Daylily",
        is_illustration=True,
        at_once=True,
    )


@pytest.fixture
def furnished(transactional_db: None) -> None:
    """A hall, eight goods in season, each with its own drawing, and one that just left."""
    operator: User = make_operator()
    wide = _picture(scene("qidong_daylily_field", 1), 1600)
    dress_home(picture=wide, caption="插画：祁东黄花地", caption_en="Illustration: fields of Qidong", by=operator)
    hall = make_hall(county=Region.objects.get(code=QIDONG), title="祁东黄花菜馆", title_en="The Qidong daylily hall")
    for page in hall:
        fill_hall(page=page, line="晒成金黄", intro="", picture=wide, body=[], by=operator, publish=True)
    store, month = make_store(Stations().point), timezone.localdate().month
    forms = FORMS["daylily"]
    for number in range(GOODS):
        form = forms[number % len(forms)]
        picture = _picture(draw("daylily", form, number), 1200)
        product = make_product(
            store,
            name=f"祁东黄花菜 {number}",
            picture=picture,
            season_from=month,
            season_to=month,
            price_from_fen=3880,
            price_from_g=500,
        )
    send_off(product, timezone.now())


def weigh(page: Page, path: str) -> tuple[int, int, int]:
    """Bytes of everything, bytes without the goods' pictures, and the requests besides these, of a first visit.

    The tests' server sends style sheets unpacked, production packed: what isn't a picture counts as gzip makes it.
    """
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(path)
    page.wait_for_load_state("networkidle")
    pictures = [len(answer.body()) for answer in answers if "/media/" in answer.url]
    besides = [len(gzip.compress(answer.body())) for answer in answers if "/media/" not in answer.url]
    return sum(pictures) + sum(besides), sum(besides), len(besides)


def test_a_first_visit_is_light_and_open_to_all(windows: Windows, furnished: None) -> None:
    for path in ("/", "/en/"):
        for width in (390, 1280):
            page = windows.open(width=width, height=800)
            everything, besides, requests = weigh(page, path)
            assert everything <= ALL_BYTES, (path, width)
            assert besides <= PAGE_BYTES, (path, width)
            assert requests <= PAGE_REQUESTS, (path, width)
            assert axe_faults(page) == [], (path, width)
            assert not scrolls_sideways(page), (path, width)
