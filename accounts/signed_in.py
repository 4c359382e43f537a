"""Who sent a request, where the page has made sure that somebody is signed in."""

from django.http import HttpRequest

from accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """The user of a request behind `login_required`."""
    user = request.user
    assert isinstance(user, User), "This view must stand behind login_required."
    return user
