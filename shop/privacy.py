"""The privacy notice: the same for everybody, at one address in each language."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from accounts.consents import NOTICE_VERSION
from accounts.visitors import visitor_page


@visitor_page
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about whom, why, how long, who sees it, and how to see, correct and delete it."""
    context = {
        "operator_name": settings.OPERATOR_NAME,
        "operator_contact": settings.OPERATOR_CONTACT,
        "version": NOTICE_VERSION,
        "demo": settings.DEMO,
    }
    return HttpResponse(render_to_string("privacy.html", context, request=request))
