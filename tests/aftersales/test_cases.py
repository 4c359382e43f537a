"""After-sales, each way to its end: money, goods, stock and figures are right after it, and the books agree."""

import datetime as dt
import itertools
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from PIL import Image

from accounts.models import User
from aftersales.answering import OfferRefused, OwnPurchase, grant, object_to_return, offer, refuse, take_back
from aftersales.clocks import end_silence
from aftersales.deciding import decide
from aftersales.models import Case, CaseState, Deed, Photo, Reason, ReturnWay, Side, Step, Wish
from aftersales.opening import QUICK_TIMES, CannotOpen, open_case, reasons_for
from aftersales.replying import ReturnUnclear, accept, ask_county, send_back, withdraw
from aftersales.states import CaseMoved
from aftersales.talking import NothingSaid, Said, say
from catalog.models import Product, Stock
from delivery.models import Parcel, ParcelState
from orders.collection import collect
from orders.models import Consignment, LineRefund, Order, OrderLine, OrderState
from orders.parcels import plan_parcels
from orders.portions import Portion
from orders.receiving import NotReceived, confirm_receipt
from orders.refunding import refund_lines
from orders.release import release_delivered
from orders.replacing import CannotReplace
from orders.verification import verify_delivered
from payments import ledger
from payments.models import AccountKind, Refund
from pictures.intake import CleanPicture, clean_file
from sellers.mandates import MandateMissing
from sellers.models import Mandate
from tests.cast import make_clerk, make_user
from tests.orders.scene import Scene, make_scene, order_of, paid, to_the_point
from tests.reports.test_audits import deliver, found

pytestmark = pytest.mark.django_db
NONCES = itertools.count()


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def clerk(scene: Scene) -> User:
    """Of the point, with Li's mandate."""
    return make_clerk(scene.qidong.point)


@pytest.fixture
def centre(scene: Scene) -> User:
    return make_clerk(scene.qidong.centre, name="邹丽")


def photo() -> CleanPicture:
    file = BytesIO()
    Image.new("RGB", (64, 48), "tan").save(file, "JPEG")
    file.seek(0)
    return clean_file(file)


def buyer(text: str = "两袋受潮发霉", **more: object) -> Said:
    return Said(Side.BUYER, None, f"n{next(NONCES)}", text, **more)  # type: ignore[arg-type]


def by(user: User, text: str = "") -> Said:
    return Said(Side.SELLER, user, f"n{next(NONCES)}", text)


def delivered(scene: Scene, *, days: float = 1, **fields: object) -> Order:
    """Three bags, delivered so many days ago."""
    order = paid(order_of(scene, lines=[(scene.daylily.pk, 3)], **fields))
    deliver(order, at=timezone.now() - dt.timedelta(days=days))
    verify_delivered()
    return order


def opened(
    order: Order, *, reason: Reason = Reason.SHORT, wish: Wish = Wish.REFUND, units: int = 2, said: Said | None = None
) -> Case:
    part = Consignment.objects.get(order=order, replaces=None)
    line = part.lines.get()
    return open_case(
        order=order, number=part.number, reason=reason, wish=wish, units={line.pk: units}, said=said or buyer()
    )


def line_of(order: Order) -> OrderLine:
    return OrderLine.objects.get(consignment__order=order, consignment__replaces=None)


def agree() -> bool:
    return found("check_ledger") == found("check_volume") == ""


