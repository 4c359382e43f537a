"""The inbox of forms that came from a phone and did not fit: a person looks at both versions, and settles each."""

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import User
from accounts.references import public_reference
from sellers.filled import Filled, read_filled
from sellers.form_kinds import AS_IT_STANDS, Conflict, Decision, kind_of
from sellers.models import Household, Submission, SubmissionState
from sellers.offline import finish, leave_to_a_person, locked
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of

# An answer that is asked for again may stay empty: what the phone sent then stands.
KEPT_WHEN_EMPTY = ("identity-identity",)


def may_settle(user: User, submission: Submission) -> bool:
    """Whether the user serves over the station whose form it is."""
    return scope_of(user).may(STAFF_ROLES, submission.station.region_id)


def correct(
    *, by: User, submission: Submission, answers: dict[str, str], files: dict[str, UploadedFile[bytes]] | None = None
) -> Submission:
    """Apply a form with some answers corrected; where it still does not fit, the corrections are kept and it waits on.

    Raises NotAllowed for whoever does not serve at the station.
    """
    return _settle(by, submission, AS_IT_STANDS, answers, files or {})


def go_on_with(*, by: User, submission: Submission, household: Household) -> Submission:
    """Take the family that is on record, and add the rest of the form to it. Raises NotAllowed."""
    return _settle(by, submission, Decision(household=household), {}, {})


def take_the_phones(*, by: User, submission: Submission) -> Submission:
    """Put what the phone holds over what was changed elsewhere meanwhile. Raises NotAllowed."""
    return _settle(by, submission, Decision(over_changes=True), {}, {})


def discard(*, by: User, submission: Submission) -> Submission:
    """Delete what was filled in; that it came, and who deleted it, stays. Raises NotAllowed."""
    scope_of(by).require(STAFF_ROLES, submission.station.region_id)
    with transaction.atomic():
        kept = locked(submission.pk)
        if kept.state == SubmissionState.CONFLICT:
            finish(kept, SubmissionState.SETTLED, message="discarded", by=by)
    return kept


def _settle(
    by: User, submission: Submission, decision: Decision, answers: dict[str, str], files: dict[str, UploadedFile[bytes]]
) -> Submission:
    scope_of(by).require(STAFF_ROLES, submission.station.region_id)
    with transaction.atomic():
        kept = locked(submission.pk)
        if kept.state != SubmissionState.CONFLICT:
            return kept  # somebody settled it meanwhile
        filled = _corrected(kept, read_filled(kept), answers, files)
        try:
            with transaction.atomic():
                made = kind_of(kept).apply(by=by, station=kept.station, filled=filled, decision=decision)
        except Conflict as conflict:
            leave_to_a_person(kept, filled, conflict)
        else:
            finish(kept, SubmissionState.SETTLED, made=made, by=by)
    return kept


def _corrected(
    kept: Submission, filled: Filled, answers: dict[str, str], files: dict[str, UploadedFile[bytes]]
) -> Filled:
    typed = {name: text for name, text in answers.items() if text.strip() or name not in KEPT_WHEN_EMPTY}
    filled.answers |= typed
    if files and not kept.folder:
        kept.folder = f"offline/{public_reference()}"
        kept.save(update_fields=["folder"])
    for name, file in files.items():
        filled.files[name] = storages["private"].save(f"{kept.folder}/{name}", ContentFile(file.read()))
    return filled
