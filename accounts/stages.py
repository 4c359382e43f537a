"""The steps between a right password and being signed in, where allauth's own step asks too much."""

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.email_verification import verify_email_indirectly
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from django.http import HttpRequest, HttpResponse

from accounts.models import User


class ProvesAddress(EmailVerificationStage):
    """Asks whoever signed up by e-mail, and was never in, for the code in their mailbox; nobody else.

    Accounts that an office gave (staff, officials, the demo) carry an address that nobody claimed by themselves. `login.user` is
    None where somebody signs up with an address that has an account: they see the same page.
    """

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """On to the page that asks for the code, or past it."""
        user = self.login.user
        if user is not None and not must_prove_address(self.request, user):
            return None, True
        step: tuple[HttpResponse | None, bool] = super().handle()
        return step


def must_prove_address(request: HttpRequest, user: User) -> bool:
    """Whether the user signed up by e-mail and has not shown yet that the mailbox is theirs. The link of a reset shows it, too."""
    if user.last_login is not None or user.phone_verified_at is not None:
        return False
    # Signing up makes the primary address; what allauth copies from an account that an office gave is no primary one.
    unproved = EmailAddress.objects.filter(user=user, primary=True, verified=False).first()
    if unproved is None:
        return False
    records = get_authentication_records(request, user)
    if records and records[-1]["method"] == "password_reset":
        return not verify_email_indirectly(request, user, unproved.email)
    return True
