"""The desk's front page: what this station has to do today."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """What waits at the stations of the user's postings."""
    return render(request, "shop/desk.html")
