"""Flash sales as PostgreSQL decides them: a place a buyer, its order at its price, and places that come free once."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Variant
from catalog.packing import change_price
from orders.cancelling import cancel_consignment
from orders.cart import NotForSale, add_to_cart
from orders.expiry import expire_reservations
from orders.flash_claims import Outcome, claim_place, lapse_places
from orders.flash_sales import CLAIM_KEPT, FlashTerms, budget_of
from orders.models import (
    Cart,
    ClaimState,
    FlashClaim,
    FlashSale,
    LineDiscount,
    Order,
    OrderState,
    Payer,
    Promotion,
    PromotionKind,
)
from orders.promoting import (
    PromotionRefused,
    Terms,
    approve,
    end,
    promote_everywhere,
    promote_store,
    propose_for_county,
)
from orders.refusals import NotOnSale, PlaceGone
from orders.settlement import settle_payment
from payments.models import Payment
from reports.audit import LEDGER_CHECKS, differences
from sellers.mandates import MandateMissing
from stations.models import Region, Role
from stations.scope import NotAllowed
from tests.cast import QIDONG, SANGZHI, make_clerk, make_official, make_operator, make_user, post
from tests.orders.flashing import FLASH_FEN, end_waiting, make_flash, order_place, place_of
from tests.orders.promoting import make_promotion
from tests.orders.scene import Scene, order_of, paid
from tests.orders.season import make_box, monday

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def taken(sale: FlashSale) -> int:
    sale.refresh_from_db()
    return sale.taken


def sound() -> None:
    assert differences(LEDGER_CHECKS) == []


class TestPlaces:
    def test_each_buyer_has_one_until_all_are_taken(self, scene: Scene) -> None:
        sale = make_flash(scene.daylily, units=2)
        lin, zhao, gao = make_user(), make_user(), make_user()
        ends = [claim_place(sale_id=sale.pk, user_id=one.pk) for one in (lin, lin, zhao, gao)]
        assert ends == [Outcome.GOT_IT, Outcome.HAS_ONE, Outcome.GOT_IT, Outcome.SOLD_OUT]
        assert taken(sale) == 2 and FlashClaim.objects.count() == 2
        sound()

    def test_a_place_is_kept_for_a_quarter_of_an_hour_by_the_databases_clock(self, scene: Scene) -> None:
        claim = place_of(make_flash(scene.daylily), make_user())
        assert claim.until - claim.claimed_at == CLAIM_KEPT == dt.timedelta(minutes=15)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"starts_at": timezone.now() + HOUR}, Outcome.EARLY),
            ({"approved_at": None, "approved_by": None}, Outcome.EARLY),
            ({"ends_at": timezone.now() - HOUR / 2}, Outcome.OVER),
            ({"ended_at": timezone.now()}, Outcome.OVER),
        ],
    )
    def test_before_and_after_there_is_none(self, scene: Scene, changes: dict[str, object], said: Outcome) -> None:
        sale = make_flash(scene.daylily)
        Promotion.objects.update(**changes)
        assert claim_place(sale_id=sale.pk, user_id=make_user().pk) == said
        assert taken(sale) == 0 and not FlashClaim.objects.exists()

    def test_there_is_none_in_a_sale_that_is_none(self, db: None) -> None:
        with pytest.raises(FlashSale.DoesNotExist):
            claim_place(sale_id=0, user_id=make_user().pk)

    def test_a_place_whose_time_is_over_goes_back_once_and_to_another(self, scene: Scene) -> None:
        sale = make_flash(scene.daylily, units=1)
        lin, zhao = make_user(), make_user()
        end_waiting(place_of(sale, lin))
        assert claim_place(sale_id=sale.pk, user_id=zhao.pk) == Outcome.SOLD_OUT
        assert (lapse_places(), lapse_places()) == (1, 0)
        assert taken(sale) == 0
        assert claim_place(sale_id=sale.pk, user_id=lin.pk) == Outcome.HAS_ONE  # once: who lets it lapse had a try
        assert claim_place(sale_id=sale.pk, user_id=zhao.pk) == Outcome.GOT_IT
        sound()

    def test_the_database_keeps_to_the_units_and_to_one_a_buyer(self, scene: Scene) -> None:
        sale, lin = make_flash(scene.daylily, units=1), make_user()
        place_of(sale, lin)
        with pytest.raises(IntegrityError, match="flash_sale_within_its_units"), transaction.atomic():
            FlashSale.objects.update(taken=2)
        with pytest.raises(IntegrityError, match="one_place_a_buyer_and_flash_sale"), transaction.atomic():
            FlashClaim.objects.create(sale=sale, user=lin, until=timezone.now())
        with pytest.raises(Exception, match="flash_terms_stay"), transaction.atomic():
            FlashSale.objects.update(price_fen=1)


class TestOrdering:
    def test_a_place_is_ordered_at_its_price_and_the_county_pays_the_rest(self, scene: Scene) -> None:
        sale = make_flash(scene.daylily)
        claim = place_of(sale, make_user())
        order = paid(order_place(scene, claim))
        claim.refresh_from_db()
        assert (claim.state, claim.order) == (ClaimState.ORDERED, order)
        assert order.goods_fen == FLASH_FEN
        row = LineDiscount.objects.get()
        assert (row.kind, row.payer, row.fen, row.units) == ("flash", "county", 2880, 1)
        assert taken(sale) == 1 and Promotion.objects.get().spent_fen == 2880
        sound()

    def test_it_is_cheaper_than_any_campaign_and_never_both(self, scene: Scene) -> None:
        sale = make_flash(scene.daylily)
        make_promotion(percent_bp=9_000)
        assert order_place(scene, place_of(sale, make_user())).goods_fen == FLASH_FEN

    def test_nobody_else_has_the_price_or_the_pack(self, scene: Scene) -> None:
        claim = place_of(make_flash(scene.daylily), make_user())
        another = make_user()
        with pytest.raises(NotOnSale):
            order_of(scene, buyer=another)
        for wrong in (
            {"buyer": another}, {"buyer": None}, {"lines": [(scene.daylily.pk, 2)]}, {"lines": [(scene.tea.pk, 1)]},
            {"lines": [(scene.daylily.pk, 1), (scene.tea.pk, 1)]}, {"flash": claim.pk + 1},
        ):  # fmt: skip
            with pytest.raises(PlaceGone):
                order_place(scene, claim, **wrong)
        assert not Order.objects.exists() and Variant.objects.get(pk=scene.daylily.pk).held == 0
        with pytest.raises(NotForSale, match="秒杀中出售"):
            add_to_cart(cart=Cart.objects.create(), variant_id=scene.daylily.pk, quantity=1)

    def test_a_place_is_good_for_one_order_and_for_its_time(self, scene: Scene) -> None:
        sale = make_flash(scene.daylily)
        used, late = place_of(sale, make_user()), place_of(sale, make_user())
        order_place(scene, used)
        end_waiting(late)
        for claim in (used, late):
            with pytest.raises(PlaceGone):
                order_place(scene, claim)
        assert Order.objects.count() == 1 and Variant.objects.get(pk=scene.daylily.pk).held == 1
        sound()

    def test_a_second_click_of_the_same_page_is_the_same_order(self, scene: Scene) -> None:
        claim = place_of(make_flash(scene.daylily), make_user())
        assert order_place(scene, claim, key="k") == order_place(scene, claim, key="k")

    def test_other_orders_ask_the_database_nothing_more(self, scene: Scene) -> None:
        def statements() -> int:
            with CaptureQueriesContext(
                connection,
            ) as counted:
                order_of(scene, lines=[(scene.tea.pk, 1)])
            return len(counted)

        without = statements()
        make_flash(scene.daylily)
        assert statements() == without


class TestPlacesThatComeFree:
    def test_an_order_that_is_not_paid_gives_its_place_back_once(self, scene: Scene) -> None:
        sale = make_flash(scene.daylily, units=1)
        claim = place_of(sale, make_user())
        order = order_place(scene, claim)
        assert lapse_places() == 0
        Order.objects.update(reserved_until=timezone.now() - HOUR)
        expire_reservations()
        expire_reservations()
        claim.refresh_from_db()
        assert (claim.state, taken(sale), Promotion.objects.get().spent_fen) == (ClaimState.LAPSED, 0, 0)
        assert claim_place(sale_id=sale.pk, user_id=make_user().pk) == Outcome.GOT_IT
        settle_payment(Payment.objects.get(order_ref=order.ref).pk)  # too late: the place is another's
        order.refresh_from_db()
        assert (order.state, taken(sale)) == (OrderState.EXPIRED, 1)
        sound()

    def test_late_money_takes_a_place_again_while_there_is_one(self, scene: Scene) -> None:
        sale = make_flash(scene.daylily, units=1)
        order = order_place(scene, place_of(sale, make_user()))
        Order.objects.update(reserved_until=timezone.now() - HOUR)
        expire_reservations()
        settle_payment(Payment.objects.get(order_ref=order.ref).pk)
        order.refresh_from_db()
        assert (order.state, taken(sale)) == (OrderState.PAID, 1)
        assert FlashClaim.objects.get().state == ClaimState.ORDERED
        sound()

    def test_an_order_called_off_at_the_farm_gives_its_place_back(self, scene: Scene) -> None:
        sale = make_flash(scene.daylily)
        order = paid(order_place(scene, place_of(sale, make_user())))
        cancel_consignment(order=order, number=order.consignments.get().number, by=order.user)
        assert (taken(sale), FlashClaim.objects.get().state) == (0, ClaimState.LAPSED)
        sound()


def terms(variant: Variant, **changes: object) -> Terms:
    """Three for ten yuan, tomorrow for two hours."""
    known = {"price_fen": FLASH_FEN, "units": 3, **changes}
    flash = FlashTerms(variant_id=variant.pk, **known)  # type: ignore[arg-type]
    begins = timezone.now() + 24 * HOUR
    return Terms(
        PromotionKind.FLASH, "黄花菜秒杀", "Daylily flash sale", begins, begins + 2 * HOUR,
        max(1, budget_of(variant, flash.price_fen, flash.units)), most_per_buyer=1, flash=flash,
    )  # fmt: skip


class TestMaking:
    def test_a_county_proposes_and_another_of_it_approves(self, scene: Scene) -> None:
        county = Region.objects.get(code=QIDONG)
        staff = post(make_user(), Role.CENTRE_STAFF, station=scene.qidong.centre)
        promotion = propose_for_county(by=staff, county=county, terms=terms(scene.daylily))
        scene.daylily.refresh_from_db()
        assert scene.daylily.apart_until is None and order_of(scene).goods_fen == 7760
        approve(by=make_official(), promotion=promotion)
        scene.daylily.refresh_from_db()
        assert scene.daylily.apart_until == promotion.ends_at + CLAIM_KEPT
        with pytest.raises(NotOnSale):
            order_of(scene)
        end(by=staff, promotion=promotion)
        scene.daylily.refresh_from_db()
        assert scene.daylily.apart_until is not None and scene.daylily.apart_until < timezone.now() + CLAIM_KEPT

    @pytest.mark.parametrize(
        ("changes", "why"),
        [({"price_fen": 5_000}, "50.00"), ({"least": 2}, "按件"), ({"promised_week": monday(2)}, "按件")],
    )
    def test_a_pack_that_changed_since_it_was_proposed_is_not_announced(
        self, scene: Scene, changes: dict[str, object], why: str
    ) -> None:
        """A budget of three times 28.80 yuan would be used up by the second buyer of a pack at 50."""
        staff = post(make_user(), Role.CENTRE_STAFF, station=scene.qidong.centre)
        county = Region.objects.get(code=QIDONG)
        promotion = propose_for_county(by=staff, county=county, terms=terms(scene.daylily))
        Variant.objects.filter(pk=scene.daylily.pk).update(**changes)
        with pytest.raises(PromotionRefused, match=why):
            approve(by=make_official(), promotion=promotion)
        assert Promotion.objects.get().approved_at is None

    def test_a_proposal_that_ends_leaves_anothers_pack_alone(self, scene: Scene) -> None:
        county = Region.objects.get(code=QIDONG)
        staff = post(make_user(), Role.CENTRE_STAFF, station=scene.qidong.centre)
        same = terms(scene.daylily)
        sold, proposed = (propose_for_county(by=staff, county=county, terms=same) for _one in range(2))
        approve(by=make_official(), promotion=sold)
        end(by=staff, promotion=proposed)
        scene.daylily.refresh_from_db()
        assert scene.daylily.apart_until == sold.ends_at + CLAIM_KEPT

    def test_a_seasons_box_is_sold_in_none(self, scene: Scene) -> None:
        with pytest.raises(PromotionRefused, match="按件"):
            promote_everywhere(by=make_operator(), terms=terms(make_box(scene)))

    def test_those_without_the_right_make_none(self, scene: Scene) -> None:
        county, clerk = Region.objects.get(code=QIDONG), make_clerk(scene.qidong.point)
        for stranger in (make_user(), clerk, make_official(SANGZHI)):
            with pytest.raises(NotAllowed):
                propose_for_county(by=stranger, county=county, terms=terms(scene.daylily))
            with pytest.raises(NotAllowed):
                promote_everywhere(by=stranger, terms=terms(scene.daylily))
        with pytest.raises((NotAllowed, MandateMissing)):
            promote_store(by=make_clerk(scene.sangzhi.point), store=scene.store, terms=terms(scene.daylily))
        assert not Promotion.objects.exists() and not FlashSale.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "why"),
        [({"price_fen": 3880}, "低于"), ({"units": 0}, "数量"), ({"units": 101}, "库存")],
    )
    def test_terms_that_cannot_be(self, scene: Scene, changes: dict[str, object], why: str) -> None:
        with pytest.raises(PromotionRefused, match=why):
            promote_everywhere(by=make_operator(), terms=terms(scene.daylily, **changes))
        assert not Promotion.objects.exists()

    def test_another_stores_pack_is_not_theirs_to_sell(self, scene: Scene) -> None:
        clerk = make_clerk(scene.qidong.point)
        with pytest.raises(PromotionRefused, match="别的店铺"):
            promote_store(by=clerk, store=scene.store, terms=terms(scene.tea))
        sangzhi = Region.objects.get(code=SANGZHI)
        with pytest.raises(PromotionRefused, match="别的店铺"):
            propose_for_county(by=make_official(SANGZHI), county=sangzhi, terms=terms(scene.daylily))

    def test_a_pack_is_in_one_sale_at_a_time_and_keeps_its_price(self, scene: Scene) -> None:
        clerk = make_clerk(scene.qidong.point)
        promote_store(by=clerk, store=scene.store, terms=terms(scene.daylily))
        with pytest.raises(PromotionRefused, match="另一场秒杀"):
            promote_store(by=clerk, store=scene.store, terms=terms(scene.daylily))
        assert FlashSale.objects.count() == 1 and Promotion.objects.get().payer == Payer.SELLER
        scene.daylily.refresh_from_db()
        with pytest.raises(Exception, match="不能改价"):
            change_price(by=clerk, variant=scene.daylily, price_fen=5_000)
