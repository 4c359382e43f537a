"""Pre-sale at the desk: a harvest to come is offered with its week and its cap. What becomes of it: orders.views.promises."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog import packing
from catalog.acting import authorise
from catalog.growing import GrowerMissing, NotAGrower, growers_of
from catalog.presale import CapTooSmall, open_presale
from catalog.selling_forms import PresaleForm
from catalog.views.goods_desk import done, form_page, product_at_the_desk, sent, tell
from catalog.weeks import week_text
from sellers.views.desk import acting, desk_view


@require_http_methods(["GET", "POST"])
@desk_view
def new_presale(request: HttpRequest, ref: str) -> HttpResponse:
    """Offer a harvest to come."""
    product = product_at_the_desk(request, ref, to_change=True)
    authorise(by=acting(request), store=product.store, allowed="list")
    form = PresaleForm(sent(request), product=product, growers=growers_of(acting(request), product.store))
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            open_presale(
                by=acting(request),
                variant=wanted["pack"],
                promised_week=wanted["promised_week"],
                cap_g=wanted["cap_g"],
                grade=wanted["grade"],
                household=wanted.get("household"),
                deposit_percent=wanted["deposit_percent"],
            )
        except CapTooSmall as refused:
            form.add_error("cap_g", str(refused))
        except packing.HarvestMixed:
            form.add_error(
                "pack",
                _(
                    "This pack still has goods that go at another time or with another deposit. Sell them first, or add a pack."
                ),
            )
        except (GrowerMissing, NotAGrower) as refused:
            form.add_error("household" if "household" in form.fields else None, str(refused))
        except ValidationError as refused:
            tell(form, refused)
        else:
            return done(
                request,
                product,
                _("On pre-sale for the week of %(week)s.") % {"week": week_text(wanted["promised_week"])},
            )
    return form_page(request, form, _("Offer a harvest to come"), product)
