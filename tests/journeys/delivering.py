"""How a parcel goes from hand to hand at the desks."""

import re

from playwright.sync_api import expect

from delivery.models import Parcel
from tests.journeys.people import Someone


def collect(clerk: Someone, farmer: str, *kilograms: str) -> str:
    """Weigh what the farmer brings, print the label; the address that its code leads to."""
    clerk.go("desk_collect")
    clerk.open(farmer)
    for position, weight in enumerate(kilograms):
        clerk.page.locator("input[inputmode=decimal]").nth(position).fill(weight)
    clerk.press("Weighed, taken over")
    clerk.reads("Collected and weighed. Print the label and stick it on.")
    clerk.follow("Print the label")
    code = clerk.page.get_by_role("img", name=clerk.says("Code that leads to this parcel's public page"))
    expect(code.locator("svg")).to_be_visible()
    found = re.search(r"http://\S+/trace/[A-Za-z0-9_-]{22}/", clerk.page.locator("article.label").inner_text())
    assert found, "The label does not say where its code leads."
    return found[0]


def scan(clerk: Someone, label: str, kind: str, **fields: str) -> None:
    """Read a label at the scan page, as a scanner types it, and say what happened."""
    clerk.go("desk_scan")
    if label:
        clerk.fill("Parcel", label)
    clerk.tick(kind)
    for name, value in fields.items():
        clerk.page.locator(f"input[name={name}]").fill(value)
    clerk.press("Record")
    status = clerk.page.locator("main [role=status] .lead").first
    expect(status).to_be_visible()
    expect(status).not_to_have_text(clerk.says("Kept for a person to look at"))


def next_step(clerk: Someone, parcel: Parcel, step: str) -> None:
    """Find the parcel by its number and press what is to be done with it now."""
    clerk.go("desk_parcels", query=f"?q={parcel.number}")
    clerk.press(step)
    expect(clerk.page.locator("main [role=status] .lead").first).to_be_visible()


def pack(clerk: Someone) -> Parcel:
    """Pack what one buyer bought from the county; the box."""
    clerk.go("desk_parcels")
    clerk.press("Pack into one box")
    number = clerk.page.get_by_role("heading", level=1).inner_text().split()[0]
    return Parcel.objects.get(number=number)
