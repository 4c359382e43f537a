"""The addresses of transaction volume."""

from django.urls import path

from reports import views

urlpatterns = [
    path("volume/", views.volume, name="volume"),
    path("volume/<str:code>/", views.volume, name="volume_region"),
    path("volume/<str:code>/orders/<str:ref>/", views.order_behind, name="volume_order"),
]
