"""Volume as text: a table for the terminal, CSV for a spreadsheet, JSON for a program."""

import csv
import io
import json

from reports.volume import Figures, Volume, VolumeRow

COLUMNS = ("outbound_fen", "inbound_fen", "other_platforms_fen", "verified_fen", "farmer_income_fen", "orders")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def as_json(volume: Volume) -> str:
    """One JSON object; the same facts give the same bytes."""
    return json.dumps(volume.as_dict(), ensure_ascii=False, indent=2)


def as_csv(volume: Volume) -> str:
    """A header, a line a row and a last line of totals; amounts in fen. A label that a spreadsheet would run is escaped."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["key", "label", *COLUMNS])
    for row in _with_total(volume):
        writer.writerow([row.key, _harmless(row.label), *(getattr(row.figures, name) for name in COLUMNS)])
    return out.getvalue()


def as_table(volume: Volume) -> str:
    """Aligned columns in yuan for a terminal."""
    names = [name.removesuffix("_fen") for name in COLUMNS]
    lines = [f"{'':24}" + "".join(f"{name:>18}" for name in names)]
    for row in _with_total(volume):
        cells = [_cell(name, row.figures) for name in COLUMNS]
        lines.append(f"{row.key:24}" + "".join(f"{cell:>18}" for cell in cells) + f"  {row.label}")
    return "\n".join(lines) + "\n"


def _with_total(volume: Volume) -> list[VolumeRow]:
    return [*volume.rows, VolumeRow("total", "", volume.total)]


def _cell(name: str, figures: Figures) -> str:
    value: int = getattr(figures, name)
    return f"{value / 100:,.2f}" if name.endswith("_fen") else str(value)


def _harmless(text: str) -> str:
    """Text that a spreadsheet takes for text (https://owasp.org/www-community/attacks/CSV_Injection)."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
