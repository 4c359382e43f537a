"""One county with everything that has an address of its own, and somebody of each role."""

import datetime as dt
import hashlib
import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from PIL import Image

from accounts.models import User
from catalog.models import GoodsKind, Lot, RecallReason
from cms.halls import make_hall
from cms.models import HallPage
from cms.permissions import appoint_editor
from delivery.models import ScanKind
from orders.models import Consignment, CopiedCode, DisputeLoss, InvoiceRequest, LossBearer, Order, Payer
from orders.parcels import plan_parcels
from orders.recalling import start_recall
from orders.settlement import settle_payment
from payments.models import Dispute, Payment
from sellers.families import add_member
from sellers.filled import Filled
from sellers.models import (
    BankAnswer,
    DebtWriteOff,
    HouseholdKind,
    Mandate,
    OpeningStep,
    Payout,
    PayoutAccount,
    PayoutReturn,
    PayoutRun,
    PayoutState,
    PayoutWay,
    Proof,
    Store,
    StoreStatus,
    Submission,
)
from sellers.offline import receive
from sellers.openings import begin_opening, mend_store
from stations.models import CashHandover, Region, Role, Sheet
from tests.access.cases import case_of
from tests.access.county import county_work
from tests.access.lots import lot_work
from tests.cast import (
    SANGZHI,
    make_category,
    make_clerk,
    make_household,
    make_lot,
    make_mandate,
    make_official,
    make_operator,
    make_product,
    make_store,
    make_user,
    make_variant,
    signed_in_client,
)
from tests.delivery.scene import held
from tests.orders.flashing import make_flash
from tests.orders.promoting import make_promotion
from tests.orders.scene import Scene, make_scene, order_of

APPS = (
    "shop",
    "cms",
    "reports",
    "aftersales",
    "orders",
    "catalog",
    "delivery",
    "sellers",
    "stations",
    "payments",
    "accounts",
    "pictures",
)
ROLES = (
    "nobody", "buyer", "other_buyer", "farmer", "other_farmer",
    "village", "other_village", "township", "centre",
    "official", "other_official", "prefecture", "province", "operator",
)  # fmt: skip


@dataclass
class World:
    """The people by role, and the arguments that the addresses take."""

    people: dict[str, User | AnonymousUser]
    arguments: dict[str, tuple[Any, ...]]
    _browsers: dict[str, tuple[Client, Any]] = field(default_factory=dict)

    def client(self, role: str) -> Client:
        """The browser of this role, signed in once, with its first cookies before each request."""
        if role not in self._browsers:
            client, person = Client(), self.people[role]
            if isinstance(person, User):
                client = signed_in_client(person)
            self._browsers[role] = (client, client.cookies)
        client, cookies = self._browsers[role]
        client.cookies = cookies.copy()
        return client


def make_world() -> World:
    """A paid order of `buyer` from a store of `village`, a store half opened, a mandate on paper, a held scan, a hall."""
    scene = make_scene()
    people = make_people(scene)
    order = _paid_order(scene, people["buyer"])  # type: ignore[arg-type]
    return World(people, _arguments(scene, people, order))


def make_people(scene: Scene) -> dict[str, User | AnonymousUser]:
    """Somebody of each role; `other_village` is the next village of the same township, `other_official` the next county's.

    `other_farmer` sells from that next village.
    """
    qidong = scene.qidong
    farmer = make_user("farmer@daylily.example", name="李秀英")
    scene.store.household.user = farmer
    scene.store.household.save()
    other_farmer = make_user("zhou@daylily.example", name="周桂花")
    make_store(qidong.second_point, household=make_household(qidong.second_point, "周桂花", user=other_farmer))
    official = make_official()
    county = Region.objects.get(code="430426000000")
    make_hall(county=county, title="祁东黄花菜馆", title_en="The Qidong daylily hall")
    appoint_editor(user=official, county=county)
    found = (
        AnonymousUser(),
        make_user("buyer@daylily.example", name="刘敏"),
        make_user("other@daylily.example", name="王芳"),
        farmer,
        other_farmer,
        make_clerk(qidong.point),
        make_clerk(qidong.second_point, "彭小玲"),
        make_clerk(qidong.township, "肖建军"),
        make_clerk(qidong.centre, "邹丽"),
        official,
        make_official(SANGZHI, name="向阳"),
        make_official("430400000000", Role.PREFECTURE_OFFICIAL, "何卫东"),
        make_official("430000000000", Role.PROVINCE_OFFICIAL, "龙建平"),
        make_operator(),
    )
    return dict(zip(ROLES, found, strict=True))


def _paid_order(scene: Scene, buyer: User) -> Order:
    order = order_of(scene, buyer=buyer)
    settle_payment(Payment.objects.get(order_ref=order.ref).pk)
    plan_parcels(order.pk)
    order.refresh_from_db()
    return order


