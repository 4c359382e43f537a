"""What somebody looks for at the desk, as it stands in the address of the page."""

from django.http import HttpRequest

MOST_CHARACTERS = 60


def looked_for(request: HttpRequest, name: str = "q") -> str:
    """The words under this name in the address, at most sixty characters, without NULs: PostgreSQL takes them in no text."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:MOST_CHARACTERS]
