"""Every address of ours by every role: who gets the page, who is asked to sign in, who is told no, and for whom it isn't there.

One letter a role: O the page, R on to another page, L please sign in, F your role does not allow this (403), N not there (404, also
for what is out of scope), P not by this method (405), B refused as it stands (400), U what was sent is wrong, said on the page (422).
"""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.urls import reverse

from tests.access.world import ROLES, World, make_world, our_addresses

LETTERS = {200: "O", 302: "R", 400: "B", 403: "F", 404: "N", 405: "P", 409: "C", 422: "U"}
#                            visitor
#                            | buyer, other buyer, farmer
#                            | |   village, next village, township, centre
#                            | |   |    official, next county's official, prefecture, operator
ANYONE, ONLY_POST, NOBODY = "O OOO OOOO OOOO", "P PPP PPPP PPPP", "N NNN NNNN NNNN"
STAFF_READ, STAFF_ACT = "L NNN ONOO ONOO", "L FFF OOOO FFFO"
FOR_THE_FARM = "L NNO ONOO FNFO"  # in the farmer's name: the farmer, and whoever holds the mandate
GET: dict[str, tuple[str, str]] = {
    # name of the page: (whose arguments, who gets what)
    "healthz": ("", ANYONE),
    "stripe_webhook": ("", ONLY_POST),
    "media": ("picture", NOBODY),
    "office/login/": ("", "L FFF FFFF RFFR"),
    "fill_from_chinese": ("nothing", "L LLL LLLL NLLN"),
    "choose_goods:choose": ("", "L LLL LLLL OLLO"),
    "choose_goods:choose_results": ("", "L LLL LLLL OLLO"),
    "choose_goods:chosen": ("nothing", "L LLL LLLL NLLN"),
    "choose_goods:chosen_multiple": ("", "L LLL LLLL OLLO"),
    "choose_stores:choose": ("", "L LLL LLLL OLLO"),
    "choose_stores:choose_results": ("", "L LLL LLLL OLLO"),
    "choose_stores:chosen": ("nothing", "L LLL LLLL NLLN"),
    "choose_stores:chosen_multiple": ("", "L LLL LLLL OLLO"),
    "account_home": ("", "L RRR RRRR RRRR"),
    "style": ("", ANYONE),
    "style_of": ("style", ANYONE),
    # visitors
    "home": ("", ANYONE),
    "halls": ("", ANYONE),
    "hall": ("draft_hall", NOBODY),
    "search": ("", ANYONE),
    "category": ("category", ANYONE),
    "store": ("store", ANYONE),
    "product": ("goods", ANYONE),
    "trace": ("parcel", ANYONE),
    # buyers
    "cart": ("", ANYONE),
    "cart_add": ("", ONLY_POST),
    "cart_change": ("", ONLY_POST),
    "checkout": ("", "R RRR RRRR RRRR"),  # an empty cart
    "regions": ("", ANYONE),
    "orders": ("", "L OOO OOOO OOOO"),
    "order": ("order", "N ONN NNNN NNNN"),
    "order_pay": ("order", ONLY_POST),
    "addresses": ("", "L OOO OOOO OOOO"),
    "my_store": ("", "L NNO NNNN NNNN"),
    # the desk
    "desk": ("", "L FFF OOOO OOOO"),
    "desk_stores": ("", "L FFF OOOO OOOO"),
    "desk_opening_begin": ("", "L FFF OOOO FFFF"),
    "desk_opening_for": ("household", ONLY_POST),
    "desk_opening": ("opening", "L NNN RNRR FNFR"),
    "desk_opening_code": ("opening", ONLY_POST),
    "desk_mandate_form": ("mending", "L NNN ONOO FNFO"),
    "desk_opening_discard": ("opening", ONLY_POST),
    "desk_opening_step": ("opening_step", "L NNN ONOO FNFO"),
    "desk_store": ("store", "L NNF ONOO ONOO"),
    "desk_store_submit": ("store", ONLY_POST),
    "desk_store_recommend": ("store", ONLY_POST),
    "desk_store_approve": ("store", ONLY_POST),
    "desk_store_return": ("store", ONLY_POST),
    "desk_store_mend": ("store", ONLY_POST),
    "desk_mandate_withdraw": ("store", ONLY_POST),
    "desk_mandate_paper": ("paper", "N NNO ONOO ONOO"),
    "desk_goods": ("", "L FFF OOOO OOOO"),
    "desk_goods_new": ("store", FOR_THE_FARM),
    "desk_product": ("goods", "L NNO ONOO ONOO"),
    "desk_goods_edit": ("goods", FOR_THE_FARM),
    "desk_goods_photographs": ("goods", FOR_THE_FARM),
    "desk_goods_pack": ("goods", FOR_THE_FARM),
    "desk_goods_stock": ("pack", FOR_THE_FARM),
    "desk_goods_lot": ("goods", FOR_THE_FARM),
    "desk_goods_test": ("lot", FOR_THE_FARM),
    "desk_goods_sell": ("goods", ONLY_POST),
    "desk_goods_withdraw": ("goods", ONLY_POST),
    "desk_scan": ("", STAFF_ACT),
    "desk_parcels": ("", "L FFF OOOO OOOO"),
    "desk_pack": ("", "L PPP PPPP PPPP"),
    "desk_held": ("", "L FFF OOOO OOOO"),
    "desk_settle": ("held", "L PPP PPPP PPPP"),
    "desk_parcel": ("parcel", STAFF_READ),
    "parcel_label": ("parcel", STAFF_READ),
    "parcel_plan": ("parcel", "L PPP PPPP PPPP"),
    "desk_collect": ("", STAFF_ACT),
    "desk_weigh": ("weigh", "L FFF ONOO FFFO"),
    "desk_cash": ("", STAFF_ACT),
    # the figures
    "volume": ("", "L FFF FFFR RRRO"),
    "volume_region": ("region", "L FFF FFFO ONOO"),
    "volume_order": ("volume_order", "L FFF FFFO ONOO"),
}
# An empty form sent by each role: it is refused for its role, for what is not theirs, or only for what it leaves out.
POST: dict[str, tuple[str, str]] = {
    "stripe_webhook": ("", "B BBB BBBB BBBB"),
    "cart_add": ("", "C CCC CCCC CCCC"),
    "cart_change": ("", "R RRR RRRR RRRR"),
    "checkout": ("", "R RRR RRRR RRRR"),
    "order_pay": ("order", "N RNN NNNN NNNN"),
    "addresses": ("", "L OOO OOOO OOOO"),
    "desk_opening_begin": ("", "L FFF OOOO FFFF"),
    "desk_opening_for": ("household", "L NNF RNRR FNFF"),
    "desk_opening_code": ("mending", "L NNN RNRR FNFR"),
    "desk_opening_discard": ("opening", "L NNN RNRR FNFR"),
    "desk_opening_step": ("opening_step", "L NNN ONOO FNFO"),
    "desk_store_submit": ("draft", "L NNF RNRR FNFR"),
    # The operator has submitted these two: nobody decides on their own entry.
    "desk_store_recommend": ("submitted", "L NNF FNRR FNFF"),
    "desk_store_approve": ("recommended", "L NNF FNFR FNFF"),
    "desk_store_return": ("submitted", "L NNF FNOO FNFO"),
    "desk_store_mend": ("draft", "L NNF RNRR FNFR"),
    "desk_mandate_withdraw": ("store", "L NNF RNRR FNFR"),
    "desk_goods_new": ("store", "L NNO ONOO FNFO"),
    "desk_goods_edit": ("goods", "L NNO ONOO FNFO"),
    "desk_goods_photographs": ("goods", "L NNO ONOO FNFO"),
    "desk_goods_pack": ("goods", "L NNO ONOO FNFO"),
    "desk_goods_stock": ("pack", "L NNO ONOO FNFO"),
    "desk_goods_lot": ("goods", "L NNO ONOO FNFO"),
    "desk_goods_test": ("lot", "L NNO ONOO FNFO"),
    "desk_goods_sell": ("goods", "L NNR RNRR FNFR"),
    "desk_goods_withdraw": ("goods", "L NNR RNRR FNFR"),
    "desk_scan": ("", "L FFF UUUU FFFU"),
    "desk_pack": ("", "L FFF RRRR FFFR"),
    "desk_settle": ("held", "L NNN RNRR FNFR"),
    "parcel_plan": ("parcel", "L NNN RNRR FNFR"),
    "desk_weigh": ("weigh", "L FFF ONOO FFFO"),
    "desk_cash": ("", "L FFF OOOO FFFO"),
    "fill_from_chinese": ("nothing", "L LLL LLLL NLLN"),
    "my_store": ("", "P PPP PPPP PPPP"),
    "desk_parcel": ("parcel", "L PPP PPPP PPPP"),
}


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Hundreds of refusals are what is asked for here: they need not stand in the log."""
    with caplog.at_level("CRITICAL", logger="django.request"):
        yield


def test_every_address_has_its_line() -> None:
    assert sorted(set(our_addresses())) == sorted(GET), "A new address needs a line in the table, an old one none."


def test_every_page_by_every_role(world: World) -> None:
    found = differences(world, GET, "get")
    assert not found, "\n".join(found)


def test_every_form_by_every_role(world: World) -> None:
    found = differences(world, POST, "post")
    assert not found, "\n".join(found)


def test_someone_elses_order_store_and_parcel_are_not_there(world: World) -> None:
    for name, arguments, role in (
        ("order", "order", "other_buyer"),
        ("order", "order", "farmer"),
        ("desk_store", "store", "other_village"),
        ("desk_parcel", "parcel", "other_village"),
        ("desk_parcel", "parcel", "buyer"),
        ("desk_product", "goods", "other_official"),
    ):
        theirs = ask(world, role, reverse(name, args=world.arguments[arguments]), "get")
        nobodys = ask(world, role, reverse(name, args=["A" * 22]), "get")
        assert theirs == nobodys == "N", (name, role)


def differences(world: World, table: dict[str, tuple[str, str]], method: str) -> list[str]:
    """One line an address that does not answer as its line says."""
    found = []
    for name, (arguments, expected) in table.items():
        url = "/" + name if name.endswith("/") else reverse(name, args=world.arguments.get(arguments, ()))
        got = "".join(ask(world, role, url, method) for role in ROLES)
        if got != expected.replace(" ", ""):
            found.append(f"{name}: {spaced(got)!r}, and not {expected!r}")
    return found


def ask(world: World, role: str, url: str, method: str) -> str:
    """The letter for what this role gets; whatever the request changes is undone."""
    client = world.client(role)
    with transaction.atomic():
        response = client.get(url) if method == "get" else client.post(url)
        transaction.set_rollback(True)
    if response.status_code == 302 and "/login/" in response["Location"]:
        return "L"
    return LETTERS.get(response.status_code, str(response.status_code))


def spaced(letters: str) -> str:
    """The letters in the table's groups."""
    return " ".join((letters[:1], letters[1:4], letters[4:8], letters[8:]))
