"""How a store is opened and its goods are listed, page by page."""

import re
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import expect

from catalog.models import Grade, GradeScheme, Product
from tests.cast import approve_listing, make_category
from tests.journeys.people import Someone

FARMER, PHONE = "李秀英", "13807340001"
STORE, STORE_EN = "李秀英的黄花菜", "Li Xiuying's daylily"
GOODS, GOODS_EN = "祁东黄花菜 特级", "Qidong daylily, top grade"
BAG, LOOSE = "500克袋装", "散装"


def identity_number(seventeen: str = "43042619620412002") -> str:
    """An invented identity number whose last character fits (GB 11643-1999)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return seventeen + "10X98765432"[sum(int(a) * b for a, b in zip(seventeen, weights, strict=True)) % 11]


def photograph(folder: Path, name: str = "daylily.jpg") -> Path:
    """A photograph of a bunch of daylilies, as large as a phone takes it, with a place in its EXIF."""
    picture = Image.new("RGB", (1600, 1200), "#dccfae")
    draw = ImageDraw.Draw(picture)
    for step in range(60):
        draw.line((120 + step * 23, 1100, 220 + step * 20, 150), fill=(196, 140 + step, 40), width=9)
    exif = Image.Exif()
    exif[0x010F], exif.get_ifd(0x8825)[1] = "Daylily", "N"
    path = folder / name
    picture.save(path, exif=exif, quality=88)
    return path


def make_grades() -> Grade:
    """The grades of dried daylily, as the operator has entered them."""
    scheme = GradeScheme.objects.create(
        category=make_category(), standard="GB/T 7949", title="黄花菜", title_en="Daylily"
    )
    for rank, (name, name_en) in enumerate((("一级", "First grade"), ("二级", "Second grade")), start=2):
        Grade.objects.create(scheme=scheme, rank=rank, name=name, name_en=name_en)
    return Grade.objects.create(scheme=scheme, rank=1, name="特级", name_en="Top grade")


def open_store(clerk: Someone, picture: Path) -> None:
    """From the consent to the submitted store, in five screens; the farmer's word is the code on their phone."""
    clerk.go("desk")
    clerk.follow("Open a store")
    clerk.tick("The farmer has heard this and agrees.")
    clerk.fill("Name", FARMER)
    clerk.fill("Mobile number", PHONE)
    clerk.press("The farmer agrees: next")
    clerk.tick("The farmer separately agrees to the use of the identity number.")
    clerk.fill("Identity number", identity_number())
    clerk.press("Right: put on record")
    clerk.press("Next")
    text = clerk.page.locator("[data-demo-text]").inner_text()
    clerk.fill("The code on the farmer's phone", re.findall(r"\d{6}", text)[0])
    clerk.press("Check the code")
    clerk.fill("Or another name", STORE)
    clerk.upload("Picture", picture)
    clerk.fill("Story", "我家在山坡上种黄花菜，天不亮就下地，趁花没开采下来，当天蒸、当天晒。")
    clerk.unfold("Name and story in English")
    clerk.fill("Name in English", STORE_EN)
    clerk.press("Next")
    clerk.finds(STORE)
    clerk.press("Submit to the township")
    clerk.reads_title(STORE)


def decide(official: Someone, button: str) -> None:
    """Find the store in the list, read it and decide."""
    official.go("desk_stores")
    official.open(STORE)
    official.finds(FARMER)
    official.press(button)
    official.reads_title(STORE)


def list_goods(clerk: Someone, picture: Path) -> None:
    """Describe the goods, photograph them, enter the lot with its grade and test, and two packs; then put them on sale."""
    clerk.go("desk_goods")
    clerk.open(STORE)
    clerk.follow("Fill in everything at once instead")
    clerk.fill("Name of the goods", GOODS)
    clerk.fill("Name of the goods in English", GOODS_EN)
    clerk.choose("Kind of goods", "黄花菜")
    clerk.fill("In one line", "花没开时采下，蒸过晒干，煮汤不烂。")
    clerk.fill("Keeps for how many days", "540")
    clerk.press("Save")
    clerk.follow("Next: take photographs")
    clerk.upload("Photographs", picture)
    clerk.press("Save")
    enter_lot(clerk)
    clerk.follow("Next: a pack and its price")
    clerk.fill("Pack", BAG)
    clerk.unfold("Packing, size, quantity in one order")
    clerk.fill("Pack in English", "500 g bag")
    clerk.fill("Net weight of one piece in kilograms", "0.5")
    clerk.fill("Price in yuan", "38.80")
    clerk.fill("How many are there", "40")
    clerk.press("Save")
    clerk.follow("Add a pack")
    clerk.tick("by weight")
    clerk.fill("Pack", LOOSE)
    clerk.unfold("Packing, size, quantity in one order")
    clerk.fill("Pack in English", "loose")
    clerk.fill("Price in yuan", "32")
    clerk.fill("How many are there", "60")
    clerk.press("Save")
    clerk.press("Put on sale")
    clerk.reads("Sent to the county for review. You hear as soon as it has decided.")
    approve_listing(Product.objects.get(status="in_review"))
    clerk.page.reload()
    expect(clerk.page.locator("main")).to_contain_text(FARMER)


def enter_lot(clerk: Someone) -> None:
    """A harvest with its grade, and the test of it."""
    clerk.follow("Next: enter the lot and its grade")
    clerk.fill("Harvested on", "2026-07-12")
    clerk.fill("Quantity in kilograms", "60")
    clerk.choose("Grade", "特级")
    clerk.press("Save")
    clerk.page.get_by_role("link", name=clerk.says("Enter a test")).click()
    clerk.fill("Agency", "衡阳市食品检验所")
    clerk.fill("Standard", "GB 2763-2021")
    clerk.fill("Tested on", "2026-08-03")
    clerk.tick("passed")
    clerk.fill("What the report found", "农药残留未检出")
    clerk.press("Save")
