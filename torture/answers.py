"""The outermost middleware: a web process may die with its answer ready and not sent."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from torture.points import meet


def dying_answers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """All is done, and the buyer does not hear of it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.method == "POST":
            meet("answer")
        return response

    return middleware
