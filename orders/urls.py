"""The addresses of orders: the buyer's way, the desks that collect and take cash, and the farmer's own page."""

from django.urls import URLPattern, path

from orders.trace import trace
from orders.views import addresses, cart, checkout, collection, counter, my_data, my_store, order, product

urlpatterns: list[URLPattern] = [
    path("goods/<str:ref>/", product.product, name="product"),
    path("trace/<str:ref>/", trace, name="trace"),
    path("cart/", cart.cart, name="cart"),
    path("cart/add/", cart.cart_add, name="cart_add"),
    path("cart/change/", cart.cart_change, name="cart_change"),
    path("checkout/", checkout.checkout, name="checkout"),
    path("regions/", checkout.regions, name="regions"),
    path("orders/", order.orders, name="orders"),
    path("orders/<str:ref>/", order.order, name="order"),
    path("orders/<str:ref>/pay/", order.pay_order, name="order_pay"),
    path("account/addresses/", addresses.addresses, name="addresses"),
    path("account/data/", my_data.account_data, name="account_data"),
    path("account/data/json/", my_data.account_data_json, name="account_data_json"),
    path("account/data/consent/", my_data.account_consent, name="account_consent"),
    path("account/data/delete/", my_data.account_forget, name="account_forget"),
    path("desk/households/<int:pk>/data/", my_data.desk_household_data, name="desk_household_data"),
    path("desk/households/<int:pk>/delete/", my_data.desk_household_forget, name="desk_household_forget"),
    path("desk/households/<int:pk>/consent/", my_data.desk_consent_withdraw, name="desk_consent_withdraw"),
    path("desk/collect/", collection.collection, name="desk_collect"),
    path("desk/collect/<int:pk>/", collection.weigh, name="desk_weigh"),
    path("desk/cash/", counter.cash, name="desk_cash"),
    path("my-store/", my_store.my_store, name="my_store"),
]
