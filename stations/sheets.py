"""Spreadsheets: reading a CSV or XLSX file into rows of known columns, and writing one that opens in Excel as it was meant.

What a file holds besides is said row by row: formulas, merged cells, columns that nobody knows. CSV may be UTF-8 or what Chinese
Windows writes (GB 18030, which GBK is a part of). Cells that a spreadsheet would take for a formula are written behind an apostrophe.
"""

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell

from accounts.plain_text import refuse_invisible

MOST_ROWS = 20_000
MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 120 * 1024 * 1024
MOST_IN_A_CELL = 500
# A workbook may name a row or a column far away, and every empty one before it is read.
MOST_LINES, MOST_COLUMNS = 3 * MOST_ROWS, 200
MOST_FAULTS = 200
FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_MERGED = re.compile(rb'<mergeCell [^>]*ref="([A-Z]+\d+:[A-Z]+\d+)"')


class SheetRefused(ValueError):
    """A file that can't be read at all; the message is for whoever brought it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key, its heading in both languages, whether it must be filled, and how many characters it holds at most."""

    key: str
    zh: str
    en: str
    required: bool = False
    longest: int = MOST_IN_A_CELL

    def heading(self, language: str) -> str:
        """The heading; required ones bear a star."""
        return (self.en if language == "en" else self.zh) + ("*" if self.required else "")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a row (as the spreadsheet counts them; 0 for the whole file), in the column with this key."""

    row: int
    column: str
    message: str


@dataclass(slots=True)
class Reading:
    """Rows as (number in the spreadsheet, text by column key), and what was wrong with cells."""

    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


class _Bad(str):
    """A cell that holds no value: its text is the message."""


def read_sheet(data: bytes, name: str, columns: Sequence[Column]) -> Reading:
    """The rows of a file; its first row names the columns, in either language and any order. Raises SheetRefused."""
    if len(data) > MOST_BYTES:
        raise SheetRefused(_("The file is larger than 10 MB. Please split it."))
    lines = _xlsx_lines(data) if data[:4] == b"PK\x03\x04" else _csv_lines(data, name)
    _number, header = next(lines, (0, []))
    places = _places(header, columns)
    reading = Reading()
    for number, cells in lines:
        if not any(str(cell).strip() for cell in cells):
            continue
        if len(reading.rows) >= MOST_ROWS:
            raise _too_many_rows()
        reading.rows.append((number, _values(number, cells, places, reading.faults)))
    if not reading.rows:
        raise SheetRefused(_("Below the headings there are no rows."))
    return reading


def _too_many_rows() -> SheetRefused:
    words = _("The file has more than %(most)s rows. Please split it, for example by township.")
    return SheetRefused(words % {"most": f"{MOST_ROWS:,}"})


def _values(number: int, cells: Sequence[str], places: dict[int, Column], faults: list[Fault]) -> dict[str, str]:
    """One row's texts by column key; a cell without a value is empty and told."""
    values = {}
    for place, column in places.items():
        cell = cells[place] if place < len(cells) else ""
        text = "" if isinstance(cell, _Bad) else cell.strip()
        if isinstance(cell, _Bad):
            faults.append(Fault(number, column.key, str(cell)))
        elif text.startswith("'") and text[1:].startswith(FORMULA_START):
            text = text[1:]
        elif told := _invisible(text):
            faults.append(Fault(number, column.key, told))
            text = ""
        elif text.startswith(FORMULA_START) and not _PLAIN_NUMBER.fullmatch(text):
            faults.append(Fault(number, column.key, _("A formula. Please write the value itself.")))
            text = ""
        elif len(text) > column.longest:
            faults.append(Fault(number, column.key, _("This text is too long.")))
            text = ""
        elif column.required and not text:
            faults.append(Fault(number, column.key, _("This must not be empty.")))
        values[column.key] = text
    return values


def _invisible(text: str) -> str:
    """Why a text with invisible characters is refused; empty for any other."""
    try:
        refuse_invisible(text)
    except ValidationError as refused:
        return str(refused.message)
    return ""


