"""What is killed in: buying and cancelling half; a seller's yes to a complaint, which pays part of an order back; a run of payouts to bank
cards, from writing it down to the bank's answer. Each is led by people with browsers, who try again where a line breaks.
"""

import time
from collections.abc import Callable
from typing import Any, Final, Protocol

import psycopg

from accounts.references import public_reference
from payments.ledger import owed
from payments.models import AccountKind
from sellers.models import Payout, PayoutRun, PayoutState, PayoutWay, RunState
from sellers.paying import available_of
from sellers.payout_runs import periods
from torture import audit, people
from torture.buyer import TRIES, Browser, Buyer
from torture.people import Cast
from torture.processes import NotQuiet, Processes


class Scene(Protocol):
    """One life of one order or run: what comes before, what may be killed, and what is wrong afterwards."""

    def prepare(self) -> None:
        """Before a point is armed."""

    def act(self) -> None:
        """What somebody dies in. Raises NotQuiet."""

    def look(self, database: "psycopg.Connection[Any]") -> list[str]:
        """What is wrong once all is at rest; nothing where it is right."""


class Buying:
    """Two stores' goods are bought, paid by card, and one store's part is cancelled."""

    def __init__(self, processes: Processes, cast: Cast) -> None:
        self.processes = processes
        email = f"buyer{time.time_ns()}@daylily.example"
        self.buyer = Buyer(processes.site, processes.revive, email=email, variants=cast.variants)

    def prepare(self) -> None:
        """Nothing."""

    def act(self) -> None:
        """From the cart to the cancelling."""
        self.buyer.buy_and_cancel_half()

    def look(self, database: "psycopg.Connection[Any]") -> list[str]:
        """By Stripe's own word."""
        secret = self.processes.environment["STRIPE_SECRET_KEY"]
        return audit.look_at_order(database, self.processes.stripe, secret, self.buyer.email)


class Returning(Buying):
    """An order has come, its buyer has said that one pack was missing, and the farmer pays that pack back."""

    def __init__(self, processes: Processes, cast: Cast) -> None:
        super().__init__(processes, cast)
        self.buyer.units = 2
        self.farmer = Browser(processes.site, processes.revive, session=people.session_of(cast.farmer))

    def prepare(self) -> None:
        """Bought, delivered, complained about."""
        ref = self.buyer.buy()
        self.processes.come_to_rest()
        people.deliver(ref)
        self.case = people.complain(ref)
        self.processes.come_to_rest()

    def act(self) -> None:
        """The farmer says yes, once; the same page is sent again where nobody answered."""
        page = f"/my-store/after-sales/{self.case.ref}/"
        yes = {"action": "grant", "nonce": public_reference(), "text": "少发一袋，退款"}
        for _try in range(TRIES):
            self.case.refresh_from_db()
            if self.case.refund_id:
                return
            self.farmer.send(page, yes)
        raise NotQuiet(f"Case {self.case.ref} is not granted")


class PayingOut:
    """A family's money goes to its card: a run is written down, approved, sent with its file, and answered by the bank."""

    STEPS: Final = (RunState.DRAFT, RunState.APPROVED, RunState.SENT, RunState.CLOSED)

    def __init__(self, processes: Processes, cast: Cast) -> None:
        self.processes, self.cast = processes, cast
        self.centre = Browser(processes.site, processes.revive, session=people.session_of(cast.centre))
        self.official = Browser(processes.site, processes.revive, session=people.session_of(cast.official))

    def prepare(self) -> None:
        """The family earns something, weeks ago."""
        people.earn(self.cast)
        self.fen = available_of(self.cast.household)
        self.before = PayoutRun.objects.order_by("pk").values_list("pk", flat=True).last() or 0
        self.processes.come_to_rest()

    def act(self) -> None:
        """Each step until the run stands where it leads."""
        first, last = periods()[0]
        wanted = {"way": PayoutWay.BANK.value, "period": f"{first}_{last}", "action": "prepare"}
        self._until(RunState.DRAFT, lambda _run: self.centre.send("/desk/payouts/runs/", wanted))
        self._until(RunState.APPROVED, lambda run: self.official.send(f"{self._page(run)}approve/", {}))
        rows = self._take_file()
        told = "附言,金额(元),结果,原因\n" + "\n".join(f"{row[-1]},{row[-2]},成功," for row in rows)
        answer = {"file": ("回盘.csv", told.encode(), "text/csv")}
        self._until(RunState.CLOSED, lambda run: self.centre.send(f"{self._page(run)}answer/", {}, files=answer))

    def look(self, database: "psycopg.Connection[Any]") -> list[str]:
        """The family has its money once: one payout of all that it had, nothing under way, nothing left."""
        made = list(Payout.objects.filter(run_id__gt=self.before, household=self.cast.household))
        told = [(one.state, one.amount_fen) for one in made]
        wrong = [] if told == [(PayoutState.PAID, self.fen)] else [f"{self.fen} fen were paid out as {told}"]
        if left := available_of(self.cast.household):
            wrong.append(f"{left} fen are left after the payout")
        wrong += [f"{one.number} is still under way" for one in made if owed(AccountKind.PAYOUT_TRANSIT, one.ref)]
        return wrong

    def _run(self) -> PayoutRun | None:
        return PayoutRun.objects.filter(pk__gt=self.before).exclude(state=RunState.DROPPED).first()

    @staticmethod
    def _page(run: PayoutRun | None) -> str:
        assert run is not None
        return f"/desk/payouts/runs/{run.number}/"

    def _until(self, state: RunState, press: Callable[[PayoutRun | None], object]) -> None:
        """Press until the run stands there. Raises NotQuiet."""
        for _try in range(TRIES):
            run = self._run()
            if run is not None and self.STEPS.index(RunState(run.state)) >= self.STEPS.index(state):
                return
            press(run)
        raise NotQuiet(f"The run {run} does not become {state}")

    def _take_file(self) -> list[list[str]]:
        """The rows of the bank's file; one that was given out and never came is let out again by a colleague."""
        for _try in range(TRIES):
            page = self._page(self._run())
            answer = self.centre.send(f"{page}file/", {})
            if answer.headers.get("Content-Type", "").startswith("text/csv"):
                return [line.split(",") for line in answer.content.decode("utf-8-sig").splitlines()[1:]]
            self.official.send(f"{page}again/", {"reason": "文件没有收到"})
        raise NotQuiet("The bank's file is not given out")


SCENES: Final[dict[str, Callable[[Processes, Cast], Scene]]] = {
    "buy": Buying,
    "return": Returning,
    "payout": PayingOut,
}
