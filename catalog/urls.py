"""The addresses of goods. The product's page is composed in orders, which knows when it would arrive."""

from django.urls import URLPattern, path

from catalog.views import desk, quick, shop

urlpatterns: list[URLPattern] = [
    path("search/", shop.search_page, name="search"),
    path("category/<slug:slug>/", shop.category_page, name="category"),
    path("store/<slug:slug>/", shop.store_page, name="store"),
    path("desk/stores/<slug:slug>/quick/", quick.desk_quick, name="desk_quick"),
    path("my-store/<slug:slug>/quick/", quick.my_store_quick, name="my_store_quick"),
    path("desk/goods/", desk.desk_goods, name="desk_goods"),
    path("desk/goods/for/<slug:slug>/", desk.new_goods, name="desk_goods_new"),
    path("desk/goods/<str:ref>/", desk.desk_product, name="desk_product"),
    path("desk/goods/<str:ref>/edit/", desk.edit_goods, name="desk_goods_edit"),
    path("desk/goods/<str:ref>/photographs/", desk.add_photographs, name="desk_goods_photographs"),
    path("desk/goods/<str:ref>/packs/", desk.add_pack, name="desk_goods_pack"),
    path("desk/goods/<str:ref>/packs/<int:pk>/", desk.change_pack, name="desk_goods_stock"),
    path("desk/goods/<str:ref>/lots/", desk.add_lot, name="desk_goods_lot"),
    path("desk/goods/<str:ref>/lots/<int:pk>/test/", desk.add_report, name="desk_goods_test"),
    path("desk/goods/<str:ref>/sell/", desk.sell, name="desk_goods_sell"),
    path("desk/goods/<str:ref>/withdraw/", desk.take_off_sale, name="desk_goods_withdraw"),
]
