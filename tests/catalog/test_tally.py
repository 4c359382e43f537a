"""The tally of goods: equal to a recount whatever changes, one row a kind once folded, and the same answers as counting good by good."""

import random
from typing import Any

import pgtrigger
import pytest
from django.db.models import QuerySet
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from catalog import counting
from catalog.choices import Choice
from catalog.counting import MOST_COUNTED, Counts, count
from catalog.indexing import follow_consents
from catalog.models import Category, Product, Tally, Temperature
from catalog.tally import differences, fold, recount
from sellers.models import Consent, ConsentPurpose
from tests.cast import Stations, make_category, make_product, make_store

pytestmark = pytest.mark.django_db
WUDU = "621202000000"


def shelf(many: int = 40) -> list[Product]:
    """Goods of two counties and three categories, alike and unlike."""
    stores = [make_store(Stations().point), make_store(Stations(WUDU).point)]
    kinds = [make_category(slug, slug, slug, aliases="") for slug in ("daylily", "pepper", "apple")]
    return [
        make_product(stores[n % 2], name=f"山货{n}", category=kinds[n % 3], **some_traits(random.Random(n)))
        for n in range(many)
    ]


def some_traits(luck: random.Random) -> dict[str, Any]:
    first = luck.choice([None, 3, 6, 11])
    return {
        "price_from_fen": luck.choice([0, 1999, 2000, 4999, 25_000]), "grade_name": luck.choice(["", "特级", "一级"]),
        "temperature": luck.choice([Temperature.AMBIENT, Temperature.CHILLED]), "season_from": first,
        "season_to": first and luck.choice([2, 8, 12]), "from_poverty": luck.random() < 0.3,
        "arrives_in_days": luck.choice([None, 1, 2, 3, 4, 5, 9]),
    }  # fmt: skip


def change(luck: random.Random, goods: "QuerySet[Product]") -> None:
    """Something that happens to goods, one or many in one statement."""
    some = goods.filter(pk__in=luck.sample(list(goods.values_list("pk", flat=True)), luck.randint(1, 6)))
    what = luck.randrange(6)
    if what == 0:
        some.update(status=luck.choice(["listed", "withdrawn"]))
    elif what == 1:
        some.update(store_open=luck.random() < 0.7)
    elif what == 2:
        some.update(category=luck.choice(list(Category.objects.all())))
    elif what == 3:
        some.update(sold_units=luck.randint(0, 99))
    elif what == 4:
        some[:1].get().delete()
    else:
        some.update(**some_traits(luck))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_tally_equals_a_recount_after_many_changes(seed: int) -> None:
    shelf()
    luck, goods = random.Random(seed), Product.objects.all()
    for step in range(60):
        change(luck, goods)
        if step % 20 == 7:
            assert fold()
        assert differences() == []
    assert Product.objects.on_sale().exists()


def test_folding_leaves_one_row_a_kind_and_changes_no_sum() -> None:
    goods = shelf(12)
    Product.objects.filter(pk=goods[0].pk).update(status="withdrawn")
    before = whole_tally()
    assert fold()
    assert whole_tally() == before
    rows = list(Tally.objects.values_list("category_id", "one", "other"))
    assert len(rows) == len(set(rows))
    assert not Tally.objects.filter(n=0).exists()


def whole_tally() -> dict[tuple[int, str, str], int]:
    found: dict[tuple[int, str, str], int] = {}
    for category, one, other, n in Tally.objects.values_list("category_id", "one", "other", "n"):
        found[(category, one, other)] = found.get((category, one, other), 0) + n
    return {key: n for key, n in found.items() if n}


def test_what_changes_no_trait_adds_no_row() -> None:
    goods = shelf(3)
    before = Tally.objects.count()
    Product.objects.filter(pk=goods[0].pk).update(sold_units=7, in_stock=False, name="改名")
    assert Tally.objects.count() == before


def test_a_change_past_the_triggers_is_found_and_mended() -> None:
    goods = shelf(6)
    with pgtrigger.ignore("catalog.Product:tally_changed"):
        Product.objects.filter(pk=goods[0].pk).update(status="withdrawn")
    assert differences()
    recount()
    assert differences() == []


@pytest.mark.parametrize(
    "query",
    ["", "county=430426", "price=0-20", "price=200-", "grade=特级", "season=now", "cold=yes", "poverty=yes", "arrives=3", "arrives=5",
     "category=pepper", "category=pepper&county=621202", "category=pepper&arrives=2", "grade=none"],
)  # fmt: skip
def test_the_tally_answers_as_counting_good_by_good_does(query: str) -> None:
    shelf()
    categories = {kind.slug: kind.pk for kind in Category.objects.all()}
    choice = Choice.read(QueryDict(query), categories)
    tallied = count(Product.objects.on_sale, choice, kinds=list(categories.values()))
    counted = count(Product.objects.on_sale, choice)
    assert facts(tallied) == facts(counted)
    assert tallied.total == Product.objects.on_sale().filter(*choice.conditions().values()).count()


def facts(counts: Counts) -> tuple[Any, ...]:
    traits = {letter: dict(sorted(found.items())) for letter, found in counts.traits.items()}
    return counts.total, dict(sorted(counts.category.items())), traits


def test_a_search_is_counted_no_further_than_it_says(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    assert MOST_COUNTED == 200
    shelf(12)
    monkeypatch.setattr(counting, "MOST_COUNTED", 5)
    counts = count(Product.objects.on_sale, Choice(county="430426"))
    assert (counts.total, counts.capped) == (5, True)
    assert "county" in counts.unsure and "price" in counts.unsure
    text = client.get("/en/search/?county=430426&price=0-20&q=").content.decode()
    assert "5+ products" not in text  # fewer than five are left
    fewer = count(Product.objects.on_sale, Choice(county="430426", price="0-20", arrives="2"))
    assert not fewer.capped


def test_buyers_learn_of_a_registration_only_while_the_family_agrees() -> None:
    product = shelf(1)[0]
    household = product.store.household
    household.poverty_registered_year = 2016
    household.save()
    assert follow_consents() == (1 if product.from_poverty else 0)
    consent = Consent.objects.create(household=household, purpose=ConsentPurpose.POVERTY, version="test")
    assert follow_consents() == 1
    assert Product.objects.get(pk=product.pk).from_poverty
    Consent.objects.filter(pk=consent.pk).update(withdrawn_at=timezone.now())
    assert follow_consents() == 1
    assert not Product.objects.get(pk=product.pk).from_poverty
    assert follow_consents() == 0