def _arguments(scene: Scene, people: dict[str, Any], order: Order) -> dict[str, tuple[Any, ...]]:
    """What stands in the addresses, by the name of the argument and by the name of the page."""
    store, product = scene.store, scene.daylily.product
    consignment = Consignment.objects.get(order=order)
    parcel = consignment.parcel
    assert parcel is not None
    waiting = held(parcel, ScanKind.IN, scene.qidong.point, people["village"])
    opening = begin_opening(
        by=people["village"], station=scene.qidong.point, consent=True, name="谭冬梅", phone="13911112222"
    )
    lot = Lot.objects.get(product=product)
    stay = make_product(
        store,
        name="黄花菜地里住一晚",
        name_en="A night among the daylilies",
        category=make_category("visits", "乡村体验", "Farm stays", kind=GoodsKind.BOOKING),
    )
    draft = make_store(scene.qidong.point, household=store.household, status=StoreStatus.DRAFT, submitted_by=None)
    mending = mend_store(by=people["village"], store=draft)
    submission = _submission(scene, people["village"])
    bag = CashHandover.objects.create(
        number="261122-1",
        county_code="430426",
        from_station=scene.qidong.point,
        to_station=scene.qidong.centre,
        amount_fen=100,
        given_by=people["village"],
    )
    flash = make_flash(make_variant(make_product(scene.store, name="黄花菜秒杀装")))
    return {
        "flash": (flash.pk,),
        "flash_pack": (flash.variant_id,),
        "cash": (bag.ref,),
        "cash_back": (bag.ref, "back"),
        "slug": (store.slug,),
        "promotion": (make_promotion(payer=Payer.COUNTY, percent_bp=500).pk,),
        "sheet": (
            Sheet.objects.create(
                kind="stations", region=scene.qidong.centre.region, by=people["centre"], name="a.csv"
            ).ref,
        ),
        "sheet_out": ("stations", "430426000000", "csv"),
        "goods_list": (
            Sheet.objects.create(
                kind="products", region=scene.qidong.centre.region, by=people["centre"], name="g.csv"
            ).ref,
        ),
        "goods_out": ("430426000000", "csv"),
        "store": (store.slug,),
        "goods": (product.ref,),
        "order": (order.ref,),
        "parcel": (parcel.ref,),
        "trace": (lot.ref,),
        "draft": (draft.slug,),
        "paused": (_store_in(scene, StoreStatus.PAUSED, people["operator"]).slug,),
        "stock": (scene.daylily.pk,),
        "submitted": (_store_in(scene, StoreStatus.SUBMITTED, people["operator"]).slug,),
        "recommended": (_store_in(scene, StoreStatus.RECOMMENDED, people["operator"]).slug,),
        "opening": (opening.ref,),
        "opening_step": (mending.ref, OpeningStep.STORE),
        "mending": (mending.ref,),
        "station": (scene.qidong.point.code,),
        "county": ("430426",),
        "household": (store.household.pk,),
        **_of_households(scene, people["village"], people),
        **county_work(product, people["village"]),
        "paper": (_paper(scene, people["village"]).pk,),
        "submission": (submission.pk,),
        "photograph": (submission.pk, "store-picture"),
        "pack": (product.ref, scene.daylily.pk),
        "lot": (product.ref, lot.pk),
        **lot_work(lot, people["village"]),
        "promise": (product.ref, make_lot(product, harvested_on=None, promised_week=dt.date(2027, 7, 5)).pk),
        "stay": (stay.ref,),
        "notice": ("nobody-asked-for-this",),
        "day": (
            stay.ref,
            make_variant(stay, on_hand=4, day=timezone.localdate() + dt.timedelta(days=9), lot=make_lot(stay)).pk,
        ),
        "weigh": (consignment.pk,),
        **case_of(consignment),
        "dispute_loss": (_loss_of(consignment, people).pk,),
        "posting": (people["village"].postings.get().pk,),
        "held": (waiting.pk,),
        "region": ("430426",),
        "volume_order": ("430426", order.ref),
        "category": (product.category.slug,),
        "draft_hall": (HallPage.objects.first().slug,),
        "style": ("desk",),
        "sitemap": ("pages",),
        "copied": (CopiedCode.objects.create(ref=lot.ref, county=scene.qidong.centre.region, places=21).pk,),
        "recall": (start_recall(by=people["centre"], lot=lot, reason=RecallReason.OTHER, drill=True).number,),
        "nothing": (999_999,),
        "picture": ("pictures/none.jpg",),
    }