class TestOpening:
    def test_the_sellers_money_waits_and_nothing_moves(self, scene: Scene) -> None:
        order = delivered(scene, days=6.9)
        case = opened(order)
        assert (case.goods_fen, case.freight_fen) == (7760, round(order.freight_fen * 2 / 3))
        assert case.due_at == case.opened_at + dt.timedelta(hours=48)
        release_delivered(at=timezone.now() + dt.timedelta(days=1))
        assert Consignment.objects.get().released_at is None and not Refund.objects.exists()
        with pytest.raises(NotReceived):
            confirm_receipt(order=order, number=case.consignment.number)
        assert agree()

    def test_the_same_page_twice_opens_one_and_another_finds_it_open(self, scene: Scene) -> None:
        order, said = delivered(scene), buyer()
        assert opened(order, said=said) == opened(order, said=said)
        with pytest.raises(CannotOpen):
            opened(order)
        assert Case.objects.count() == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            first = Case.objects.get()
            copy = {"wish": "refund", "reason": "short", "goods_fen": 1, "freight_fen": 0, "due_at": first.due_at}
            Case.objects.create(consignment=first.consignment, **copy)

    @pytest.mark.parametrize(
        ("days", "shelf", "reason", "wish"),
        [(8, None, Reason.SHORT, Wish.REFUND), (2, 7, Reason.SPOILED, Wish.REFUND), (1, 7, Reason.CHANGED_MIND, Wish.RETURN),
         (1, None, Reason.CHANGED_MIND, Wish.REFUND), (1, None, Reason.SHORT, Wish.RETURN)],
    )  # fmt: skip
    def test_too_late_or_not_for_these_goods(
        self, scene: Scene, days: float, shelf: int | None, reason: Reason, wish: Wish
    ) -> None:
        Product.objects.update(shelf_life_days=shelf)
        order = delivered(scene, days=days)
        with pytest.raises(CannotOpen):
            opened(order, reason=reason, wish=wish, said=buyer(photos=[photo()]))
        assert not Case.objects.exists() and Consignment.objects.get().after_sales_since is None

    def test_what_is_spoiled_is_photographed(self, scene: Scene) -> None:
        with pytest.raises(CannotOpen, match="照片"):
            opened(delivered(scene), reason=Reason.SPOILED)

    def test_nothing_is_said_of_what_is_still_at_the_farm_or_on_time(self, scene: Scene, clerk: User) -> None:
        order = paid(order_of(scene))
        plan_parcels(order.pk)
        part = Consignment.objects.select_related("parcel").get()
        assert reasons_for(order, part, list(part.lines.all())) == []
        weights = {line.pk: line.unit_weight_g * 2 for line in part.lines.all()}
        collect(consignment=part, by=clerk, weights=weights, nonce="c")
        part = Consignment.objects.select_related("parcel").get()
        assert reasons_for(order, part, list(part.lines.all())) == []
        late = timezone.now() + dt.timedelta(days=30)
        assert reasons_for(order, part, list(part.lines.all()), at=late) == [Reason.NOT_ARRIVED]

    @pytest.mark.parametrize("units", [0, 4, -1])
    def test_no_units_or_more_than_were_bought(self, scene: Scene, units: int) -> None:
        with pytest.raises(ValueError):
            opened(delivered(scene), units=units)
        assert not Case.objects.exists()

    def test_a_small_sum_for_fresh_goods_goes_back_at_once_a_few_times(self, scene: Scene) -> None:
        Product.objects.update(shelf_life_days=5)
        for number in range(QUICK_TIMES + 1):
            case = opened(
                delivered(scene, days=0.5),
                reason=Reason.SPOILED, units=1, said=buyer(photos=[photo()]),
            )  # fmt: skip
            quick = number < QUICK_TIMES
            assert case.state == (CaseState.SETTLED if quick else CaseState.OPEN)
            assert (case.refund is not None) is quick
        assert agree()

    def test_a_larger_sum_waits_for_the_seller(self, scene: Scene) -> None:
        Product.objects.update(shelf_life_days=5)
        order = delivered(scene, days=0.5)
        assert opened(order, reason=Reason.SPOILED, units=2, said=buyer(photos=[photo()])).state == CaseState.OPEN


