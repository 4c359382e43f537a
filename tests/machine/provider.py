"""Stripe as the machine meets it: it keeps what was paid and given back, and answers the SDK's calls in this process.

It stands where payments.stripe_checkout asks for its client, so everything above that line is the site's own code. It refuses what Stripe
refuses, and writes down what should never have been asked of it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import stripe


@dataclass
class Session:
    """A hosted page: `state` is open, complete or expired."""

    id: str
    order_ref: str
    amount: int
    currency: str
    state: str = "open"
    intent: str | None = None

    @property
    def answer(self) -> SimpleNamespace:
        """What the SDK hands on of it."""
        return SimpleNamespace(
            id=self.id,
            url=f"http://localhost/c/pay/{self.id}",
            client_reference_id=self.order_ref,
            amount_total=self.amount,
            currency=self.currency,
            payment_status="paid" if self.state == "complete" else "unpaid",
            payment_intent=self.intent,
        )


@dataclass
class Returned:
    """Money given back: `status` is succeeded or failed."""

    id: str
    key: str
    intent: str
    amount: int
    status: str = "succeeded"

    @property
    def answer(self) -> SimpleNamespace:
        """What the SDK hands on of it."""
        metadata = SimpleNamespace(to_dict=lambda: {"refund": self.key})
        return SimpleNamespace(id=self.id, metadata=metadata, status=self.status, amount=self.amount)


@dataclass
class Disputed:
    """Money that a buyer's bank took: `status` is needs_response, won or lost."""

    id: str
    intent: str
    amount: int
    created: int
    status: str = "needs_response"

    @property
    def answer(self) -> SimpleNamespace:
        """What the SDK hands on of it."""
        return SimpleNamespace(
            id=self.id, payment_intent=self.intent, amount=self.amount, currency="cny", reason="fraudulent",
            status=self.status, created=self.created,
        )  # fmt: skip


@dataclass
class Event:
    """A webhook; how often it was delivered is the machine's affair."""

    id: str
    type: str
    object_id: str
    delivered: int = 0

    @property
    def body(self) -> dict[str, Any]:
        """The event as shop.webhooks reads it."""
        return {"id": self.id, "type": self.type, "data": {"object": {"id": self.object_id}}}


