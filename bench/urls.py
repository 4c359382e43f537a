"""The site's addresses and the limit views."""

from django.urls import path

from bench import limits
from shop.urls import handler500 as handler500
from shop.urls import urlpatterns as site

urlpatterns = [
    path("bench/hello", limits.hello),
    path("bench/one-query", limits.one_query),
    path("bench/redis", limits.from_redis),
    *site,
]
