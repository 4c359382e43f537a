"""The addresses of flash sales, apart so that the site can look for them first: their clicks come by the thousand in a second."""

from django.urls import URLPattern, path

from orders.views import flash

urlpatterns: list[URLPattern] = [
    path("<int:pk>/claim/", flash.flash_claim, name="flash_claim"),
    path("<int:pk>/", flash.flash_sale, name="flash_sale"),
    path("<int:pk>/checkout/", flash.flash_checkout, name="flash_checkout"),
    path("pack/<int:pk>/", flash.flash_of_pack, name="flash_of_pack"),
]
