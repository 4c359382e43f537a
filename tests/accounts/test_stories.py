"""Stories that sellers tell: what may stay in them, and that nothing else gets onto a page, whoever wrote it."""

import pytest
from django.test import Client

from accounts.stories import clean_story, show_story, story_in_words
from catalog import listing
from catalog.models import Product, ProductStatus
from sellers.models import Store
from tests import cast

HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//x.example/a.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<p onclick='alert(1)' style='position:fixed'>",
    "<a href='javascript:alert(1)'>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<style>body{display:none}</style>",
    "<link rel=stylesheet href=//x.example/a.css>",
    "<math><mi xlink:href='data:x,<script>alert(1)</script>'>",
    "<form action=//x.example><input name=q autofocus onfocus=alert(1)>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "&lt;script&gt;alert(1)&lt;/script&gt;<b></b>",
    "<p>&lt;script&gt;alert(1)&lt;/script&gt;",
]
DANGEROUS = (
    "<script",
    "<img",
    "<svg",
    "<iframe",
    "<style",
    "<link",
    "<form",
    "<input",
    "<a ",
    "<math",
    "<p ",
    "onerror=alert(1)>",
    "<!--",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_dangerous_is_kept_or_shown(text: str) -> None:
    for told in (text, f"好{text}货", f"<p>好</p>{text}"):
        kept = clean_story(told)
        assert clean_story(kept) == kept
        for page in (kept, show_story(kept), show_story(told)):
            assert not [bad for bad in DANGEROUS if bad in page.lower()], page


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("一句。\n两句。\n\n第二段", "<p>一句。<br>两句。</p>\n\n<p>第二段</p>"),
        ("一句。\r\n两句。", "<p>一句。<br>两句。</p>"),
        ("温度<30度，A & B", "<p>温度&lt;30度，A &amp; B</p>"),
        ("<p>头茬<strong>新货</strong></p>", "<p>头茬<strong>新货</strong></p>"),
        ("<ul><li>晒<li>蒸</ul>", "<ul><li>晒</li><li>蒸</li></ul>"),
        ("头茬<em>新货</em>\n第二行", "<p>头茬<em>新货</em><br>第二行</p>"),
        ("<b>A & B</b>", "<p>A &amp; B</p>"),
    ],
)
def test_text_and_a_few_marks_are_shown_as_meant(typed: str, shown: str) -> None:
    assert show_story(clean_story(typed)) == shown


def test_in_words_there_are_no_marks() -> None:
    assert story_in_words("<p>一句</p><ul><li>晒</li><li>蒸 &amp; 炒</li></ul>") == "一句 晒 蒸 & 炒"
    assert story_in_words("温度<30度\n好") == "温度<30度 好"


@pytest.mark.django_db
def test_every_way_to_write_a_story_cleans_it() -> None:
    stations = cast.Stations()
    store = cast.make_store(stations.point, story="<img src=x onerror=alert(1)>三十年")
    assert Store.objects.get(pk=store.pk).story == store.story == "三十年"
    product = cast.make_product(store, status=ProductStatus.DRAFT)
    listing.edit_product(by=cast.make_clerk(stations.point), product=product, story="<p onclick=x>头茬</p>")
    assert Product.objects.get().story == product.story == "<p>头茬</p>"
    Product.objects.update(story="<script>x</script>二茬")
    assert Product.objects.get().story == "二茬"


@pytest.mark.django_db
def test_what_slipped_past_is_cleaned_on_the_page(client: Client, django_db_blocker: object) -> None:
    from django.db import connection

    stations = cast.Stations()
    product = cast.make_product(cast.make_store(stations.point))
    cast.make_variant(product)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_product SET story = %s", ["<p>头茬<script>alert(1)</script></p><a href=x>去</a>"]
        )
        cursor.execute("UPDATE sellers_store SET story = %s", ["<p>老店<img src=x onerror=alert(1)></p>"])
    text = client.get(f"/goods/{product.ref}/").content.decode()
    assert "<p>头茬</p>去" in text and "alert(1)" not in text
    text = client.get(f"/store/{product.store.slug}/").content.decode()
    assert "<p>老店</p>" in text and "onerror" not in text
