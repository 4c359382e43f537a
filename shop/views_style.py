"""The style pages: every component and base with real words in it, in both languages. Only the demo and the tests route them."""

import datetime
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from pictures.models import Picture
from shop.templatetags.daylily import MONTHS_EN

BASES = {
    "desk": "style_desk.html",
    "my-store": "style_my_store.html",
    "volume": "style_volume.html",
    "label": "style_label.html",
}


def _say(zh: str, en: str) -> str:
    return zh if (get_language() or "").startswith("zh") else en


class SampleForm(forms.Form):
    """An address, as a buyer types it: one field of each kind."""

    recipient = forms.CharField(max_length=40)
    phone = forms.CharField(max_length=11, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}))
    county = forms.ChoiceField(choices=[("", "…"), ("430426", "祁东县 Qidong"), ("621202", "武都区 Wudu")])
    pay = forms.ChoiceField(widget=forms.RadioSelect)
    remark = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    keep = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "recipient": _say("收货人", "Recipient"),
            "phone": _say("手机号码", "Mobile number"),
            "county": _say("县（市、区）", "County"),
            "pay": _say("付款方式", "How to pay"),
            "remark": _say("给店家留言", "A word to the store"),
            "keep": _say("保存这个地址，下次再用", "Keep this address for next time"),
        }
        for name, label in labels.items():
            self.fields[name].label = label
        self.fields["phone"].help_text = _say("只用于送货联系。", "Only for the delivery.")
        pay = self.fields["pay"]
        assert isinstance(pay, forms.ChoiceField)
        counter = _say("在村级服务点付现金", "Cash at the village point")
        pay.choices = [("card", _say("在线支付", "Online")), ("counter", counter)]


def _card(picture: Picture | None, words: tuple[str, str, str, str, str, str], **more: Any) -> SimpleNamespace:
    """A product card; `words` are name, place and farmer, each in Chinese and English."""
    name, place, farmer = (_say(*words[i : i + 2]) for i in (0, 2, 4))
    card = SimpleNamespace(url="#cards", name=name, place=place, farmer=farmer, picture=picture, seals=[], note="")
    card.__dict__.update(arrives=timezone.localdate() + datetime.timedelta(days=3), sold_out=False, several=False)
    card.__dict__.update(more)
    return card


def _cards(pictures: list[Picture | None]) -> list[SimpleNamespace]:
    lily = ("祁东黄花菜 特级干菜", "Qidong daylily, dried, top grade", "祁东县 黄土铺镇", "Qidong · Huangtupu")
    pepper = ("武都大红袍花椒", "Wudu Dahongpao Sichuan pepper", "武都区 马街镇", "Wudu · Majie")
    tea = ("桑植白茶 谷雨头采", "Sangzhi white tea, first picking", "桑植县 洪家关白族乡", "Sangzhi · Hongjiaguan")
    nuts = ("成县薄皮核桃", "Thin-shelled walnuts of Cheng county", "成县 店村镇", "Cheng · Diancun")
    mark = _say("地理标志", "Origin mark")
    return [
        _card(pictures[0], (*lily, "周桂香家", "the Zhou family"), grams=500, fen=3880, seals=[mark], several=True),
        _card(pictures[1], (*pepper, "马街镇花椒合作社", "Majie Pepper Co-operative"), grams=250, fen=4600),
        _card(
            pictures[2], (*tea, "向秀英家", "the Xiang family"), grams=100, fen=12800, seals=[_say("有机", "Organic")]
        ),
        _card(pictures[3], (*nuts, "杨生茂家", "the Yang family"), grams=2500, fen=8900, sold_out=True),
    ]


def _way() -> list[dict[str, Any]]:
    start = timezone.now() - datetime.timedelta(days=1, hours=5)
    collected = _say("三星村服务点收货，称重 2.15 公斤", "Collected at Sanxing village point, 2.15 kg")
    received = _say("黄土铺镇服务站收件", "Received at Huangtupu township station")
    packed = _say("县中心合包发出", "Packed and sent from the county centre")
    return [
        {"title": collected, "when": start, "who": _say("经手：刘建国", "by Liu Jianguo")},
        {"title": received, "when": start + datetime.timedelta(hours=4), "state": "now"},
        {"title": packed, "state": "ahead", "text": _say("预计明天 16:30", "expected tomorrow 16:30")},
    ]


def _hall_and_store(pictures: list[Picture | None]) -> dict[str, SimpleNamespace]:
    hall = SimpleNamespace(
        url="#halls",
        picture=pictures[0],
        name=_say("祁东黄花菜馆", "The Qidong Daylily hall"),
        place=_say("湖南 衡阳 祁东县", "Qidong, Hengyang, Hunan"),
        line=_say("清晨采下，当天蒸好晒干。", "Picked at dawn, steamed and dried the same day."),
    )
    store = SimpleNamespace(
        url="#halls",
        picture=pictures[1],
        name=_say("周家黄花", "Zhou's Daylilies"),
        place=_say("祁东县 黄土铺镇 三星村", "Sanxing village, Huangtupu, Qidong"),
        farmer=_say("周桂香", "Zhou Guixiang"),
        goods=_say("6 种商品", "6 products"),
    )
    return {"hall": hall, "store": store}


