"""Stations as a spreadsheet: what a county's list holds, how its rows are judged, and how the present list is written out.

A sheet opens stations and changes what is said of them. Moving, suspending and closing one ask for more than a cell can say
(stations.keeping, orders.station_closing): a sheet that tries is told so.
"""

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from stations.keeping import ABOVE, LETTERS, LEVELS
from stations.models import Region, Station, StationKind, StationStatus
from stations.sheets import Column, Fault
from stations.taking_in import Intake, Places, RowFaulty, day_of, yes_or_no

CODE = re.compile(r"(?=.*[0-9])[0-9A-Z-]{3,16}")
ABLE = ("cold_store", "grading", "packing", "warehouse", "cash_counter", "training_room")
COLUMNS = (
    Column("code", "站点编号", "Code", required=True),
    Column("kind", "类型", "Kind", required=True),
    Column("region", "所在地", "Place", required=True),
    Column("parent", "上级站点编号", "Code of the station above"),
    Column("name", "名称", "Name", required=True),
    Column("name_en", "英文名称", "Name in English"),
    Column("status", "状态", "Status"),
    Column("opened_on", "开业日期", "Opened on"),
    Column("address", "地址", "Address"),
    Column("hours", "营业时间", "Opening hours"),
    Column("longitude", "经度", "Longitude"),
    Column("latitude", "纬度", "Latitude"),
    Column("cold_store", "冷库", "Cold store"),
    Column("grading", "分级", "Grading"),
    Column("packing", "包装", "Packing"),
    Column("warehouse", "仓储", "Warehouse"),
    Column("cash_counter", "现金柜台", "Cash counter"),
    Column("training_room", "培训室", "Training room"),
    Column("parcels_per_day", "日处理包裹（件）", "Parcels a day"),
    Column("kg_per_day", "日处理重量（公斤）", "Kilograms a day"),
)
KINDS = {
    word: kind
    for kind, words in (
        (StationKind.CENTRE, ("centre", "county centre", "县中心", "县级电子商务公共服务中心")),
        (StationKind.TOWNSHIP, ("township", "township station", "乡镇服务站", "乡镇站")),
        (StationKind.VILLAGE, ("village", "village point", "村级服务点", "村点")),
    )
    for word in words
}
STATUSES = {
    word: status
    for status, words in (
        (StationStatus.PLANNED, ("planned", "筹建中", "筹建")),
        (StationStatus.ACTIVE, ("active", "运营中", "运营", "营业中", "正常")),
        (StationStatus.SUSPENDED, ("suspended", "暂停服务", "暂停", "停用")),
        (StationStatus.CLOSED, ("closed", "已关闭", "关闭", "撤销", "已撤销")),
    )
    for word in words
}
CHANGEABLE = ("name", "name_en", "address", "hours", "longitude", "latitude", *ABLE, "parcels_per_day", "kg_per_day")
BATCH = 500


