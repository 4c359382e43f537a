"""Where Stripe's webhooks enter: verified, recorded once, handed to a job."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Answers 200 once the event is kept."""
    return HttpResponse(status=501)
