"""The main job from the farmer's store to the reported volume, by the people who do it, in a real browser on the running site."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from catalog.search import index_product
from delivery.models import Parcel, ParcelState
from orders.models import Order, OrderState
from payments.models import Payment, PaymentState
from sellers.models import Household, Mandate, Store, StoreStatus
from stations.models import Station
from tests import browser as chromium
from tests.cast import make_user
from tests.journeys import buying, delivering, storekeeping
from tests.journeys.people import Someone, Street
from tests.journeys.world import World, a_minute_passes, make_world

BUYER = "liumin@daylily.example"
# Two bags of 38.80, three jin of 32.00, one pack of buds of 26.50: what Qidong sells in this story; and Sangzhi's tea.
QIDONG_FEN, SANGZHI_FEN, INBOUND_FEN = 2 * 3880 + 3 * 3200 + 2650, 12800, 5900
# Three jin by weight are charged with five percent on top, which comes back once they weigh what was ordered.
MARGIN_FEN = 3 * 160


@dataclass
class Story:
    """What the scenes share: the world, the street that people come from, the worker, a photograph."""

    world: World
    street: Street
    run_jobs: Callable[[], None]
    photograph: Path

    def at_work(self, station: Station, language: str = "zh-hans") -> Someone:
        """Staff of a station, signed in on a phone."""
        return self.street.phone(language).sign_in(self.world.clerk(station), then="desk")

    @property
    def store(self) -> Store:
        """The store of the story."""
        return Store.objects.get(name=storekeeping.STORE)


@pytest.fixture
def story(windows: chromium.Windows, stripe_process: str, run_jobs: Callable[[], None], tmp_path: Path) -> Story:
    """The world before the first scene, with the site and the stand-in for Stripe running."""
    world = make_world()
    for variant in (world.buds, world.tea, world.flask):
        index_product(variant.product)
    return Story(world, Street(windows), run_jobs, storekeeping.photograph(tmp_path))


def test_from_the_farmers_store_to_the_reported_volume(story: Story) -> None:
    the_village_opens_a_store(story)
    the_village_lists_goods(story)
    buyer = a_buyer_fills_a_cart(story)
    order = the_buyer_orders_and_pays(story, buyer)
    qidong_sends_one_box(story, order)
    sangzhi_sends_its_tea_in_english(story, order)
    the_buyer_has_the_goods(story, buyer, order)
    a_village_buyer_pays_cash_and_picks_up(story)
    the_farmer_sees_the_money(story)
    the_province_walks_down_to_the_order(story, order)
    the_figures_are_right(story)


def the_village_opens_a_store(story: Story) -> None:
    """Village staff open it, the township recommends, the county approves: three people, and nobody their own."""
    qidong = story.world.qidong
    storekeeping.open_store(story.at_work(qidong.point), story.photograph)
    assert story.store.status == StoreStatus.SUBMITTED
    storekeeping.decide(story.at_work(qidong.township), "Recommend to the county")
    storekeeping.decide(story.at_work(qidong.centre), "Approve: the store opens")
    assert story.store.status == StoreStatus.OPEN
    assert Mandate.objects.get(household=story.store.household).confirmed_at


def the_village_lists_goods(story: Story) -> None:
    """By the bag and by weight, with photograph, lot, grade and test; 'entered by X for Y' shows at the desk and in the shop."""
    clerk = story.at_work(story.world.qidong.point)
    storekeeping.list_goods(clerk, story.photograph)
    clerk.follow("See it as buyers do")
    clerk.reads_title(storekeeping.GOODS)
    clerk.finds(story.world.qidong.point.name)
    story.run_jobs()


def a_buyer_fills_a_cart(story: Story) -> Someone:
    """Found by its names, pinyin and initials, narrowed down, opened: then three stores of two counties in one cart."""
    buyer = story.street.table()
    buyer.go("home")
    for words in ("黄花菜", "黄花", "花菜", "huanghuacai", "hhc"):
        expect(buying.search(buyer, words).filter(has_text=storekeeping.GOODS)).to_have_count(1)
    narrow = buyer.page.get_by_role("navigation", name=buyer.says("Narrow down"))
    narrow.get_by_text(buyer.says("Grade"), exact=True).click()
    narrow.get_by_role("link", name=re.compile("特级")).click()
    expect(buyer.page.locator("main article")).to_have_count(1)
    buyer.open(storekeeping.GOODS)
    buyer.finds(f"祁东县 · {story.world.qidong.township.region.name}")
    buyer.reads("When it would arrive")
    buyer.choose("Where to", "湖南省")
    buyer.press("Show the day")
    expect(buyer.page.locator("#arrival")).to_contain_text(re.compile(r"\d+月\d+日"))
    buyer.finds("GB 2763-2021")
    buying.put_in_cart(buyer, pack=storekeeping.BAG, quantity=2)
    buyer.open(storekeeping.GOODS)
    buying.put_in_cart(buyer, pack=storekeeping.LOOSE, quantity=3)
    for words in ("黄花菜干", "桑植白茶"):
        buying.search(buyer, words)
        buyer.open(words)
        buying.put_in_cart(buyer)
    expect(buyer.page.locator("main h2", has_text=re.compile("祁东县|桑植县"))).to_have_count(2)
    return buyer


def the_buyer_orders_and_pays(story: Story, buyer: Someone) -> Order:
    """Signs up on the way, says where, sees freight and day, is declined once, pays with a double click, and is charged once."""
    buyer.follow("Check out")
    buyer.follow("Sign up")
    buying.sign_up(buyer, BUYER, "huanghua-2026-hao")
    buying.say_where(buyer)
    buyer.press("Show freight and arrival")
    expect(buyer.page.locator("main")).to_contain_text(re.compile(r"\d+月\d+日"))
    buyer.page.get_by_role("button", name=re.compile(r"¥")).click()
    order = buying.newest_order()
    assert order.goods_fen == QIDONG_FEN + MARGIN_FEN + SANGZHI_FEN
    buying.pay_on_hosted_page(buyer, buying.DECLINED_CARD)
    expect(buyer.page.get_by_role("alert")).to_contain_text("银行拒绝了这笔付款")
    buying.pay_on_hosted_page(buyer, buying.PAID_CARD, twice=True)
    buyer.page.wait_for_url(re.compile(rf"/orders/{order.ref}/"))
    buying.wait_until_paid(buyer, story.run_jobs)
    order.refresh_from_db()
    assert (order.state, order.user) == (OrderState.PAID, User.objects.get(email=BUYER))
    assert Payment.objects.filter(order_ref=order.ref, state=PaymentState.SUCCEEDED).count() == 1
    return order


def parcels_of(order: Order, county_code: str) -> list[Parcel]:
    """The order's parcels from one county, by their origin."""
    return list(
        Parcel.objects.filter(consignment__order=order, origin__region__code__startswith=county_code).order_by(
            "origin__code"
        )
    )


