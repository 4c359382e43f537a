"""Where Stripe's webhooks enter: signature checked on the raw body, age checked both ways, recorded once, handed to a job.

An event is a hint: the job asks Stripe for the object itself before anything moves.
"""

import json
import logging
import time
from typing import Any

import stripe
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orders.jobs import follow_dispute, settle_session
from payments.jobs import follow_refund
from payments.models import WebhookEvent
from sellers.connecting import follow_transfer

logger = logging.getLogger("daylily.webhooks")

TOLERANCE_SECONDS = 300  # what Stripe's own libraries allow

# What each type of event asks for, and by which name the job takes the object's id; a type that is not here is kept and asks for nothing.
JOBS: dict[str, tuple[Any, str]] = {
    "checkout.session.completed": (settle_session, "session_id"),
    "checkout.session.async_payment_succeeded": (settle_session, "session_id"),
    "refund.updated": (follow_refund, "refund_ref"),
    "refund.failed": (follow_refund, "refund_ref"),
    "charge.dispute.created": (follow_dispute, "dispute_ref"),
    "charge.dispute.updated": (follow_dispute, "dispute_ref"),
    "charge.dispute.closed": (follow_dispute, "dispute_ref"),
    "charge.dispute.funds_withdrawn": (follow_dispute, "dispute_ref"),
    "charge.dispute.funds_reinstated": (follow_dispute, "dispute_ref"),
    "transfer.reversed": (follow_transfer, "transfer_id"),
}


class BadWebhook(ValueError):
    """A webhook that Stripe did not sign, or signed too long ago or in the future."""


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """200 once the event is kept (again for a repeated one), 400 for one that is forged, stale or from the future."""
    try:
        event = verified_event(request.body, request.headers.get("Stripe-Signature", ""))
    except BadWebhook as error:
        logger.warning("A webhook was refused: %s", error)
        return HttpResponse("refused", status=400, content_type="text/plain")
    keep_event(event)
    return HttpResponse("kept", content_type="text/plain")


def verified_event(body: bytes, signature: str) -> dict[str, Any]:
    """The event in `body`, if Stripe signed it within the last five minutes. Raises BadWebhook."""
    try:
        stripe.WebhookSignature.verify_header(
            body.decode(), signature, settings.STRIPE_WEBHOOK_SECRET, tolerance=TOLERANCE_SECONDS
        )
        event: dict[str, Any] = json.loads(body)
        # The first stamp, as the library reads it: a second one would be believed here and not be signed.
        signed_at = int(next((part[2:] for part in signature.split(",") if part.startswith("t=")), ""))
        event["id"], event["type"], event["data"]["object"]["id"]
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as error:
        raise BadWebhook(type(error).__name__) from error
    if signed_at > time.time() + TOLERANCE_SECONDS:  # the library looks only into the past
        raise BadWebhook("signed in the future")
    return event


def keep_event(event: dict[str, Any]) -> None:
    """Record the event and enqueue its job in one transaction; an event that is known does nothing."""
    with transaction.atomic():
        object_id = event["data"]["object"]["id"]
        _, new = WebhookEvent.objects.get_or_create(
            event_id=event["id"], defaults={"type": event["type"], "object_id": object_id}
        )
        if new and event["type"] in JOBS:
            job, argument = JOBS[event["type"]]
            job.defer(**{argument: object_id, "event_id": event["id"]})
