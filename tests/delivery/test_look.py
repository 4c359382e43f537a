"""The delivery desk and the trace page in a browser: axe's rules, targets for a thumb, no sideways scrolling, both languages."""

import pytest
from playwright.sync_api import Page

from delivery.models import ScanKind
from delivery.network import schedule_runs
from stations.models import Region
from tests import cast
from tests.browser import Windows
from tests.delivery.scene import done, held, make_parcel, travel
from tests.look.accessibility import axe_faults, scrolls_sideways, small_targets


@pytest.fixture
def paths(windows: Windows) -> list[str]:
    """The pages of a centre that has one of everything to do."""
    stations, shanghai = cast.Stations(), Region.objects.get(code="310101000000")
    schedule_runs("430426")
    clerk = cast.make_clerk(stations.centre)
    clerk.email = "centre@daylily.example"
    clerk.save()
    pair = [make_parcel(stations.centre, shanghai) for _ in range(2)]
    for parcel in pair:
        done(parcel, ScanKind.COLLECT, stations.centre, clerk)
    sent = travel(
        make_parcel(stations.point, shanghai, group_ref=""), stations.point, stations.township, stations.centre
    )
    done(sent, ScanKind.CARRIER, stations.centre, clerk, carrier_number="DEMO1")
    held(pair[0], ScanKind.IN, stations.centre, clerk)
    make_parcel(stations.point, stations.centre)
    desk = [f"desk/parcels/{sent.ref}/", f"desk/parcels/{pair[0].ref}/", f"desk/parcels/{sent.ref}/label/"]
    return ["desk/parcels/", "desk/scan/", "desk/parcels/held/", *desk, f"trace/{sent.ref}/", "trace/nonsense/"]


def signed_in(page: Page) -> Page:
    page.goto("/account/login/")
    page.fill("[name=login]", "centre@daylily.example")
    page.fill("[name=password]", cast.PASSWORD)
    page.click("main form:has([name=password]) [type=submit]")
    page.wait_for_load_state()
    return page


def test_every_page_is_accessible_on_a_phone_and_at_a_desk(windows: Windows, paths: list[str]) -> None:
    for width, language in ((390, ""), (1280, "en/")):
        page = signed_in(windows.open(width=width))
        for path in paths:
            page.goto(f"/{language}{path}")
            faults = [*axe_faults(page), *small_targets(page)]
            assert not faults and not scrolls_sideways(page), (path, width, faults)


def test_a_scan_without_javascript_sent_by_a_double_click_counts_once(windows: Windows, paths: list[str]) -> None:
    page = signed_in(windows.open(width=390, java_script_enabled=False))
    page.goto("/en/" + paths[3])
    page.click("main form [type=submit]", click_count=2)
    page.wait_for_url("**/desk/scan/?done=*")
    assert "The carrier delivered it" in page.inner_text("main .notice")