def qidong_sends_one_box(story: Story, order: Order) -> None:
    """Two village points collect and weigh; the township passes on; the centre packs one box and gives it to the carrier."""
    qidong = story.world.qidong
    first, second = parcels_of(order, "430426")
    labels = collect_in_two_villages(story)
    township, centre = story.at_work(qidong.township), story.at_work(qidong.centre)
    for label, parcel in zip(labels, (first, second), strict=True):
        assert label.endswith(f"/trace/{parcel.ref}/")
        delivering.scan(township, label, "Arrived here")
        delivering.next_step(township, parcel, "Sent on from here")
        delivering.scan(centre, label, "Arrived here")
    box = delivering.pack(centre)
    delivering.scan(centre, box.number, "Handed to the carrier", carrier_number="EMS1234567890CN")
    delivering.next_step(centre, box, "The carrier delivered it")


def collect_in_two_villages(story: Story) -> list[str]:
    """What the farmers bring, at the point of each; the labels."""
    labels = []
    qidong = story.world.qidong
    for point, farmer, weights in (
        (qidong.point, storekeeping.FARMER, ("1.01", "1.5")),
        (qidong.second_point, "王建国", ("0.26",)),
    ):
        clerk = story.at_work(point)
        labels.append(delivering.collect(clerk, farmer, *weights))
        delivering.scan(clerk, labels[-1], "Sent on from here")
    return labels


