"""Reviews: the buyer's form, the pages of goods and stores, and the lists in which sellers answer and the county hides."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.db.models import Avg, Count
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.signed_in import signed_in
from accounts.visitors import visitor_page
from aftersales.answering import OwnPurchase
from aftersales.forms import sent
from aftersales.models import BuyerReview, ReviewPhoto, StoreScore
from aftersales.review_models import BuyerReviewQuerySet
from aftersales.reviewing import (
    CannotReview,
    answer_review,
    hide_review,
    may_moderate,
    reviewable,
    show_review,
    write_review,
)
from aftersales.talking import MOST_PHOTOS
from catalog.fields import Photographs, PlainText
from catalog.models import Product
from catalog.store_page import find_store
from delivery.masking import masked_name
from orders.following import orders_open_to
from orders.models import Consignment, Order, OrderLine
from orders.views.my_store_frame import for_farmers
from orders.views.my_store_frame import show as show_farmer
from pictures.intake import PictureRefused, clean_file
from sellers.mandates import MandateMissing
from sellers.models import Household
from sellers.views.desk import desk_view, only_at_the_desk
from stations.scope import NotAllowed
from stations.workplace import desk_frame

LISTED = 60


class ReviewForm(forms.Form):
    """Stars, words and photographs."""

    stars = forms.TypedChoiceField(
        label=_("Stars"),
        coerce=int,
        choices=[(n, "★" * n) for n in (5, 4, 3, 2, 1)],
        widget=forms.RadioSelect,
    )
    text = PlainText(label=_("What you want to say"), max_length=1000, required=False, lines=3)
    photos = Photographs(label=_("Photographs"), most=MOST_PHOTOS, required=False)

    def clean_photos(self) -> list[Any]:
        """Photographs as files of ours."""
        try:
            return [clean_file(file) for file in self.cleaned_data["photos"]]
        except PictureRefused as refused:
            raise ValidationError(str(refused)) from refused


@dataclass(frozen=True, slots=True)
class Row:
    """A review as buyers read it; `who` is a masked name."""

    review: BuyerReview
    who: str
    moderates: bool = False

    @property
    def stars(self) -> str:
        """★★★★☆"""
        return "★" * self.review.stars + "☆" * (5 - self.review.stars)


@never_cache
@require_http_methods(["GET", "POST"])
def order_review(request: HttpRequest, ref: str, number: str) -> HttpResponse:
    """Review the lines of one store's part (its number) of an order (`line`: the one that was sent)."""
    order: Order = get_object_or_404(orders_open_to(request.user), ref=ref)
    part = get_object_or_404(Consignment.objects.filter(order=order).select_related("parcel", "store"), number=number)
    lines = list(OrderLine.objects.filter(consignment=part, amount_fen__gt=0).select_related("product").order_by("pk"))
    known = {review.line_id: review for review in BuyerReview.objects.filter(line__in=lines)}
    rows = []
    for line in lines:
        mine = request.method == "POST" and request.POST.get("line") == str(line.pk)
        held = known.get(line.pk)
        initial = {"stars": held.stars, "text": held.text} if held else None
        data, files = sent(request) if mine else (None, None)
        form = ReviewForm(data, files, prefix=f"r{line.pk}", initial=initial)
        if mine and form.is_valid():
            by = request.user if isinstance(request.user, User) else None
            try:
                write_review(order=order, line_id=line.pk, by=by, **form.cleaned_data)
            except CannotReview as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, __("Thank you for your review."))
                return redirect("order_review", ref, number)
        rows.append((line, held, form))
    bad = request.method == "POST"
    context = {"order": order, "part": part, "rows": rows, "reviewable": reviewable(order, part)}
    return render(request, "aftersales/review.html", context, status=422 if bad else 200)


@visitor_page
@require_safe
def goods_reviews(request: HttpRequest, ref: str) -> HttpResponse:
    """What buyers say of goods on sale, the newest first."""
    product = get_object_or_404(Product.objects.on_sale(), ref=ref)
    shown = BuyerReview.objects.shown().filter(product=product)
    sums = shown.aggregate(count=Count("pk"), mean=Avg("stars"))
    context = {"product": product, "rows": _rows(shown), **sums}
    return render(request, "aftersales/goods_reviews.html", context)


@visitor_page
@require_safe
def store_reviews(request: HttpRequest, slug: str) -> HttpResponse:
    """A store's score with the numbers that it comes from, and its newest reviews."""
    store = find_store(slug)
    if store is None:
        raise Http404
    score = StoreScore.objects.filter(store=store).first()
    context = {"store": store, "score": score, "rows": _rows(BuyerReview.objects.shown().filter(store=store))}
    return render(request, "aftersales/store_reviews.html", context)


@require_safe
def review_photo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One photograph of a review that is shown."""
    found = ReviewPhoto.objects.filter(pk=pk, review__hidden_at=None).first()
    if found is None or not storages["private"].exists(found.file):
        raise Http404
    response = FileResponse(storages["private"].open(found.file), content_type="image/jpeg")
    response["Cache-Control"] = "public, max-age=3600"
    return response


@require_http_methods(["GET", "POST"])
@for_farmers
def my_reviews(request: HttpRequest, household: Household) -> HttpResponse:
    """What buyers say of one's own goods, to be answered."""
    user = signed_in(request)
    reviews = BuyerReview.objects.visible_to(user).filter(store__household=household)
    if request.method == "POST":
        _act(request, user, reviews)
        return redirect("my_store_reviews")
    return show_farmer(request, "aftersales/reviews_list.html", base="my_store_base.html", rows=_rows(reviews))


@never_cache
@require_http_methods(["GET", "POST"])
@desk_view
def desk_buyer_reviews(request: HttpRequest) -> HttpResponse:
    """What buyers say of the stores of one's regions: answered for the farmer, hidden by the county."""
    only_at_the_desk(request)
    user = signed_in(request)
    reviews = BuyerReview.objects.visible_to(user)
    if request.method == "POST":
        _act(request, user, reviews)
        return redirect("desk_buyer_reviews")
    context = {**desk_frame(user), "base": "desk_base.html", "rows": _rows(reviews, user)}
    return render(request, "aftersales/reviews_list.html", context)


def _rows(reviews: BuyerReviewQuerySet, moderator: User | None = None) -> list[Row]:
    related = ("line__consignment__order", "store__household", "product")
    found = reviews.select_related(*related).prefetch_related("photos").order_by("-written_at", "-pk")[:LISTED]
    return [
        Row(
            review,
            masked_name(review.line.consignment.order.recipient) or __("a buyer"),
            moderates=moderator is not None and may_moderate(moderator, review),
        )
        for review in found
    ]


def _act(request: HttpRequest, user: User, reviews: BuyerReviewQuerySet) -> None:
    key, text = request.POST.get("review", ""), request.POST.get("text", "")
    known = key.isascii() and key.isdigit() and len(key) < 19
    related = ("line__consignment__order", "store__household")
    review = reviews.select_related(*related).filter(pk=int(key)).first() if known else None
    if review is None:
        messages.error(request, __("This review is not known."))
        return
    try:
        match request.POST.get("action", ""):
            case "hide":
                hide_review(by=user, review=review, reason=text)
            case "show":
                show_review(by=user, review=review)
            case _:
                answer_review(by=user, review=review, text=text)
    except (CannotReview, OwnPurchase, MandateMissing, NotAllowed) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, __("Saved."))
