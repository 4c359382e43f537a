"""Reviews: after delivery only, once a line, never of one's own goods; answered, hidden with a reason; and scores that nobody buys."""

import datetime as dt

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from aftersales.answering import OwnPurchase, grant
from aftersales.jobs import every_night
from aftersales.models import BuyerReview, Side, StoreScore
from aftersales.reviewing import EDITED_WITHIN, CannotReview, answer_review, hide_review, show_review, write_review
from aftersales.scoring import reckon_scores, score_of
from aftersales.talking import Said
from orders.models import Consignment, NoticeStep, Order, OrderLine, Sale
from sellers.mandates import MandateMissing
from stations.models import Role
from stations.scope import NotAllowed
from tests.aftersales.test_cases import delivered, opened
from tests.aftersales.test_pages import upload
from tests.cast import make_clerk, make_official, make_user, post, signed_in_client
from tests.orders.scene import Scene, make_scene, order_of, paid, tell_all, to_the_door

pytestmark = pytest.mark.django_db
WORDS = "花色金黄，泡发后很香，比超市的好。"


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


def line_of(order: Order) -> OrderLine:
    return OrderLine.objects.get(consignment__order=order, consignment__replaces=None)


def reviewed(order: Order, stars: int = 5, *, by: User | None = None, at: dt.datetime | None = None) -> BuyerReview:
    return write_review(order=order, line_id=line_of(order).pk, stars=stars, text=WORDS, by=by, at=at)


class TestWriting:
    def test_the_buyer_writes_and_everybody_reads(self, scene: Scene) -> None:
        order = delivered(scene)
        part, line = Consignment.objects.get(), line_of(order)
        page, browser = reverse("order_review", args=[order.ref, part.number]), Client()
        assert page in browser.get(reverse("order", args=[order.ref])).content.decode()
        sent = {"line": line.pk, f"r{line.pk}-stars": "4", f"r{line.pk}-text": WORDS, f"r{line.pk}-photos": upload()}
        assert browser.post(page, sent)["Location"] == page
        review = BuyerReview.objects.get()
        goods = Client().get(reverse("goods_reviews", args=[scene.daylily.product.ref])).content.decode()
        assert WORDS in goods and "★★★★☆" in goods and "刘*" in goods
        for secret in (order.recipient, order.phone, order.number):
            assert secret not in goods
        photo = reverse("review_photo", args=[review.photos.get().pk])
        assert photo in goods and Client().get(photo)["Content-Type"] == "image/jpeg"
        store = Client().get(reverse("store_reviews", args=[scene.store.slug])).content.decode()
        assert WORDS in store
        assert (
            reverse("store_reviews", args=[scene.store.slug])
            in Client().get(reverse("store", args=[scene.store.slug])).content.decode()
        )

    def test_not_before_delivery_nor_unpaid_nor_half_a_year_later(self, scene: Scene) -> None:
        unpaid = order_of(scene, key="unpaid")
        with pytest.raises(CannotReview):
            reviewed(unpaid)
        with pytest.raises(CannotReview):
            reviewed(paid(order_of(scene, key="paid")))
        order = delivered(scene, days=170, key="long")
        with pytest.raises(CannotReview):
            reviewed(order, at=timezone.now() + dt.timedelta(days=11))
        assert reviewed(order).stars == 5

    @pytest.mark.parametrize("stars", [0, 6, -1, 500])
    def test_stars_that_are_none(self, scene: Scene, stars: int) -> None:
        order = delivered(scene)
        with pytest.raises(CannotReview):
            reviewed(order, stars)
        line, part = line_of(order), Consignment.objects.get()
        page = reverse("order_review", args=[order.ref, part.number])
        assert Client().post(page, {"line": line.pk, f"r{line.pk}-stars": stars}).status_code == 422
        reviewed(order)
        with pytest.raises(IntegrityError), transaction.atomic():
            BuyerReview.objects.update(stars=6)

    def test_once_a_line_changed_within_thirty_days_with_its_history(self, scene: Scene) -> None:
        order = delivered(scene)
        now = timezone.now()
        first = reviewed(order, 5)
        assert reviewed(order, 2, at=now + EDITED_WITHIN - dt.timedelta(hours=1)).pk == first.pk
        with pytest.raises(CannotReview):
            reviewed(order, 1, at=now + EDITED_WITHIN + dt.timedelta(hours=1))
        events = BuyerReview.pgh_event_model.objects.order_by("pgh_id")  # type: ignore[attr-defined]
        assert list(events.values_list("stars", flat=True)) == [5, 2]

    def test_while_a_case_is_open_not_and_after_it_has_ended(self, scene: Scene, clerk: User) -> None:
        order = delivered(scene)
        case = opened(order, units=3)
        with pytest.raises(CannotReview):
            reviewed(order, 1)
        grant(case=case, said=Said(Side.SELLER, clerk, "n-grant"))
        order.refresh_from_db()
        assert reviewed(order, 1).stars == 1

    def test_another_orders_line_is_not_there(self, scene: Scene) -> None:
        mine, others = delivered(scene), delivered(scene, key="other")
        with pytest.raises(CannotReview):
            write_review(order=mine, line_id=line_of(others).pk, stars=1, text="", by=None)


