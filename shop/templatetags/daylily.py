"""What every page of ours writes the same way: money, weight, days, pictures, bars and columns.

The library is a builtin of the template engine (no `{% load %}`). The filters read the active language themselves, from tables here:
a catalogue of 24 cards calls them a hundred times, and a gettext look-up for each would cost more than the query.
"""

import datetime
import json
from functools import lru_cache
from typing import Any, Protocol

from django import template
from django.conf import settings
from django.forms.utils import flatatt
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from shop.almanac import solar_term

register = template.Library()

WEEKDAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
GRAMS_A_KILOGRAM = 1000
FEN_A_YUAN = 100
NO_PICTURE = SafeString('<span class="no-picture"></span>')


class InFen(Protocol):
    """Anything that says its amount in fen, such as payments' Money."""

    fen: int


def _chinese() -> bool:
    return (get_language() or settings.LANGUAGE_CODE).startswith("zh")


def _fen(amount: "int | InFen | None") -> int | None:
    """The fen of an amount; None for None and for a template's missing value, which is an empty text."""
    return amount if isinstance(amount, int) else getattr(amount, "fen", None)


@register.filter
def options(widget: dict[str, Any]) -> SafeString:
    """The options of a select widget's context, written at once: Django's template a option takes half the time of a checkout's page."""
    lines = []
    for heading, group, _position in widget["optgroups"]:
        if heading:
            lines.append(f'<optgroup label="{escape(heading)}">')
        lines.extend(
            f'<option value="{escape(str(option["value"]))}"{flatatt(option["attrs"])}>{escape(option["label"])}</option>'
            for option in group
        )
        if heading:
            lines.append("</optgroup>")
    return SafeString("\n".join(lines))


@register.filter
def money(amount: "int | InFen | None") -> str:
    """An amount in fen (an int or a Money) as '¥1,234.50'; nothing at all for None."""
    fen = _fen(amount)
    if fen is None:
        return ""
    yuan, rest = divmod(abs(fen), FEN_A_YUAN)
    return f"{'−' if fen < 0 else ''}¥{yuan:,}.{rest:02d}"


@register.filter
def yuan(amount: "int | InFen | None") -> str:
    """A large amount in fen for a chart or a headline, in whole yuan: '¥1,234,568'; from ten thousand yuan in Chinese '123.46 万元'."""
    fen = _fen(amount)
    if fen is None:
        return ""
    whole = round(fen / FEN_A_YUAN)
    if _chinese() and abs(whole) >= 10_000:
        return f"{whole / 10_000:,.2f}\u00a0万元"
    return f"{'−' if whole < 0 else ''}¥{abs(whole):,}"


@register.filter
def price(amount: "int | InFen | None") -> SafeString:
    """An amount in fen as the shop sets it on a card: a small ¥ before the figure, no '.00' after a whole yuan."""
    text = money(amount).replace("¥", "", 1)
    return SafeString(f'<span class="price"><i>¥</i>{text.removesuffix(".00")}</span>') if text else SafeString("")


@register.filter
def price_from(amount: "int | InFen | None") -> SafeString:
    """The lowest price of several packs: '¥38.80 起' ('from ¥38.80')."""
    if not (figure := price(amount)):
        return figure
    return SafeString(
        f'<span>{figure}<small class="from">起</small></span>'
        if _chinese()
        else f'<span><small class="from">from</small> {figure}</span>'
    )


@register.filter
def weight(grams: int | None) -> str:
    """A weight in grams as '500 克' or '1.5 公斤' ('500 g', '1.5 kg')."""
    if not isinstance(grams, int):  # a template's missing value is an empty text
        return ""
    if abs(grams) < GRAMS_A_KILOGRAM:
        return f"{grams}\u00a0{'克' if _chinese() else 'g'}"
    kilograms = f"{grams / GRAMS_A_KILOGRAM:,.3f}".rstrip("0").rstrip(".")
    return f"{kilograms}\u00a0{'公斤' if _chinese() else 'kg'}"


def _local(moment: datetime.date) -> datetime.date:
    """The Shanghai date or time of an aware moment; a plain date stays as it is."""
    if isinstance(moment, datetime.datetime) and timezone.is_aware(moment):
        return timezone.localtime(moment)
    return moment


@register.filter
def day(moment: datetime.date | None) -> str:
    """A date, or a moment's Shanghai day, as '11月24日 周二' ('Tue 24 Nov'), with the year when it is not this year."""
    if not moment:
        return ""
    date = _local(moment)
    this_year = date.year == timezone.localdate().year
    if _chinese():
        return f"{'' if this_year else f'{date.year}年'}{date.month}月{date.day}日 {WEEKDAYS_ZH[date.weekday()]}"
    return f"{WEEKDAYS_EN[date.weekday()]} {date.day} {MONTHS_EN[date.month - 1]}{'' if this_year else f' {date.year}'}"


@register.filter
def arrives(date: datetime.date | None) -> str:
    """The day on which goods would be with the buyer: '11月24日 周二 送到' ('with you Tue 24 Nov')."""
    if not date:
        return ""
    return f"{day(date)} 送到" if _chinese() else f"with you {day(date)}"


@register.filter
def moment(time: datetime.datetime | None) -> str:
    """A moment in Shanghai time: '11月24日 周二 14:05' ('Tue 24 Nov 14:05')."""
    if not time:
        return ""
    return f"{day(time)} {_local(time):%H:%M}"