def _places(header: Sequence[str], columns: Sequence[Column]) -> dict[int, Column]:
    """Which column stands where. Raises SheetRefused for unknown, doubled and missing headings."""
    known = {name.casefold(): column for column in columns for name in (column.key, column.zh, column.en)}
    places: dict[int, Column] = {}
    for place, cell in enumerate(header):
        name = cell.strip().rstrip("*").strip()
        if not name:
            continue
        column = known.get(name.casefold())
        if column is None:
            raise SheetRefused(
                _("The heading “%(name)s” is not known. Please start from the template.") % {"name": name[:40]}
            )
        if column in places.values():
            raise SheetRefused(_("The heading “%(name)s” stands there twice.") % {"name": name[:40]})
        places[place] = column
    missing = [column for column in columns if column.required and column not in places.values()]
    if missing:
        names = ", ".join(column.zh for column in missing)
        raise SheetRefused(
            _("The first row must hold the headings; missing: %(names)s. Please start from the template.")
            % {"names": names}
        )
    return places


def _csv_lines(data: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(data)
    if name.lower().endswith((".xls", ".et", ".ods", ".numbers")) or "\x00" in text:
        raise SheetRefused(_("Please save the file as XLSX or CSV; other kinds can't be read."))
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as broken:
        raise SheetRefused(_("Line %(line)s of the file can't be read.") % {"line": reader.line_num}) from broken


def _decoded(data: bytes) -> str:
    """The text of a CSV: by its byte order mark, else UTF-8, else GB 18030. Raises SheetRefused."""
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetRefused(_("The characters of this file can't be read. Please save it as XLSX, or as CSV in UTF-8."))


def _xlsx_lines(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet of an XLSX file; formulas and faulty cells come as _Bad."""
    try:
        _refuse_packed(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size may leave rows out
        for number, row in enumerate(sheet.iter_rows(), start=1):
            if number > MOST_LINES:
                raise _too_many_rows()
            if len(row) > MOST_COLUMNS:
                raise SheetRefused(_("The file has more columns than any list. Please start from the template."))
            yield number, [_cell(cell) for cell in row]
    except SheetRefused:
        raise
    except Exception as broken:  # openpyxl lets what zipfile, XML and its own parsers raise through
        raise SheetRefused(
            _("This XLSX file is damaged. Please open it in a spreadsheet program and save it again.")
        ) from broken


def _refuse_packed(data: bytes) -> None:
    """Raises SheetRefused for a file that would unpack beyond measure, and for merged cells, whose values nobody can place."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
            raise SheetRefused(_("The file is too large when unpacked. Please split it."))
        for part in packed.namelist():
            if part.startswith("xl/worksheets/") and (merged := _MERGED.search(packed.read(part))):
                raise SheetRefused(
                    _("Cells %(cells)s are merged. Please split them, one value in each cell.")
                    % {"cells": merged.group(1).decode()}
                )


def _cell(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return _Bad(_("A formula. Please write the value itself."))
    if cell.data_type == "e":
        return _Bad(_("An error of the spreadsheet (%(text)s).") % {"text": value})
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def escaped(value: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(FORMULA_START) else value


def csv_of(headings: Sequence[str | Promise], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A CSV in UTF-8 with a byte order mark (Excel needs it), a piece at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([str(heading) for heading in headings])
    for count, row in enumerate(rows, start=1):
        # A number is no formula, also below zero.
        writer.writerow([value if isinstance(value, Decimal) else escaped(_said(value)) for value in row])
        if count % 500 == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def xlsx_of(headings: Sequence[str | Promise], rows: Iterable[Sequence[Any]]) -> bytes:
    """An XLSX file whose cells are all text: no code of twelve digits becomes a number."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([str(heading) for heading in headings])
    for row in rows:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=escaped(_said(value)))
            cell.number_format = "@"
            cells.append(cell)
        sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)
