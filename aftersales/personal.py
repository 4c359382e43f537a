"""What after-sales and reviews keep of a person: shown and handed out under "My data", and emptied when they are forgotten.

That a case was opened and how it ended, and the stars of a review, are facts about a sale and stay; the words and the photographs go.
"""

from collections.abc import Sequence

from accounts.models import User
from aftersales.models import Case, Photo, Side, Step
from aftersales.review_models import BuyerReview, ReviewPhoto
from orders.forgetting import also_emptied
from orders.my_data import Data, Record, also_kept, local
from sellers.forgetting import delete_file, events_of


@also_kept
def kept_of(user: User) -> Data:
    """The buyer's cases with all that was said in them, and the reviews they wrote."""
    cases = Case.objects.filter(consignment__order__user=user).select_related("consignment")
    reviews = BuyerReview.objects.filter(line__consignment__order__user=user).select_related("line")
    return {
        "cases": [_case(case) for case in cases.prefetch_related("steps__photos").order_by("opened_at", "pk")],
        "reviews": [_review(one) for one in reviews.prefetch_related("photos").order_by("written_at", "pk")],
    }


def _case(case: Case) -> Record:
    return {
        "number": case.consignment.number,
        "why": str(case.get_reason_display()),
        "what": str(case.get_wish_display()),
        "state": str(case.get_state_display()),
        "opened": local(case.opened_at),
        "closed": local(case.ended_at),
        "said": [
            {
                "when": local(step.happened_at),
                "who": str(step.get_side_display()),
                "what": str(step.get_deed_display()),
                "text": step.text,
                "amount_fen": step.fen,
                "pictures": len(step.photos.all()) or None,
            }
            for step in case.steps.all()
        ],
    }


def _review(review: BuyerReview) -> Record:
    return {
        "goods": review.line.label,
        "stars": review.stars,
        "text": review.text,
        "pictures": len(review.photos.all()) or None,
        "when": local(review.written_at),
        "answer": review.answer,
    }


@also_emptied
def empty_words(refs: Sequence[str]) -> None:
    """Take the buyer's words and photographs off the cases and reviews of these orders, inside the caller's transaction."""
    steps = Step.objects.filter(case__consignment__order__ref__in=refs)
    steps.filter(side=Side.BUYER).exclude(text="").update(text="")
    reviews = BuyerReview.objects.filter(line__consignment__order__ref__in=refs)
    events_of("aftersales.BuyerReviewEvent").filter(line__in=reviews.values("line")).exclude(text="").update(text="")
    reviews.exclude(text="").update(text="")
    for photos in (Photo.objects.filter(step__in=steps), ReviewPhoto.objects.filter(review__in=reviews)):
        for name in photos.values_list("file", flat=True):
            delete_file(name)
        photos.delete()
