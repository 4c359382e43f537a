"""Cash from a station's till to the county centre, to the bank and back: counted twice, never by one person, never below zero."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from payments import ledger
from payments.models import AccountKind, Provider, Transfer
from payments.tills import TillShort
from stations import cash
from stations.cash import Way, county_tills, ways_from
from stations.models import CashHandover, CashOutcome, CashState, Station
from stations.scope import NotAllowed
from tests.cast import make_clerk, make_inbound_product, make_official, make_store, make_variant
from tests.orders.scene import Scene, make_scene, order_of, paid, to_the_point
from tests.pictures.conftest import photograph
from tests.reports.test_audits import found

pytestmark = pytest.mark.django_db
PAID = 5900


class Counters:
    """A village point with a paid order's cash in its till, and the people of the point and of the county centre."""

    def __init__(self) -> None:
        self.scene: Scene = make_scene()
        self.point, self.centre = self.scene.qidong.point, self.scene.qidong.centre
        flask = make_variant(make_inbound_product(make_store(self.centre)), price_fen=PAID)
        delivery = to_the_point(self.point)
        order = order_of(self.scene, lines=[(flask.pk, 1)], delivery=delivery, pay_by=Provider.COUNTER)
        paid(order)
        self.sum = order.total_fen
        self.clerk = make_clerk(self.point, "周小兰")
        self.zou, self.peng = make_clerk(self.centre, "邹丽"), make_clerk(self.centre, "彭建军")
        self.official = make_official()

    @property
    def up(self) -> Way:
        return Way(self.point, self.centre)

    def given(self, fen: int = 0) -> CashHandover:
        return cash.hand_over(by=self.clerk, way=self.up, fen=fen or self.sum)

    def disputed(self, counted: int) -> CashHandover:
        return cash.count(by=self.zou, handover=self.given(), fen=counted)


@pytest.fixture
def counters() -> Counters:
    return Counters()


def till(station: Station) -> int:
    return ledger.balance(AccountKind.STATION_CASH, station.code)


def transit(handover: CashHandover) -> int:
    return ledger.balance(AccountKind.CASH_TRANSIT, handover.ref)


def upload() -> ContentFile[bytes]:
    return ContentFile(photograph().getvalue(), "slip.jpg")


class TestFromTillToTill:
    """Given, counted, received."""

    def test_what_is_given_is_in_nobodys_till_until_it_is_counted(self, counters: Counters) -> None:
        handover = counters.given()
        assert (till(counters.point), transit(handover), till(counters.centre)) == (0, counters.sum, 0)
        assert found("check_ledger") == ""
        received = cash.count(by=counters.zou, handover=handover, fen=counters.sum)
        assert received.state == CashState.RECEIVED
        assert (till(counters.point), transit(handover), till(counters.centre)) == (0, 0, counters.sum)
        assert found("check_ledger") == ""

    def test_the_whole_way_to_the_bank_and_change_back(self, counters: Counters) -> None:
        cash.count(by=counters.zou, handover=counters.given(), fen=counters.sum)
        to_bank = cash.hand_over(by=counters.zou, way=Way(counters.centre, None), fen=counters.sum, slip="ICBC 2211")
        cash.count(by=counters.official, handover=to_bank, fen=counters.sum)
        assert ledger.balance(AccountKind.BANK) == counters.sum
        fetched = cash.hand_over(by=counters.zou, way=Way(None, counters.centre), fen=2_000)
        cash.count(by=counters.peng, handover=fetched, fen=2_000)
        change = cash.hand_over(by=counters.peng, way=Way(counters.centre, counters.point), fen=1_500)
        cash.count(by=counters.clerk, handover=change, fen=1_500)
        held = (ledger.balance(AccountKind.BANK), till(counters.centre), till(counters.point))
        assert held == (counters.sum - 2_000, 500, 1_500)
        assert found("check_ledger") == ""

    def test_the_same_page_sent_twice_moves_it_once(self, counters: Counters) -> None:
        first = cash.hand_over(by=counters.clerk, way=counters.up, fen=2_000, ref="page-of-the-clerk")
        again = cash.hand_over(by=counters.clerk, way=counters.up, fen=2_000, ref="page-of-the-clerk")
        assert first == again and till(counters.point) == counters.sum - 2_000
        with pytest.raises(cash.CashMoved):
            cash.hand_over(by=counters.clerk, way=counters.up, fen=2_500, ref="page-of-the-clerk")

    def test_it_is_taken_back_as_long_as_nobody_has_counted(self, counters: Counters) -> None:
        handover = counters.given()
        cash.take_back(by=counters.clerk, handover=handover)
        assert (till(counters.point), transit(handover)) == (counters.sum, 0)
        assert found("check_ledger") == ""
        with pytest.raises(cash.CashMoved):
            cash.count(by=counters.zou, handover=handover, fen=counters.sum)
        with pytest.raises(cash.CashMoved):
            cash.take_back(by=counters.clerk, handover=handover)


