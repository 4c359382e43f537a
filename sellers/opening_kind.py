"""The opening of a store as a form that a phone keeps: its fields, its words, where it goes on."""

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sellers import comparing
from sellers.applying import apply
from sellers.form_kinds import FormKind
from sellers.models import Submission

WORDS: dict[str, Promise] = {
    "submitted": _("The store is with the township."),
    "under_way": _("The opening goes on with the farmer's word: open it and send the code."),
    "known": _("A family with this mobile number or this number is on record already."),
    "changed": _("This opening was changed elsewhere after it was taken along on the phone."),
    "gone": _("This opening was finished or deleted elsewhere meanwhile."),
    "shut": _("The station is suspended or closed: it opens no stores now. The form waits here until that is settled."),
    "moved": _("This store has changed meanwhile. Please look again."),
}


def address(submission: Submission) -> str:
    """The opening that goes on, or the store that it became; empty where neither is left."""
    if submission.opening:
        return reverse("desk_opening", args=[submission.opening.ref])
    return reverse("desk_store", args=[submission.store.slug]) if submission.store else ""


KIND = FormKind(
    screens=("farmer", "identity", "mandate", "store"),
    photographs=comparing.PHOTOGRAPHS,
    words=WORDS,
    apply=apply,
    versions=comparing.versions,
    address=address,
    files=("sellers/identity.js", "sellers/offline_form.js"),
)