@dataclass
class Provider:
    """All of it; `faults` answers that get lost are still to come, `never` is what no correct site asks for."""

    sessions: dict[str, Session] = field(default_factory=dict)
    returned: dict[str, Returned] = field(default_factory=dict)
    disputes: list[Disputed] = field(default_factory=list)
    moved: list[SimpleNamespace] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    clock: Callable[[], int] = field(default=lambda: 0)
    keys: dict[str, tuple[str, Any]] = field(default_factory=dict)
    faults: int = 0
    refuses: int = 0
    never: list[str] = field(default_factory=list)

    @property
    def client(self) -> SimpleNamespace:
        """The SDK's client, as far as the site uses it."""
        sessions = SimpleNamespace(create=self._open, retrieve=self._read, expire=self._expire, list=self._sessions_of)
        refunds = SimpleNamespace(create=self._give_back, retrieve=self._read_returned, list=self._list_returned)
        return SimpleNamespace(
            v1=SimpleNamespace(
                checkout=SimpleNamespace(sessions=sessions),
                refunds=refunds,
                disputes=SimpleNamespace(retrieve=self._read_dispute),
                balance=SimpleNamespace(retrieve=self._read_balance),
                balance_transactions=SimpleNamespace(list=self._movements),
            )
        )

    @property
    def balance_fen(self) -> int:
        """What lies here: all that moved, less the fees."""
        return sum(one.net for one in self.moved)

    @property
    def disputable(self) -> list[Session]:
        """What was paid, is not disputed, and has not gone back."""
        disputed = {one.intent for one in self.disputes}
        return [
            one
            for one in self.sessions.values()
            if one.intent and one.intent not in disputed and one.amount > self._gone(one.intent)
        ]

    @property
    def undecided(self) -> list[Disputed]:
        """Disputes that the bank has not decided."""
        return [one for one in self.disputes if one.status == "needs_response"]

    def dispute(self, session: Session, percent: int) -> None:
        """The buyer's bank takes so much of what has not gone back, and Stripe a fee."""
        assert session.intent
        fen = max((session.amount - self._gone(session.intent)) * percent // 100, 1)
        made = Disputed(f"du_{session.intent}", session.intent, fen, self.clock())
        self.disputes.append(made)
        self._move("dispute", -fen, made.id, session.intent, fee=1500)
        self._tell("charge.dispute.created", made.id)

    def decide(self, dispute: Disputed, status: str) -> None:
        """The bank decides; what is won comes back."""
        dispute.status = status
        if status == "won":
            self._move("dispute_reversal", dispute.amount, dispute.id, dispute.intent)
        self._tell("charge.dispute.closed", dispute.id)

    def pay(self, session: Session) -> bool:
        """The buyer pays on the hosted page; whether they still could."""
        if session.state != "open":
            return False
        session.state, session.intent = "complete", f"pi_{session.id}"
        self._move("charge", session.amount, f"ch_{session.id}", session.intent, fee=session.amount * 34 // 1000)
        self._tell("checkout.session.completed", session.id)
        return True

    def bounce(self, refund: Returned) -> None:
        """The buyer's bank sends money back that had been returned."""
        refund.status = "failed"
        self._move("refund_failure", refund.amount, refund.id, refund.intent, key=refund.key)
        self._tell("refund.failed", refund.id)

    def _tell(self, kind: str, object_id: str) -> None:
        self.events.append(Event(f"evt_{len(self.events)}_{object_id}", kind, object_id))

    def _open(self, params: Mapping[str, Any], options: Mapping[str, str]) -> SimpleNamespace:
        known = self._known(params, options)
        if known is None:
            price = params["line_items"][0]["price_data"]
            made = Session(
                f"cs_{len(self.sessions)}_{params['client_reference_id']}",
                params["client_reference_id"],
                price["unit_amount"],
                price["currency"],
            )
            self.sessions[made.id] = known = made
            self._keep(params, options, made)
        self._lose()
        return _answer(known)

    def _read(self, session_id: str) -> SimpleNamespace:
        self._lose()
        return self.sessions[session_id].answer

    def _expire(self, session_id: str) -> SimpleNamespace:
        session = self.sessions[session_id]
        if session.state != "open":
            raise stripe.InvalidRequestError("Only an open session can be expired.", None)  # type: ignore[no-untyped-call]
        session.state = "expired"
        self._lose()
        return session.answer

    def _give_back(self, params: Mapping[str, Any], options: Mapping[str, str]) -> SimpleNamespace:
        known = self._known(params, options)
        if known is None:
            known = self._new_refund(params["payment_intent"], params["amount"], params["metadata"]["refund"])
            self._keep(params, options, known)
        self._lose()
        return _answer(known)

    def _new_refund(self, intent: str, amount: int, key: str) -> Returned:
        if self.refuses:
            self.refuses -= 1
            raise stripe.InvalidRequestError("The card was closed.", None, code="charge_not_refundable")  # type: ignore[no-untyped-call]
        session = next((one for one in self.sessions.values() if one.intent == intent), None)
        if any(one.intent == intent and one.status != "won" for one in self.disputes):
            raise stripe.InvalidRequestError("The bank has it.", None, code="charge_disputed")  # type: ignore[no-untyped-call]
        gone = self._gone(intent)
        if session is None or gone + amount > session.amount:
            self.never.append(f"{amount} of {intent} back, {gone} of {session and session.amount} are gone")
            raise stripe.InvalidRequestError("More than is left.", "amount")  # type: ignore[no-untyped-call]
        if any(one.key == key and one.status == "succeeded" for one in self.returned.values()):
            self.never.append(f"{key} a second time")
        made = Returned(f"re_{len(self.returned)}_{key}", key, intent, amount)
        self.returned[made.id] = made
        self._move("refund", -amount, made.id, intent, key=key)
        return made

    def _gone(self, intent: str) -> int:
        return sum(one.amount for one in self.returned.values() if one.intent == intent and one.status == "succeeded")

    def _move(self, category: str, fen: int, source: str, intent: str, *, key: str = "", fee: int = 0) -> None:
        """Keep a balance transaction as the SDK reads it."""
        about = {"id": source, "payment_intent": intent, "metadata": {"refund": key} if key else {}}
        self.moved.append(
            SimpleNamespace(
                id=f"txn_{len(self.moved)}_{source}", type=category, reporting_category=category, amount=fen, fee=fee,
                net=fen - fee, currency="cny", source=stripe.StripeObject.construct_from(about, None),
                created=self.clock(), available_on=self.clock(),
            )
        )  # fmt: skip

    def _sessions_of(self, params: Mapping[str, Any]) -> SimpleNamespace:
        self._lose()
        return SimpleNamespace(data=[one for one in self.sessions.values() if one.intent == params["payment_intent"]])

    def _read_dispute(self, dispute_id: str) -> SimpleNamespace:
        self._lose()
        return next(one.answer for one in self.disputes if one.id == dispute_id)

    def _read_balance(self) -> SimpleNamespace:
        self._lose()
        return SimpleNamespace(available=[SimpleNamespace(amount=self.balance_fen, currency="cny")], pending=[])

    def _movements(self, params: Mapping[str, Any]) -> SimpleNamespace:
        """All since then on one page, the newest first."""
        self._lose()
        found = [one for one in self.moved if one.created >= params["created"]["gte"]]
        return SimpleNamespace(data=found[::-1], has_more=False)

    def _read_returned(self, refund_id: str) -> SimpleNamespace:
        self._lose()
        return self.returned[refund_id].answer

    def _list_returned(self, params: Mapping[str, Any]) -> SimpleNamespace:
        self._lose()
        found = [one.answer for one in self.returned.values() if one.intent == params["payment_intent"]]

        def pages() -> Iterator[SimpleNamespace]:
            yield from found

        return SimpleNamespace(auto_paging_iter=pages)

    def _known(self, params: Mapping[str, Any], options: Mapping[str, str]) -> Any:
        """What the key answered before; another request under it is a fault of the site."""
        said, answer = self.keys.get(options["idempotency_key"], ("", None))
        if answer is not None and said != json.dumps(params, sort_keys=True):
            self.never.append(f"{options['idempotency_key']} with another request")
        return answer

    def _keep(self, params: Mapping[str, Any], options: Mapping[str, str], answer: Any) -> None:
        self.keys[options["idempotency_key"]] = (json.dumps(params, sort_keys=True), answer)

    def _lose(self) -> None:
        """What was asked for is done, and nobody hears of it."""
        if self.faults:
            self.faults -= 1
            raise stripe.APIConnectionError("The line broke.")  # type: ignore[no-untyped-call]


def _answer(known: Session | Returned) -> SimpleNamespace:
    return known.answer