class TestMoney:
    def test_agreed_is_paid_back_with_its_units_and_the_rest_released(self, scene: Scene, clerk: User) -> None:
        order = delivered(scene, days=6)
        case = opened(order)
        grant(case=case, said=by(clerk))
        case.refresh_from_db()
        line = line_of(order)
        assert case.state == CaseState.SETTLED and case.refund is not None and case.answered_by == clerk
        assert (line.back_units, line.back_fen) == (2, 7760)
        assert case.refund.amount_fen == case.asked_fen
        release_delivered(at=timezone.now() + dt.timedelta(days=2))
        assert ledger.owed(AccountKind.SELLER_AVAILABLE, line.earner) == line.left_seller_fen > 0
        assert agree()

    def test_an_offer_is_taken_and_the_goods_stay(self, scene: Scene, clerk: User) -> None:
        order = delivered(scene)
        case = opened(order)
        offer(case=case, goods_fen=2000, freight_fen=0, said=by(clerk, "补偿一部分"))
        accept(case=case, said=buyer("好"))
        line = line_of(order)
        assert (line.back_units, line.back_fen) == (0, 2000) and agree()

    @pytest.mark.parametrize(("goods", "freight"), [(0, 0), (7761, 0), (0, 10**6), (-1, 5)])
    def test_an_offer_is_between_nothing_and_all(self, scene: Scene, clerk: User, goods: int, freight: int) -> None:
        case = opened(delivered(scene))
        with pytest.raises(OfferRefused):
            offer(case=case, goods_fen=goods, freight_fen=freight, said=by(clerk))
        case.refresh_from_db()
        assert case.state == CaseState.OPEN

    def test_refused_then_decided_by_the_county(self, scene: Scene, clerk: User, centre: User) -> None:
        order = delivered(scene)
        case = opened(order)
        with pytest.raises(NothingSaid):
            refuse(case=case, said=by(clerk))
        refuse(case=case, said=by(clerk, "发货时完好"))
        ask_county(case=case, said=buyer("请县里看看"))
        with pytest.raises(NothingSaid):
            decide(case=case, goods_fen=3880, freight_fen=0, said=Said(Side.COUNTY, centre, "x"))
        decide(case=case, goods_fen=3880, freight_fen=0, said=Said(Side.COUNTY, centre, "y", "各担一半"))
        case.refresh_from_db()
        assert case.state == CaseState.SETTLED and line_of(order).back_fen == 3880
        assert [step.deed for step in case.steps.all()] == [Deed.OPENED, Deed.REFUSED, Deed.ASKED_COUNTY, Deed.DECIDED]
        assert agree()

    def test_decided_for_the_seller_moves_nothing_and_releases(self, scene: Scene, clerk: User, centre: User) -> None:
        order = delivered(scene, days=6.9)
        case = opened(order)
        refuse(case=case, said=by(clerk, "发货时完好"))
        ask_county(case=case, said=buyer())
        later = timezone.now() + dt.timedelta(days=3)
        decide(case=case, goods_fen=0, freight_fen=0, said=Said(Side.COUNTY, centre, "y", "照片看不出问题"), at=later)
        case.refresh_from_db()
        assert case.state == CaseState.CLOSED and not Refund.objects.exists()
        assert Consignment.objects.get().released_at == later

    def test_withdrawn_moves_nothing(self, scene: Scene) -> None:
        case = opened(delivered(scene))
        withdraw(case=case, said=buyer(""))
        case.refresh_from_db()
        assert case.state == CaseState.CLOSED and Consignment.objects.get().after_sales_since is None and agree()

    def test_what_a_recall_paid_back_meanwhile_is_not_paid_twice(self, scene: Scene, clerk: User) -> None:
        order = delivered(scene)
        case = opened(order)
        refund_lines(order=order, portions=[Portion(line_of(order).pk)], by=None, reason="recall")
        grant(case=case, said=by(clerk))
        case.refresh_from_db()
        assert case.state == CaseState.SETTLED and case.refund is None and LineRefund.objects.count() == 1 and agree()


