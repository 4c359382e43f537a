"""Webhooks: signed as the SDK checks, retried until taken, replayed and held back on request; and the list of events."""

import time

import pytest
import stripe

from demo.stripe.webhooks import LONGEST_WAIT, wait_after
from tests.stripe_standin.cast import SECRET, Receiver, Standin, order, plain, wait_for


def test_each_event_comes_once_with_a_good_signature(
    standin: Standin, shop: stripe.StripeClient, receiver: Receiver
) -> None:
    standin.pay(shop.v1.checkout.sessions.create(params=order()))
    wait_for(lambda: all(each["delivered"] for each in standin.deliveries()))
    time.sleep(0.2)
    listed = [event.id for event in shop.v1.events.list().data]
    assert [each.event.id for each in receiver.received] == listed[::-1]
    assert receiver.forged == []
    assert receiver.received[0].event.api_version == "2026-10-28.endive"
    assert {event.pending_webhooks for event in shop.v1.events.list().data} == {0}


def test_the_signature_covers_body_and_time(standin: Standin, shop: stripe.StripeClient, receiver: Receiver) -> None:
    shop.v1.payment_intents.create(params={"amount": 500, "currency": "cny", "description": "黄花菜"})
    got = wait_for(lambda: receiver.received)[0]
    assert "黄花菜".encode() in got.body
    for body, header, secret in [
        (got.body.replace(b"500", b"900"), got.header, SECRET),
        (got.body, got.header, "whsec_other"),
        (got.body, got.header.replace("t=", "t=9"), SECRET),
    ]:
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, header, secret)


def test_retries_until_taken_each_wait_twice_the_last(
    standin: Standin, shop: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.statuses = [500, 302]
    shop.v1.payment_intents.create(params={"amount": 500, "currency": "cny"})
    wait_for(lambda: len(receiver.received) == 3)
    assert {each.event.id for each in receiver.received} == {receiver.received[0].event.id}
    first, second, third = (each.at for each in receiver.received)
    assert 0.9 < second - first < 1.9
    assert 1.9 < third - second < 3.5
    wait_for(lambda: standin.deliveries()[0]["delivered"])
    assert standin.deliveries()[0]["attempts"] == 3


def test_waits_double_up_to_a_day() -> None:
    assert [wait_after(attempts) for attempts in range(1, 7)] == [1, 2, 4, 8, 16, 32]
    assert wait_after(17) == 65536
    assert wait_after(18) == wait_after(5000) == LONGEST_WAIT == 86400


def test_an_event_whose_receiver_is_down_does_not_hold_up_the_rest(
    standin: Standin, shop: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.statuses = [503]
    one = shop.v1.payment_intents.create(params={"amount": 500, "currency": "cny"})
    wait_for(lambda: len(receiver.received) == 1)
    two = shop.v1.payment_intents.create(params={"amount": 600, "currency": "cny"})
    wait_for(lambda: len(receiver.received) == 3)
    ids = [plain(each.event.data.object)["id"] for each in receiver.received]
    assert ids == [one.id, two.id, one.id]


def test_undelivered_events_survive_a_power_cut(standin: Standin, receiver: Receiver) -> None:
    standin.control("webhooks/pause")
    session = standin.client().v1.checkout.sessions.create(params=order())
    standin.pay(session)
    time.sleep(0.3)
    assert receiver.received == []
    standin.kill()
    standin.start()
    wait_for(lambda: len(receiver.received) == 4)
    assert receiver.kinds()[-1] == "checkout.session.completed"
    paid = standin.client().v1.checkout.sessions.retrieve(session.id)
    assert (paid.status, paid.amount_total) == ("complete", 12850)


def test_a_restart_does_not_wait_out_a_long_backoff(standin: Standin, receiver: Receiver) -> None:
    receiver.statuses = [500, 500, 500]
    standin.client().v1.payment_intents.create(params={"amount": 500, "currency": "cny"})
    wait_for(lambda: len(receiver.received) == 3)  # the next would come four seconds later
    assert standin.stop() == 0
    started = time.monotonic()
    standin.start()
    wait_for(lambda: len(receiver.received) == 4)
    assert time.monotonic() - started < 3


def test_pause_holds_back_and_resume_lets_go(standin: Standin, shop: stripe.StripeClient, receiver: Receiver) -> None:
    standin.control("webhooks/pause")
    shop.v1.payment_intents.create(params={"amount": 500, "currency": "cny"})
    time.sleep(0.3)
    assert receiver.received == []
    assert [each.pending_webhooks for each in shop.v1.events.list().data] == [1]
    standin.control("webhooks/resume")
    wait_for(lambda: len(receiver.received) == 1)


def test_replay_delivers_the_same_event_again(standin: Standin, shop: stripe.StripeClient, receiver: Receiver) -> None:
    shop.v1.payment_intents.create(params={"amount": 500, "currency": "cny"})
    first = wait_for(lambda: receiver.received)[0]
    standin.control("webhooks/replay", event=first.event.id)
    wait_for(lambda: len(receiver.received) == 2)
    assert receiver.received[1].event.id == first.event.id


def test_events_are_listed_by_type_and_read_one_by_one(standin: Standin, shop: stripe.StripeClient) -> None:
    session = shop.v1.checkout.sessions.create(params=order())
    standin.pay(session)
    events = shop.v1.events
    [completed] = events.list(params={"type": "checkout.session.completed"}).data
    assert plain(events.retrieve(completed.id).data.object)["id"] == session.id
    assert {each.type for each in events.list(params={"type": "payment_intent.*"}).data} == {
        "payment_intent.created",
        "payment_intent.succeeded",
    }
    both = events.list(params={"types": ["charge.succeeded", "checkout.session.completed"]}).data
    assert {each.type for each in both} == {"charge.succeeded", "checkout.session.completed"}
    page = events.list(params={"limit": 1, "starting_after": completed.id})
    assert [each.type for each in page.data] == ["payment_intent.succeeded"]
    with pytest.raises(stripe.InvalidRequestError) as missing:
        events.retrieve("evt_nothing")
    assert missing.value.code == "resource_missing"


def test_an_event_keeps_the_object_as_it_was_then(standin: Standin, shop: stripe.StripeClient) -> None:
    intent = shop.v1.payment_intents.create(
        params={"amount": 500, "currency": "cny", "confirm": True, "payment_method": "pm_card_visa"}
    )
    [created] = shop.v1.events.list(params={"type": "payment_intent.created"}).data
    then = plain(created.data.object)
    assert (then["id"], then["status"]) == (intent.id, "requires_payment_method")
