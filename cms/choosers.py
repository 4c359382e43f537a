"""Choosing goods and stores in the office: only what is on sale, and only of the user's own region."""

from typing import Any

from django import forms
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.chooser import (
    ChooseResultsView,
    ChooseView,
    ChosenMultipleView,
    ChosenView,
)
from wagtail.admin.viewsets.chooser import ChooserViewSet

from catalog.models import Product
from sellers.models import Store
from stations.scope import scope_of

CHOOSER_PAGE = 12
LONGEST_KEY = 19  # digits of a 64-bit number


class NameFilterForm(BaseFilterForm):
    """Finds by a part of the name, in either language."""

    q = forms.CharField(
        label=_("Search"), required=False, widget=forms.TextInput(attrs={"placeholder": _("Name, or a part of it")})
    )

    def filter(self, objects: QuerySet[Any]) -> QuerySet[Any]:
        """Those whose Chinese or English name contains the words."""
        objects = super().filter(objects)
        words = self.cleaned_data.get("q", "").strip()
        if not words:
            return objects
        self.is_searching, self.search_query = True, words
        return objects.filter(Q(name__icontains=words) | Q(name_en__icontains=words))


def goods_for(user: Any) -> QuerySet[Product]:
    """Goods on sale that the user may show on a hall: of the regions of their postings; all for an operator."""
    return Product.objects.on_sale().filter(scope_of(user).covers("origin_id")).select_related("store")


def stores_for(user: Any) -> QuerySet[Store]:
    """Open stores that the user may show on a hall: of the regions of their postings; all for an operator."""
    return Store.objects.open().filter(scope_of(user).covers("region_id")).select_related("region")


def _is_key(text: Any) -> bool:
    """Whether an address names a row at all: digits that a key can hold."""
    return str(text).isascii() and str(text).isdigit() and len(str(text)) < LONGEST_KEY


class OnSale:
    """What each view of a chooser shares: the rows that the signed-in user may choose from."""

    request: Any
    model: type[Model]
    per_page = CHOOSER_PAGE
    filter_form_class = NameFilterForm

    def get_object_list(self) -> QuerySet[Any]:
        """The rows to choose from."""
        return goods_for(self.request.user) if self.model is Product else stores_for(self.request.user)

    def get_object(self, pk: Any) -> Any:
        """One of the rows to choose from. Raises DoesNotExist (a 404) for any other."""
        return self.get_object_list().get(pk=pk if _is_key(pk) else None)

    def get_objects(self, pks: Any) -> Any:
        """Those of `pks` that are among the rows to choose from."""
        return self.get_object_list().filter(pk__in=[pk for pk in pks if _is_key(pk)])

    @property
    def columns(self) -> list[Column]:
        """The name, and beside it the store, or where the store is."""
        beside = (
            Column("store", label=_("Store"), accessor="store")
            if self.model is Product
            else Column("region", label=_("Village"), accessor="region")
        )
        columns: list[Column] = super().columns  # type: ignore[misc]
        return [*columns, beside]


class OnSaleView(OnSale, ChooseView):
    """The list in the dialogue."""


class OnSaleResultsView(OnSale, ChooseResultsView):
    """The list again, after a search."""


class OnSaleChosenView(OnSale, ChosenView):
    """The one that was chosen."""


class OnSaleChosenMultipleView(OnSale, ChosenMultipleView):
    """Those that were chosen."""


class OnSaleChooser(ChooserViewSet):
    """A chooser over rows that are on sale; nothing can be made or edited in it."""

    choose_view_class = OnSaleView
    choose_results_view_class = OnSaleResultsView
    chosen_view_class = OnSaleChosenView
    chosen_multiple_view_class = OnSaleChosenMultipleView
    register_widget = False
    icon = "tag"


product_chooser = OnSaleChooser(
    "choose_goods",
    model=Product,
    choose_one_text=_("Choose goods"),
    choose_another_text=_("Choose other goods"),
)
store_chooser = OnSaleChooser(
    "choose_stores",
    model=Store,
    icon="home",
    choose_one_text=_("Choose a store"),
    choose_another_text=_("Choose another store"),
)