def sangzhi_sends_its_tea_in_english(story: Story, order: Order) -> None:
    """The other county's staff read English pages; one parcel needs no box."""
    sangzhi = story.world.sangzhi
    (parcel,) = parcels_of(order, "430822")
    clerk = story.at_work(sangzhi.point, "en")
    label = delivering.collect(clerk, parcel.consignment.store.household.name_latin, "0.21")
    delivering.scan(clerk, label, "Sent on from here")
    township = story.at_work(sangzhi.township, "en")
    delivering.scan(township, parcel.number, "Arrived here")
    delivering.scan(township, parcel.number, "Sent on from here")
    centre = story.at_work(sangzhi.centre, "en")
    delivering.scan(centre, parcel.number, "Arrived here")
    delivering.scan(centre, parcel.number, "Handed to the carrier", carrier_number="EMS9876543210CN")
    delivering.scan(centre, parcel.number, "The carrier delivered it")


def the_buyer_has_the_goods(story: Story, buyer: Someone, order: Order) -> None:
    """The order shows all three parcels delivered, and the code on the bag shows whose hands it passed through."""
    buyer.go("orders")
    buyer.open(order.number)
    parcel = parcels_of(order, "430426")[0]
    expect(buyer.page.locator("section .pill.good", has_text=str(ParcelState.DELIVERED.label))).to_have_count(3)
    buyer.go("trace", parcel.ref)
    buyer.reads("The chain is unbroken.")
    for station in (story.world.qidong.point, story.world.qidong.township, story.world.qidong.centre):
        buyer.finds(station.name)
    assert "刘敏" not in buyer.page.content()


def a_village_buyer_pays_cash_and_picks_up(story: Story) -> None:
    """A thermos flask goes into the village: ordered there, paid at the counter, sent down, handed out against the pickup code."""
    qidong = story.world.qidong
    buyer, order = the_flask_is_ordered(story)
    clerk = story.at_work(qidong.point)
    clerk.go("desk_cash")
    clerk.fill("Order number", order.number)
    clerk.fill("Last four digits of the mobile number", "0002")
    clerk.press("Find the order")
    clerk.page.get_by_role("button", name=re.compile("¥")).click()
    clerk.finds(order.number)
    story.run_jobs()
    centre, township = story.at_work(qidong.centre), story.at_work(qidong.township)
    label = delivering.collect(centre, "祁东县供销日用品", "0.46")
    delivering.scan(centre, label, "Sent on from here")
    delivering.scan(township, label, "Arrived here")
    delivering.scan(township, label, "Sent on from here")
    delivering.scan(clerk, label, "Arrived here")
    buyer.go("order", order.ref)
    code = buyer.page.locator(".pickup-code").inner_text().strip()
    delivering.scan(clerk, "", "Picked up by the buyer", pickup_code=code)
    buyer.page.reload()
    expect(buyer.page.locator("section .pill.good", has_text=str(ParcelState.DELIVERED.label))).to_have_count(1)