class TestWhatIsRefused:
    """And then nothing has moved."""

    @pytest.fixture(autouse=True)
    def nothing_moves(self, counters: Counters) -> object:
        before = Transfer.objects.count()
        yield
        assert Transfer.objects.count() == before

    def test_more_than_the_till_holds(self, counters: Counters) -> None:
        with pytest.raises(TillShort):
            counters.given(counters.sum + 1)
        assert not CashHandover.objects.exists()

    @pytest.mark.parametrize("fen", [0, -1, 10_000_001])
    def test_sums_that_nobody_hands_over(self, counters: Counters, fen: int) -> None:
        with pytest.raises(cash.WrongSum):
            cash.hand_over(by=counters.clerk, way=counters.up, fen=fen)

    def test_ways_that_there_are_not(self, counters: Counters) -> None:
        other = counters.scene.qidong.second_point
        for by, way in (
            (counters.clerk, Way(counters.point, other)),
            (counters.clerk, Way(counters.point, None)),
            (counters.clerk, Way(None, counters.point)),
            (counters.clerk, Way(counters.point, counters.scene.sangzhi.centre)),
            (counters.zou, Way(counters.centre, counters.scene.sangzhi.point)),
        ):
            with pytest.raises(cash.WrongWay):
                cash.hand_over(by=by, way=way, fen=100, slip="1")

    def test_a_bank_without_a_slip(self, counters: Counters) -> None:
        with pytest.raises(cash.SlipMissing):
            cash.hand_over(by=counters.zou, way=Way(counters.centre, None), fen=100, slip=" ")

    def test_people_who_do_not_serve_there(self, counters: Counters) -> None:
        for by in (counters.zou, counters.official, make_clerk(counters.scene.qidong.second_point)):
            with pytest.raises(NotAllowed):
                cash.hand_over(by=by, way=counters.up, fen=100)


class TestCounting:
    """By somebody else, of the receiving side."""

    def test_the_giver_does_not_count(self, counters: Counters) -> None:
        change = cash.hand_over(by=counters.zou, way=Way(None, counters.centre), fen=2_000)
        with pytest.raises(cash.SamePerson):
            cash.count(by=counters.zou, handover=change, fen=2_000)
        with pytest.raises(DatabaseError), transaction.atomic():
            CashHandover.objects.filter(pk=change.pk).update(
                state="received", counted_fen=2_000, received_by=counters.zou, received_at=timezone.now()
            )

    def test_others_do_not_count(self, counters: Counters) -> None:
        handover = counters.given()
        for by in (counters.clerk, counters.official, make_clerk(counters.scene.sangzhi.centre)):
            with pytest.raises(NotAllowed):
                cash.count(by=by, handover=handover, fen=counters.sum)
        assert transit(handover) == counters.sum

    def test_what_is_missing_stays_in_transit_and_is_seen(self, counters: Counters) -> None:
        handover = counters.disputed(counters.sum - 500)
        assert (handover.state, handover.missing_fen) == (CashState.DISPUTED, 500)
        assert (till(counters.centre), transit(handover)) == (counters.sum - 500, 500)
        assert found("check_ledger") == ""
        assert county_tills("430426")[0].moving == 1

    def test_nothing_came(self, counters: Counters) -> None:
        handover = counters.disputed(0)
        assert (till(counters.centre), transit(handover)) == (0, counters.sum)
        assert found("check_ledger") == ""


