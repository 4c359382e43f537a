"""What the stand-in refuses, each rule one class, in the JSON shape of Stripe's errors."""

from typing import Any

JSON = dict[str, Any]


class StripeError(Exception):
    """A refusal as the API words it.

    `replayed` says whether an idempotency key keeps this answer (Stripe keeps what an endpoint decided, not what
    failed validation before it began); `keeps_changes` whether what was written before the refusal stays.
    """

    status = 400
    kind = "invalid_request_error"
    code: str | None = None
    replayed = True
    keeps_changes = False

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None, **more: Any) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code or self.code
        self.more = more

    def body(self) -> JSON:
        """The answer's body: `{"error": {...}}`, without the keys that have nothing to say."""
        error: JSON = {"message": self.message, "type": self.kind}
        if self.code:
            error["code"] = self.code
        if self.param:
            error["param"] = self.param
        return {"error": {**error, **self.more}}


class KeyRefused(StripeError):
    """No secret key, or not one of this stand-in's."""

    status = 401
    replayed = False


class AccountRefused(StripeError):
    """`Stripe-Account` names something that cannot be an account."""

    status = 403
    code = "account_invalid"
    replayed = False


class RouteUnknown(StripeError):
    """No such address in the part of the API that stands here."""

    status = 404
    replayed = False


class BodyRefused(StripeError):
    """A body that cannot be read as a form: too long, without a length, or not form-encoded."""

    replayed = False


class ParameterRefused(StripeError):
    """A parameter that is there and wrong."""

    replayed = False


class ParameterMissing(ParameterRefused):
    """A required parameter that is not there."""

    code = "parameter_missing"

    def __init__(self, param: str) -> None:
        super().__init__(f"Missing required param: {param}.", param=param)


class ParameterUnknown(ParameterRefused):
    """A parameter that Stripe does not know, or that this stand-in does not implement: never silently ignored."""

    code = "parameter_unknown"

    def __init__(self, param: str) -> None:
        super().__init__(f"Received unknown parameter: {param} (or one that this stand-in leaves out)", param=param)


class ResourceMissing(StripeError):
    """No such object for this account."""

    status = 404
    code = "resource_missing"

    def __init__(self, noun: str, object_id: str, *, param: str = "id") -> None:
        super().__init__(f"No such {noun}: '{object_id}'", param=param)


class CardDeclined(StripeError):
    """The bank said no; the failed attempt stays on record."""

    status = 402
    kind = "card_error"
    code = "card_declined"
    keeps_changes = True


class StateRefused(StripeError):
    """The object is not in a state that allows this."""


class ChargeAlreadyRefunded(StripeError):
    """Nothing of the charge is left to refund."""

    code = "charge_already_refunded"


class RefundTooLarge(StripeError):
    """More than what is left of the charge."""

    code = "amount_too_large"


class CaptureTooLarge(StripeError):
    """More than what was authorised."""

    code = "amount_too_large"


class ChargeDisputed(StripeError):
    """The buyer's bank has the money, or asks for it: nothing can be refunded."""

    code = "charge_disputed"


class TransferTooLarge(StripeError):
    """More than what is left of a transfer."""

    code = "amount_too_large"


class DestinationUnable(StripeError):
    """The connected account can't receive transfers."""

    code = "insufficient_capabilities_for_transfer"


class BalanceInsufficient(StripeError):
    """Less is available on the balance than was asked for."""

    code = "balance_insufficient"


class KeyReusedDifferently(StripeError):
    """An idempotency key that was first used for another request."""

    kind = "idempotency_error"
    replayed = False


class KeyInUse(StripeError):
    """An idempotency key whose first request has not been answered yet."""

    status = 409
    code = "idempotency_key_in_use"
    replayed = False


class TooManyRequests(StripeError):
    """More calls than Stripe takes at once; asked again later, it answers."""

    status = 429
    code = "rate_limit"
    replayed = False

    def __init__(self) -> None:
        super().__init__("Request rate limit exceeded. Try again with an exponential backoff.")


class Broken(StripeError):
    """Something went wrong inside; nothing was done."""

    status = 500
    kind = "api_error"
    replayed = False

    def __init__(self) -> None:
        super().__init__("An unknown error occurred.")
