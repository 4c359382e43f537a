"""Forms that were filled in on a phone without a line: each taken in exactly once, applied as its screens would have been, or, where
it no longer fits, kept for a person with both versions beside each other (sellers.settling).
"""

import datetime as dt
import hashlib
import json
import logging
import uuid

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.references import public_reference
from accounts.sealing import blind_index
from sellers.filled import Filled, phone_index, read_filled, remove_folder, write_filled
from sellers.form_kinds import KINDS, OPENING, Conflict, Made, kind_of
from sellers.models import Opening, Submission, SubmissionState
from stations.models import Posting, Station, StationStatus
from stations.models.posting import STAFF_ROLES
from stations.models.region import ancestor_codes
from stations.scope import NotAllowed

logger = logging.getLogger("daylily.sellers")
EXPIRES_AFTER = dt.timedelta(days=30)
# Somebody whose posting ended may still hand in what they filled in before; a phone keeps a form for a week.
HANDED_IN_AFTER = dt.timedelta(days=30)
# How many forms of one person wait at a time; beyond, the station works off the inbox first.
MOST_WAITING = 40
WORDS: dict[str, Promise] = {
    "answers": _("Some answers are not right yet. Please correct them."),
    "posted": _(
        "Whoever filled this in does not serve at this station any more. The station decides what becomes of it."
    ),
    "mandate": _("The farmer's mandate is missing, over or withdrawn."),
    "taken_over": _("The farmer has taken the store over."),
    "forgotten": _("The farmer's data were deleted, and this form with them."),
    "discarded": _("Deleted: nothing of it was kept."),
    "expired": _("Nobody looked at it for 30 days: what was entered is deleted."),
}


class NonceReused(ValueError):
    """A form came with the nonce of another one."""


class TooManyWaiting(ValueError):
    """So many forms of this person wait already that no more are taken in."""


def phone_owner(user: User) -> str:
    """What a phone knows a user by: 24 hex digits that tell nothing else."""
    return salted_hmac("sellers.offline.owner", str(user.pk)).hexdigest()[:24]


def said(submission: Submission) -> str:
    """What became of a submission, in a sentence of the page's language."""
    words = {**WORDS, **kind_of(submission).words}
    return str(words.get(submission.message, ""))


def receive(
    *,
    by: User,
    nonce: uuid.UUID,
    filled_in_at: dt.datetime,
    station: Station,
    filled: Filled,
    files: dict[str, UploadedFile[bytes]],
    kind: str = OPENING,
) -> Submission:
    """Take in a form of a kind and apply it; the same nonce again, also at the same moment, gets the same answer and changes nothing.

    Raises NotAllowed for whoever never served at the station, NonceReused for another form under a known nonce, TooManyWaiting
    while forty of theirs wait.
    """
    _require_served(by, station)
    content = _hash(station, filled_in_at, filled, files)
    kept = Submission.objects.filter(nonce=nonce).first()
    if kept is None:
        _refuse_too_many(by)
        kept = _keep(by, nonce, filled_in_at, station, filled, files, content, kind)
    if kept.by_id != by.pk or kept.request_hash != content:
        raise NonceReused(str(_("Another form has been sent under this number already. Please begin this one anew.")))
    return work_through(kept.pk)


def _require_served(by: User, station: Station) -> None:
    """Raises NotAllowed unless the user serves over the station, or did within the last thirty days."""
    codes = [station.region_id, *ancestor_codes(station.region_id)]
    recent = Q(ends_on=None) | Q(ends_on__gte=timezone.localdate() - HANDED_IN_AFTER)
    if not Posting.objects.filter(recent, user=by, role__in=STAFF_ROLES, region__in=codes).exists():
        raise NotAllowed(str(_("Stores are opened by the staff of a station. You have no posting at one.")))


def _refuse_too_many(by: User) -> None:
    waiting = Submission.objects.filter(by=by, state__in=(SubmissionState.KEPT, SubmissionState.CONFLICT))
    if waiting.count() >= MOST_WAITING:
        raise TooManyWaiting(
            str(_("Too many of your forms wait at the station already. Please settle those first, then send again."))
        )


def _hash(station: Station, filled_in_at: dt.datetime, filled: Filled, files: dict[str, UploadedFile[bytes]]) -> str:
    """A keyed hash of all that was sent; keyed, because an identity number alone could be guessed from a plain one."""
    digests = {}
    for name, file in sorted(files.items()):
        digests[name] = hashlib.sha256(file.read()).hexdigest()
        file.seek(0)
    content = [station.pk, filled_in_at.isoformat(), filled.answers, filled.base, digests]
    return blind_index(json.dumps(content, sort_keys=True), column="sellers_submission.request")


