"""The sign-in page: by phone first, then by e-mail and password, then by passkey."""

from typing import Any

from allauth.account.views import LoginView

from accounts.forms import PhoneForm


class SignInView(LoginView):
    """allauth's page of e-mail and password, with the form of the phone above it (whose own view takes it)."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """allauth's, and `phone_form`."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "phone_form": PhoneForm()}


sign_in = SignInView.as_view()