def _packs() -> list[SimpleNamespace]:
    bag, loose = _say("袋装 500 克", "Bag, 500 g"), _say("散装 按斤称", "Loose, by weight")
    return [
        SimpleNamespace(pk=1, name=bag, fen=3880, sold_out=False, chosen=True),
        SimpleNamespace(pk=2, name=loose, fen=6960, sold_out=False, chosen=False),
        SimpleNamespace(pk=3, name=_say("礼盒 1 公斤", "Gift box, 1 kg"), fen=12800, sold_out=True, chosen=False),
    ]


def _facets() -> list[SimpleNamespace]:
    return [
        SimpleNamespace(label=_say("县", "County"), open=True, options=[
            SimpleNamespace(label=_say("祁东县", "Qidong"), url="#facets", count=42, chosen=True),
            SimpleNamespace(label=_say("桑植县", "Sangzhi"), url="#facets", count=17, chosen=False),
        ]),
        SimpleNamespace(label=_say("认证", "Certificate"), open=False, options=[
            SimpleNamespace(label=_say("绿色食品", "Green food"), url="#facets", count=9, chosen=False),
        ]),
    ]  # fmt: skip


def _figures() -> dict[str, Any]:
    """Monthly columns, counties' bars and one headline figure."""
    months = [
        (_say(f"{i + 1}月", MONTHS_EN[i]), 40_000_000 + i * 7 % 12 * 6_100_000, 12_000_000 + i * 5 % 12 * 2_300_000)
        for i in range(12)
    ]
    counties = [
        (_say("祁东县", "Qidong"), 341_575_000, "#"),
        (_say("桑植县", "Sangzhi"), 188_204_500, "#"),
        (_say("新化县", "Xinhua"), 156_930_000, "#"),
    ]
    return {
        "months": months,
        "counties": counties,
        "series": [_say("农产品上行", "Outbound"), _say("工业品下行", "Inbound")],
        "stat": (
            _say("农产品上行交易额", "Outbound transaction volume"),
            341_575_000,
            _say("同比 +20.4 %", "+20.4 % on last year"),
        ),
    }


def style(request: HttpRequest) -> HttpResponse:
    """The style page at /style/; `?errors` shows the form after a bad entry."""
    pictures: list[Picture | None] = [*Picture.objects.order_by("pk")[:4]]
    pictures += [None] * (4 - len(pictures))
    progress = [(_say("购物车", "Cart"), "done"), (_say("地址", "Address"), "now"), (_say("付款", "Payment"), "")]
    context = {
        "trail": [
            (_say("首页", "Home"), "/"),
            (_say("干货", "Dried goods"), "#"),
            (_say("祁东黄花菜", "Qidong daylily"), ""),
        ],
        "cards": _cards(pictures),
        "big": pictures[0],
        "form": SampleForm({"phone": "123", "recipient": ""}) if "errors" in request.GET else SampleForm(),
        "steps": [{"label": label, "state": state} for label, state in progress],
        "events": _way(),
        "certificate": SimpleNamespace(
            seal=_say("地理标志", "Origin mark"),
            name=_say("祁东黄花菜 农产品地理标志（样例）", "Qidong daylily, geographical indication (sample)"),
            until=datetime.date(2028, 6, 30),
        ),
        "variants": _packs(),
        "facets": _facets(),
        "by": _say("刘建国（三星村服务点）", "Liu Jianguo (Sanxing village point)"),
        "farmer": _say("周桂香", "Zhou Guixiang"),
        "when": timezone.now(),
        **_hall_and_store(pictures),
        **_figures(),
    }
    return render(request, "style.html", context)


def _desk_words() -> dict[str, Any]:
    nav = [("今天", "Today", 0), ("收货", "Collect", 4), ("扫码", "Scan", 0), ("店铺", "Stores", 2)]
    lily, kilo = (
        ("黄花菜 500 克 × 3 · 今天 16:00 前", "Daylily 500 g × 3 · by 16:00 today"),
        ("黄花菜 1 公斤 · 明天 9:00 前", "Daylily 1 kg · by 9:00 tomorrow"),
    )
    return {
        "station_name": _say("三星村服务点", "Sanxing village point"),
        "user_name": _say("刘建国", "Liu Jianguo"),
        "store_name": _say("周家黄花", "Zhou's Daylilies"),
        "nav": [(_say(zh, en), count) for zh, en, count in nav],
        "tiles": [
            (4, _say("待收货", "To collect"), _say("3 户农家", "3 households")),
            (2, _say("待取件", "To hand out"), _say("有一件快到期", "one is nearly due")),
            (1, _say("待推荐", "To recommend"), _say("周家黄花", "Zhou's Daylilies")),
        ],
        "jobs": [(_say("周桂香家", "Zhou Guixiang"), _say(*lily)), (_say("彭春生家", "Peng Chunsheng"), _say(*kilo))],
        "sums": [
            (_say("可以领取", "Ready to be paid out"), 412_650),
            (_say("路上的货款", "Still on the way"), 133_920),
            (_say("本月佣金", "Commission this month"), -16_420),
        ],
        "to": (
            _say("陈女士 138****5521", "Ms Chen 138****5521"),
            _say("上海市 徐汇区 示例路 8 号", "8 Shili Road, Xuhui, Shanghai"),
        ),
    }


def style_of(request: HttpRequest, kind: str) -> HttpResponse:
    """A page of each other base: 'desk', 'my-store', 'volume', 'label'."""
    if kind not in BASES:
        raise Http404
    words = _desk_words()
    nav = [(label, "#" if place else request.path, count) for place, (label, count) in enumerate(words.pop("nav"))]
    return render(request, BASES[kind], {**words, **_figures(), "desk_nav": nav})
