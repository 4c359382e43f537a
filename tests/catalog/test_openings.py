"""Beginnings that many phrases share: the best behind them are kept, and suggest what reading all of them would."""

import pytest

from catalog import phrases
from catalog.models import Opening, Phrase, PhraseKind
from catalog.phrases import MOST_OPENED, name_anew
from catalog.suggesting import suggest

pytestmark = pytest.mark.django_db


@pytest.fixture
def many() -> None:
    """More things than are kept that begin with 'hua', each with as many goods as its number; one of them whole."""
    named = [("word", "", f"花{number}", f"huaa{number}", number) for number in range(1, MOST_OPENED + 20)]
    named += [
        ("word", "", "花", "hua", 1),
        ("store", "hua-shop", "华家", "huajia", 500),
        ("place", "430426000000", "华县", "huaxian", 400),
    ]
    Phrase.objects.bulk_create(
        Phrase(key=key, form="p", kind=kind, target=target, text=text, text_en=text, goods=goods)
        for kind, target, text, key, goods in named
    )
    phrases._renew_openings()


def names(typed: str) -> list[str]:
    return [one.name for one in suggest(typed)]


def test_only_beginnings_of_many_are_kept_and_the_best_behind_them(many: None) -> None:
    kept = {opening.key: len(opening.phrases) for opening in Opening.objects.all()}
    assert kept == dict.fromkeys(("h", "hu", "hua", "huaa"), MOST_OPENED)
    best = Phrase.objects.filter(pk__in=Opening.objects.get(key="huaa").phrases).order_by("goods")
    assert best[0].goods == 20


@pytest.mark.parametrize("typed", ["h", "hua", "huaa", "huaa6", "huaj"])
def test_they_suggest_what_reading_all_would(many: None, typed: str) -> None:
    short = names(typed)
    assert short
    Opening.objects.all().delete()
    assert names(typed) == short


def test_what_was_typed_whole_stands_first_however_few_goods_it_has(many: None) -> None:
    assert names("hua")[0] == "花"


def test_a_store_that_is_gone_is_left_out_at_once(many: None) -> None:
    assert "华家" in names("hua")
    name_anew(PhraseKind.STORE, "hua-shop", [])
    assert "华家" not in names("hua")


def test_renewing_writes_them_anew(many: None) -> None:
    phrases.renew_phrases()  # nothing is on sale
    assert not Opening.objects.exists()