def the_flask_is_ordered(story: Story) -> tuple[Someone, Order]:
    """By somebody with an account, to their own village point, to be paid in cash."""
    point = story.world.qidong.point
    buyer = story.street.phone().sign_in(story.world.buyer_there)
    buyer.go("product", story.world.flask.product.ref)
    buying.put_in_cart(buyer)
    buyer.follow("Check out")
    buyer.page.locator("input[name=way][value=station]").check()
    buyer.fill("Recipient", "陈姐")
    buyer.fill("Mobile number", "13873410002")
    county = buyer.page.locator("select[name=pickup_county]")
    county.select_option(value=county.locator("option", has_text="祁东县").get_attribute("value") or "")
    point_choice = buyer.page.locator("select[name=station]")
    expect(point_choice.locator(f"option[value='{point.code}']")).to_be_attached()
    point_choice.select_option(value=point.code)
    buyer.page.locator("input[name=pay_by][value=counter]").check()
    buyer.press("Show freight and arrival")
    buyer.page.get_by_role("button", name=re.compile("¥")).click()
    order = buying.newest_order()
    buyer.finds(order.number)
    assert order.goods_fen == INBOUND_FEN
    return buyer, order


def the_farmer_sees_the_money(story: Story) -> None:
    """Her own page, in large type: what was sold, and what of it is hers after commission and the station's fee."""
    story.run_jobs()
    farmer = make_user("lixiuying@daylily.example", name=storekeeping.FARMER)
    Household.objects.filter(pk=story.store.household_id).update(user=farmer)
    phone = story.street.phone().sign_in(farmer, then="my_store")
    phone.reads_title(storekeeping.STORE)
    # Of 77.60 and 96.00: less 2 % (1.55, 1.92) and 3 % (2.33, 2.88), line by line.
    phone.finds("¥164.92")
    phone.open(phone.says("Sold and earned"))
    phone.finds(storekeeping.GOODS)
    phone.go("my_store_deeds")
    phone.finds(story.world.clerk(story.world.qidong.point).name)


def the_province_walks_down_to_the_order(story: Story, order: Order) -> None:
    """From Hunan by prefecture, county, township and village to one order, its ledger and the handovers; 100 % is verified."""
    a_minute_passes()
    reader = story.street.table().sign_in(story.world.province, then="volume")
    reader.finds("湖南省")
    village = story.world.qidong.point.region.label
    for name in ("衡阳市", "祁东县", story.world.qidong.township.region.label, village):
        reader.page.locator("table.figures").first.get_by_role("link", name=name).click()
        reader.page.wait_for_url(re.compile(r"/volume/\d+/"))
        expect(reader.page.locator(".report-head")).to_contain_text(name)
    reader.reads("%(percent)s %% of outbound", percent=100)
    reader.page.locator("table.figures").last.get_by_role(
        "row", name=f"{storekeeping.GOODS} {storekeeping.BAG}"
    ).get_by_role("link").click()
    reader.reads_title(order.number)
    reader.finds(storekeeping.GOODS)
    reader.finds("¥77.60")
    assert "刘敏" not in reader.page.content()


def the_figures_are_right(story: Story) -> None:
    """The command's figures are those of the orders, and both audits find nothing."""
    story.run_jobs()
    qidong, sangzhi = volume("430426"), volume("4308")
    assert (qidong["outbound_fen"], qidong["inbound_fen"], qidong["verified_fen"]) == (
        QIDONG_FEN,
        INBOUND_FEN,
        QIDONG_FEN,
    )
    assert (sangzhi["outbound_fen"], sangzhi["inbound_fen"], sangzhi["verified_fen"]) == (SANGZHI_FEN, 0, SANGZHI_FEN)
    paid = sum(order.goods_fen for order in Order.objects.filter(state=OrderState.PAID)) - MARGIN_FEN
    hunan = volume("43")
    assert hunan["outbound_fen"] + hunan["inbound_fen"] == paid
    assert hunan["orders"] == 2
    call_command("check_ledger", stdout=io.StringIO())
    call_command("check_volume", stdout=io.StringIO())


def volume(region: str) -> dict[str, int]:
    """The totals that `manage.py volume` prints for this month."""
    month, out = timezone.localdate().strftime("%Y-%m"), io.StringIO()
    call_command("volume", region=region, first=month, last=month, by="region", format="json", stdout=out)
    total: dict[str, int] = json.loads(out.getvalue())["total"]
    return total
