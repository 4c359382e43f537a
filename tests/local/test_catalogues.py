"""The message catalogues: what they take from the sources, and what the check turns red for."""

import gettext
import threading
from pathlib import Path

import pytest

from shop import catalogues

SOURCE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
STATION = _("Township station")
MONTH = pgettext("month", "May")
def bags(number):
    return ngettext("%(number)s bag of dried daylily", "%(number)s bags of dried daylily", number)
"""
TEMPLATE = """{% load i18n %}
<main>
    <h1 title="it's {% translate "Brand hall" %}">{% blocktranslate trimmed with name=hall.name %}
        Goods of {{ name }}
    {% endblocktranslate %}</h1>
</main>
"""
CHINESE: dict[str, str | list[str]] = {
    "Township station": "乡镇服务站",
    "month\x04May": "五月",
    "%(number)s bag of dried daylily": ["%(number)s 袋干黄花菜"],
    "Brand hall": "县域品牌馆",
    "Goods of %(name)s": "%(name)s的商品",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A house of one app, with its messages translated."""
    (tmp_path / "stations" / "templates").mkdir(parents=True)
    (tmp_path / "stations" / "words.py").write_text(SOURCE)
    (tmp_path / "stations" / "templates" / "hall.html").write_text(TEMPLATE)
    catalogues.update(tmp_path, translations=CHINESE)
    return tmp_path


def edit(root: Path, old: str, new: str) -> None:
    path = root / "stations" / "words.py"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_a_translated_house_has_no_problems(root: Path) -> None:
    assert catalogues.problems(root) == []


def test_compiled_catalogue_answers_in_chinese(root: Path) -> None:
    (chinese,) = [path for path in catalogues.compile_all(root) if "zh_Hans" in path.parts]
    with chinese.open("rb") as file:
        messages = gettext.GNUTranslations(file)
    assert messages.gettext("Goods of %(name)s") == "%(name)s的商品"
    assert messages.pgettext("month", "May") == "五月"
    bags = messages.ngettext("%(number)s bag of dried daylily", "%(number)s bags of dried daylily", 2)
    assert bags == "%(number)s 袋干黄花菜"
    assert catalogues.compile_all(root) == [], "nothing is compiled twice"


def test_a_message_that_was_never_extracted_is_missed(root: Path) -> None:
    edit(root, "Township station", "County centre")
    assert any("missing from the catalogue" in line and "County centre" in line for line in catalogues.problems(root))


def test_a_message_without_chinese_is_missed(root: Path) -> None:
    edit(root, "Township station", "County centre")
    assert catalogues.update(root).untranslated == ["County centre"]
    assert any(line.startswith("zh_Hans: not translated") for line in catalogues.problems(root))


def test_chinese_whose_message_is_gone_is_obsolete_until_pruned_and_comes_back(root: Path) -> None:
    edit(root, "Township station", "County centre")
    catalogues.update(root, translations={"County centre": "县中心"})
    assert any("in no source any more" in line for line in catalogues.problems(root))
    edit(root, "County centre", "Township station")
    assert catalogues.update(root).untranslated == []
    catalogues.update(root, prune=True)
    assert catalogues.problems(root) == []


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("Goods of %(name)s", "商品"),
        ("Goods of %(name)s", "%(hall)s的商品"),
        ("%(number)s bag of dried daylily", ["干黄花菜"]),
    ],
)
def test_a_translation_that_changes_placeholders_is_refused(root: Path, key: str, wrong: str | list[str]) -> None:
    catalogues.update(root, translations={key: wrong})
    assert any("placeholders differ" in line for line in catalogues.problems(root))


def test_chinese_in_the_sources_is_refused_but_a_language_may_bear_its_own_name(root: Path) -> None:
    edit(root, "Township station", "中文")
    catalogues.update(root, translations={"中文": "中文"}, prune=True)
    assert catalogues.problems(root) == []
    edit(root, "中文", "乡镇服务站")
    assert any("write the message in English" in line for line in catalogues.problems(root))


def test_a_broken_template_keeps_its_chinese(root: Path) -> None:
    template = root / "stations" / "templates" / "hall.html"
    template.write_text("{% load i18n %}{% blocktranslate %}half")
    template.write_text(TEMPLATE.replace("{% endblocktranslate %}", "{% if %}{% endblocktranslate %}"))
    done = catalogues.update(root)
    assert list(done.unreadable) == ["stations/templates/hall.html"]
    template.write_text(TEMPLATE)
    assert catalogues.update(root).untranslated == []


def test_translators_at_the_same_time_lose_nothing(root: Path) -> None:
    words = [f"Village {number}" for number in range(6)]
    (root / "stations" / "more.py").write_text("\n".join(f"_({word!r})" for word in words))
    threads = [
        threading.Thread(target=catalogues.update, args=[root], kwargs={"translations": {word: f"{number}号村"}})
        for number, word in enumerate(words)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert catalogues.problems(root) == []


def test_a_file_that_is_no_dict_of_translations_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text('{"Brand hall": 3}')
    with pytest.raises(catalogues.WrongTranslations, match="English"):
        catalogues.read_translations(path)


def test_a_message_that_no_source_has_is_reported(root: Path) -> None:
    assert catalogues.update(root, translations={"Nobody says this": "没人说"}).unknown == ["Nobody says this"]


def test_a_borrowed_message_of_another_package_gets_our_chinese(root: Path) -> None:
    catalogues.borrow(root, ["Sign in with a passkey"])
    done = catalogues.update(root, translations={"Sign in with a passkey": "用通行密钥登录"})
    assert not done.unknown
    assert catalogues.problems(root) == []
