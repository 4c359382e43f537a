"""The addresses of cms. They are those of the pages in Wagtail's tree, served without session or sign-in."""

from django.urls import URLPattern, path

from cms import views

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("halls/", views.halls, name="halls"),
    path("halls/<slug:slug>/", views.hall, name="hall"),
]
