"""The addresses of sellers."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
