"""Goods in a list and the facets beside them, written in one go: as templates, 24 cards took most of a page's time."""

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shop.templatetags.daylily import arrives, money, picture, price, price_from, weight

register = template.Library()


@register.simple_tag
def product_card(card: Any) -> SafeString:
    """One product in a list: a catalog.cards.Card, or anything with its attributes. Every text is escaped here."""
    return SafeString(_card(card, get_language() or ""))


@register.simple_tag
def product_cards(cards: Iterable[Any], eager: int = 0) -> SafeString:
    """The items of a list of goods, a card in each; the pictures of the first `eager` are not waited with, they are seen at once."""
    language = get_language() or ""
    return SafeString(
        "".join([f"<li>{_card(card, language, eager=place < eager)}</li>" for place, card in enumerate(cards)])
    )


def _card(card: Any, language: str, *, eager: bool = False) -> str:
    seals = "".join([f'<span class="seal">{escape(text)}</span>' for text in card.seals])
    if seals:
        seals = f'<p class="seals">{seals}</p>'
    return (
        f'<article class="entry">{picture(card.picture, alt="", eager=eager)}{seals}'
        f'<h3><a href="{escape(card.url)}">{escape(card.name)}</a></h3><p class="origin">{escape(card.place)}</p>'
        f'<p class="farmer">{escape(card.farmer)}</p><div class="foot"><p class="leader">'
        f"{_leader(card.grams, card.fen, language, several=card.several, was_fen=getattr(card, 'was_fen', None))}</p>"
        f"{_campaign(card)}{_last_line(card)}</div></article>"
    )


@lru_cache(maxsize=4096)
def _leader(grams: int, fen: int, _language: str, *, several: bool, was_fen: int | None) -> str:
    """How much for how much, in the page's language: a list has many of the same."""
    figure = price_from(fen) if several else price(fen)
    return f"<span>{weight(grams) if grams > 1 else ''}</span>{instead_of(was_fen, figure) if was_fen else figure}"


@register.simple_tag
def instead_of(was_fen: int, figure: str) -> SafeString:
    """A price (as the page writes it) with the ordinary one struck through before it, and in words for whoever hears the page."""
    before, now = escape(_("ordinary price")), escape(_("campaign price"))
    return SafeString(
        f'<span class="reduced"><s class="was"><span class="vh">{before} </span>{money(was_fen)}</s>'
        f' <span class="vh">{now} </span>{conditional_escape(figure)}</span>'
    )


def _campaign(card: Any) -> str:
    """Who gives the campaign price, until when; and what buyers with an account pay."""
    lines = [text for text in (getattr(card, "campaign", ""), getattr(card, "account_price", "")) if text]
    return "".join([f'<p class="campaign">{escape(text)}</p>' for text in lines])


def _last_line(card: Any) -> str:
    """Whether it is to be had, and when."""
    if card.sold_out:
        return f'<p class="note">{escape(_("Sold out for now"))}</p>'
    if card.arrives:
        return f'<p class="arrives">{escape(arrives(card.arrives))}</p>'
    return f'<p class="note">{escape(card.note)}</p>' if card.note else ""


@register.simple_tag
def facet_groups(facets: Iterable[Any]) -> SafeString:
    """The groups of choices beside a list: catalog.facets.Facet, or anything with its attributes."""
    return SafeString("".join([_facet(facet) for facet in facets]))


def _facet(facet: Any) -> str:
    options = "".join([_option(option) for option in facet.options])
    opened = " open" if facet.open else ""
    return f"<details{opened}><summary>{escape(facet.label)}</summary><ul>{options}</ul></details>"


def _option(option: Any) -> str:
    chosen = ' aria-current="true"' if option.chosen else ""
    number = (
        "" if option.count is None else f"<span>{option.count}{'+' if getattr(option, 'least', False) else ''}</span>"
    )
    return f'<li><a href="{escape(option.url)}"{chosen} rel="nofollow"><span>{escape(option.label)}</span>{number}</a></li>'
