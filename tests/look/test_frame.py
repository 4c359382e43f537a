"""The frame of every page: light, in two languages, and without session, sign-in or a database for a visitor."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.template.loader import get_template, render_to_string
from django.test import Client, RequestFactory
from django.utils import translation

from shop.templatetags import daylily, frame

TEMPLATES = sorted(Path(settings.BASE_DIR).glob("*/templates/**/*.html"))
STATIC = Path(settings.BASE_DIR) / "shop" / "static"
CSS_BUDGET = 15_000  # bytes gzipped, of the 35 kB that a page may weigh without its pictures


def _page(path: str = "/p/1/?x=1", **context: Any) -> str:
    return get_template("base.html").render(context, RequestFactory().get(path))


@pytest.mark.parametrize(("language", "lang", "name"), [("zh-hans", "zh-Hans", "萱草集"), ("en", "en", "Daylily")])
def test_a_visitors_page_needs_neither_session_nor_database(language: str, lang: str, name: str) -> None:
    """No `db` fixture: a query would fail. The request has no session and no user."""
    with translation.override(language):
        html = _page()
    assert f'<html lang="{lang}">' in html
    assert f"<b>{name}</b>" in html
    assert "csrfmiddlewaretoken" not in html


def test_the_other_language_keeps_the_query_and_the_canonical_address_drops_it() -> None:
    with translation.override("zh-hans"):
        html = _page("/p/1/?x=1")
    assert 'href="/en/p/1/?x=1" hreflang="en"' in html
    assert f'rel="canonical" href="{settings.SITE_URL}/p/1/"' in html
    with translation.override("en"):
        html = _page("/en/p/1/?x=1")
    assert 'href="/p/1/?x=1" hreflang="zh-Hans"' in html
    assert f'rel="canonical" href="{settings.SITE_URL}/en/p/1/"' in html


def test_a_page_of_two_paths_names_both() -> None:
    with translation.override("zh-hans"):
        html = _page("/halls/huanghua/", alternates={"zh-hans": "/halls/huanghua/", "en": "/en/halls/daylily/"})
    assert f'hreflang="en" href="{settings.SITE_URL}/en/halls/daylily/"' in html


def test_what_was_searched_for_stays_text() -> None:
    assert "<script>" not in _page(q='"><script>')


@pytest.mark.parametrize("name", ["400.html", "500.html", "503.html"])
def test_the_plain_error_pages_need_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No context, no request, no database, and not even the manifest of the static files."""

    def without_manifest(path: str) -> str:
        raise ValueError(path)

    monkeypatch.setattr(frame, "static", without_manifest)
    frame._shell.cache_clear()  # kept from an earlier page it would ask no manifest
    html = render_to_string(name)
    assert '<section lang="en">' in html
    assert 'href="/static/css/daylily.css"' in html


@pytest.mark.django_db
def test_a_missing_page_reads_as_one_in_both_languages(client: Client) -> None:
    for path, words in (
        ("/there-is-no-such/", "这个地址没有内容"),
        ("/en/there-is-no-such/", "There is nothing at this address"),
    ):
        answer = client.get(path)
        assert answer.status_code == 404
        assert words in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/account/login/", "/account/signup/", "/account/password/reset/"])
def test_signing_in_is_set_in_our_frame(client: Client, path: str) -> None:
    zh, en = client.get(path).content.decode(), client.get(f"/en{path}").content.decode()
    assert '<html lang="zh-Hans">' in zh
    assert '<html lang="en">' in en
    assert zh.count("<h1") == 1
    assert '<div class="field' in zh


class Harvest(forms.Form):
    """A form with a hint, a choice and a rule of its own."""

    village = forms.CharField(help_text="As on the household's card.")
    kind = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
    note = forms.CharField(required=False)

    def clean(self) -> None:
        raise forms.ValidationError("The lot is closed.")


def test_an_error_is_tied_to_its_field_and_summed_up_on_top() -> None:
    with translation.override("en"):
        html = str(Harvest({"note": "kept <as typed>"}))
    widget = re.search(r'<input type="text" name="village"[^>]*>', html)
    assert widget
    assert 'aria-invalid="true"' in widget[0]
    assert 'aria-describedby="id_village_helptext id_village_error"' in widget[0]
    assert 'id="id_village_error"' in html
    assert 'id="id_village_helptext"' in html
    summary = html.split("</div>")[0]
    assert 'role="alert"' in summary
    assert 'href="#id_village"' in summary
    assert "The lot is closed." in summary
    assert 'value="kept &lt;as typed&gt;"' in html
    assert html.count("(optional)") == 1


def test_a_form_without_errors_has_no_summary() -> None:
    assert "form-errors" not in str(Harvest())


def test_the_stylesheets_fit_the_page_budget() -> None:
    weight = sum(
        len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in ("vendor/pico/pico.min.css", "css/daylily.css")
    )
    assert weight <= CSS_BUDGET


def test_stylesheets_fetch_nothing() -> None:
    for sheet in STATIC.rglob("*.css"):
        assert "url(" not in sheet.read_text().replace('url("data:', ""), sheet


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_no_template_carries_inline_style_or_script(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"", text)
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag or "application/ld+json" in tag, tag


def test_every_section_of_the_head_leads_somewhere() -> None:
    """The head's addresses are looked up leniently, so a lost route would only hide its link."""
    with translation.override("en"):
        shell = frame.shell()
    for address in (shell.search, shell.cart, shell.orders, shell.account, shell.login, shell.logout):
        assert address.startswith("/en/")
    assert [label for label, _ in shell.nav] == ["All goods", "Categories", "In season", "Brand halls", "Origin marks"]


def test_a_chart_of_months_names_each_year_once_for_a_narrow_screen() -> None:
    months = daylily.columns([("2025-11", 1), ("2025-12", 2), ("2026-01", 3)])["months"]
    assert [(month["year"], month["label"], month["same_year"]) for month in months] == [
        ("2025", "11", False),
        ("2025", "12", True),
        ("2026", "01", False),
    ]
