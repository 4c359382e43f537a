"""After-sales: a case of one store's part of an order, what it is about, and everything that was said and done in it."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.references import public_reference
from aftersales.review_models import BuyerReview as BuyerReview
from aftersales.review_models import ReviewPhoto as ReviewPhoto
from aftersales.review_models import StoreScore as StoreScore
from delivery.models import Parcel
from orders.models import Consignment, OrderLine
from payments.append_only import append_only
from payments.models import Refund
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class Wish(models.TextChoices):
    """What the buyer asks for."""

    REFUND = "refund", _("Money back, without sending anything back")
    RETURN = "return", _("Send it back, and the money back")
    REPLACEMENT = "replacement", _("The same goods once more")


class Reason(models.TextChoices):
    """What is wrong."""

    SPOILED = "spoiled", _("Spoiled or broken")
    SHORT = "short", _("Something is missing, or weighs too little")
    NOT_AS_SHOWN = "not_as_shown", _("Not what the page says")
    NOT_ARRIVED = "not_arrived", _("It has not arrived")
    CHANGED_MIND = "changed_mind", _("I don't want it any more")


class CaseState(models.TextChoices):
    """Where a case stands: whose turn it is, or how it ended."""

    OPEN = "open", _("The seller is to answer")
    OFFERED = "offered", _("The seller has made an offer")
    REFUSED = "refused", _("The seller says no")
    RETURNING = "returning", _("To be sent back")
    SENT_BACK = "sent_back", _("On its way back")
    COUNTY = "county", _("The county decides")
    SETTLED = "settled", _("Settled")
    CLOSED = "closed", _("Closed")


OVER = (CaseState.SETTLED, CaseState.CLOSED)


class ReturnWay(models.TextChoices):
    """How goods go back."""

    POINT = "point", _("I hand it in at the village point")
    CARRIER = "carrier", _("I send it by carrier")


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "CaseQuerySet":
        """Those of stores in the user's regions, and of the user's own stores. Buyers reach theirs through the order."""
        mine = Q(consignment__store__household__user_id=user.pk or 0)
        return self.filter(scope_of(user).covers("consignment__store__region_id") | mine)

    def open(self) -> "CaseQuerySet":
        """Those that somebody still has to do something about."""
        return self.filter(ended_at=None)


class Case(models.Model):
    """One buyer's claim about one consignment, one at a time. `due_at` is when the side whose turn it is has been silent too long.

    Amounts are fen: `goods_fen` and `freight_fen` were asked for, `offered_goods_fen` and `offered_freight_fen` the seller offers.
    """

    ref = models.CharField(max_length=24, unique=True, default=public_reference, editable=False)
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="cases")
    wish = models.CharField(_("wish"), max_length=12, choices=Wish)
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    state = models.CharField(_("state"), max_length=10, choices=CaseState, default=CaseState.OPEN)
    goods_fen = models.BigIntegerField()
    freight_fen = models.BigIntegerField()
    offered_goods_fen = models.BigIntegerField(null=True)
    offered_freight_fen = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(_("to be answered by"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("answered by")
    )
    return_way = models.CharField(_("way back"), max_length=8, choices=ReturnWay, blank=True)
    return_number = models.CharField(_("carrier and number"), max_length=60, blank=True)
    return_parcel = models.OneToOneField(Parcel, null=True, on_delete=models.PROTECT, related_name="returned_in")
    refund = models.OneToOneField(Refund, null=True, on_delete=models.PROTECT, related_name="case")
    replacement = models.OneToOneField(Consignment, null=True, on_delete=models.PROTECT, related_name="replaces_in")

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("after-sales case")
        verbose_name_plural = _("after-sales cases")
        ordering = ("-opened_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("consignment",), condition=Q(ended_at=None), name="one_open_case_a_consignment"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, due_at__isnull=False) & ~Q(state__in=OVER)
                | Q(ended_at__isnull=False, due_at=None, state__in=OVER),
                name="an_open_case_has_a_deadline",
            ),
            models.CheckConstraint(
                condition=Q(goods_fen__gte=0, freight_fen__gte=0)
                & (
                    Q(offered_goods_fen=None, offered_freight_fen=None)
                    | Q(offered_goods_fen__gte=0, offered_freight_fen__gte=0)
                ),
                name="case_amounts_sane",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("due_at",), condition=Q(ended_at=None), name="case_due")]

    def __str__(self) -> str:
        return f"{self.consignment.number} {self.get_wish_display()}"

    @property
    def asked_fen(self) -> int:
        """What the buyer asks for, with freight."""
        return self.goods_fen + self.freight_fen

    @property
    def offered_fen(self) -> int:
        """What the seller offers, with freight."""
        return (self.offered_goods_fen or 0) + (self.offered_freight_fen or 0)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.ended_at is None


class CaseLine(models.Model):
    """Units of one line that a case is about, with what was asked for them in fen, and their share of the freight."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="case_lines")
    units = models.PositiveIntegerField()
    amount_fen = models.BigIntegerField()
    freight_fen = models.BigIntegerField()

    class Meta:
        verbose_name = _("line of a case")
        verbose_name_plural = _("lines of cases")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("case", "line"), name="one_row_a_case_and_line"),
            models.CheckConstraint(
                condition=Q(units__gt=0, amount_fen__gte=0, freight_fen__gte=0), name="case_line_sane"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.units}"


class Side(models.TextChoices):
    """Who said it."""

    BUYER = "buyer", _("Buyer")
    SELLER = "seller", _("Seller")
    COUNTY = "county", _("County service centre")
    CLOCK = "clock", _("Daylily")


class Deed(models.TextChoices):
    """What was done in a step of a case."""

    OPENED = "opened", _("opened the case")
    SAID = "said", _("wrote")
    GRANTED = "granted", _("agreed")
    OFFERED = "offered", _("made an offer")
    REFUSED = "refused", _("said no")
    ACCEPTED = "accepted", _("accepted the offer")
    ASKED_COUNTY = "asked_county", _("asked the county to decide")
    HANDED_BACK = "handed_back", _("sent the goods back")
    TAKEN_BACK = "taken_back", _("has the goods back")
    DECIDED = "decided", _("decided")
    WITHDREW = "withdrew", _("withdrew the case")
    TIME_OVER = "time_over", _("The time to answer is over")
    QUICK = "quick", _("Paid back at once")


class Step(models.Model):
    """One thing said or done in a case, by one side; never changed, but for its text when the buyer is forgotten. `nonce` is the
    page's: sent twice it is one step.

    `fen` is the sum that it names: offered, decided, paid back.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    side = models.CharField(max_length=8, choices=Side)
    deed = models.CharField(max_length=14, choices=Deed)
    text = models.CharField(max_length=1000, blank=True)
    fen = models.BigIntegerField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    nonce = models.CharField(max_length=40)
    happened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("step of a case")
        verbose_name_plural = _("steps of cases")
        ordering = ("happened_at", "id")
        constraints: ClassVar = [models.UniqueConstraint(fields=("case", "nonce"), name="one_step_a_nonce")]
        triggers: ClassVar = append_only(emptied="text")

    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.get_deed_display()}"


class Photo(models.Model):
    """One photograph of a step, re-encoded; the file is private, for both sides and the county."""

    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="photos")
    file = models.CharField(max_length=100)

    class Meta:
        verbose_name = _("photograph of a case")
        verbose_name_plural = _("photographs of cases")

    def __str__(self) -> str:
        return self.file