class TestOwnGoods:
    """Nobody praises what they sell themselves."""

    def test_the_sellers_family_by_account_and_by_telephone(self, scene: Scene) -> None:
        farmer, household = make_user(name="李秀英"), scene.store.household
        household.user = farmer
        household.save()
        by_phone = delivered(scene, delivery=to_the_door(phone=household.phone), key="phone")
        for order, by in ((by_phone, None), (delivered(scene, buyer=farmer, key="account"), farmer)):
            with pytest.raises(CannotReview):
                reviewed(order, by=by)
        with pytest.raises(CannotReview):  # bought by a guest, reviewed by the farmer
            reviewed(delivered(scene, key="guest"), by=farmer)

    def test_the_staff_of_its_station(self, scene: Scene) -> None:
        clerk = post(make_user(name="周小兰"), Role.VILLAGE_STAFF, station=scene.qidong.point)
        with pytest.raises(CannotReview):
            reviewed(delivered(scene, buyer=clerk), by=clerk)
        elsewhere = post(make_user(name="田小妹"), Role.VILLAGE_STAFF, station=scene.sangzhi.point)
        assert reviewed(delivered(scene, buyer=elsewhere, key="elsewhere"), by=elsewhere).stars == 5


class TestAnswerAndModeration:
    def test_the_seller_answers_and_no_other(self, scene: Scene, clerk: User) -> None:
        review = reviewed(delivered(scene))
        for stranger in (make_user(), make_clerk(scene.sangzhi.point, name="田小妹")):
            with pytest.raises(MandateMissing):
                answer_review(by=stranger, review=review, text="谢谢！")
        desk = signed_in_client(clerk)
        desk.post(reverse("desk_buyer_reviews"), {"review": review.pk, "action": "answer", "text": "谢谢，欢迎再来！"})
        page = Client().get(reverse("goods_reviews", args=[scene.daylily.product.ref])).content.decode()
        assert "谢谢，欢迎再来！" in page
        bought = reviewed(delivered(scene, delivery=to_the_door(phone="13700001111"), key="clerk"))
        User.objects.filter(pk=clerk.pk).update(phone="13700001111")
        clerk.refresh_from_db()
        with pytest.raises(OwnPurchase):
            answer_review(by=clerk, review=bought, text="很好")

    def test_the_county_hides_with_a_reason_and_the_author_is_told(self, scene: Scene, centre: User) -> None:
        order = delivered(scene, language="en")
        review = reviewed(order)
        desk, page = signed_in_client(centre), reverse("goods_reviews", args=[scene.daylily.product.ref])
        desk.post(reverse("desk_buyer_reviews"), {"review": review.pk, "action": "hide", "text": ""})
        assert WORDS in Client().get(page).content.decode(), "not without a reason"
        desk.post(reverse("desk_buyer_reviews"), {"review": review.pk, "action": "hide", "text": "含他人住址"})
        assert WORDS not in Client().get(page).content.decode()
        assert tell_all(order, NoticeStep.REVIEW) == 1
        assert "was hidden" in mail.outbox[-1].subject and "含他人住址" in mail.outbox[-1].body
        with pytest.raises(CannotReview):
            reviewed(order, 5)
        show_review(by=centre, review=review)
        assert WORDS in Client().get(page).content.decode()

    def test_nobody_hides_who_is_not_the_county_or_who_sells_it(self, scene: Scene, clerk: User) -> None:
        review = reviewed(delivered(scene))
        official = make_official()
        household = scene.store.household
        household.user = official
        household.save()
        review.store.household.user = official
        for user in (clerk, make_user(), official, make_clerk(scene.sangzhi.centre, name="田桂英")):
            with pytest.raises(NotAllowed):
                hide_review(by=user, review=review, reason="不好看")
        assert BuyerReview.objects.get().hidden_at is None

    def test_a_hidden_reviews_photograph_is_not_there(self, scene: Scene, centre: User) -> None:
        order = delivered(scene)
        line, part = line_of(order), Consignment.objects.get()
        sent = {"line": line.pk, f"r{line.pk}-stars": "1", f"r{line.pk}-photos": upload()}
        Client().post(reverse("order_review", args=[order.ref, part.number]), sent)
        review = BuyerReview.objects.get()
        photo = reverse("review_photo", args=[review.photos.get().pk])
        hide_review(by=centre, review=review, reason="与商品无关")
        assert Client().get(photo).status_code == 404