class TestADifference:
    """Two people, a reason, and then it is somewhere."""

    def settled(self, counters: Counters, counted: int, outcome: CashOutcome) -> CashHandover:
        handover = counters.disputed(counted)
        cash.propose(by=counters.zou, handover=handover, outcome=outcome, reason="两次清点都少，已问过周小兰")
        return cash.settle(by=counters.official, handover=handover)

    def test_lost(self, counters: Counters) -> None:
        handover = self.settled(counters, counters.sum - 500, CashOutcome.LOST)
        assert (transit(handover), ledger.balance(AccountKind.CASH_DIFFERENCE, "430426")) == (0, 500)
        assert found("check_ledger") == ""

    def test_it_was_still_in_the_givers_till(self, counters: Counters) -> None:
        handover = self.settled(counters, counters.sum - 500, CashOutcome.GIVER)
        assert (transit(handover), till(counters.point)) == (0, 500)
        assert found("check_ledger") == ""

    def test_too_much_came_and_is_booked_as_found(self, counters: Counters) -> None:
        handover = self.settled(counters, counters.sum + 300, CashOutcome.LOST)
        assert (transit(handover), ledger.balance(AccountKind.CASH_DIFFERENCE, "430426")) == (0, -300)
        assert found("check_ledger") == ""

    def test_too_much_came_that_the_givers_till_does_not_have(self, counters: Counters) -> None:
        with pytest.raises(TillShort):
            self.settled(counters, counters.sum + 300, CashOutcome.GIVER)
        assert CashHandover.objects.get().state == CashState.DISPUTED

    def test_one_person_is_not_enough(self, counters: Counters) -> None:
        handover = counters.disputed(counters.sum - 500)
        cash.propose(by=counters.peng, handover=handover, outcome=CashOutcome.LOST, reason="找不到")
        for by in (counters.peng, counters.zou):  # the proposer; who counted
            with pytest.raises(cash.SamePerson):
                cash.settle(by=by, handover=handover)
        for field in ("proposed_by", "given_by", "received_by"):
            row = CashHandover.objects.filter(pk=handover.pk)
            same = getattr(row.get(), f"{field}_id")
            with pytest.raises(DatabaseError), transaction.atomic():
                row.update(state="settled", settled_by_id=same, settled_at=timezone.now())
        assert transit(handover) == 500

    def test_another_proposal_meanwhile_is_not_agreed_to(self, counters: Counters) -> None:
        handover = counters.disputed(counters.sum - 500)
        cash.propose(by=counters.zou, handover=handover, outcome=CashOutcome.GIVER, reason="还在村点钱箱")
        shown = ("giver", "还在村点钱箱")
        cash.propose(by=counters.zou, handover=handover, outcome=CashOutcome.LOST, reason="找不到")
        with pytest.raises(cash.CashMoved):
            cash.settle(by=counters.official, handover=handover, agreed=shown)

    def test_no_reason_and_no_proposal(self, counters: Counters) -> None:
        handover = counters.disputed(counters.sum - 500)
        with pytest.raises(cash.ReasonMissing):
            cash.propose(by=counters.zou, handover=handover, outcome=CashOutcome.LOST, reason="  ")
        with pytest.raises(cash.CashMoved):
            cash.settle(by=counters.official, handover=handover)
        with pytest.raises(NotAllowed):
            cash.propose(by=counters.clerk, handover=handover, outcome=CashOutcome.LOST, reason="找不到")


class TestTheDatabase:
    """What was given is not rewritten, whoever asks."""

    @pytest.mark.parametrize(
        "change",
        [
            {"amount_fen": 1},
            {"ref": "another-reference"},
            {"state": "settled"},
            {"state": "received"},
            {"given_at": timezone.now() - dt.timedelta(days=9)},
            {"from_station": None},
        ],
    )
    def test_it_does_not_change(self, counters: Counters, change: dict[str, object]) -> None:
        handover = counters.given()
        with pytest.raises(DatabaseError), transaction.atomic():
            CashHandover.objects.filter(pk=handover.pk).update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            handover.delete()

    def test_it_keeps_its_history(self, counters: Counters) -> None:
        handover = cash.count(by=counters.zou, handover=counters.given(), fen=counters.sum)
        states = list(handover.events.order_by("pgh_id").values_list("state", flat=True))  # type: ignore[attr-defined]
        assert states == ["given", "received"]