class TestReturnsAndReplacements:
    def test_goods_go_back_by_carrier_and_are_on_sale_again(self, scene: Scene, clerk: User) -> None:
        order = delivered(scene)
        before = Stock.objects.get(variant=scene.daylily).on_hand
        case = opened(order, reason=Reason.CHANGED_MIND, wish=Wish.RETURN)
        assert case.freight_fen == 0  # whoever changed their mind pays the way
        grant(case=case, said=by(clerk))
        with pytest.raises(ReturnUnclear):
            send_back(case=case, way=ReturnWay.CARRIER, number=" ", said=buyer())
        with pytest.raises(ReturnUnclear):
            send_back(case=case, way=ReturnWay.POINT, number="", said=buyer())
        send_back(case=case, way=ReturnWay.CARRIER, number="中国邮政 9876543210", said=buyer())
        assert not Refund.objects.exists()
        take_back(case=case, as_new=True, said=by(clerk))
        case.refresh_from_db()
        line = line_of(order)
        assert case.state == CaseState.SETTLED and (line.back_units, line.back_fen) == (2, 7760)
        assert Stock.objects.get(variant=scene.daylily).on_hand == before + 2 and agree()

    def test_goods_go_back_by_the_village_point(self, scene: Scene, clerk: User) -> None:
        point = scene.qidong.second_point
        order = delivered(scene, delivery=to_the_point(point))
        case = opened(order, reason=Reason.NOT_AS_SHOWN, wish=Wish.RETURN, said=buyer(photos=[photo()]))
        grant(case=case, said=by(clerk))
        parcel = send_back(case=case, way=ReturnWay.POINT, number="", said=buyer())
        assert parcel is not None and parcel.origin == point and parcel.destination_station == scene.qidong.point
        assert parcel.legs.count() > 0
        with pytest.raises(CaseMoved, match="还没到"):
            take_back(case=case, as_new=False, said=by(clerk))
        Parcel.objects.filter(pk=parcel.pk).update(state=ParcelState.READY)
        stock = Stock.objects.get(variant=scene.daylily).on_hand
        take_back(case=case, as_new=False, said=by(clerk))
        assert line_of(order).back_units == 2 and Stock.objects.get(variant=scene.daylily).on_hand == stock
        Parcel.objects.filter(pk=parcel.pk).update(state=ParcelState.PLANNED)
        assert agree()

    def test_what_came_back_wrong_goes_to_the_county(self, scene: Scene, clerk: User) -> None:
        case = opened(delivered(scene), reason=Reason.CHANGED_MIND, wish=Wish.RETURN)
        grant(case=case, said=by(clerk))
        send_back(case=case, way=ReturnWay.CARRIER, number="中国邮政 1", said=buyer())
        object_to_return(case=case, said=by(clerk, "退回的是空袋"))
        case.refresh_from_db()
        assert case.state == CaseState.COUNTY and not Refund.objects.exists()

    def test_goods_are_sent_once_more_for_nothing(self, scene: Scene, clerk: User) -> None:
        order = delivered(scene)
        case = opened(order, wish=Wish.REPLACEMENT)
        grant(case=case, said=by(clerk))
        case.refresh_from_db()
        again = case.replacement
        assert again is not None and again.replaces == case.consignment and again.number.endswith("-2")
        row = again.lines.get()
        assert (row.quantity, row.amount_fen, row.name) == (2, 0, line_of(order).name)
        assert Stock.objects.get(variant=scene.daylily).held == 2 and agree()
        plan_parcels(order.pk)
        again.refresh_from_db()
        collect(consignment=again, by=clerk, weights={row.pk: row.unit_weight_g * 2}, nonce="again")
        assert Stock.objects.get(variant=scene.daylily).held == 0
        long_ago = timezone.now() - dt.timedelta(days=8)
        Parcel.objects.filter(consignment=again).update(state=ParcelState.DELIVERED, delivered_at=long_ago)
        release_delivered()
        again.refresh_from_db()
        assert again.released_at is not None and not Refund.objects.exists()

    def test_a_replacement_that_is_not_there_is_refused_and_a_silent_seller_pays(
        self, scene: Scene, clerk: User
    ) -> None:
        order = delivered(scene)
        case = opened(order, wish=Wish.REPLACEMENT)
        Stock.objects.update(on_hand=1)
        with pytest.raises(CannotReplace):
            grant(case=case, said=by(clerk))
        assert Case.objects.get().state == CaseState.OPEN
        assert end_silence(at=timezone.now() + dt.timedelta(hours=49)) == 1
        assert Case.objects.get().state == CaseState.SETTLED and line_of(order).back_units == 2


class TestClocks:
    def later(self, case: Case) -> dt.datetime:
        case.refresh_from_db()
        assert case.due_at is not None
        return case.due_at

    def test_a_silent_seller_has_agreed(self, scene: Scene) -> None:
        case = opened(delivered(scene))
        assert end_silence(at=self.later(case) - dt.timedelta(seconds=1)) == 0
        assert end_silence(at=self.later(case)) == 1
        case.refresh_from_db()
        assert case.state == CaseState.SETTLED and case.refund is not None
        assert end_silence(at=timezone.now() + dt.timedelta(days=30)) == 0

    def test_a_silent_buyer_takes_the_offer(self, scene: Scene, clerk: User) -> None:
        order = delivered(scene)
        case = opened(order)
        offer(case=case, goods_fen=1000, freight_fen=0, said=by(clerk))
        end_silence(at=self.later(case))
        assert line_of(order).back_fen == 1000

    def test_a_silent_buyer_lets_a_refusal_stand(self, scene: Scene, clerk: User) -> None:
        case = opened(delivered(scene))
        refuse(case=case, said=by(clerk, "发货时完好"))
        end_silence(at=self.later(case))
        case.refresh_from_db()
        assert case.state == CaseState.CLOSED and not Refund.objects.exists()

    def test_goods_that_nobody_sends_back_stay_sold(self, scene: Scene, clerk: User) -> None:
        case = opened(delivered(scene), reason=Reason.CHANGED_MIND, wish=Wish.RETURN)
        grant(case=case, said=by(clerk))
        end_silence(at=self.later(case))
        case.refresh_from_db()
        assert case.state == CaseState.CLOSED and not Refund.objects.exists()

    def test_goods_that_nobody_looks_at_are_back(self, scene: Scene, clerk: User) -> None:
        order = delivered(scene)
        case = opened(order, reason=Reason.CHANGED_MIND, wish=Wish.RETURN)
        grant(case=case, said=by(clerk))
        send_back(case=case, way=ReturnWay.CARRIER, number="中国邮政 1", said=buyer())
        end_silence(at=self.later(case))
        assert line_of(order).back_units == 2

    def test_a_silent_county_leaves_the_buyer_right(self, scene: Scene, clerk: User) -> None:
        order = delivered(scene)
        case = opened(order)
        refuse(case=case, said=by(clerk, "发货时完好"))
        ask_county(case=case, said=buyer())
        end_silence(at=self.later(case))
        assert line_of(order).back_fen == 7760 and agree()


