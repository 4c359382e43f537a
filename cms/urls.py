"""The addresses of cms."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