class TestThePages:
    """What each sees and may do."""

    def sent(self, client: Client, by: User, name: str, *args: object, **fields: object) -> str:
        client.force_login(by)
        return client.post(reverse(name, args=args), fields, follow=True).content.decode()

    def test_from_the_village_to_the_centre(self, counters: Counters, client: Client) -> None:
        client.force_login(counters.clerk)
        page = client.get(reverse("desk_till"))
        assert f"¥{counters.sum / 100:.2f}" in page.content.decode()
        assert [way.receiver for way in ways_from(counters.point)] == [counters.centre]
        ref = page.context["form"].initial["ref"]
        fields = {"ref": ref, "to": counters.centre.code, "fen": "20.50", "slip": "0007", "photograph": upload()}
        assert "20.50" in self.sent(client, counters.clerk, "desk_till", **fields)
        handover = CashHandover.objects.get()
        assert (handover.ref, handover.amount_fen, handover.slip) == (ref, 2050, "0007")
        slip = client.get(reverse("desk_cash_slip", args=[ref])).content.decode()
        assert handover.number in slip and slip.count("¥20.50") == 2
        assert client.get(reverse("desk_cash_photograph", args=[ref]))["Content-Type"] == "image/jpeg"
        client.force_login(counters.zou)
        assert reverse("desk_cash_handover", args=[ref]) in client.get(reverse("desk_till")).content.decode()
        self.sent(client, counters.zou, "desk_cash_do", ref, "count", fen="20.50")
        handover.refresh_from_db()
        assert (handover.state, handover.received_by) == (CashState.RECEIVED, counters.zou)

    def test_a_count_that_differs_until_two_have_settled_it(self, counters: Counters, client: Client) -> None:
        handover = counters.given()
        self.sent(client, counters.zou, "desk_cash_do", handover.ref, "count", fen="0")
        overview = reverse("desk_tills", args=["430426"])
        client.force_login(counters.official)
        assert reverse("desk_cash_handover", args=[handover.ref]) in client.get(overview).content.decode()
        facts = {"outcome": "lost", "reason": "袋子路上丢了"}
        self.sent(client, counters.zou, "desk_cash_do", handover.ref, "propose", **facts)
        self.sent(client, counters.official, "desk_cash_do", handover.ref, "agree", **facts)
        handover.refresh_from_db()
        assert handover.state == CashState.SETTLED

    @pytest.mark.parametrize("typed", ["", "0", "-1", "1e3", "NaN", "99.999", "1000000", "一百"])
    def test_sums_that_are_none_are_said_and_kept(self, counters: Counters, client: Client, typed: str) -> None:
        client.force_login(counters.clerk)
        fields = {"ref": "page-of-the-clerk", "to": counters.centre.code, "fen": typed}
        answer = client.post(reverse("desk_till"), fields)
        assert answer.status_code == 422 and "errorlist" in answer.content.decode()
        assert not CashHandover.objects.exists()

    def test_more_than_there_is_is_said(self, counters: Counters, client: Client) -> None:
        fields = {"ref": "page-of-the-clerk", "to": counters.centre.code, "fen": "9000"}
        assert "9,000.00" in self.sent(client, counters.clerk, "desk_till", **fields)
        assert till(counters.point) == counters.sum

    def test_others_do_not_see_it(self, counters: Counters, client: Client) -> None:
        handover = counters.given()
        address = reverse("desk_cash_handover", args=[handover.ref])
        for by, status in (
            (make_clerk(counters.scene.qidong.second_point), 404),
            (make_clerk(counters.scene.sangzhi.centre), 404),
            (counters.official, 200),
        ):
            client.force_login(by)
            assert client.get(address).status_code == status
        client.force_login(counters.clerk)
        assert client.get(reverse("desk_tills", args=["430426"])).status_code == 404
        assert client.post(reverse("desk_cash_do", args=[handover.ref, "count"]), {"fen": "59"}).status_code == 403
        assert client.post(reverse("desk_cash_do", args=[handover.ref, "burn"])).status_code == 404


def test_a_photograph_that_is_none_is_refused(counters: Counters, client: Client) -> None:
    client.force_login(counters.clerk)
    fields = {"ref": "page-of-the-clerk", "to": counters.centre.code, "fen": "5"}
    answer = client.post(reverse("desk_till"), {**fields, "photograph": ContentFile(b"no picture", "slip.jpg")})
    assert answer.status_code == 422 and not CashHandover.objects.exists()
