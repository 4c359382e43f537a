"""Orders: one a checkout, with one consignment a store, whose lines keep what was sold."""

from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Concat, Greatest, Left, Length, Repeat
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.references import public_reference
from catalog.models import Flow, Lot, Product, SoldBy, Variant
from delivery.models import Parcel
from orders.models.line_amounts import LineAmounts
from orders.models.order_state import OrderState
from orders.models.subscription import Subscription
from payments.models import Provider, RateCard
from payments.providers import provider_of
from sellers.models import Household, Store
from stations.models import Region, Station
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class DeliveryWay(models.TextChoices):
    """How the buyer gets it."""

    CARRIER = "carrier", _("to the door, by carrier")
    STATION = "station", _("to a village point, with a pickup code")
    VISIT = "visit", _("a visit to the farm")


class OrderQuerySet(models.QuerySet["Order"]):
    """Orders, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "OrderQuerySet":
        """The buyer's own. Staff reach orders through consignments and parcels, officials through figures."""
        if user.is_authenticated and user.is_superuser:
            return self
        return self.filter(user_id=user.pk or 0)


class Order(models.Model):
    """One checkout. `ref` opens it (only with the buyer's session or the guest's link); `number` is for people and never authorises.

    Goods of a pre-sale may ask a deposit first (`deposit_fen`; 0: paid at once). It was paid at `deposit_paid_at`; the balance can be paid
    from about `balance_from` on, once its buyer was told (`balance_opened_at`), until `reserved_until` (orders.deposits).
    """

    ref = models.CharField(max_length=24, unique=True, default=public_reference, editable=False)
    number = models.CharField(_("number"), max_length=20, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="orders",
    )
    email = models.EmailField(_("e-mail"))
    language = models.CharField(max_length=10, default="zh-hans")
    state = models.CharField(_("state"), max_length=10, choices=OrderState, default=OrderState.RESERVED)
    pay_by = models.CharField(_("payment"), max_length=10, choices=Provider, default=Provider.STRIPE)
    delivery_way = models.CharField(_("delivery"), max_length=10, choices=DeliveryWay, default=DeliveryWay.CARRIER)
    recipient = models.CharField(_("recipient"), max_length=40)
    phone = models.CharField(_("mobile number"), max_length=20)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+", verbose_name=_("region"))
    address = models.CharField(_("street and number"), max_length=120, blank=True)
    pickup_station = models.ForeignKey(
        Station,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("village point"),
    )
    goods_fen = models.BigIntegerField()
    freight_fen = models.BigIntegerField()
    total_fen = models.BigIntegerField()
    deposit_fen = models.BigIntegerField(default=0, db_default=0)
    currency = models.CharField(max_length=3, default="CNY")
    placed_at = models.DateTimeField(default=timezone.now)
    reserved_until = models.DateTimeField()
    deposit_paid_at = models.DateTimeField(_("deposit paid"), null=True, blank=True)
    balance_from = models.DateTimeField(null=True, blank=True)
    balance_opened_at = models.DateTimeField(_("balance asked for"), null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    cash_received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("cash received by"),
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-placed_at", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(total_fen=F("goods_fen") + F("freight_fen")),
                name="total_is_goods_and_freight",
            ),
            models.CheckConstraint(
                condition=Q(goods_fen__gt=0, freight_fen__gte=0),
                name="order_amounts_sane",
            ),
            models.CheckConstraint(
                condition=Q(deposit_fen__gte=0, goods_fen__gte=F("deposit_fen") * 5),
                name="a_deposit_is_a_fifth_at_most",
            ),
            models.CheckConstraint(
                condition=Q(deposit_paid_at=None, balance_from=None, balance_opened_at=None)
                & ~Q(state__in=("deposit", "lapsed", "called_off"))
                & (Q(deposit_fen=0) | ~Q(state__in=("paid", "refunded")))
                | Q(deposit_fen__gt=0, deposit_paid_at__isnull=False, balance_from__isnull=False),
                name="a_balance_follows_a_deposit",
            ),
            models.CheckConstraint(
                condition=~Q(delivery_way=DeliveryWay.STATION) | ~Q(pickup_station=None),
                name="pickup_order_has_its_point",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("user", "-placed_at"), name="order_by_buyer"),
            models.Index(
                fields=("reserved_until",),
                condition=Q(state__in=("reserved", "deposit")),
                name="order_reserved",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def paid_how(self) -> str:
        """What the way to pay is called."""
        return str(provider_of(self.pay_by).label)


class ConsignmentQuerySet(models.QuerySet["Consignment"]):
    """Consignments, in words of the domain."""

    def left(self) -> "ConsignmentQuerySet":
        """Those of which the buyer still gets something."""
        return self.filter(Exists(OrderLine.objects.left().filter(consignment=OuterRef("pk"))))

    def for_sellers(self) -> "ConsignmentQuerySet":
        """Of the buyer no more than a packer needs: `buyer`, the first sign of the name and a star for each other one, masked in the
        database. Name, number, street and e-mail are not read.
        """
        name = F("order__recipient")
        masked = Concat(Left(name, 1), Repeat(Value("*"), Greatest(Length(name) - 1, 0)))
        personal = ("order__recipient", "order__phone", "order__address", "order__email")
        return self.select_related("order").defer(*personal).annotate(buyer=masked)

    def visible_to(self, user: "User | AnonymousUser") -> "ConsignmentQuerySet":
        """Paid ones of the user's regions and of the user's own store."""
        mine = scope_of(user).covers("store__region_id") | Q(store__household__user_id=user.pk or 0)
        return self.filter(mine, order__state__in=(OrderState.PAID, OrderState.REFUNDED))

    def waiting_for(self, user: "User | AnonymousUser") -> "ConsignmentQuerySet":
        """Those of the user's regions and own store whose deposit is paid, and whose balance is due."""
        mine = scope_of(user).covers("store__region_id") | Q(store__household__user_id=user.pk or 0)
        return self.filter(mine, order__state=OrderState.DEPOSIT)


@pghistory.track(
    pghistory.UpdateEvent(condition=pghistory.AnyChange("promised_week")),
    fields=["promised_week"],
    model_name="ConsignmentWeekEvent",
)
class Consignment(models.Model):
    """One store's part of an order that travels together. Its parcel is planned when the order is paid; amounts are fen.

    Goods of a pre-sale are a part of their own, whose parcel is planned when `promised_week` (a Monday) begins; frozen goods are another;
    and so is each delivery of a season's box (`subscription`), whose week its buyer may move (orders.postponing).
    One that is wished for a later day (`wished_day`) waits too, so that it does not arrive before.
    One that `replaces` another is sent once more for nothing. While after-sales is open, its money is not released.
    `back_freight_fen` of its freight went back to the buyer.
    A visit on `visit_day` has no parcel: the guest shows `visit_code` at the farm, where `visited_at` and `visited_by` are written down.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="consignments")
    number = models.CharField(_("number"), max_length=24, unique=True)
    store = models.ForeignKey(
        Store,
        on_delete=models.PROTECT,
        related_name="consignments",
        verbose_name=_("store"),
    )
    station = models.ForeignKey(
        Station,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("service point"),
    )
    county_code = models.CharField(max_length=6)
    parcel = models.OneToOneField(
        Parcel,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="consignment",
    )
    goods_fen = models.BigIntegerField()
    freight_fen = models.BigIntegerField(default=0)
    commission_fen = models.BigIntegerField(default=0)
    station_fee_fen = models.BigIntegerField(default=0)
    back_freight_fen = models.BigIntegerField(default=0, db_default=0, editable=False)
    promised_week = models.DateField(_("promised for the week of"), null=True, blank=True)
    subscription = models.ForeignKey(
        Subscription, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="consignments"
    )
    frozen = models.BooleanField(_("frozen"), default=False)
    wished_day = models.DateField(_("wished for"), null=True, blank=True)
    visit_day = models.DateField(_("day of the visit"), null=True, blank=True)
    visit_code = models.CharField(_("visit code"), max_length=8, blank=True)
    visited_at = models.DateTimeField(_("arrived at the farm"), null=True, blank=True)
    visited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    stock_taken_at = models.DateTimeField(null=True, blank=True)
    after_sales_since = models.DateTimeField(_("after-sales open since"), null=True, blank=True, editable=False)
    replaces = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="replacements"
    )
    received_at = models.DateTimeField(_("receipt confirmed by the buyer"), null=True, blank=True)
    released_at = models.DateTimeField(_("released to the seller"), null=True, blank=True)

    objects = ConsignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consignment")
        verbose_name_plural = _("consignments")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("order", "store", "promised_week", "visit_day", "frozen", "subscription"),
                condition=Q(replaces=None),
                nulls_distinct=False,
                name="one_consignment_a_store_and_time",
            ),
            models.CheckConstraint(
                condition=Q(visit_day=None, visit_code="", visited_at=None)
                | (Q(visit_day__isnull=False, parcel=None) & ~Q(visit_code="")),
                name="visit_has_a_code_and_no_parcel",
            ),
            models.CheckConstraint(
                condition=Q(wished_day=None) | Q(promised_week=None, visit_day=None),
                name="a_day_is_wished_for_what_is_there",
            ),
            models.CheckConstraint(
                condition=Q(subscription=None) | Q(promised_week__isnull=False, promised_week__iso_week_day=1),
                name="each_box_has_its_week",
            ),
            models.CheckConstraint(
                condition=Q(received_at=None) | Q(parcel__isnull=False), name="only_what_was_sent_is_received"
            ),
            models.CheckConstraint(
                condition=Q(back_freight_fen__gte=0, back_freight_fen__lte=F("freight_fen")),
                name="freight_goes_back_once",
            ),
            models.UniqueConstraint(
                fields=("store", "visit_day", "visit_code"),
                condition=Q(visit_day__isnull=False),
                name="one_visit_a_code",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("county_code", "id"), name="consignment_by_county"),
            models.Index(
                fields=("promised_week",),
                condition=Q(promised_week__isnull=False, parcel=None),
                name="consignment_promised",
            ),
            models.Index(
                fields=("wished_day",),
                condition=Q(wished_day__isnull=False, parcel=None),
                name="consignment_wished",
            ),
            models.Index(
                fields=("visit_day", "store"), condition=Q(visit_day__isnull=False), name="consignment_by_visit"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def collecting_station(self) -> Station:
        """The station that collects it from the farm: where its parcel begins its way, or the store's own."""
        return self.parcel.origin if self.parcel else self.station

    @property
    def awaits_its_week(self) -> bool:
        """Whether it is a delivery of a season's box that is still to come (load lines)."""
        waits = self.subscription_id is not None and self.parcel_id is None
        return waits and any(line.left_units for line in self.lines.all())

    @property
    def may_go_wrong(self) -> bool:
        """Whether its buyer may have something to say of it: it has left the farm, or the day of the visit has come (load the parcel)."""
        if self.visit_day:
            return self.visit_day <= timezone.localdate()
        return self.parcel is not None and self.parcel.collected_at is not None

    @property
    def seller_fen(self) -> int:
        """What the seller earns: goods less commission and station fee."""
        return self.goods_fen - self.commission_fen - self.station_fee_fen


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    """Order lines, in words of the domain."""

    def left(self) -> "OrderLineQuerySet":
        """Those of which the buyer still gets units, or got them and keeps them."""
        return self.filter(back_units__lt=F("quantity"))


class OrderLine(LineAmounts, models.Model):
    """What was sold, as it was at that moment: name, pack, price, grade, lot, rates. `weighed_g` is the real weight at collection.

    Goods by weight are charged with `margin_fen` on top of their estimate; the scale decides, and the rest goes back (orders.weights).
    Of its units `back_units` are not sent, or came back, and `back_fen` of its amount went back to the buyer: PostgreSQL counts both when
    a refund is written (LineRefund).

    `promised_week` is the Monday of the week in which a pre-sale was promised; `short_since` when its harvest turned out too small for
    it: such a line holds no stock any more, doesn't travel, and waits for its refund.
    `rate_card` is the card that its rates come from; None where it was sold before cards were kept.
    `discount_fen` was taken off its goods (LineDiscount says by what), of which funds pay `funded_fen` to the seller; `borne_fen` is
    freight that the seller pays for the buyer. The rates count on what the buyer and the funds pay.
    `payee` is the household that earns it where a station's store gathered the goods of many; None where the store's own household does.
    """

    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="lines")
    variant = models.ForeignKey(Variant, null=True, on_delete=models.SET_NULL, related_name="+")
    product = models.ForeignKey(Product, null=True, on_delete=models.SET_NULL, related_name="+")
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="order_lines")
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=120, blank=True)
    pack = models.CharField(max_length=40)
    pack_en = models.CharField(max_length=80, blank=True)
    sku = models.CharField(max_length=40)
    grade = models.CharField(max_length=20, blank=True)
    sold_by = models.CharField(max_length=10, choices=SoldBy)
    flow = models.CharField(max_length=10, choices=Flow)
    category_slug = models.CharField(max_length=40)
    village_code = models.CharField(max_length=12)
    payee = models.ForeignKey(
        Household, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("earned by")
    )
    unit_price_fen = models.BigIntegerField()
    quantity = models.PositiveIntegerField()
    unit_weight_g = models.PositiveIntegerField()
    margin_fen = models.BigIntegerField(default=0, db_default=0, editable=False)
    discount_fen = models.BigIntegerField(default=0, db_default=0, editable=False)
    funded_fen = models.BigIntegerField(default=0, db_default=0, editable=False)
    borne_fen = models.BigIntegerField(default=0, db_default=0, editable=False)
    amount_fen = models.BigIntegerField()
    rate_card = models.ForeignKey(
        RateCard, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("rate card")
    )
    commission_bp = models.PositiveIntegerField()
    station_fee_bp = models.PositiveIntegerField()
    commission_fen = models.BigIntegerField()
    station_fee_fen = models.BigIntegerField()
    weighed_g = models.PositiveIntegerField(null=True, blank=True)
    promised_week = models.DateField(_("promised for the week of"), null=True, blank=True)
    short_since = models.DateTimeField(null=True, blank=True)
    weight_settled_at = models.DateTimeField(null=True, blank=True, editable=False)
    back_units = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    back_fen = models.BigIntegerField(default=0, db_default=0, editable=False)

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, margin_fen__gte=0)
                & Q(amount_fen=F("unit_price_fen") * F("quantity") + F("margin_fen") - F("discount_fen")),
                name="line_amount_is_price_times_quantity",
            ),
            models.CheckConstraint(
                condition=Q(discount_fen=0, funded_fen=0)
                | Q(amount_fen__gt=0, funded_fen__gte=0, funded_fen__lte=F("discount_fen")),
                name="a_discount_leaves_something_to_pay",
            ),
            models.CheckConstraint(
                condition=Q(borne_fen__gte=0, borne_fen__lte=F("amount_fen") + F("funded_fen")),
                name="freight_never_costs_more_than_the_goods",
            ),
            models.CheckConstraint(
                condition=Q(back_units__lte=F("quantity"), back_fen__gte=0, back_fen__lte=F("amount_fen")),
                name="a_line_goes_back_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} × {self.quantity}"

    @property
    def earner(self) -> str:
        """The owner of the ledger account that earns it: the family whose lot it is, or the store (load `payee`, `consignment__store`)."""
        return self.payee.account if self.payee else self.consignment.store.slug

    @property
    def label(self) -> str:
        """Name and pack in the language of the page."""
        if get_language() == "en":
            return f"{self.name_en or self.name}, {self.pack_en or self.pack}"
        return f"{self.name} {self.pack}"

    @property
    def grade_label(self) -> str:
        """The grade that was sold, in English where the lot still has that grade (load `lot__grade`)."""
        grade = self.lot.grade if self.lot else None
        return grade.label if grade and grade.name == self.grade else self.grade
