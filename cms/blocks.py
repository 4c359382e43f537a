"""What a brand hall is built from."""

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.images.blocks import ImageChooserBlock

from catalog.models import CertificateKind
from cms.choosers import product_chooser, store_chooser

# Where China's counties broadcast: a link from a hall leads there or to our own site, and nowhere else.
LIVE_HOSTS = (
    "douyin.com",
    "kuaishou.com",
    "taobao.com",
    "jd.com",
    "pinduoduo.com",
    "xiaohongshu.com",
    "bilibili.com",
    "weixin.qq.com",
)
TEXT_FEATURES = ["bold", "italic", "ol", "ul"]
MOST_GOODS, MOST_STORES = 8, 6


def _month(number: int) -> str:
    return gettext("month %(number)s") % {"number": number}


# Named when they are shown, not when this module is read: a migration keeps them in English, a page says them in its language.
_month_later = lazy(_month, str)
MONTHS = [(number, _month_later(number)) for number in range(1, 13)]
ProductChooserBlock = product_chooser.get_block_class(name="ProductChooserBlock", module_path="cms.blocks")
StoreChooserBlock = store_chooser.get_block_class(name="StoreChooserBlock", module_path="cms.blocks")


def _heading(required: bool = True) -> blocks.CharBlock:
    return blocks.CharBlock(label=_("Heading"), max_length=60, required=required)


class StoryBlock(blocks.StructBlock):
    """Words about the place and its people, with a picture beside them."""

    heading = _heading()
    text = blocks.RichTextBlock(label=_("Text"), features=TEXT_FEATURES, max_length=3000)
    picture = ImageChooserBlock(label=_("Picture"), required=False)
    caption = blocks.CharBlock(label=_("Words below the picture"), max_length=80, required=False)

    class Meta:
        icon = "doc-full"
        label = _("A story")


class GoodsBlock(blocks.StructBlock):
    """Goods of the county, shown as cards."""

    heading = _heading()
    products = blocks.ListBlock(ProductChooserBlock(label=_("Goods")), label=_("Goods"), min_num=1, max_num=MOST_GOODS)

    class Meta:
        icon = "tag"
        label = _("Featured goods")


class ProducersBlock(blocks.StructBlock):
    """Stores of the county, with their stories."""

    heading = _heading()
    stores = blocks.ListBlock(StoreChooserBlock(label=_("Store")), label=_("Stores"), min_num=1, max_num=MOST_STORES)

    class Meta:
        icon = "group"
        label = _("Producers")


class CertificateBlock(blocks.StructBlock):
    """A certificate that the county or a producer holds; it is shown while it is valid and on record (county brands, accepted papers)."""

    kind = blocks.ChoiceBlock(label=_("Kind"), choices=CertificateKind.choices, default=CertificateKind.GEOGRAPHICAL)
    name = blocks.CharBlock(label=_("Name"), max_length=60)
    number = blocks.CharBlock(
        label=_("Number"),
        max_length=60,
        help_text=_("As in the county's brands or an accepted certificate; without one the hall does not show it."),
    )
    holder = blocks.CharBlock(label=_("Holder"), max_length=80)
    valid_until = blocks.DateBlock(label=_("Valid until"))
    demo = blocks.BooleanBlock(label=_("A sample, issued by nobody"), required=False)

    class Meta:
        icon = "pick"
        label = _("Certificate")


class LiveEventBlock(blocks.StructBlock):
    """A broadcast or a fair, from a time until a time; the page says whether it is ahead, on or over."""

    title = blocks.CharBlock(label=_("Title"), max_length=60)
    starts_at = blocks.DateTimeBlock(label=_("Begins"))
    ends_at = blocks.DateTimeBlock(label=_("Ends"))
    where = blocks.CharBlock(label=_("Where"), max_length=80)
    url = blocks.URLBlock(
        label=_("Link"), required=False, help_text=_("To Douyin, Kuaishou, Taobao, WeChat or another known platform.")
    )

    class Meta:
        icon = "date"
        label = _("Live event")

    def clean(self, value: Any) -> Any:
        """Ends after it begins, at most three days later, and links to a platform that we know. Raises StructBlockValidationError."""
        cleaned = super().clean(value)
        wrong: dict[str, ValidationError] = {}
        starts_at, ends_at = cleaned["starts_at"], cleaned["ends_at"]
        # A draft may lack either.
        if starts_at and ends_at and not dt.timedelta(0) < ends_at - starts_at <= dt.timedelta(days=3):
            wrong["ends_at"] = ValidationError(gettext("It must end after it begins, and within three days."))
        if cleaned["url"] and not is_known_address(cleaned["url"]):
            wrong["url"] = ValidationError(gettext("This address is not of a platform that we link to."))
        if wrong:
            raise StructBlockValidationError(block_errors=wrong)
        return cleaned


def is_known_address(url: str) -> bool:
    """Whether a link may stand on a hall: https to one of LIVE_HOSTS, or our own site."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.username or parts.password or parts.port not in {None, 443}:
        return url.startswith(settings.SITE_URL + "/")
    known = any(host == name or host.endswith(f".{name}") for name in LIVE_HOSTS)
    return (parts.scheme == "https" and known) or url.startswith(settings.SITE_URL + "/")


class SeasonBlock(blocks.StructBlock):
    """The farming year of one crop, month by month."""

    heading = _heading()
    rows = blocks.ListBlock(
        blocks.StructBlock(
            [
                ("what", blocks.CharBlock(label=_("What is done"), max_length=40)),
                ("first", blocks.ChoiceBlock(label=_("From"), choices=MONTHS)),
                ("last", blocks.ChoiceBlock(label=_("Until"), choices=MONTHS)),
            ],
            label=_("Row"),
        ),
        label=_("Rows"),
        min_num=1,
        max_num=8,
    )

    class Meta:
        icon = "calendar-alt"
        label = _("Farming year")


class QuoteBlock(blocks.StructBlock):
    """A sentence that somebody said."""

    text = blocks.TextBlock(label=_("Words"), max_length=200)
    who = blocks.CharBlock(label=_("Who said it"), max_length=60)

    class Meta:
        icon = "openquote"
        label = _("Quotation")


class HallBody(blocks.StreamBlock):
    """The parts of a hall, in the order that its county wants."""

    story = StoryBlock()
    goods = GoodsBlock()
    producers = ProducersBlock()
    certificate = CertificateBlock()
    event = LiveEventBlock()
    season = SeasonBlock()
    quote = QuoteBlock()

    class Meta:
        max_num = 20
