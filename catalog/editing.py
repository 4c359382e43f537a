"""Two people at one form: what only one of them changed comes together; where both changed, both values stand side by side to choose from.

A form that is watched carries what it was shown with (hidden, beside each field). What the other one saved meanwhile is the form's own
initial value when it comes back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.apps import apps
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.models import Product, Variant

MINE, THEIRS = "mine", "theirs"


class ChangedMeanwhile(Exception):
    """Somebody saved the product after this version of it was read."""


@dataclass(frozen=True)
class Clash:
    """A field that both changed: what was typed here, and what the other one saved; long texts stand below each other."""

    name: str
    label: str
    mine: str
    theirs: str

    @property
    def pick(self) -> str:
        """The name of the choice between the two."""
        return f"pick-{self.name}"


@dataclass
class Comparison:
    """What came of putting two versions together: `clashes` to choose in, and the labels of what was `taken` from the other one."""

    clashes: list[Clash] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)


def watch(form: forms.Form) -> None:
    """Let a form carry what it is shown with, so that it is known what its user changed."""
    for one in form.visible_fields():
        one.field.show_hidden_initial = True


def put_together(form: Any) -> Comparison:
    """Compare what came with what stands now, before the form is checked; what only the other one changed goes into the form.

    Nothing that was typed is lost: of a clash the form keeps what was typed, until a choice comes with it.
    """
    found = Comparison()
    data = form.data.copy()
    asked = set(data.getlist("clash"))
    for one in form.visible_fields():
        ground = form[form.HANGS_ON[one.name]] if one.name in getattr(form, "HANGS_ON", {}) else None
        moved = ground is not None and data.get(ground.html_name) != data.get(ground.html_initial_name)
        if one.html_initial_name not in data or moved:  # of another lot another number was counted: nothing to compare
            continue
        shown, mine, now = _plain(data[one.html_initial_name]), _plain(data.get(one.html_name)), _plain(_now(one))
        pick = data.get(f"pick-{one.name}")
        if pick == THEIRS:
            mine = shown
            data[one.html_name] = data[one.html_initial_name]
        undecided = one.name in asked and pick not in (MINE, THEIRS) and mine != now
        if undecided or len({shown, mine, now}) == 3:
            found.clashes.append(Clash(one.name, str(one.label), _in_words(one, mine), _in_words(one, now)))
        elif mine == shown != now:
            data[one.html_name] = _now(one)
            found.taken.append(str(one.label))
        data[one.html_initial_name] = _now(one)
    form.data = data
    return found


def _now(one: forms.BoundField) -> str:
    """What the field would be shown with now."""
    value = one.field.prepare_value(one.initial)
    return "" if value is None else str(value)


def _plain(text: Any) -> str:
    return str(text or "").replace("\r\n", "\n").strip()


def _in_words(one: forms.BoundField, text: str) -> str:
    """A value as its page shows it: a choice by its label."""
    choices: Iterable[Any] = getattr(one.field, "choices", ())
    return next((str(label) for value, label in choices if str(value) == text), text)


def claim(product: Product, version: int) -> None:
    """Count an edit of this version, inside the caller's transaction. Raises ChangedMeanwhile when it is not the newest any more."""
    if not Product.objects.filter(pk=product.pk, version=version).update(version=F("version") + 1):
        raise ChangedMeanwhile
    product.version = version + 1


def refuse_changed(form: forms.Form, variant: Variant) -> None:
    """Hold a pack until the transaction ends, and see that it is as the form read it. Raises ChangedMeanwhile.

    Stock is left to its own guard where another lot is counted than the one that was shown.
    """
    now = Variant.objects.select_for_update(no_key=True).get(pk=variant.pk)
    shown = form["lot"].initial
    counted = now.stock.filter(lot=getattr(shown, "pk", shown)).values_list("on_hand", flat=True).first() or 0
    if now.price_fen != form["price_fen"].initial or counted != form["on_hand"].initial:
        raise ChangedMeanwhile


def last_editor(product: Product) -> str:
    """Who changed what is said of a product last; empty where it is not known."""
    events: Any = apps.get_model("catalog", "ProductEvent")
    event = events.objects.filter(pgh_obj=product).order_by("-pgh_id").select_related("pgh_context").first()
    context = event.pgh_context if event else None
    person = User.objects.filter(pk=context.metadata.get("user") or 0).first() if context else None
    return str(person) if person else ""


def in_a_sentence(found: Comparison, editor: str) -> str:
    """What was taken over from the other one, for the page."""
    names = _(", ").join(found.taken)
    if not editor:
        return _("Changed elsewhere meanwhile and kept: %(fields)s.") % {"fields": names}
    return _("Changed by %(person)s meanwhile and kept: %(fields)s.") % {"person": editor, "fields": names}
