"""The addresses beside the search."""

from django.urls import URLPattern, path

from catalog.views import finding

urlpatterns: list[URLPattern] = [
    path("search/suggest/", finding.suggestions, name="suggest"),
    path("categories/", finding.categories_page, name="categories"),
    path("season/", finding.season_page, name="season"),
    path("desk/wanted/", finding.wanted_page, name="desk_wanted"),
]
