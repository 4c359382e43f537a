"""What the hosted pages say, in Chinese and English, side by side."""

CHINESE, ENGLISH = "zh-Hans", "en"

_TEXTS: dict[str, tuple[str, str]] = {
    "notice_title": ("演示收银台，不是 Stripe", "A demo checkout, not Stripe"),
    "notice": (
        "这是 Daylily 在本机上模拟 Stripe 的程序，不会扣真钱。请不要输入真实的银行卡号。",
        "This is Daylily's stand-in for Stripe on this computer. No money moves. Never type a real card number.",
    ),
    "title": ("付款", "Pay"),
    "heading": ("付款 {total}", "Pay {total}"),
    "order": ("订单明细", "Your order"),
    "item": ("商品", "Item"),
    "quantity": ("数量", "Quantity"),
    "amount": ("金额", "Amount"),
    "total": ("合计", "Total"),
    "reference": ("参考号 {reference}", "Reference {reference}"),
    "ways": ("选择付款方式", "How would you like to pay?"),
    "card": ("银行卡", "Card"),
    "number": ("演示卡号", "Demo card number"),
    "pay_card": ("用银行卡支付 {total}", "Pay {total} by card"),
    "alipay": ("支付宝", "Alipay"),
    "wechat_pay": ("微信支付", "WeChat Pay"),
    "pay_alipay": ("用支付宝支付", "Pay with Alipay"),
    "pay_wechat_pay": ("用微信支付", "Pay with WeChat Pay"),
    "wallets": ("手机支付", "Mobile wallets"),
    "wallets_note": ("点一下就算付款成功，不会跳转到别处。", "One press counts as paid; nothing opens elsewhere."),
    "cards": ("可用的演示卡号", "Demo cards to try"),
    "card_paid": ("付款成功", "goes through"),
    "card_declined": ("被银行拒绝", "is declined by the bank"),
    "card_no_funds": ("余额不足", "has too little money"),
    "cancel": ("取消付款，返回商店", "Cancel and go back to the shop"),
    "back": ("返回商店", "Back to the shop"),
    "number_wrong": (
        "卡号有误，请核对后重新输入。您没有被扣款。",
        "That is not a card number. Check the digits and try again; nothing was charged.",
    ),
    "number_not_demo": (
        "这里只接受下面列出的演示卡号，请不要使用真实的银行卡。您没有被扣款。",
        "Only the demo cards listed below work here; please don't use a real card. Nothing was charged.",
    ),
    "generic_decline": (
        "银行拒绝了这笔付款，您没有被扣款。请换一张卡或换一种付款方式再试。",
        "The bank declined the payment; nothing was charged. Try another card or another way to pay.",
    ),
    "insufficient_funds": (
        "卡内余额不足，您没有被扣款。请换一张卡或换一种付款方式再试。",
        "The card has too little money; nothing was charged. Try another card or another way to pay.",
    ),
    "expired_card": (
        "这张卡已经过期，您没有被扣款。请换一张卡或换一种付款方式再试。",
        "The card has expired; nothing was charged. Try another card or another way to pay.",
    ),
    "way_unknown": (
        "这笔订单不能用这种方式付款，请从下面选一种。您没有被扣款。",
        "This order can't be paid that way; choose one below. Nothing was charged.",
    ),
    "paid_title": ("已付款", "Paid"),
    "paid": ("这笔订单已经付过款了，不会重复扣款。", "This order has already been paid. It won't be charged again."),
    "paid_link": ("查看订单", "Go on to your order"),
    "expired_title": ("付款页面已过期", "This checkout has expired"),
    "expired": (
        "付款时间已过，您没有被扣款。请回到商店重新下单。",
        "The time to pay is over; nothing was charged. Please go back to the shop and order again.",
    ),
    "missing_title": ("没有这个付款页面", "No such checkout"),
    "missing": ("链接不完整，或者付款页面已被清除。", "The link is incomplete, or the checkout has been cleared away."),
    "broken_title": ("收银台出错了", "The checkout failed"),
    "broken": ("请稍后再试。您没有被扣款。", "Please try again in a moment. Nothing was charged."),
}


def say(language: str, key: str, **values: str) -> str:
    """The text in `zh-Hans` or `en`, with its values filled in, not yet escaped for HTML."""
    chinese, english = _TEXTS[key]
    return (chinese if language == CHINESE else english).format(**values)


def language_of(locale: str | None, accepted: str) -> str:
    """The page's language: the session's locale, or with `auto` or none the browser's `Accept-Language`."""
    wanted = locale if locale and locale != "auto" else accepted.strip()
    return CHINESE if wanted.lower().startswith("zh") else ENGLISH
