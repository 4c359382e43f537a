"""What search engines read first: robots.txt, and the site's map in parts, each page with its address in the other language.

The protocol is https://www.sitemaps.org/protocol.html (50,000 addresses and 50 MB a file at most). Goods come in parts by their keys, so
a part costs the same whatever the number of goods.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar
from xml.sax.saxutils import escape

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.http import require_safe

from catalog.models import Category, Product
from cms.models import HallPage, open_to_visitors
from sellers.models import Store

A_PART: Final = 5000
AN_HOUR: Final = 3600
_URLSET: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)
# A page: the name of its address, that address's arguments, the day it last changed ('' where nobody knows).
Entry = tuple[str, tuple[str, ...], str]
Answer = TypeVar("Answer", HttpResponse, StreamingHttpResponse)
_PRIVATE: Final = ("account/", "cart/", "checkout/", "orders/", "desk/", "my-store/", "volume/", "search/suggest/")


def _pages() -> Iterator[Entry]:
    yield from ((name, (), "") for name in ("home", "search", "categories", "season", "halls", "privacy"))


def _categories() -> Iterator[Entry]:
    return (("category", (slug,), "") for slug in Category.objects.values_list("slug", flat=True))


def _halls() -> Iterator[Entry]:
    halls = open_to_visitors(HallPage.objects.all(), "zh-hans").order_by("path")
    for slug, changed in halls.values_list("slug", "last_published_at"):
        yield "hall", (slug,), f"{changed:%Y-%m-%d}" if changed else ""


def _stores(part: int) -> Iterator[Entry]:
    stores = Store.objects.open().filter(pk__range=_range(part)).order_by("pk").values_list("slug", flat=True)
    return (("store", (slug,), "") for slug in stores.iterator())


def _products(part: int) -> Iterator[Entry]:
    goods = Product.objects.on_sale().filter(pk__range=_range(part)).order_by("pk").values_list("ref", "listed_at")
    return (("product", (ref,), f"{listed:%Y-%m-%d}") for ref, listed in goods.iterator())


def _range(part: int) -> tuple[int, int]:
    return part * A_PART, (part + 1) * A_PART - 1


WHOLE: Final[dict[str, Callable[[], Iterable[Entry]]]] = {
    "pages": _pages,
    "categories": _categories,
    "halls": _halls,
}
IN_PARTS: Final[dict[str, Callable[[int], Iterable[Entry]]]] = {"stores": _stores, "goods": _products}
_PARTS: Final = {
    "stores": f"SELECT DISTINCT id / {A_PART} FROM sellers_store WHERE status = 'open' ORDER BY 1",
    "goods": f"SELECT DISTINCT id / {A_PART} FROM catalog_product WHERE status = 'listed' AND store_open ORDER BY 1",
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The list of the map's parts; two queries."""
    names = list(WHOLE)
    with connection.cursor() as cursor:
        for name, statement in _PARTS.items():
            cursor.execute(statement)
            names += [f"{name}-{part}" for (part,) in cursor.fetchall()]
    rows = "".join(
        f"<sitemap><loc>{settings.SITE_URL}{reverse('sitemap_part', args=[name])}</loc></sitemap>\n" for name in names
    )
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    )
    return _kept(HttpResponse(f"{head}{rows}</sitemapindex>\n", content_type="application/xml"))


@require_safe
def part(request: HttpRequest, name: str) -> HttpResponse | StreamingHttpResponse:
    """One part: every page of it twice, in Chinese and in English, each naming the other; one query. 404 for a part that isn't there."""
    kind, _dash, number = name.partition("-")
    if name in WHOLE:
        entries = WHOLE[name]()
    elif kind in IN_PARTS and number.isascii() and number.isdigit() and len(number) < 10:
        entries = IN_PARTS[kind](int(number))
    else:
        raise Http404
    return _kept(StreamingHttpResponse(_urlset(entries), content_type="application/xml"))


def _kept(answer: Answer) -> Answer:
    """Lets whoever asks keep it for an hour."""
    answer["Cache-Control"] = f"public, max-age={AN_HOUR}"
    return answer


def _urlset(entries: Iterable[Entry]) -> Iterator[str]:
    yield _URLSET
    for name, args, changed in entries:
        both = {}
        for language in ("zh-hans", "en"):
            with override(language):
                both[language] = escape(settings.SITE_URL + reverse(name, args=args))
        others = (
            f'<xhtml:link rel="alternate" hreflang="zh-Hans" href="{both["zh-hans"]}"/>'
            f'<xhtml:link rel="alternate" hreflang="en" href="{both["en"]}"/>'
        )
        day = f"<lastmod>{changed}</lastmod>" if changed else ""
        yield "".join(f"<url><loc>{address}</loc>{day}{others}</url>\n" for address in both.values())
    yield "</urlset>\n"


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Which pages are nobody's but their owner's, and that lists narrowed down are the same goods again."""
    lines = ["User-agent: *", *(f"Disallow: {prefix}{path}" for path in _PRIVATE for prefix in ("/", "/en/"))]
    lines += [
        "Disallow: /office/",
        "Disallow: /admin/",
        "Disallow: /*?",
        f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}",
    ]
    return _kept(HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8"))