@register.filter
def month(value: datetime.date | None) -> str:
    """A month by any of its days: '2026年11月' ('Nov 2026')."""
    if not value:
        return ""
    return f"{value.year}年{value.month}月" if _chinese() else f"{MONTHS_EN[value.month - 1]} {value.year}"


@register.simple_tag
def dateline() -> str:
    """Today in the farmers' calendar: '11月22日 周日 · 小雪' ('Sun 22 Nov · Lesser Snow')."""
    today = timezone.localdate()
    return f"{day(today)} · {solar_term(today)[0 if _chinese() else 1]}"


def _srcset(renditions: list[list[Any]]) -> str:
    return escape(", ".join([f"{url} {width}w" for width, url in renditions]))


@register.simple_tag
def picture(
    image: Any, sizes: str = "(min-width: 60rem) 17rem, 45vw", *, eager: bool = False, alt: str | None = None
) -> SafeString:
    """A `<picture>` of a pictures.Picture, AVIF and WebP first; its blurred placeholder while they are being made; a plain sheet of
    paper when there is none.

    Its `sources` are a mapping or the JSON of one. `sizes` says how wide it is shown; `eager` for the picture that is seen first;
    `alt=""` where the text beside it names it.
    """
    sources: dict[str, Any] | str = getattr(image, "sources", None) or ""
    if alt is None and sources:
        alt = (image.alt_zh or image.title) if _chinese() else (image.alt_en or image.title)
    if not isinstance(sources, str):
        sources = json.dumps(sources)
    return _drawn(sources, image.width, image.height, sizes, eager, alt) if sources else NO_PICTURE


@lru_cache(maxsize=4096)
def _drawn(sources: str, image_width: int, image_height: int, sizes: str, eager: bool, alt: str | None) -> SafeString:
    """The same pictures stand on list after list; what is kept is made of these texts alone, so it can't be out of date."""
    known: dict[str, Any] = json.loads(sources)
    plain = known.get("jpeg") or known.get("webp") or []
    if not plain and "blur" not in known:
        return NO_PICTURE
    if not plain:
        return SafeString(
            f'<picture class="blurred"><img src="data:image/webp;base64,{escape(known["blur"])}" width="{image_width}"'
            f' height="{image_height}" alt="{escape(alt)}"></picture>'
        )
    width, address = plain[0]
    height = round(width * image_height / image_width)
    parts = ["<picture>"]
    for kind in ("avif", "webp"):
        if kind in known:
            parts.append(f'<source type="image/{kind}" srcset="{_srcset(known[kind])}" sizes="{escape(sizes)}">')
    hurry = 'fetchpriority="high"' if eager else 'loading="lazy"'
    parts.append(
        f'<img src="{escape(address)}" width="{width}" height="{height}" alt="{escape(alt)}" {hurry} decoding="async"></picture>'
    )
    return SafeString("".join(parts))


@register.simple_tag
def seal(text: str, kind: str = "") -> SafeString:
    """A certificate's seal: two columns of Chinese characters, or a small English stamp; `kind` is '', 'leaf', 'big'."""
    return format_html('<span class="seal {}">{}</span>', kind, text)


def _shown(value: int, unit: str) -> str:
    if unit == "money":
        return yuan(value)
    return weight(value) if unit == "weight" else f"{value:,}"


@register.inclusion_tag("components/bars.html")
def bars(rows: list[tuple[Any, ...]], unit: str = "money", caption: str = "", fill: str = "fill-1") -> dict[str, Any]:
    """A table of horizontal bars from rows (label, value) or (label, value, url); `unit` is 'money' (fen), 'weight' (grams) or 'count'."""
    widest = max((row[1] for row in rows), default=0) or 1
    shown = [
        {
            "label": row[0],
            "text": _shown(row[1], unit),
            "share": f"{max(row[1], 0) * 100 / widest:.1f}%",
            "url": row[2] if len(row) > 2 else "",
        }
        for row in rows
    ]
    return {"rows": shown, "caption": caption, "fill": fill}


@register.inclusion_tag("components/columns.html")
def columns(
    rows: list[tuple[Any, ...]], names: list[str] | None = None, unit: str = "money", caption: str = ""
) -> dict[str, Any]:
    """Columns over time from rows (label, value, ...): one column a series, named by `names`; the scale begins at zero."""
    series = max((len(row) - 1 for row in rows), default=1)
    tallest = max((value for row in rows for value in row[1:]), default=0) or 1
    wide = 9.0 / series
    months: list[dict[str, Any]] = []
    for label, *values in rows:
        marks = []
        for place, value in enumerate(values):
            height = max(value, 0) * 100 / tallest
            marks.append(
                {
                    "x": f"{0.5 + place * wide:.2f}",
                    "y": f"{100 - height:.2f}",
                    "width": f"{wide * 0.92:.2f}",
                    "height": f"{height:.2f}",
                    "fill": f"fill-{place + 1}",
                }
            )
        year, _dash, rest = str(label).rpartition("-")
        same = bool(months) and months[-1]["year"] == year
        text = ", ".join(_shown(value, unit) for value in values)
        months.append({"year": year, "label": rest, "same_year": same, "text": text, "marks": marks})
    legend = [(name, f"fill-{place + 1}") for place, name in enumerate(names or [])]
    return {"months": months, "top": _shown(tallest, unit), "legend": legend, "caption": caption}
