"""People with browsers, and the buyer: cart, checkout, Stripe's page, the order, half of it cancelled. What breaks is tried again."""

import re
import time
from collections.abc import Callable
from typing import Any

import requests
from django.conf import settings
from django.utils.crypto import get_random_string

from torture.processes import GLANCE, NotQuiet

TRIES = 60
CARD = "4242424242424242"
DOOR = {
    "way": "carrier",
    "recipient": "刘敏",
    "phone": "13907310000",
    "province": "430000000000",
    "city": "430100000000",
    "county": "430104000000",
    "detail": "麓山南路2号3栋502",
    "pay_by": "stripe",
}


class Browser:
    """One person's browser, signed in where there is a `session`; `revive` is asked to bring back whoever died."""

    def __init__(self, site: str, revive: Callable[[], bool], *, session: str = "") -> None:
        self.site, self.revive = site, revive
        self.browser = requests.Session()
        if session:
            for name, value in (
                (settings.SESSION_COOKIE_NAME, session),
                (settings.CSRF_COOKIE_NAME, get_random_string(32)),
            ):
                self.browser.cookies.set(name, value, domain="localhost.local")

    def send(self, path: str, data: dict[str, str], *, files: dict[str, Any] | None = None) -> requests.Response:
        """A form, and where it leads; sent once more where nobody answered. Raises NotQuiet."""
        return self._ask("POST", path, data, files=files)

    def _get(self, path: str) -> str:
        return self._ask("GET", path, {}).text

    def _post(self, path: str, data: dict[str, str]) -> str:
        return self._ask("POST", path, data).text

    def _ask(
        self, method: str, path: str, data: dict[str, str], *, follow: bool = True, files: dict[str, Any] | None = None
    ) -> requests.Response:
        """One request, again while the line breaks or the server is unwell."""
        url = path if path.startswith("http") else self.site + path
        for _ in range(TRIES):
            try:
                if method == "POST" and url.startswith(self.site):
                    data = {**data, "csrfmiddlewaretoken": self._token()}
                answer = self.browser.request(
                    method,
                    url,
                    data=data or None,
                    files=files,
                    timeout=25,
                    allow_redirects=follow,
                    headers={"Referer": self.site + "/"},
                )
                if answer.status_code < 500:
                    return answer
            except requests.RequestException:
                pass
            if not self.revive():
                time.sleep(GLANCE)
        raise NotQuiet(f"{method} {url} is not answered")

    def _token(self) -> str:
        """Django's token, which a form on any page brings along."""
        if settings.CSRF_COOKIE_NAME not in self.browser.cookies:
            self.browser.get(self.site + "/accounts/login/", timeout=25)
        return str(self.browser.cookies.get(settings.CSRF_COOKIE_NAME) or "")


class Buyer(Browser):
    """One buyer of one order: so many `units` of each variant."""

    def __init__(self, site: str, revive: Callable[[], bool], *, email: str, variants: list[int]) -> None:
        super().__init__(site, revive)
        self.email, self.variants, self.units = email, variants, 1

    def buy(self) -> str:
        """A paid order's reference. Raises NotQuiet where the site never gets well."""
        for variant in self.variants:
            self._post("/cart/add/", {"variant": str(variant), "quantity": str(self.units)})
        ref = self._order()
        self._pay(ref)
        self._wait_until_paid(ref)
        return ref

    def buy_and_cancel_half(self) -> str:
        """The order's reference. Raises NotQuiet where the site never gets well."""
        ref = self.buy()
        self._cancel(ref)
        return ref

    def _order(self) -> str:
        """Through the checkout; where the answer got lost, the same page is sent again, and says where it had led."""
        page = self._get("/checkout/")
        data = {**DOOR, "email": self.email, "key": _hidden(page, "key"), "action": "review"}
        page = self._post("/checkout/", data)
        data |= {"seen": _hidden(page, "seen"), "action": "place"}
        for _ in range(TRIES):
            answer = self._ask("POST", "/checkout/", data, follow=False)
            target = answer.headers.get("Location", "")
            if "/c/pay/" in target:
                found = re.search(r'href="[^"]*/orders/([\w-]+)/', self._ask("GET", target, {}).text)
                if found:
                    return found[1]
            if found := re.search(r"/orders/([\w-]+)/", target):
                return found[1]  # Stripe does not answer just now: the order's own page leads there again
            if not self.revive():
                time.sleep(GLANCE)
        raise NotQuiet(f"{self.email} cannot order: {answer.status_code} {answer.text[:300]}")

    def _pay(self, ref: str) -> None:
        for _ in range(TRIES):
            answer = self._ask("POST", f"/orders/{ref}/pay/", {}, follow=False)
            target = answer.headers.get("Location", "")
            if "/c/pay/" in target:
                self._ask("POST", target, {"way": "card", "card_number": CARD}, follow=False)
                return
            if self._is_paid(ref):
                return
            if not self.revive():
                time.sleep(GLANCE)
        raise NotQuiet(f"{self.email} cannot pay order {ref}")

    def _is_paid(self, ref: str) -> bool:
        return f"/orders/{ref}/cancel/" in self._get(f"/orders/{ref}/?paid=1")

    def _wait_until_paid(self, ref: str) -> None:
        for look in range(TRIES * 40):
            if f"/orders/{ref}/cancel/" in self._get(f"/orders/{ref}/?paid={1 + look * 5}"):
                return
            if not self.revive():
                time.sleep(GLANCE)
        raise NotQuiet(f"Order {ref} was paid, and its page does not say so")

    def _cancel(self, ref: str) -> None:
        number = _hidden(self._get(f"/orders/{ref}/"), "part")
        self._post(f"/orders/{ref}/cancel/", {"part": number})


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""