class TestScore:
    """What a score is made of, and that nobody buys one."""

    def score(self, scene: Scene) -> StoreScore:
        every_night(0)
        return StoreScore.objects.get(store=scene.store)

    def by(self, scene: Scene, stars: int, number: int) -> BuyerReview:
        phone = f"1390731{number:04d}"
        return reviewed(delivered(scene, delivery=to_the_door(phone=phone), key=f"k{number}"), stars)

    @pytest.mark.parametrize(
        ("sums", "score"),
        [
            # B = (10*4 + 15) / 13 = 4.2308; 0.7 B + 1 + 0.5 = 4.4615
            ({"stars": 15, "reviews": 3, "mean": (4, 1), "cases": (0, 3), "on_time": (3, 3)}, 446),
            # a tenth went wrong: 0.2 * 5 * 0.9 = 0.9; half in time: 0.25
            ({"stars": 15, "reviews": 3, "mean": (4, 1), "cases": (1, 10), "on_time": (1, 2)}, 411),
            ({"stars": 5000, "reviews": 1000, "mean": (9, 2), "cases": (0, 0), "on_time": (0, 0)}, 500),
            ({"stars": 1000, "reviews": 1000, "mean": (1, 1), "cases": (1, 1), "on_time": (0, 1)}, 70),
            ({"stars": 10, "reviews": 2, "mean": (4, 1), "cases": (0, 2), "on_time": (2, 2)}, None),
        ],
    )
    def test_the_formula(self, sums: dict[str, object], score: int | None) -> None:
        assert score_of(**sums) == score  # type: ignore[arg-type]

    def test_the_night_writes_the_numbers_and_the_page_shows_them(self, scene: Scene) -> None:
        for number, stars in enumerate((5, 4, 3)):
            self.by(scene, stars, number)
        row = self.score(scene)
        assert (row.reviews, row.stars, row.delivered, row.cases) == (3, 12, 3, 0)
        assert row.score is not None and row.stars_text
        page = Client().get(reverse("store_reviews", args=[scene.store.slug])).content.decode()
        assert f"{row.stars_text} / 5" in page and "评分不能花钱购买" in page
        assert reckon_scores() == 1 and StoreScore.objects.filter(store=scene.store).count() == 1

    def test_many_reviews_of_one_buyer_are_one_a_month(self, scene: Scene) -> None:
        at = timezone.localtime().replace(day=15, hour=12)
        orders = [delivered(scene, key=f"k{n}", days=60) for n in range(4)]
        for order in orders:
            reviewed(order, 5, at=at)
        assert (self.score(scene).reviews, self.score(scene).score) == (1, None)

    def test_what_left_the_volume_leaves_the_score(self, scene: Scene) -> None:
        """A row that got past the form (a family whose telephone was entered later, say) counts no more than the form lets in."""
        for number in range(3):
            self.by(scene, 5, number)
        assert self.score(scene).reviews == 3
        with transaction.atomic():
            sale = Sale.objects.filter(line__consignment__order__phone="13907310000").get()
            Sale.objects.bulk_create(
                [
                    Sale(
                        **{
                            field.attname: getattr(sale, field.attname)
                            for field in Sale._meta.concrete_fields
                            if field.attname not in ("id", "key", "left_out")
                        },
                        key="correction",
                        left_out="self_purchase",
                    )
                ]
            )
        assert self.score(scene).reviews == 2

    def test_goods_that_were_paid_back_weigh_in(self, scene: Scene, clerk: User) -> None:
        reviews = [self.by(scene, 5, number) for number in range(3)]
        before = self.score(scene).score
        order = reviews[0].line.consignment.order
        grant(case=opened(order, units=3), said=Said(Side.SELLER, clerk, "n-grant"))
        row = self.score(scene)
        assert (row.cases, row.reviews) == (1, 3) and before is not None and row.score is not None
        assert row.score < before

    def test_hidden_and_old_reviews_do_not_count(self, scene: Scene, centre: User) -> None:
        for number in range(3):
            self.by(scene, 5, number)
        hide_review(by=centre, review=BuyerReview.objects.latest("pk"), reason="辱骂他人")
        assert self.score(scene).reviews == 2
        BuyerReview.objects.update(written_at=timezone.now() - dt.timedelta(days=366))
        assert self.score(scene).reviews == 0