def _keep(
    by: User,
    nonce: uuid.UUID,
    filled_in_at: dt.datetime,
    station: Station,
    filled: Filled,
    files: dict[str, UploadedFile[bytes]],
    content: str,
    kind: str,
) -> Submission:
    """The new submission, everything in it sealed; or, when another sender was faster, the one that they wrote."""
    kept = Submission(
        nonce=nonce,
        kind=kind,
        by=by,
        station=station,
        store=KINDS[kind].about(filled),
        request_hash=content,
        filled_in_at=min(filled_in_at, timezone.now()),  # a cheap phone's clock may run ahead
        folder=f"offline/{public_reference()}",
    )
    for name, file in files.items():
        filled.files[name] = storages["private"].save(f"{kept.folder}/{name}", ContentFile(file.read()))
    write_filled(kept, filled)
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError:
        remove_folder(kept.folder)
        return Submission.objects.get(nonce=nonce)
    return kept


def work_through(pk: int) -> Submission:
    """Apply a submission that was only kept so far; whoever comes second waits, and finds it done."""
    with transaction.atomic():
        submission = locked(pk)
        if submission.state != SubmissionState.KEPT:
            return submission
        filled = read_filled(submission)
        try:
            with transaction.atomic():
                made = kind_of(submission).apply(by=submission.by, station=submission.station, filled=filled)
        except Conflict as conflict:
            leave_to_a_person(submission, filled, conflict)
        else:
            finish(submission, SubmissionState.APPLIED, made=made)
    return submission


def locked(pk: int) -> Submission:
    """The row as it stands now, held until the transaction ends; a closed station's belongs to the one that took over."""
    rows = Submission.objects.select_for_update(of=("self",), no_key=True)
    submission = rows.select_related("by", "station__region").get(pk=pk)
    if submission.station.status == StationStatus.CLOSED:  # it closed before the form was here, or while it came
        submission.station = submission.station.successor
        submission.save(update_fields=["station"])
    return submission


def leave_to_a_person(submission: Submission, filled: Filled, conflict: Conflict) -> None:
    """Keep the submission for the station's inbox, with why, and with the family that stands in the way."""
    filled.household = conflict.household.pk if conflict.household else None
    write_filled(submission, filled)
    taken = Opening.objects.filter(ref=filled.base["ref"]).first() if filled.base.get("ref") else None
    submission.household = conflict.household or (taken.household if taken else None)
    if taken is not None:
        submission.phone_index = submission.phone_index or phone_index(taken.phone)
    submission.state, submission.message = SubmissionState.CONFLICT, conflict.why
    submission.save(update_fields=["sealed", "household", "phone_index", "state", "message"])


def finish(
    submission: Submission,
    state: SubmissionState,
    *,
    made: Made | None = None,
    message: str = "",
    by: User | None = None,
) -> None:
    """Note how a submission ended and empty it: its answers now, its photographs when the transaction has held."""
    if made is not None:
        submission.store, submission.opening, submission.made = made.store, made.opening, made.ref
        message = made.message
    submission.state, submission.message, submission.sealed, submission.phone_index = state, message, None, ""
    if state == SubmissionState.SETTLED:
        submission.settled_by, submission.settled_at = by, timezone.now()
    folder, submission.folder = submission.folder, ""
    submission.save()
    transaction.on_commit(lambda: remove_folder(folder))


def tidy_up(*, at: dt.datetime | None = None) -> int:
    """Apply what was kept and never asked about again, and empty what nobody settled for thirty days; returns how many expired."""
    now = at or timezone.now()
    waiting = Submission.objects.filter(state=SubmissionState.KEPT, received_at__lt=now - dt.timedelta(minutes=10))
    for pk in waiting.values_list("pk", flat=True):
        try:
            work_through(pk)
        except (
            Exception
        ):  # one that fails keeps no other waiting; it is tried again, and stays until somebody mends the cause
            logger.exception("The form %s could not be applied.", pk)
    expired = 0
    open_states = (SubmissionState.CONFLICT, SubmissionState.KEPT)
    overdue = Submission.objects.filter(state__in=open_states, received_at__lt=now - EXPIRES_AFTER)
    for pk in overdue.values_list("pk", flat=True):
        with transaction.atomic():
            submission = locked(pk)
            if submission.state in open_states:
                finish(submission, SubmissionState.SETTLED, message="expired")
                expired += 1
    return expired
