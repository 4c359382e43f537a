"""The style page: every component with real words in it, in both languages. Only the demo and the tests route it."""

import datetime
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from pictures.models import Picture


def _say(zh: str, en: str) -> str:
    return zh if (get_language() or "").startswith("zh") else en


class SampleForm(forms.Form):
    """An address, as a buyer types it: one field of each kind."""

    recipient = forms.CharField(max_length=40)
    phone = forms.CharField(
        max_length=11,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
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
        pay.choices = [
            ("card", _say("在线支付", "Online")),
            ("counter", _say("在村级服务点付现金", "Cash at the village point")),
        ]


def _cards(pictures: list[Picture | None]) -> list[SimpleNamespace]:
    soon = timezone.localdate() + datetime.timedelta(days=3)
    goods = [
        (
            _say("祁东黄花菜 特级干菜", "Qidong daylily, dried, top grade"),
            _say("祁东县 黄土铺镇", "Qidong · Huangtupu"),
            _say("周桂香家", "the Zhou family"),
            500,
            3880,
            [_say("地理标志", "Origin mark")],
        ),
        (
            _say("武都大红袍花椒", "Wudu Dahongpao Sichuan pepper"),
            _say("武都区 马街镇", "Wudu · Majie"),
            _say("马街镇花椒合作社", "Majie Pepper Co-operative"),
            250,
            4600,
            [],
        ),
        (
            _say("桑植白茶 谷雨头采", "Sangzhi white tea, first picking"),
            _say("桑植县 洪家关白族乡", "Sangzhi · Hongjiaguan"),
            _say("向秀英家", "the Xiang family"),
            100,
            12800,
            [_say("有机", "Organic")],
        ),
        (
            _say("成县薄皮核桃", "Thin-shelled walnuts of Cheng county"),
            _say("成县 店村镇", "Cheng · Diancun"),
            _say("杨生茂家", "the Yang family"),
            2500,
            8900,
            [],
        ),
    ]
    return [
        SimpleNamespace(
            url="#cards",
            name=name,
            place=place,
            farmer=farmer,
            grams=grams,
            fen=fen,
            seals=seals,
            arrives=soon,
            sold_out=i == 3,
            several=i == 0,
            note="",
            picture=pictures[i],
        )
        for i, (name, place, farmer, grams, fen, seals) in enumerate(goods)
    ]


def _way() -> list[dict[str, Any]]:
    start = timezone.now() - datetime.timedelta(days=1, hours=5)
    return [
        {
            "title": _say(
                "三星村服务点收货，称重 2.15 公斤",
                "Collected at Sanxing village point, 2.15 kg",
            ),
            "when": start,
            "who": _say("经手：刘建国", "by Liu Jianguo"),
        },
        {
            "title": _say("黄土铺镇服务站收件", "Received at Huangtupu township station"),
            "when": start + datetime.timedelta(hours=4),
            "state": "now",
        },
        {
            "title": _say("县中心合包发出", "Packed and sent from the county centre"),
            "state": "ahead",
            "text": _say("预计明天 16:30", "expected tomorrow 16:30"),
        },
    ]


def style(request: HttpRequest) -> HttpResponse:
    """The style page at /style/; `?errors` shows the form after a bad entry."""
    found: list[Picture | None] = [*Picture.objects.order_by("pk")[:4]]
    pictures = [*found, None, None, None, None][:4]
    cards = _cards(pictures)
    form = SampleForm({"phone": "123", "recipient": ""}) if "errors" in request.GET else SampleForm()
    context = {
        "cards": cards,
        "big": pictures[0],
        "form": form,
        "trail": [
            (_say("首页", "Home"), "/"),
            (_say("干货", "Dried goods"), "#"),
            (_say("祁东黄花菜", "Qidong daylily"), ""),
        ],
        "hall": SimpleNamespace(
            url="#halls",
            name=_say("祁东黄花菜馆", "The Qidong Daylily hall"),
            place=_say("湖南 衡阳 祁东县", "Qidong, Hengyang, Hunan"),
            line=_say(
                "六万亩黄花，清晨五点采下，七小时内蒸好。",
                "Picked at five in the morning and steamed before noon.",
            ),
            picture=pictures[0],
        ),
        "store": SimpleNamespace(
            url="#halls",
            name=_say("周家黄花", "Zhou's Daylilies"),
            place=_say("祁东县 黄土铺镇 三星村", "Sanxing village, Huangtupu, Qidong"),
            farmer=_say("周桂香", "Zhou Guixiang"),
            goods=_say("6 种商品", "6 products"),
            picture=pictures[1],
        ),
        "steps": [
            {"label": _say("购物车", "Cart"), "state": "done"},
            {"label": _say("地址", "Address"), "state": "now"},
            {"label": _say("付款", "Payment"), "state": ""},
        ],
        "events": _way(),
        "certificate": SimpleNamespace(
            seal=_say("地理标志", "Origin mark"),
            name=_say("祁东黄花菜 农产品地理标志", "Qidong daylily, geographical indication"),
            number="AGI00000",
            issuer=_say("示例发证机关", "Sample authority"),
            until=datetime.date(2028, 6, 30),
        ),
        "variants": [
            SimpleNamespace(
                pk=1,
                name=_say("袋装 500 克", "Bag, 500 g"),
                fen=3880,
                sold_out=False,
                chosen=True,
            ),
            SimpleNamespace(
                pk=2,
                name=_say("散装 按斤称", "Loose, by weight"),
                fen=6960,
                sold_out=False,
                chosen=False,
            ),
            SimpleNamespace(
                pk=3,
                name=_say("礼盒 1 公斤", "Gift box, 1 kg"),
                fen=12800,
                sold_out=True,
                chosen=False,
            ),
        ],
        "facets": [
            {
                "label": _say("县", "County"),
                "open": True,
                "options": [
                    {
                        "label": _say("祁东县", "Qidong"),
                        "url": "#facets",
                        "count": 42,
                        "chosen": True,
                    },
                    {
                        "label": _say("桑植县", "Sangzhi"),
                        "url": "#facets",
                        "count": 17,
                        "chosen": False,
                    },
                ],
            },
            {
                "label": _say("认证", "Certificate"),
                "open": False,
                "options": [
                    {
                        "label": _say("绿色食品", "Green food"),
                        "url": "#facets",
                        "count": 9,
                        "chosen": False,
                    }
                ],
            },
        ],
        "rows": [
            (_say("1月", "Jan"), 812_300_00),
            (_say("2月", "Feb"), 431_950_00),
            (_say("3月", "Mar"), 967_020_00),
            (_say("4月", "Apr"), 1_204_480_00),
        ],
        "months": _months(),
        "series": [_say("农产品上行", "Outbound"), _say("工业品下行", "Inbound")],
        "stat": (
            _say("农产品上行交易额", "Outbound transaction volume"),
            _say("341.58 万元", "¥3,415,750"),
            _say("比上年同期 +20.4 %", "+20.4 % on last year"),
        ),
        "by": _say("刘建国（三星村服务点）", "Liu Jianguo (Sanxing village point)"),
        "farmer": _say("周桂香", "Zhou Guixiang"),
        "when": timezone.now(),
    }
    return render(request, "style.html", context)


DESK_NAV = [("今天", "Today", 0), ("收货", "Collect", 4), ("扫码", "Scan", 0), ("店铺", "Stores", 2)]


def style_of(request: HttpRequest, kind: str) -> HttpResponse:
    """The other bases with a page each: 'desk', 'my-store', 'volume', 'label'."""
    names = {
        "desk": "style_desk.html",
        "my-store": "style_my_store.html",
        "volume": "style_volume.html",
        "label": "style_label.html",
    }
    if kind not in names:
        raise Http404
    context = {
        "station_name": _say("三星村服务点", "Sanxing village point"),
        "user_name": _say("刘建国", "Liu Jianguo"),
        "store_name": _say("周家黄花", "Zhou's Daylilies"),
        "desk_nav": [
            (_say(zh, en), "#" if place else request.path, count) for place, (zh, en, count) in enumerate(DESK_NAV)
        ],
        "tiles": [
            (4, _say("待收货", "To collect"), _say("3 户农家", "3 households")),
            (2, _say("待取件", "To hand out"), _say("有一件快到期", "one is nearly due")),
            (1, _say("待审核", "To recommend"), _say("周家黄花", "Zhou's Daylilies")),
        ],
        "jobs": [
            (
                _say("周桂香家", "Zhou Guixiang"),
                _say("黄花菜 500 克 × 3 · 今天 16:00 前", "Daylily 500 g × 3 · by 16:00 today"),
            ),
            (
                _say("彭春生家", "Peng Chunsheng"),
                _say("黄花菜 1 公斤 × 1 · 明天 9:00 前", "Daylily 1 kg × 1 · by 9:00 tomorrow"),
            ),
        ],
        "sums": [
            (_say("已到账，可以领", "Ready to be paid out"), 412_650),
            (_say("路上的货款", "Still on the way"), 133_920),
            (_say("本月佣金", "Commission this month"), -16_420),
        ],
        "months": _months(),
        "counties": [
            (_say("祁东县", "Qidong"), 341_575_000, "#"),
            (_say("桑植县", "Sangzhi"), 188_204_500, "#"),
            (_say("新化县", "Xinhua"), 156_930_000, "#"),
        ],
        "series": [_say("农产品上行", "Outbound"), _say("工业品下行", "Inbound")],
        "to": (
            _say("陈女士 138****5521", "Ms Chen 138****5521"),
            _say("上海市 徐汇区 天平路街道 示例路 8 号", "8 Shili Road, Tianping, Xuhui, Shanghai"),
        ),
    }
    return render(request, names[kind], context)


def _months() -> list[tuple[str, int, int]]:
    return [
        (
            _say(f"{i}月", "JFMAMJJASOND"[i - 1]),
            400_000_00 + (i * 7 % 12) * 61_000_00,
            120_000_00 + (i * 5 % 12) * 23_000_00,
        )
        for i in range(1, 13)
    ]
