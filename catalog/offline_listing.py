"""A listing as a form that a phone keeps without a line: applied as its screen would have, or kept for a person with both versions."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from catalog.growing import GrowerMissing, NotAGrower
from catalog.models import Product, ProductStatus
from catalog.price_help import prices_of
from catalog.quick_forms import OTHER, PREFIX, QuickForm, pack_choices, shown_pack
from catalog.quick_listing import NameKnown, list_from, twin_of
from sellers.comparing import Row
from sellers.filled import Filled, read_photographs
from sellers.form_kinds import AS_IT_STANDS, Conflict, Decision, FormKind, Made
from sellers.mandates import MandateMissing
from sellers.models import HouseholdKind, Store, StoreStatus, Submission
from stations.models import Station
from stations.scope import NotAllowed

LISTING = "listing"
PHOTOGRAPH = f"{PREFIX}-photograph"
# As many stores as a clerk can find in a list; who serves more lists with the line.
MOST_STORES = 80
WORDS: dict[str, Promise] = {
    "reviewed": gettext_lazy("Sent to the county: it is on sale once it has been looked at."),
    "listed": gettext_lazy("Now on sale: buyers can find it."),
    "saved": gettext_lazy("Saved as a draft: it can't be sold yet. Its page says why."),
    "name_known": gettext_lazy("The store lists goods of this name already."),
    "store_gone": gettext_lazy("The store it is meant for can't be found, or is not one of yours any more."),
    "store_closed": gettext_lazy("The store was closed meanwhile: nothing can be listed in it."),
}
MESSAGES = {ProductStatus.IN_REVIEW: "reviewed", ProductStatus.LISTED: "listed"}


def apply(*, by: User, station: Station, filled: Filled, decision: Decision = AS_IT_STANDS) -> Made:
    """List what a phone filled in, within the caller's transaction. Raises Conflict."""
    store = Store.objects.visible_to(by).filter(slug=_store_named(filled)).select_related(*_WITH).first()
    if store is None:
        raise Conflict("store_gone")
    if store.status == StoreStatus.CLOSED:
        raise Conflict("store_closed")
    form = bound(by, store, filled)
    if not form.is_valid():
        raise Conflict("answers")
    try:
        product = list_from(
            by=by, store=store, given=form.cleaned_data, facts=form.facts(), beside=decision.over_changes
        )
    except NameKnown as known:
        raise Conflict("name_known") from known
    except MandateMissing as missing:
        raise Conflict("mandate") from missing
    except NotAllowed as refused:
        raise Conflict("posted") from refused
    except (ValidationError, GrowerMissing, NotAGrower, DataError, OverflowError) as refused:
        raise Conflict("answers") from refused
    return Made(MESSAGES.get(ProductStatus(product.status), "saved"), store=store, ref=product.ref)


_WITH = ("household", "station__region", "region")


def _store_named(filled: Filled) -> str:
    return filled.answers.get(f"{PREFIX}-store", "")[:40]


def bound(by: User, store: Store, filled: Filled) -> QuickForm:
    """The screen's form with what the phone sent for it."""
    return QuickForm(filled.answers, read_photographs(filled), store=store, user=by)


def store_about(filled: Filled) -> Store | None:
    """Whose store a form names."""
    return Store.objects.filter(slug=_store_named(filled)).first()


def versions(user: User, submission: Submission, filled: Filled) -> dict[str, Any]:
    """What the inbox shows: what the phone has beside the goods of that name, what has to be corrected, and the ways on."""
    store = Store.objects.visible_to(user).filter(slug=_store_named(filled)).select_related(*_WITH).first()
    twin = twin_of(store, filled.answers.get(f"{PREFIX}-name", "")) if store else None
    form = bound(user, store, filled) if store and submission.message == "answers" else None
    ways = [("phones", _("List it beside the others all the same"))] if submission.message == "name_known" else []
    if form is None and submission.message not in ("name_known", "store_closed", "store_gone"):
        ways.append(("correct", _("Try it again now")))
    wrong = [form] if form is not None and not form.is_valid() else []
    if form is not None and not wrong:  # what the journey refused, and no field
        ways.append(("correct", _("Try it again now")))
    return {
        "rows": _rows(filled.answers, store, twin),
        "faulty": wrong,
        "pictures": [PHOTOGRAPH] if PHOTOGRAPH in filled.files else [],
        "ways": ways,
    }


def _rows(answers: dict[str, str], store: Store | None, twin: Product | None) -> list[Row]:
    def typed(name: str) -> str:
        return answers.get(f"{PREFIX}-{name}", "")

    variant = twin.variants.filter(active=True).first() if twin else None
    pack = variant.name if variant else ""
    ours = (twin.name, pack, f"{variant.price_fen / 100:g}", str(variant.on_hand)) if twin and variant else ("",) * 4
    rows = [
        Row(_("Store"), typed("store") if store is None else store.label, store.label if store else ""),
        Row(_("Name of the goods"), typed("name"), twin.name if twin else ""),
        Row(_("Pack"), _pack_in_words(typed("pack"), typed("grams")), ours[1]),
        Row(_("Price in yuan"), typed("price_fen"), ours[2]),
        Row(_("How many are there"), typed("on_hand"), ours[3]),
        Row(_("Harvested"), typed("harvested_on"), ""),
    ]
    return [row for row in rows if row.phones or row.ours]


def _pack_in_words(chosen: str, kilograms: str) -> str:
    return f"{kilograms} kg" if chosen == OTHER else str(dict(pack_choices()).get(chosen, ""))


def address(submission: Submission) -> str:
    """The desk's page of the goods."""
    return reverse("desk_product", args=[submission.made]) if submission.made else ""


def offer(user: User) -> dict[str, Any] | None:
    """What the offline page needs: the stores that goods can be listed for, and names that the county suggests. None without a store.

    A station's own store is left out: whose goods they are is chosen among families, whose names are not kept on a phone.
    """
    stores = Store.objects.visible_to(user).open().exclude(household__kind=HouseholdKind.STATION)
    offered = list(stores.select_related(*_WITH).order_by("name", "pk")[:MOST_STORES])
    if not offered:
        return None
    form = QuickForm(store=offered[0], user=user)
    form.fields.pop("household", None)
    return {
        "kind": LISTING,
        "label": _("List goods offline"),
        "stores": offered,
        "form": form,
        "names": [(one, *shown_pack(one.pack)) for one in form.offered],
        "prices": prices_of(offered[0].region_id[:6]),
    }


KIND = FormKind(
    screens=(PREFIX,),
    photographs=(PHOTOGRAPH,),
    words=WORDS,
    apply=apply,
    versions=versions,
    address=address,
    about=store_about,
    part="catalog/offline_listing.html",
    offer=offer,
    files=(
        "catalog/quick.css",
        "catalog/camera.svg",
        "catalog/quick.js",
        "catalog/offline_listing.js",
    ),
)
