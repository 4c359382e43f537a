"""The page's frame: the addresses in its head and foot, its sections, where it stands in the other language.

The library is a builtin of the template engine (no `{% load %}`). What depends on the language alone is made once a process.
"""

from dataclasses import dataclass
from functools import lru_cache

from django import template
from django.conf import settings
from django.template.context import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

register = template.Library()

NAMES = {"zh-hans": "萱草集", "en": "Daylily"}
_CURRENT = SafeString(' aria-current="page"')


@dataclass(frozen=True)
class Shell:
    """The fixed addresses of a page's head and foot in one language; an address is empty while its route does not exist."""

    name: str
    home: str
    search: str
    cart: str
    orders: str
    account: str
    login: str
    logout: str
    privacy: str
    suggest: str
    suggest_script: str
    nav: tuple[tuple[str, str], ...]
    css: str
    pico: str
    logo: str
    drawn_logo: SafeString
    favicon: str
    icon: str


@register.simple_tag
def asset(path: str) -> str:
    """A static file's address that never fails: without a manifest (the error pages are shown then too) the plain one."""
    try:
        return static(path)
    except ValueError:
        return settings.STATIC_URL + path


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _sections(home: str) -> tuple[tuple[str, str], ...]:
    """The shop's own sections, (label, address), in the active language."""
    if not (goods := _address("search")):
        return ()
    return (
        (gettext("All goods"), goods),
        (gettext("Categories"), _address("categories") or goods),
        (gettext("In season"), _address("season") or f"{goods}?season=now"),
        (gettext("Brand halls"), _address("halls") or f"{home}#halls"),
        (gettext("Origin marks"), f"{goods}?seal=geographical"),
    )


def _drawn_logo() -> SafeString:
    """The logo as part of the page: on a first visit to the shop every request counts."""
    drawing = (settings.BASE_DIR / "shop/static/img/logo.svg").read_text(encoding="utf-8")
    return SafeString(drawing.replace("<svg ", '<svg width="44" height="44" aria-hidden="true" ', 1))


@lru_cache(maxsize=16)
def _shell(language: str, urlconf: str | None) -> Shell:
    home = "/" if language == settings.LANGUAGE_CODE else f"/{language}/"
    return Shell(
        name=NAMES.get(language, NAMES["en"]),
        home=home,
        search=_address("search"),
        cart=_address("cart"),
        orders=_address("orders"),
        account=_address("account"),
        login=_address("account_login"),
        logout=_address("account_logout"),
        privacy=_address("privacy"),
        suggest=_address("suggest"),
        suggest_script=asset("js/suggest.js"),
        nav=_sections(home),
        css=asset("css/daylily.css"),
        pico=asset("vendor/pico/pico.min.css"),
        logo=asset("img/logo.svg"),
        drawn_logo=_drawn_logo(),
        favicon=asset("img/favicon.svg"),
        icon=asset("img/app-512.png"),
    )


@register.simple_tag
def shell() -> Shell:
    """The addresses of the page's head and foot, looked up once a language and process."""
    return _shell(get_language() or settings.LANGUAGE_CODE, get_urlconf())


@register.simple_tag(takes_context=True)
def sections(context: Context) -> SafeString:
    """The items of the shop's own sections; the one that this page is says so."""
    path, known = getattr(context.get("request"), "path", ""), shell()
    return _sections_at(known, path if any(path == url for _label, url in known.nav) else "")


@lru_cache(maxsize=64)
def _sections_at(known: Shell, path: str) -> SafeString:
    return format_html_join(
        "",
        '<li><a href="{}"{}>{}</a></li>',
        ((url, _CURRENT if url == path else "", label) for label, url in known.nav),
    )


class PerLanguage(template.Node):
    """A part of a template that depends on the language alone; each language's is rendered once a process."""

    def __init__(self, nodelist: template.NodeList) -> None:
        """`nodelist` is what stands between the tags."""
        self.nodelist = nodelist
        self.kept: dict[tuple[str | None, str | None], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        """The part in the active language."""
        wanted = get_language(), get_urlconf()
        if wanted not in self.kept:
            self.kept[wanted] = self.nodelist.render(context)
        return self.kept[wanted]


@register.tag("perlanguage")
def per_language(parser: template.base.Parser, _token: template.base.Token) -> PerLanguage:
    """`{% perlanguage %}...{% endperlanguage %}`: texts and addresses that are the same on every page of a language."""
    nodelist = parser.parse(("endperlanguage",))
    parser.delete_first_token()
    return PerLanguage(nodelist)


@dataclass(frozen=True)
class Tongues:
    """The page's own address and its addresses in both languages; the last three are of the other language."""

    canonical: str
    zh: str
    en: str
    other: str
    other_code: str
    other_name: str


@register.simple_tag(takes_context=True)
def tongues(context: Context) -> Tongues | None:
    """Where this page stands in each language: the path with or without '/en' (i18n_patterns), or the context's `alternates`.

    `alternates` is {"zh-hans": path, "en": path}, for a page whose path differs between the languages. None without a request.
    """
    request = context.get("request")
    if request is None:
        return None
    path: str = request.path
    bare = path[3:] or "/" if path == "/en" or path.startswith("/en/") else path
    alternates: dict[str, str] = context.get("alternates") or {}
    zh, en = alternates.get("zh-hans", bare), alternates.get("en", f"/en{bare}")
    here, there, code, name = (zh, en, "en", "English") if get_language() != "en" else (en, zh, "zh-Hans", "中文")
    # Django's error pages get `exception`: what an address that leads nowhere had behind it is not repeated.
    query = "" if "exception" in context else request.META.get("QUERY_STRING", "")
    return Tongues(
        canonical=settings.SITE_URL + here,
        zh=settings.SITE_URL + zh,
        en=settings.SITE_URL + en,
        other=f"{there}?{query}" if query else there,
        other_code=code,
        other_name=name,
    )