class TestWho:
    def test_only_the_farmer_or_whom_they_allowed_to_answer(self, scene: Scene, clerk: User, centre: User) -> None:
        case = opened(delivered(scene))
        other = make_clerk(scene.qidong.other_point)
        for stranger in (other, make_user(), make_clerk(scene.sangzhi.point)):
            with pytest.raises(MandateMissing):
                grant(case=case, said=by(stranger))
        Mandate.objects.update(may_answer=False)
        with pytest.raises(MandateMissing):
            grant(case=case, said=by(clerk))
        farmer = make_user(name="李秀英")
        household = scene.store.household
        household.user = farmer
        household.save()
        grant(case=Case.objects.get(), said=by(farmer))
        assert Case.objects.get().state == CaseState.SETTLED

    def test_nobody_answers_or_decides_what_they_bought(self, scene: Scene, clerk: User, centre: User) -> None:
        order = delivered(scene)
        Order.objects.filter(pk=order.pk).update(user=clerk)
        case = opened(order)
        with pytest.raises(OwnPurchase):
            grant(case=case, said=by(clerk))
        Order.objects.filter(pk=order.pk).update(user=centre)
        refuse(case=case, said=by(clerk, "发货时完好"))
        ask_county(case=case, said=buyer())
        with pytest.raises(OwnPurchase):
            decide(case=case, goods_fen=7760, freight_fen=0, said=Said(Side.COUNTY, centre, "z", "同意"))

    def test_the_county_that_answered_does_not_decide(self, scene: Scene, centre: User) -> None:
        case = opened(delivered(scene))
        refuse(case=case, said=by(centre, "发货时完好"))  # over the point that holds the mandate
        ask_county(case=case, said=buyer())
        with pytest.raises(OwnPurchase):
            decide(case=case, goods_fen=0, freight_fen=0, said=Said(Side.COUNTY, centre, "z", "不支持"))

    def test_only_the_countys_own_centre_decides(self, scene: Scene, clerk: User) -> None:
        case = opened(delivered(scene))
        refuse(case=case, said=by(clerk, "发货时完好"))
        ask_county(case=case, said=buyer())
        for stranger in (clerk, make_clerk(scene.qidong.township), make_clerk(scene.sangzhi.centre)):
            with pytest.raises((PermissionDenied, PermissionError, OwnPurchase)):
                decide(case=case, goods_fen=0, freight_fen=0, said=Said(Side.COUNTY, stranger, "z", "不支持"))
        with pytest.raises(OfferRefused):
            own = make_clerk(scene.qidong.centre)
            decide(case=case, goods_fen=7761, freight_fen=0, said=Said(Side.COUNTY, own, "z", "全退"))


class TestSteps:
    def test_each_step_belongs_to_a_state_and_a_second_click_changes_nothing(self, scene: Scene, clerk: User) -> None:
        case = opened(delivered(scene))
        with pytest.raises(CaseMoved):
            accept(case=case, said=buyer())
        with pytest.raises(CaseMoved):
            ask_county(case=case, said=buyer())
        with pytest.raises(CaseMoved):
            send_back(case=case, way=ReturnWay.CARRIER, number="1", said=buyer())
        with pytest.raises(CaseMoved):
            take_back(case=case, as_new=True, said=by(clerk))
        yes = by(clerk)
        grant(case=case, said=yes)
        grant(case=case, said=yes)
        assert Refund.objects.count() == 1
        with pytest.raises(CaseMoved):
            grant(case=case, said=by(clerk))
        with pytest.raises(CaseMoved):
            withdraw(case=case, said=buyer())
        with pytest.raises(CaseMoved):
            say(case=case, said=buyer(), at=timezone.now())

    def test_the_talk_is_never_changed(self, scene: Scene) -> None:
        case = opened(delivered(scene), said=buyer(photos=[photo()]))
        step = case.steps.get()
        assert step.photos.count() == 1
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            Step.objects.filter(pk=step.pk).update(text="x")
        Photo.objects.all().delete()
        with pytest.raises(DatabaseError, match="Cannot (update|delete)"), transaction.atomic():
            step.delete()

    def test_all_of_an_order_given_back_ends_it(self, scene: Scene, clerk: User) -> None:
        order = delivered(scene)
        grant(case=opened(order, units=3), said=by(clerk))
        order.refresh_from_db()
        assert order.state == OrderState.REFUNDED and agree()
