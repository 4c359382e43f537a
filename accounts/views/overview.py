"""My account: how one signs in, where one is signed in, and what is kept."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.signed_in import signed_in


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """One page of what belongs to the account, each with the page where it is changed."""
    user = signed_in(request)
    kinds = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return render(
        request,
        "accounts/account.html",
        {
            "email": user.email or "",
            "email_proved": EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists(),
            "has_password": user.has_usable_password(),
            "has_app": Authenticator.Type.TOTP in kinds,
            "passkeys": kinds.count(Authenticator.Type.WEBAUTHN),
            "sessions": len(UserSession.objects.purge_and_list(user)),
        },
    )
