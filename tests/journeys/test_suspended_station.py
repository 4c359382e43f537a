"""The county suspends a village point: its clerk reads why and can open no store; resumed, they can."""

from playwright.sync_api import expect

from sellers.models import Opening
from stations.models import Station
from tests.browser import Windows
from tests.cast import Stations, make_clerk
from tests.journeys.people import Someone, Street
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets

REASON = "屋顶漏雨，修好再开"


def fit_for_a_thumb(person: Someone) -> None:
    assert axe_faults(person.page) == []
    assert small_targets(person.page, 44) == []
    assert not scrolls_sideways(person.page)


def test_the_county_suspends_a_point_and_resumes_it(windows: Windows) -> None:
    qidong = Stations()
    street, village = Street(windows), make_clerk(qidong.point, "周小兰")
    county = street.phone().sign_in(make_clerk(qidong.centre, "邹丽"), "desk")
    county.open(county.says("Stations"))
    fit_for_a_thumb(county)
    county.follow("Map")
    fit_for_a_thumb(county)
    county.follow("As a list")
    county.open(qidong.point.name)
    fit_for_a_thumb(county)
    county.follow("Suspend")
    fit_for_a_thumb(county)
    county.fill("Why", REASON)
    county.press("Suspend the station")
    county.reads("%(station)s is suspended.", station=qidong.point.name)
    fit_for_a_thumb(county)

    clerk = street.phone().sign_in(village, "desk")
    expect(clerk.page.locator(".shut-line")).to_contain_text(REASON)
    fit_for_a_thumb(clerk)
    clerk.follow("Open a store")
    clerk.finds(REASON)
    assert clerk.page.get_by_label("手机号").count() == 0

    county.press("Resume")
    county.reads("%(station)s works.", station=qidong.point.name)
    clerk.go("desk")
    expect(clerk.page.locator(".shut-line")).to_have_count(0)
    clerk.follow("Open a store")
    clerk.tick("The farmer has heard this and agrees.")
    clerk.page.get_by_label("姓名（或单位名称）").fill("曾桂香")
    clerk.page.get_by_label("手机号").fill("13900139000")
    clerk.press("The farmer agrees: next")
    expect(clerk.page.get_by_label("身份证号码", exact=True)).to_be_visible()
    assert Opening.objects.get().station == qidong.point


def test_a_point_is_closed_in_favour_of_its_township(windows: Windows) -> None:
    qidong = Stations()
    county = Street(windows).phone("en").sign_in(make_clerk(qidong.centre, "邹丽"), "desk_stations")
    county.open(qidong.point.name_en)
    county.follow("Close")
    fit_for_a_thumb(county)
    county.choose("Who takes over its stores and parcels?", f"{qidong.township.name_en} · {qidong.centre.region.latin}")
    county.press("Show what would move")
    fit_for_a_thumb(county)
    county.fill("Why", "Two villages became one")
    county.press("Close the station")
    county.reads_title(qidong.point.name_en)
    county.finds(qidong.township.name_en)
    assert Station.objects.get(pk=qidong.point.pk).heir == qidong.township


def test_every_form_of_a_station_fits_a_phone(windows: Windows) -> None:
    qidong = Stations()
    county = Street(windows).phone().sign_in(make_clerk(qidong.centre, "邹丽"), "desk")
    for query in ("", f"?kind=village&within={qidong.township.region.short_code}", "?kind=township&within=430426"):
        county.go("desk_station_new", query=query)
        fit_for_a_thumb(county)
    for name in ("desk_station_edit", "desk_station_move", "desk_station_photographs", "desk_station_close"):
        county.go(name, qidong.point.code)
        fit_for_a_thumb(county)
