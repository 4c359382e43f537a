"""The addresses of sellers: the desk's pages of stores."""

from django.urls import URLPattern, path

from sellers.views import opening, papers, personal, stores

urlpatterns: list[URLPattern] = [
    path("desk/stores/", stores.desk_stores, name="desk_stores"),
    path("desk/stores/open/", opening.begin, name="desk_opening_begin"),
    path("desk/stores/open/for/<int:pk>/", opening.continue_with, name="desk_opening_for"),
    path("desk/stores/open/<str:ref>/", opening.resume, name="desk_opening"),
    path("desk/stores/open/<str:ref>/code/", opening.send_code, name="desk_opening_code"),
    path("desk/stores/open/<str:ref>/paper/", papers.mandate_form, name="desk_mandate_form"),
    path("desk/stores/open/<str:ref>/discard/", opening.discard, name="desk_opening_discard"),
    path("desk/stores/open/<str:ref>/<slug:step>/", opening.screen, name="desk_opening_step"),
    path("desk/stores/<slug:slug>/", stores.desk_store, name="desk_store"),
    path("desk/stores/<slug:slug>/submit/", stores.submit, name="desk_store_submit"),
    path("desk/stores/<slug:slug>/recommend/", stores.recommend, name="desk_store_recommend"),
    path("desk/stores/<slug:slug>/approve/", stores.approve, name="desk_store_approve"),
    path("desk/stores/<slug:slug>/return/", stores.give_back, name="desk_store_return"),
    path("desk/stores/<slug:slug>/mend/", stores.mend, name="desk_store_mend"),
    path("desk/stores/<slug:slug>/withdraw/", stores.withdraw, name="desk_mandate_withdraw"),
    path("desk/mandates/<int:pk>/paper/", papers.mandate_paper, name="desk_mandate_paper"),
    path("desk/households/<int:pk>/open/", personal.desk_reveal, name="desk_reveal"),
]
