"""The addresses of goods. The product's page is composed in orders, which knows when it would arrive."""

from django.urls import URLPattern, path

from catalog.views import shop

urlpatterns: list[URLPattern] = [
    path("search/", shop.search_page, name="search"),
    path("category/<slug:slug>/", shop.category_page, name="category"),
    path("store/<slug:slug>/", shop.store_page, name="store"),
]
