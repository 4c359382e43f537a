"""What a page says of itself to machines: Open Graph for whoever shares it, schema.org for search engines (https://schema.org/Product).

Read from the context that the page is made of, so that no page has to say it twice. A JSON block is data, which no browser executes and
the content policy does not ask about; `<`, `>` and `&` in it are escaped, so that no text of a seller can end it.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from shop.templatetags.frame import NAMES, shell

register = template.Library()

_ESCAPED = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}
FEN_A_YUAN = 100
LOCALES = {"zh-hans": "zh_CN", "en": "en_GB"}


@register.simple_tag
def url_query(**params: str) -> str:
    """The query of an address: {% url_query q=q exact="yes" %} gives q=...&exact=yes."""
    return urlencode(params)


@register.simple_tag(takes_context=True)
def about_page(context: Context) -> SafeString:
    """Open Graph and schema.org of a visitors' page; nothing on a page of somebody's own."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    if request is None or not getattr(getattr(match, "func", None), "visitor_page", False):
        return SafeString("")
    flat = {str(name): value for name, value in context.flatten().items()}
    data = [block for block in _blocks(flat, request.path) if block]
    return SafeString(_open_graph(flat, request.path) + "".join(_script(block) for block in data))


def _script(block: dict[str, Any]) -> str:
    text = json.dumps({"@context": "https://schema.org", **block}, ensure_ascii=False, separators=(",", ":"))
    return f'<script type="application/ld+json">{text.translate(_ESCAPED)}</script>\n'


def _absolute(url: str) -> str:
    return url if url.startswith(("http://", "https://")) else settings.SITE_URL + url


def _open_graph(page: dict[str, Any], path: str) -> str:
    language = get_language() or settings.LANGUAGE_CODE
    name = NAMES.get(language, NAMES["en"])
    picture = _picture(page)
    tags = [
        ("og:site_name", name),
        ("og:type", "product" if "cart_add" in page else "website"),
        ("og:title", _title(page) or name),
        ("og:url", _absolute(path)),
        ("og:locale", LOCALES.get(language, LOCALES["en"])),
        ("og:image", picture or _absolute(shell().icon)),
    ]
    if summary := str(page.get("summary") or page.get("line") or ""):
        tags.append(("og:description", summary))
    card = format_html('<meta name="twitter:card" content="{}">\n', "summary_large_image" if picture else "summary")
    return format_html_join("", '<meta property="{}" content="{}">\n', tags) + card


def _title(page: dict[str, Any]) -> str:
    """What the page is about, in its own words."""
    store = page.get("store")
    wagtail = page.get("page")
    return str(
        page.get("name")
        or page.get("heading")
        or (getattr(store, "label", "") if store else "")
        or getattr(wagtail, "hero_title", "")
        or getattr(wagtail, "title", "")
    )


def _picture(page: dict[str, Any]) -> str:
    """The address of the page's picture as a JPEG, which every messenger reads; '' without one."""
    for image in (page.get("first_picture"), getattr(page.get("store"), "picture", None),
                  getattr(page.get("page"), "hero_picture", None)):  # fmt: skip
        found = (getattr(image, "sources", None) or {}).get("jpeg")
        if found:
            return _absolute(found[-1][1])
    return ""


def _blocks(page: dict[str, Any], path: str) -> Iterator[dict[str, Any]]:
    if "cart_add" in page:
        yield _product(page, path)
    if "home" in page:
        yield from _site()
    store = page.get("store")
    if getattr(store, "slug", "") and "seller" in page:
        yield _store(page, path)
    if page.get("trail"):
        yield _breadcrumb(page["trail"], path)


def _product(page: dict[str, Any], path: str) -> dict[str, Any]:
    """https://schema.org/Product with an Offer for each pack. Prices are those of one unit, in yuan."""
    seller = {"@type": "Organization", "name": page["store"]["name"], "url": _absolute(page["store"]["url"])}
    offers = [
        {
            "@type": "Offer", "name": offer.name, "price": f"{offer.fen // FEN_A_YUAN}.{offer.fen % FEN_A_YUAN:02d}",
            **({"priceValidUntil": offer.until.isoformat()} if getattr(offer, "until", None) else {}),
            "priceCurrency": "CNY", "availability": f"https://schema.org/{'OutOfStock' if offer.sold_out else 'InStock'}",
            "itemCondition": "https://schema.org/NewCondition", "url": _absolute(path), "seller": seller,
            "areaServed": "CN",
        }
        for offer in page.get("variants", ())
    ]  # fmt: skip
    places = ", ".join(page.get("places", ()))  # schema.org has no place of production: told as a property of our own
    found = {
        "@type": "Product",
        "name": page.get("name", ""),
        "description": page.get("summary") or page.get("name", ""),
        "url": _absolute(path),
        "image": _picture(page),
        "countryOfOrigin": {"@type": "Country", "name": "CN"},
        "additionalProperty": {"@type": "PropertyValue", "name": "origin", "value": places} if places else None,
        "category": page["trail"][-2][0] if len(page.get("trail", ())) > 1 else "",
        "offers": offers,
    }
    return {key: value for key, value in found.items() if value}


def _store(page: dict[str, Any], path: str) -> dict[str, Any]:
    found = {
        "@type": "Store",
        "name": page["store"].label,
        "url": _absolute(path),
        "image": _picture(page),
        "address": page.get("place", ""),
    }
    return {key: value for key, value in found.items() if value}


def _site() -> Iterator[dict[str, Any]]:
    """The shop itself, and how it is searched."""
    name = NAMES.get(get_language() or "", NAMES["en"])
    home, search = _absolute(reverse("home")), _absolute(reverse("search"))
    yield {"@type": "Organization", "name": name, "url": home, "logo": _absolute(shell().icon)}
    action = {
        "@type": "SearchAction",
        "target": {"@type": "EntryPoint", "urlTemplate": f"{search}?q={{search_term_string}}"},
        "query-input": "required name=search_term_string",
    }
    yield {"@type": "WebSite", "name": name, "url": home, "inLanguage": get_language(), "potentialAction": action}


def _breadcrumb(trail: list[tuple[str, str]], path: str) -> dict[str, Any]:
    items = [
        {"@type": "ListItem", "position": place, "name": str(label), "item": _absolute(url or path)}
        for place, (label, url) in enumerate(trail, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}
