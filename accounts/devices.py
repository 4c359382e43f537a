"""What a browser says about itself, in the words of somebody who looks for a strange one among their own."""

import ipaddress
import re

from django.utils.translation import gettext as _

# The first that fits; WeChat and the phone makers' browsers also call themselves Chrome, and everything calls itself Safari.
BROWSERS = (
    ("MicroMessenger", "微信"), ("AlipayClient", "支付宝"), ("HuaweiBrowser", "华为浏览器"), ("MiuiBrowser", "小米浏览器"),
    ("HeyTapBrowser", "OPPO 浏览器"), ("VivoBrowser", "vivo 浏览器"), ("UCBrowser", "UC"), ("MQQBrowser", "QQ"), ("QQBrowser", "QQ"),
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("OpenHarmony", "HarmonyOS"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"),
    ("Windows", "Windows"), ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def device_of(user_agent: str) -> str:
    """Browser and system, such as 'Chrome · Windows', by the User-Agent header (RFC 9110, 10.1.5), which anybody can make up."""
    known = [next((name for mark, name in names if re.search(mark, user_agent)), "") for names in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in known if name) or _("Unknown device")


def shortened_address(address: str) -> str:
    """The net that an address belongs to, without the part that names one line: 117.136.*.*, 240e:3b7:*."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if ip.version == 4:
        return ".".join([*str(ip).split(".")[:2], "*", "*"])
    groups = ip.exploded.split(":")[:2]
    return ":".join(f"{int(group, 16):x}" for group in groups) + ":*"
