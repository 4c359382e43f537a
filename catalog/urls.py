"""The addresses of goods. The product's page is composed in orders, which knows when it would arrive."""

from django.urls import URLPattern, path

from catalog.views import desk, notices, packs, photographs, presale, quick, seasons, shop, visits

urlpatterns: list[URLPattern] = [
    path("search/", shop.search_page, name="search"),
    path("category/<slug:slug>/", shop.category_page, name="category"),
    path("store/<slug:slug>/", shop.store_page, name="store"),
    path("desk/stores/<slug:slug>/quick/", quick.desk_quick, name="desk_quick"),
    path("my-store/<slug:slug>/quick/", quick.my_store_quick, name="my_store_quick"),
    path("goods/<str:ref>/back/", notices.ask_notice, name="back_notice_ask"),
    path("notices/<str:ref>/", notices.back_notice, name="back_notice"),
    path("calendar/", seasons.season_calendar, name="season_calendar"),
    path("calendar/<str:county>/", seasons.season_calendar, name="season_calendar_of"),
    path("desk/goods/<str:ref>/presale/", presale.new_presale, name="desk_presale"),
    path("desk/goods/<str:ref>/days/", visits.desk_days, name="desk_days"),
    path("desk/goods/<str:ref>/days/<int:pk>/", visits.desk_day, name="desk_day"),
    path("desk/goods/<str:ref>/details/", visits.desk_details, name="desk_details"),
    path("my-store/goods/<str:ref>/days/", visits.my_store_days, name="my_store_days"),
    path("my-store/goods/<str:ref>/days/<int:pk>/", visits.my_store_day, name="my_store_day"),
    path("desk/goods/", desk.desk_goods, name="desk_goods"),
    path("desk/goods/for/<slug:slug>/", desk.new_goods, name="desk_goods_new"),
    path("desk/goods/same-photographs/", photographs.desk_same_photographs, name="desk_same_photographs"),
    path("desk/goods/<str:ref>/", desk.desk_product, name="desk_product"),
    path("desk/goods/<str:ref>/edit/", desk.edit_goods, name="desk_goods_edit"),
    path("desk/goods/<str:ref>/photographs/", desk.add_photographs, name="desk_goods_photographs"),
    path("desk/goods/<str:ref>/packs/", packs.add_pack, name="desk_goods_pack"),
    path("desk/goods/<str:ref>/packs/<int:pk>/", packs.change_pack, name="desk_goods_stock"),
    path("desk/goods/<str:ref>/lots/", desk.add_lot, name="desk_goods_lot"),
    path("desk/goods/<str:ref>/lots/<int:pk>/test/", desk.add_report, name="desk_goods_test"),
    path("desk/goods/<str:ref>/sell/", desk.sell, name="desk_goods_sell"),
    path("desk/goods/<str:ref>/withdraw/", desk.take_off_sale, name="desk_goods_withdraw"),
]