class StationIntake(Intake):
    """The stations of a county, or of a province that an operator brings in."""

    columns: ClassVar[Sequence[Column]] = COLUMNS

    def __init__(self, by: User, region: Region) -> None:
        super().__init__(by, region)
        self.places = Places(region)
        self.known = {station.code: station for station in Station.objects.within(region.code)}
        self.elsewhere = set(
            Station.objects.exclude(pk__in=[one.pk for one in self.known.values()]).values_list("code", flat=True)
        )
        self.rows: dict[str, int] = {}
        self.new: dict[str, Station] = {}
        self.changed: list[Station] = []
        self.above: dict[str, str] = {}

    def take(self, number: int, row: dict[str, str]) -> str:
        """Judge one row against the county's stations and the rows before it."""
        code = row["code"].upper()
        if not CODE.fullmatch(code):
            raise RowFaulty(("code", _("A code has 3 to 16 capital letters, digits and hyphens, one digit at least.")))
        if code in self.rows:
            raise RowFaulty(("code", _("Row %(row)s bears the same code.") % {"row": self.rows[code]}))
        self.rows[code] = number
        if code in self.elsewhere:
            raise RowFaulty(("code", _("Another county's station bears this code.")))
        station = self._station(code, row)
        self.above[code] = row.get("parent", "").upper()
        known = self.known.get(code)
        if known is None:
            self.new[code] = station
            return "added"
        return self._compare(known, station, row)

    def _station(self, code: str, row: dict[str, str]) -> Station:
        """The station that a row describes, not saved. Raises RowFaulty with everything that is wrong with its cells."""
        faults: list[tuple[str, str]] = []
        station = Station(code=code, name=row["name"][:80], name_en=row.get("name_en", "")[:120])
        station.address, station.hours = row.get("address", "")[:120], row.get("hours", "")[:60]
        for fill in (self._fill_kind, self._fill_place, self._fill_abilities, self._fill_figures, self._fill_status):
            try:
                fill(station, row)
            except RowFaulty as faulty:
                faults += faulty.faults
        if faults:
            raise RowFaulty(*faults)
        return station

    def _fill_kind(self, station: Station, row: dict[str, str]) -> None:
        kind = KINDS.get(row["kind"].casefold())
        if kind is None:
            raise RowFaulty(
                ("kind", _("Please write one of these: %(words)s") % {"words": "县中心, 乡镇服务站, 村级服务点"})
            )
        station.kind = kind
        station.region = self.places.find("region", row["region"])
        if station.region.level != LEVELS[kind]:
            raise RowFaulty(
                ("region", _("A centre stands in a county, a township station in a township, a point in a village."))
            )

    def _fill_place(self, station: Station, row: dict[str, str]) -> None:
        for name, most in (("longitude", 180.0), ("latitude", 90.0)):
            text = row.get(name, "")
            try:
                value = float(text) if text else None
            except ValueError:
                value = most + 1
            if value is not None and not -most <= value <= most:
                raise RowFaulty((name, _("Degrees as a number, such as 111.9531.")))
            setattr(station, name, value)

    def _fill_abilities(self, station: Station, row: dict[str, str]) -> None:
        for name in ABLE:
            setattr(station, name, yes_or_no(name, row.get(name, "")))

    def _fill_figures(self, station: Station, row: dict[str, str]) -> None:
        for name in ("parcels_per_day", "kg_per_day"):
            text = row.get(name, "") or "0"
            if not (text.isascii() and text.isdigit() and len(text) < 8):
                raise RowFaulty((name, _("A whole number of 0 or more.")))
            setattr(station, name, int(text))

    def _fill_status(self, station: Station, row: dict[str, str]) -> None:
        word = row.get("status", "")
        status = STATUSES.get(word.casefold()) if word else self._status_now(station.code)
        if status is None:
            raise RowFaulty(("status", _("Please write one of these: %(words)s") % {"words": "筹建中, 运营中"}))
        if status != self._status_now(station.code) and status in (StationStatus.SUSPENDED, StationStatus.CLOSED):
            raise RowFaulty(
                ("status", _("A station is suspended or closed on its own page, where the reason is asked."))
            )
        if self._status_now(station.code) == StationStatus.CLOSED:
            raise RowFaulty(("code", _("This station is closed; it stays as it was.")))
        station.status = status
        station.opened_on = day_of("opened_on", row.get("opened_on", ""))

    def _status_now(self, code: str) -> StationStatus:
        return StationStatus(self.known[code].status) if code in self.known else StationStatus.PLANNED

    def _compare(self, known: Station, wanted: Station, row: dict[str, str]) -> str:
        if (known.kind, known.region_id) != (wanted.kind, wanted.region_id):
            raise RowFaulty(("region", _("A station is moved on its own page.")))
        if known.status != wanted.status:
            raise RowFaulty(("status", _("A station's status changes on its own page.")))
        given = [name for name in CHANGEABLE if name in row]
        changes = [name for name in given if getattr(known, name) != getattr(wanted, name)]
        if not changes:
            return "same"
        for name in changes:
            setattr(known, name, getattr(wanted, name))
        self.changed.append(known)
        return "changed"

    def finish(self) -> list[Fault]:
        """The station above each one: known or in the file, of the level above, and not closed."""
        faults = self._second_centres()
        for code, above in self.above.items():
            station = self.new.get(code) or self.known[code]
            message = self._fault_above(station, above)
            if message:
                faults.append(Fault(self.rows[code], "parent", message))
        return faults

    def _second_centres(self) -> list[Fault]:
        served = {
            one.region_id for one in self.known.values() if one.kind == StationKind.CENTRE and one.closed_on is None
        }
        faults = []
        for code, station in self.new.items():
            if station.kind != StationKind.CENTRE:
                continue
            if station.region_id in served:
                faults.append(Fault(self.rows[code], "kind", _("This county has a centre already.")))
            served.add(station.region_id)
        return faults

    def _fault_above(self, station: Station, above: str) -> str:
        parent = self.new.get(above) or self.known.get(above)
        if station.code in self.known:
            now = station.parent_id and next(one.code for one in self.known.values() if one.pk == station.parent_id)
            return "" if not above or above == now else _("A station is moved on its own page.")
        if station.kind == StationKind.CENTRE:
            return _("A county centre has no station above it.") if above else ""
        if parent is None:
            return _("No station of this county, and no row of this file, bears this code.")
        if parent.kind != ABOVE[station.kind] or parent.county_code != station.county_code:
            return _("A township station stands under the centre, a village point under a township station.")
        if parent.status == StationStatus.CLOSED:
            return _("%(station)s is closed: choose another station above.") % {"station": parent}
        return ""

    def write(self) -> None:
        """Level by level, so that each finds its parent."""
        for kind in LETTERS:
            stations = [station for station in self.new.values() if station.kind == kind]
            for station in stations:
                station.parent = self.new.get(self.above[station.code]) or self.known.get(self.above[station.code])
            Station.objects.bulk_create(stations, batch_size=BATCH)
        Station.objects.bulk_update(self.changed, CHANGEABLE, batch_size=BATCH)


def station_rows(user: User, region: Region, language: str) -> Iterator[list[object]]:
    """The stations of a region that the user may see, as an export writes them and an import reads them again."""
    stations: QuerySet[Station] = (
        Station.objects.visible_to(user).within(region.code).select_related("parent", "region__parent")
    )
    for station in stations.order_by("code").iterator(chunk_size=2_000):
        yield [_cell(station, column.key, language) for column in COLUMNS]


def _cell(station: Station, key: str, language: str) -> object:
    if key == "region":
        return station.region_id
    if key == "parent":
        return station.parent.code if station.parent else ""
    if key == "kind":
        return next(
            word for word, kind in KINDS.items() if kind == station.kind and word.isascii() == (language == "en")
        )
    if key == "status":
        return next(
            word
            for word, status in STATUSES.items()
            if status == station.status and word.isascii() == (language == "en")
        )
    return getattr(station, key)
