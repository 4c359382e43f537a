"""The pages of after-sales: a guest asks with a photograph, the desk answers, both read the same talk."""

from io import BytesIO

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import User
from aftersales.answering import refuse
from aftersales.models import Case, CaseState, Photo
from orders.models import Consignment, NoticeStep, Order
from tests.aftersales.test_cases import by, delivered, opened
from tests.cast import make_clerk, make_user, signed_in_client
from tests.orders.scene import Scene, make_scene, tell_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def clerk(scene: Scene) -> User:
    return make_clerk(scene.qidong.point)


def upload(name: str = "IMG_1.jpg", content: bytes | None = None) -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (640, 480), "tan").save(file, "JPEG")
    return SimpleUploadedFile(name, content or file.getvalue(), content_type="image/jpeg")


def asked(order: Order, **more: object) -> dict[str, object]:
    line = Consignment.objects.get(order=order).lines.get()
    return {"reason": "not_as_shown", "wish": "refund", f"line_{line.pk}": 2, "text": "颜色发黑", "nonce": "n1", **more}


def address(order: Order) -> str:
    return reverse("after_sales_new", args=[order.ref, Consignment.objects.get(order=order).number])


def test_a_guest_asks_with_a_photograph_and_reads_the_answer(client: Client, scene: Scene, clerk: User) -> None:
    order = delivered(scene)
    page = client.get(address(order)).content.decode()
    assert "遇到了什么问题" in page and "48 小时" in page
    answer = client.post(address(order), asked(order, photos=[upload()]))
    case = Case.objects.get()
    assert answer.status_code == 302 and answer["Location"] == reverse("after_sales", args=[case.ref])
    desk = signed_in_client(clerk)
    seen = desk.get(reverse("desk_case", args=[case.ref])).content.decode()
    assert "颜色发黑" in seen and order.phone not in seen and order.recipient not in seen
    sums = {"action": "offer", "goods": "20", "freight": "", "text": "补偿一部分", "nonce": "n2"}
    assert desk.post(reverse("desk_case", args=[case.ref]), sums).status_code == 302
    page = client.get(reverse("after_sales", args=[case.ref])).content.decode()
    assert "¥20.00" in page and "补偿一部分" in page and "接受方案" in page
    client.post(reverse("after_sales", args=[case.ref]), {"action": "accept", "nonce": "n3"})
    case.refresh_from_db()
    assert case.state == CaseState.SETTLED and case.refund is not None and case.refund.amount_fen == 2000


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"photos": []}, "照片"), ({"reason": "x"}, ""), ({"wish": "return", "reason": "short"}, "处理方式"),
     ({"photos": [upload(content=b"<script>")]}, "")],
)  # fmt: skip
def test_what_is_wrong_with_a_request_is_said_and_what_was_typed_kept(
    client: Client, scene: Scene, wrong: dict[str, object], told: str
) -> None:
    order = delivered(scene)
    answer = client.post(address(order), asked(order, **{"photos": [upload()], **wrong}))
    page = answer.content.decode()
    assert answer.status_code == 422 and "颜色发黑" in page and told in page and not Case.objects.exists()


@pytest.mark.parametrize("units", ["4", "-1", "1.5", "1e9", "NaN", ""])
def test_units_that_nobody_bought(client: Client, scene: Scene, units: str) -> None:
    order = delivered(scene)
    line = Consignment.objects.get().lines.get()
    answer = client.post(address(order), asked(order, photos=[upload()], **{f"line_{line.pk}": units}))
    assert answer.status_code == 422 and not Case.objects.exists()


@pytest.mark.parametrize(
    "sums", [{"goods": "77.61"}, {"goods": "-1"}, {"goods": "NaN"}, {"goods": ""}, {"goods": "1e3"}]
)
def test_a_sum_that_is_no_offer(scene: Scene, clerk: User, sums: dict[str, str]) -> None:
    case = opened(delivered(scene))
    answer = signed_in_client(clerk).post(
        reverse("desk_case", args=[case.ref]), {"action": "offer", "nonce": "n", "text": "", **sums}
    )
    case.refresh_from_db()
    assert answer.status_code == 422 and case.state == CaseState.OPEN


def test_photographs_are_for_both_sides_alone(client: Client, scene: Scene, clerk: User) -> None:
    buyer = make_user()
    order = delivered(scene, buyer=buyer)
    signed_in_client(buyer).post(address(order), asked(order, photos=[upload()]))
    case, photo = Case.objects.get(), Photo.objects.get()
    where = reverse("after_sales_photo", args=[case.ref, photo.pk])
    assert signed_in_client(buyer).get(where)["Content-Type"] == "image/jpeg"
    assert signed_in_client(clerk).get(where).status_code == 200
    for stranger in (make_user(), make_clerk(scene.sangzhi.point)):
        assert signed_in_client(stranger).get(where).status_code == 404
        assert signed_in_client(stranger).get(reverse("after_sales", args=[case.ref])).status_code == 404
        assert signed_in_client(stranger).get(reverse("desk_case", args=[case.ref])).status_code in (403, 404)
    assert client.get(where).status_code == 404


def test_the_buyer_is_written_to_in_their_language(scene: Scene, clerk: User) -> None:
    order = delivered(scene, language="en")
    case = opened(order)
    refuse(case=case, said=by(clerk, "发货时完好"))
    assert tell_all(order, NoticeStep.CASE) == 1
    letter = mail.outbox[-1]
    assert letter.to == [order.email] and "after-sales" in letter.subject and "发货时完好" in letter.body
    assert "/en/after-sales/" in letter.body and "ask the county" in letter.body


def test_the_farmer_answers_on_their_own_page(scene: Scene) -> None:
    farmer, household = make_user(name="李秀英"), scene.store.household
    household.user = farmer
    household.save()
    case = opened(delivered(scene))
    mine = signed_in_client(farmer)
    assert "等待答复" in mine.get(reverse("my_store")).content.decode()
    assert reverse("my_store_case", args=[case.ref]) in mine.get(reverse("my_store_cases")).content.decode()
    page = mine.get(reverse("my_store_case", args=[case.ref])).content.decode()
    assert "您的答复" in page
    assert mine.post(reverse("my_store_case", args=[case.ref]), {"action": "grant", "nonce": "n"}).status_code == 302
    case.refresh_from_db()
    assert case.state == CaseState.SETTLED


def test_who_may_not_answer_looks_on(scene: Scene) -> None:
    case = opened(delivered(scene))
    township = make_clerk(scene.qidong.other_township)
    assert signed_in_client(township).get(reverse("desk_case", args=[case.ref])).status_code == 404
    scene.store.household.mandates.update(may_answer=False)
    over = signed_in_client(make_clerk(scene.qidong.township))
    page = over.get(reverse("desk_case", args=[case.ref])).content.decode()
    assert "您只能查看" in page and "您的答复" not in page
    assert over.post(reverse("desk_case", args=[case.ref]), {"action": "grant", "nonce": "n"}).status_code == 422
    assert (
        over.post(reverse("desk_case", args=[case.ref]), {"action": "say", "text": "x", "nonce": "m"}).status_code
        == 422
    )
