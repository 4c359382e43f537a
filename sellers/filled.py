"""What a phone filled in without a line: sealed on its submission, the photographs in the private store."""

import datetime as dt
import json
from dataclasses import asdict, dataclass, field

from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.phones import BadPhone, checked_phone
from accounts.sealing import blind_index, seal, unseal
from sellers.models import Household, Opening, Submission, SubmissionState


@dataclass
class Filled:
    """What a phone sent: `answers` by the forms' field names (screen-field), `base` names the opening that was taken along (ref,
    changed_at), `files` the photographs in the private store, `household` (a key) the family that stood in the way.
    """

    answers: dict[str, str]
    base: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    household: int | None = None


def read_filled(submission: Submission) -> Filled:
    """What was sent, opened. Empty once it has been applied or settled."""
    if submission.sealed is None:
        return Filled({})
    filled = Filled(**json.loads(unseal(bytes(submission.sealed), place=submission.seal_place)))
    for texts in (filled.answers, filled.base):
        texts.update({name: text.replace("\0", "") for name, text in texts.items()})  # no look-up takes a NUL
    return filled


def write_filled(submission: Submission, filled: Filled) -> None:
    """Seal what was sent on the submission, unsaved, and note whose phone number is in it."""
    submission.phone_index = phone_index(filled.answers.get("farmer-phone", ""))
    submission.sealed = seal(json.dumps(asdict(filled)), place=submission.seal_place)


def phone_index(phone: str) -> str:
    """The blind index of a mobile number, however it was typed; nothing for what is none."""
    try:
        return blind_index(checked_phone(phone), column="sellers_submission.phone") if phone else ""
    except BadPhone:
        return ""


def openings_about(household: Household) -> "QuerySet[Opening]":
    """The screens half filled in for a family, also before it was registered: with its phone number."""
    unregistered = Q(household=None, phone=household.phone) if household.phone else Q(pk__in=())
    return Opening.objects.filter(Q(household=household) | unregistered)


def submissions_about(household: Household) -> "QuerySet[Submission]":
    """The forms from phones that hold something of a family: of its openings and stores, those it stood in the way of, its number's."""
    known = Q(opening__in=openings_about(household)) | Q(store__household=household) | Q(household=household)
    numbers = [phone_index(phone) for phone in (household.phone, household.phone_before) if phone]
    unregistered = Q(phone_index__in=[number for number in numbers if number], opening=None, store=None)
    return Submission.objects.filter(known | unregistered)


def empty_forms(household: Household, *, at: dt.datetime, message: str, by: User | None = None) -> None:
    """Empty all forms from phones and delete all half-filled screens of a family; forms that waited are settled with `message`.

    The caller holds a transaction; photographs go when it has held.
    """
    forms = list(submissions_about(household).select_for_update(of=("self",), no_key=True))
    folders = [form.folder for form in forms]
    for form in forms:
        form.sealed, form.folder, form.phone_index = None, "", ""
        if form.state in (SubmissionState.KEPT, SubmissionState.CONFLICT):
            form.state, form.message = SubmissionState.SETTLED, message
            form.settled_by, form.settled_at = by, at
        form.save()
    begun = openings_about(household)
    papers = [paper for paper in begun.values_list("licence_paper", flat=True) if paper != household.licence_paper]
    begun.delete()
    transaction.on_commit(lambda: _remove(folders, papers))


def _remove(folders: list[str], papers: list[str]) -> None:
    for folder in folders:
        remove_folder(folder)
    for paper in filter(None, papers):
        storages["private"].delete(paper)


def read_photographs(filled: Filled) -> dict[str, UploadedFile[bytes]]:
    """The photographs as the forms take them; one that is missing from the store is left out."""
    found: dict[str, UploadedFile[bytes]] = {}
    for name, path in filled.files.items():
        if storages["private"].exists(path):
            with storages["private"].open(path) as file:
                found[name] = SimpleUploadedFile(f"{name}.jpg", file.read(), "image/jpeg")
    return found


def remove_folder(folder: str) -> None:
    """Delete the photographs of a submission from the private store."""
    store = storages["private"]
    if not folder or not store.exists(folder):
        return
    for name in store.listdir(folder)[1]:
        store.delete(f"{folder}/{name}")
    store.delete(folder)