def _of_payouts(scene: Scene, account: PayoutAccount, people: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """A payout in cash that the village has begun, one that was signed for, a run that the centre prepared, a debt that it proposed."""
    known = {"household": account.household, "account": account, "prepared_by": people["village"]}
    name = storages["private"].save("payouts/access.jpg", ContentFile(b"\xff\xd8\xff\xd9"))
    paid = Payout.objects.create(
        number="P-2", amount_fen=200, state=PayoutState.PAID, proof=Proof.SLIP, slip=name, sent_at=timezone.now(),
        ended_at=timezone.now(), paid_by=people["village"], station=scene.qidong.point, **known,
    )  # fmt: skip
    begun = Payout.objects.create(number="P-1", amount_fen=300_000, station=scene.qidong.point, **known)
    run = PayoutRun.objects.create(
        number="R-1", county=scene.qidong.centre.region, way=PayoutWay.BANK, first_day=dt.date(2026, 10, 1),
        last_day=dt.date(2026, 10, 31), prepared_by=people["centre"],
    )  # fmt: skip
    debt = DebtWriteOff.objects.create(
        household=account.household, amount_fen=100, reason="举家外迁", proposed_by=people["centre"]
    )
    file = storages["private"].save("bank_answers/access.csv", ContentFile(b"paid"))
    answer = BankAnswer.objects.create(
        run=run, digest=hashlib.sha256(b"paid").hexdigest(), name="回盘.csv", file=file, rows=1, by=people["centre"]
    )
    back = PayoutReturn.objects.create(
        payout=paid, slip_number="TH-1", reason="账户已销户", proposed_by=people["centre"]
    )
    return {
        "begun": (begun.ref,), "signed": (paid.ref,), "run": (run.number,), "debt": (debt.pk,),
        "answer": (run.number, answer.pk), "bank_return": (back.pk,),
    }  # fmt: skip


def _loss_of(consignment: Consignment, people: dict[str, Any]) -> DisputeLoss:
    """A lost dispute of the buyer's order that took a yuan more than is left of it, and who is to bear that; its invoice was attached."""
    order = consignment.order
    payment = Payment.objects.get(order_ref=order.ref)
    dispute = Dispute.objects.create(
        dispute_id="du_access", payment=payment, amount_fen=order.total_fen + 100, status="lost", state="lost",
        opened_at=timezone.now(), closed_at=timezone.now(),
    )  # fmt: skip
    file = storages["private"].save("invoices/access.pdf", ContentFile(b"%PDF-1.4"))
    InvoiceRequest.objects.create(
        consignment=consignment, title="长沙湘味餐饮有限公司", tax_number="91430100MA4L16JQ9B", number="24430000000012345678",
        issued_at=timezone.now(), file=file,
    )  # fmt: skip
    return DisputeLoss.objects.create(
        dispute=dispute, amount_fen=100, bearer=LossBearer.PLATFORM, reason="先退款后拒付", proposed_by=people["centre"]
    )


def _of_households(scene: Scene, clerk: User, people: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """A co-operative with a member, a mandate that waits for the farmer's word, an account that is proposed and one that waits."""
    point, household = scene.qidong.point, scene.store.household
    cooperative = make_household(point, "黄土铺合作社", kind=HouseholdKind.COOPERATIVE)
    make_mandate(cooperative, point)
    member = add_member(by=clerk, cooperative=cooperative, household=make_household(point, "曾桂香"), grows="黄花菜")
    waiting = make_mandate(household, point, confirmed_at=None)
    proposed = PayoutAccount.objects.create(household=household, way=PayoutWay.BANK, number_tail="1111")
    return {
        **_of_payouts(scene, proposed, people),
        "cooperative": (cooperative.pk,),
        "member": (member.pk,),
        "asked": (waiting.pk,),
        "held_mandate": (household.mandates.filter(confirmed_at__isnull=False).latest("pk").pk,),
        "payout": (proposed.pk,),
    }


def _store_in(scene: Scene, status: StoreStatus, submitted_by: User) -> Store:
    """A store of the same family, on its way to be opened."""
    return make_store(
        scene.qidong.point, household=scene.store.household, status=status, submitted_by=submitted_by, opened_at=None
    )


def _paper(scene: Scene, clerk: User) -> Mandate:
    name = storages["private"].save("mandates/access.jpg", ContentFile(b"\xff\xd8\xff\xd9"))
    return make_mandate(scene.store.household, scene.qidong.point, paper=name)


def _submission(scene: Scene, clerk: User) -> Submission:
    """A form that a phone sent, whose answers are missing: it waits for a person."""
    picture = io.BytesIO()
    Image.new("RGB", (60, 40)).save(picture, "JPEG")
    return receive(
        by=clerk,
        nonce=uuid.uuid4(),
        filled_in_at=timezone.now(),
        station=scene.qidong.point,
        filled=Filled({}),
        files={"store-picture": SimpleUploadedFile("a.jpg", picture.getvalue())},
    )


def our_addresses() -> Iterator[str]:
    """The names of all addresses whose views are ours, with their namespaces; the path stands in for a missing name."""
    yield from _walk(get_resolver(), "", "")


def _walk(resolver: URLResolver, space: str, path: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        here = path + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, f"{space}{entry.namespace}:" if entry.namespace else space, here)
        elif isinstance(entry, URLPattern) and entry.callback.__module__.split(".")[0] in APPS:
            yield f"{space}{entry.name}" if entry.name else here
