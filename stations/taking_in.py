"""Taking a spreadsheet in: every row is checked first, with progress; then all of it is written in one transaction, or nothing is."""

import datetime as dt
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import ClassVar, Final, Self

import pghistory
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from accounts.references import public_reference
from stations.models import Level, Region, Role, Sheet, SheetState
from stations.scope import NotAllowed, scope_of
from stations.sheets import MOST_BYTES, MOST_FAULTS, Column, Fault, SheetRefused, read_sheet

logger = logging.getLogger("daylily.sheets")
KEEPERS = (Role.CENTRE_STAFF,)
KEPT_FOR = dt.timedelta(days=1)
YES, NO = {"1", "是", "有", "yes", "y", "true", "√"}, {"", "0", "否", "无", "no", "n", "false"}


class ChangedMeanwhile(ValueError):
    """What a file was checked against has changed while it was being checked."""


class RowFaulty(ValueError):
    """What is wrong in one row: (column key, message)."""

    def __init__(self, *faults: tuple[str, str]) -> None:
        super().__init__(faults)
        self.faults = faults


@dataclass
class Intake(ABC):
    """What the rows of one kind of spreadsheet become. `take` judges a row, `finish` what only the whole file shows, `write` saves."""

    columns: ClassVar[Sequence[Column]] = ()
    told_every: ClassVar[int] = 500  # rows
    by: User
    region: Region
    counts: dict[str, int] = field(default_factory=lambda: {"added": 0, "changed": 0, "same": 0})
    # What has to be cleared away when the sheet has ended, whichever way.
    left: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def of(cls, sheet: Sheet) -> Self:
        """The intake of a sheet. Raises SheetRefused for what came with it."""
        return cls(by=sheet.by, region=sheet.region)

    @abstractmethod
    def take(self, number: int, row: dict[str, str]) -> str:
        """'added', 'changed' or 'same'; nothing is saved yet. Raises RowFaulty."""

    def finish(self) -> list[Fault]:
        """Faults between rows."""
        return []

    @abstractmethod
    def write(self) -> None:
        """Save everything that was taken, inside the caller's transaction. Raises ChangedMeanwhile."""


def bring_in(
    *,
    by: User,
    kind: str,
    region: Region,
    name: str,
    data: bytes,
    dry_run: bool,
    language: str,
    pictures: File[bytes] | None = None,
) -> Sheet:
    """Keep a file (and a ZIP of `pictures` that its rows name) to be checked, or checked and taken in, by a job.

    Raises NotAllowed, and SheetRefused for one that is too large.
    """
    scope_of(by).require(KEEPERS, region.code)
    if len(data) > MOST_BYTES:
        raise SheetRefused(_("The file is larger than 10 MB. Please split it."))
    kept = storages["private"].save(f"sheets/{public_reference()}", ContentFile(data))
    packed = storages["private"].save(f"sheets/{public_reference()}.zip", pictures) if pictures else ""
    return Sheet.objects.create(
        kind=kind,
        region=region,
        by=by,
        name=PurePath(name).name[-120:],
        file=kept,
        dry_run=dry_run,
        language=language,
        pictures=packed,
    )


def take_in(sheet: Sheet, intake: type[Intake]) -> Sheet:
    """Check a sheet's rows and, unless it is to be checked only, write them. Run again, it begins again; what is written stays once."""
    with override(sheet.language):
        begun = Sheet.objects.filter(pk=sheet.pk, state__in=(SheetState.WAITING, SheetState.READING))
        if not begun.update(state=SheetState.READING, rows_done=0):
            return _as_it_stands(sheet)
        try:
            scope_of(sheet.by).require(KEEPERS, sheet.region_id)
            taken = intake.of(sheet)
        except (SheetRefused, NotAllowed) as refused:
            return _end(sheet, SheetState.FAULTY, [Fault(0, "", str(refused))], intake.columns)
        with taken.left:
            return _judge(sheet, taken)


def _judge(sheet: Sheet, intake: Intake) -> Sheet:
    try:
        faults = _read(sheet, intake)
    except SheetRefused as refused:
        return _end(sheet, SheetState.FAULTY, [Fault(0, "", str(refused))], intake.columns)
    if faults:
        return _end(sheet, SheetState.FAULTY, faults, intake.columns, intake)
    if sheet.dry_run:
        return _end(sheet, SheetState.CHECKED, [], intake.columns, intake)
    return _write(sheet, intake)


def _read(sheet: Sheet, intake: Intake) -> list[Fault]:
    with storages["private"].open(sheet.file) as file:
        reading = read_sheet(file.read(), sheet.name, intake.columns)
    Sheet.objects.filter(pk=sheet.pk).update(rows=len(reading.rows))
    faults = list(reading.faults)
    unread = {fault.row for fault in faults}
    for count, (number, row) in enumerate(reading.rows, start=1):
        if number not in unread:
            try:
                intake.counts[intake.take(number, row)] += 1
            except RowFaulty as faulty:
                faults += [Fault(number, column, message) for column, message in faulty.faults]
        if count % intake.told_every == 0:
            Sheet.objects.filter(pk=sheet.pk).update(rows_done=count)
    Sheet.objects.filter(pk=sheet.pk).update(rows_done=len(reading.rows))
    return sorted([*faults, *intake.finish()], key=lambda fault: fault.row)


def _write(sheet: Sheet, intake: Intake) -> Sheet:
    try:
        with transaction.atomic(), pghistory.context(user=sheet.by_id, sheet=sheet.ref):
            # Whoever runs the same sheet a second time waits here, and finds it written.
            if Sheet.objects.select_for_update(no_key=True).get(pk=sheet.pk).state != SheetState.READING:
                return _as_it_stands(sheet)
            intake.write()
            _end(sheet, SheetState.WRITTEN, [], intake.columns, intake)
    except (IntegrityError, ChangedMeanwhile):
        logger.exception("Sheet %s could not be written.", sheet.pk)
        told = _("Somebody changed the same records meanwhile. Nothing was taken in; please check the file again.")
        return _end(sheet, SheetState.FAULTY, [Fault(0, "", told)], intake.columns)
    drop_file(sheet)
    return sheet


def _end(
    sheet: Sheet, state: SheetState, faults: list[Fault], columns: Sequence[Column], intake: Intake | None = None
) -> Sheet:
    headings = {column.key: column.heading(sheet.language).rstrip("*") for column in columns}
    counts = intake.counts if intake else {"added": 0, "changed": 0, "same": 0}
    Sheet.objects.filter(pk=sheet.pk, state=SheetState.READING).update(
        state=state,
        fault_count=len(faults),
        faults=[[fault.row, headings.get(fault.column, ""), fault.message] for fault in faults[:MOST_FAULTS]],
        finished_at=timezone.now(),
        **counts,
    )
    return _as_it_stands(sheet)


def _as_it_stands(sheet: Sheet) -> Sheet:
    sheet.refresh_from_db()
    return sheet


def take_in_checked(*, by: User, sheet: Sheet) -> Sheet:
    """Take in a file that was checked and found right, without bringing it again. Raises NotAllowed, and SheetRefused once it is gone."""
    scope_of(by).require(KEEPERS, sheet.region_id)
    with transaction.atomic():
        kept = Sheet.objects.select_for_update(no_key=True).get(pk=sheet.pk)
        if kept.state != SheetState.CHECKED or not kept.file:
            raise SheetRefused(_("This file is no longer kept. Please bring it again."))
        kept.state, kept.dry_run, kept.finished_at = SheetState.WAITING, False, None
        kept.save(update_fields=["state", "dry_run", "finished_at"])
    return kept


def drop_file(sheet: Sheet) -> None:
    """Delete the file itself: it may hold personal data, and its rows are in or were refused."""
    for name in filter(None, (sheet.file, sheet.pictures)):
        storages["private"].delete(name)
    Sheet.objects.filter(pk=sheet.pk).update(file="", pictures="")


def forget_files(*, at: dt.datetime | None = None) -> int:
    """Delete the files of sheets that ended more than a day ago; returns how many."""
    old = Sheet.objects.exclude(file="").filter(brought_at__lt=(at or timezone.now()) - KEPT_FOR)
    for sheet in old:
        drop_file(sheet)
    return len(old)


def yes_or_no(column: str, text: str) -> bool:
    """是/否, yes/no, 1/0; empty is no. Raises RowFaulty."""
    word = text.casefold()
    if word in YES or word in NO:
        return word in YES
    raise RowFaulty((column, _("Please write yes or no.")))


def day_of(column: str, text: str) -> dt.date | None:
    """2026-11-21, 2026/11/21 or 2026.11.21; None for nothing. Raises RowFaulty."""
    if not text:
        return None
    try:
        return dt.date(*(int(part) for part in text.replace("/", "-").replace(".", "-").split("-")))
    except (TypeError, ValueError) as wrong:
        raise RowFaulty((column, _("Please write the day as 2026-11-21."))) from wrong


LISTED_IN: Final = ("zh-hans", "en")


class Places:
    """The regions of a county by code, and by the names of township and village in both languages, as people write them."""

    def __init__(self, region: Region) -> None:
        found = list(Region.objects.within(region.code).select_related("parent"))
        self.by_code = {place.code: place for place in found}
        self.by_name: dict[str, list[Region]] = {}
        self.by_village: dict[str, list[Region]] = {}
        for place in found:
            names = {place.name, *(place.label_in(language) for language in LISTED_IN)}
            township = place.parent if place.level == Level.VILLAGE else None
            before = {f"{township.label_in(language)} " for language in LISTED_IN} if township else {""}
            for name in {f"{words}{name}" for words in before for name in names}:
                self.by_name.setdefault(name, []).append(place)
            for name in names if township else ():
                self.by_village.setdefault(name, []).append(place)

    def find(self, column: str, text: str) -> Region:
        """A twelve-digit code, 'township village', or a village's name that no other bears. Raises RowFaulty."""
        place = self.by_code.get(text)
        if place is None:
            named = self.by_name.get(" ".join(text.split()), [])
            if len(named) > 1:
                raise RowFaulty((column, _("Two places bear this name. Please write the code of twelve digits.")))
            place = named[0] if named else self._only_village(column, text)
        if place is None:
            raise RowFaulty(
                (column, _("Not a place of this county. Write the code of twelve digits, or township and village."))
            )
        return place

    def written(self, code: str, language: str) -> str:
        """A place as `find` reads it: the village's name in one language, with its township where another bears it; else its code."""
        place = self.by_code.get(code)
        if place is None:
            return code
        label = place.label_in(language)
        township = place.parent if place.level == Level.VILLAGE else None
        ways = (label, f"{township.label_in(language)} {label}" if township else label)
        return next((way for way in ways if self._means(way, place)), code)

    def _means(self, text: str, place: Region) -> bool:
        try:
            return self.find("", text) == place
        except RowFaulty:
            return False

    def _only_village(self, column: str, text: str) -> Region | None:
        villages = self.by_village.get(text.strip(), [])
        if len(villages) > 1:
            raise RowFaulty((column, _("Several villages bear this name. Please write the township before it.")))
        return villages[0] if villages else None
