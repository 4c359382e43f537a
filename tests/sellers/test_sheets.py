"""Spreadsheets: lists of stations and households brought in and taken out, and every way in which a file can be wrong."""

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
from django.core.files.storage import storages
from django.db import transaction
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from accounts.models import User
from sellers import household_sheets
from sellers.jobs import INTAKES
from sellers.models import Consent, Household
from stations import sheets, station_sheets, taking_in
from stations.models import Posting, Region, Sheet, SheetKind, SheetState, Station, StationKind, StationStatus
from stations.scope import NotAllowed
from stations.taking_in import ChangedMeanwhile, bring_in, forget_files, take_in, take_in_checked
from tests.cast import QIDONG, Stations, make_clerk, make_household, make_official, make_station

pytestmark = pytest.mark.django_db
STATION_HEAD = ["站点编号*", "类型*", "所在地*", "上级站点编号", "名称*", "状态"]
FAMILY_HEAD = ["姓名*", "手机号*", "所在村*", "签署同意书日期"]
FAMILY = ["彭翠英", "13900000001", "", "2026-11-01"]
IDENTITY = "430426196503124527"  # made up; the check digit is right


@pytest.fixture
def qidong(db: None) -> Stations:
    return Stations()


@pytest.fixture
def centre(qidong: Stations) -> User:
    return make_clerk(qidong.centre)


def as_csv(rows: Sequence[Sequence[Any]], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def as_xlsx(rows: Sequence[Sequence[Any]], merge: str = "") -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(list(row))
    if merge:
        book.active.merge_cells(merge)
    book.save(file)
    return file.getvalue()


def bring(by: User, data: bytes, kind: str = SheetKind.STATIONS, **options: Any) -> Sheet:
    known = {"name": "名单.csv", "dry_run": False, "language": "zh-hans", **options}
    sheet = bring_in(by=by, kind=kind, region=Region.objects.get(code=QIDONG), data=data, **known)
    return take_in(sheet, INTAKES[kind])


def station_row(stations: Stations, code: str = "430426999V", **changes: str) -> list[str]:
    village = Region.objects.within(stations.township.region_id).filter(level=5).last()
    assert village is not None
    row = {
        "code": code,
        "kind": "村级服务点",
        "region": village.code,
        "parent": stations.township.code,
        "name": "新村服务点",
        "status": "筹建",
    }
    return [*{**row, **changes}.values()]


def family_row(stations: Stations, **changes: str) -> list[str]:
    row = dict(zip(("name", "phone", "region", "consent_on"), FAMILY, strict=True)) | {
        "region": stations.point.region_id
    }
    return [*{**row, **changes}.values()]


def messages(sheet: Sheet) -> str:
    return "\n".join(f"{row} {column} {message}" for row, column, message in sheet.faults)


class TestStations:
    @pytest.mark.parametrize(
        "make", [as_csv, as_xlsx, lambda rows: as_csv(rows, "gb18030"), lambda rows: as_csv(rows, "utf-16")]
    )
    def test_a_list_is_taken_in(self, qidong: Stations, centre: User, make: Any) -> None:
        before = Station.objects.count()
        sheet = bring(centre, make([STATION_HEAD, station_row(qidong)]))
        assert (sheet.state, sheet.added, messages(sheet)) == (SheetState.WRITTEN, 1, "")
        station = Station.objects.get(code="430426999V")
        assert (station.parent, station.name, station.status) == (qidong.township, "新村服务点", StationStatus.PLANNED)
        assert Station.objects.count() == before + 1
        assert station.events.get().pgh_context.metadata["sheet"] == sheet.ref  # type: ignore[attr-defined]

    def test_checking_changes_nothing_and_can_be_taken_in_afterwards(self, qidong: Stations, centre: User) -> None:
        sheet = bring(centre, as_csv([STATION_HEAD, station_row(qidong)]), dry_run=True)
        assert sheet.state == SheetState.CHECKED and not Station.objects.filter(code="430426999V").exists()
        sheet = take_in(take_in_checked(by=centre, sheet=sheet), INTAKES[sheet.kind])
        assert sheet.state == SheetState.WRITTEN and Station.objects.filter(code="430426999V").exists()
        with pytest.raises(sheets.SheetRefused):
            take_in_checked(by=centre, sheet=sheet)

    def test_one_faulty_row_keeps_all_out(self, qidong: Stations, centre: User) -> None:
        rows = [STATION_HEAD, station_row(qidong), station_row(qidong, "430426998V", parent="430426X9T")]
        sheet = bring(centre, as_csv(rows))
        assert (sheet.state, sheet.fault_count) == (SheetState.FAULTY, 1)
        assert messages(sheet).startswith("3 上级站点编号 ")
        assert not Station.objects.filter(code="430426999V").exists()

    def test_a_second_centre_is_told_before_it_is_written(self, qidong: Stations, centre: User) -> None:
        row = station_row(qidong, "430426C2", kind="县中心", region=QIDONG, parent="")
        sheet = bring(centre, as_csv([STATION_HEAD, row]), dry_run=True)
        assert sheet.state == SheetState.FAULTY and "县中心" in messages(sheet)

    def test_a_second_run_that_ends_later_leaves_what_was_written(self, qidong: Stations, centre: User) -> None:
        sheet = bring(centre, as_csv([STATION_HEAD, station_row(qidong)]))
        late = Sheet.objects.get(pk=sheet.pk)
        intake = INTAKES[sheet.kind](by=centre, region=late.region)
        assert taking_in._write(late, intake).state == SheetState.WRITTEN
        faults = [sheets.Fault(0, "", "x")]
        assert taking_in._end(late, SheetState.FAULTY, faults, intake.columns).state == SheetState.WRITTEN

    def test_parents_may_stand_below_their_points(self, qidong: Stations, centre: User) -> None:
        township = station_row(
            qidong, "430426T7", kind="乡镇服务站", parent=qidong.centre.code, region=qidong.township.region_id
        )
        sheet = bring(centre, as_csv([STATION_HEAD, station_row(qidong, parent="430426T7"), township]))
        assert (sheet.state, sheet.added) == (SheetState.WRITTEN, 2)
        assert Station.objects.get(code="430426999V").parent == Station.objects.get(code="430426T7")

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"kind": "驿站"}, "请填写"),
            ({"region": "白石门"}, "不是本县"),
            ({"region": QIDONG}, "村级服务点在村"),
            ({"code": "坏"}, "编号"),
            ({"name": ""}, "不能为空"),
            ({"status": "撤销"}, "站点页面"),
            ({"parent": "430426C"}, "乡镇服务站之下"),
            ({"name": '=HYPERLINK("http://x")'}, "公式"),
            ({"name": "隐\u202e藏"}, "看不见"),
        ],
    )
    def test_what_is_wrong_is_said_in_its_row(
        self, qidong: Stations, centre: User, changes: dict[str, str], told: str
    ) -> None:
        sheet = bring(centre, as_csv([STATION_HEAD, station_row(qidong, **changes)]))
        assert sheet.state == SheetState.FAULTY
        assert told in messages(sheet) and messages(sheet).startswith("2 ")

    def test_a_closed_parent_takes_no_points(self, qidong: Stations, centre: User) -> None:
        third = Region.objects.within(QIDONG).filter(level=4)[2]
        closed = {"status": StationStatus.CLOSED, "closed_on": dt.date(2026, 11, 1)}
        township = make_station(StationKind.TOWNSHIP, third.code, qidong.centre, **closed)
        sheet = bring(centre, as_csv([STATION_HEAD, station_row(qidong, parent=township.code)]))
        assert sheet.state == SheetState.FAULTY and "已关闭" in messages(sheet)

    def test_faults_are_said_in_the_users_language(self, qidong: Stations, centre: User) -> None:
        sheet = bring(centre, as_csv([STATION_HEAD, station_row(qidong, name="")]), language="en")
        assert messages(sheet) == "2 Name This must not be empty."

    def test_another_countys_clerk_and_an_official_may_not(self, qidong: Stations) -> None:
        for user in (make_clerk(Stations("430822000000").centre), make_clerk(qidong.township), make_official()):
            with pytest.raises(NotAllowed):
                bring(user, as_csv([STATION_HEAD, station_row(qidong)]))

    def test_a_clerk_whose_posting_ended_meanwhile_changes_nothing(self, qidong: Stations, centre: User) -> None:
        sheet = bring_in(
            by=centre, kind=SheetKind.STATIONS, region=qidong.centre.region, name="a.csv", dry_run=False, language="zh-hans",
            data=as_csv([STATION_HEAD, station_row(qidong)]),
        )  # fmt: skip
        Posting.objects.filter(user=centre).delete()
        sheet = take_in(Sheet.objects.get(pk=sheet.pk), INTAKES[SheetKind.STATIONS])
        assert sheet.state == SheetState.FAULTY and not Station.objects.filter(code="430426999V").exists()

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_a_list_taken_out_comes_back_unchanged(
        self, qidong: Stations, centre: User, client: Client, form: str
    ) -> None:
        client.force_login(centre)
        answer = client.get(f"/desk/sheets/out/stations/{QIDONG}.{form}")
        sheet = bring(centre, answer.content, name=f"list.{form}")
        assert (sheet.state, sheet.same, sheet.added, sheet.changed) == (SheetState.WRITTEN, 6, 0, 0), messages(sheet)

    def test_a_changed_list_changes_stations(self, qidong: Stations, centre: User) -> None:
        row = station_row(
            qidong, qidong.point.code, region=qidong.point.region_id, name="改了名的服务点", status="运营"
        )
        sheet = bring(centre, as_csv([STATION_HEAD, row]))
        assert (sheet.state, sheet.changed) == (SheetState.WRITTEN, 1), messages(sheet)
        qidong.point.refresh_from_db()
        assert qidong.point.name == "改了名的服务点" and qidong.point.cash_counter


class TestHouseholds:
    def test_families_are_registered_with_their_consent(self, qidong: Stations, centre: User) -> None:
        sheet = bring(centre, as_csv([FAMILY_HEAD, family_row(qidong)]), SheetKind.HOUSEHOLDS)
        assert (sheet.state, sheet.added) == (SheetState.WRITTEN, 1), messages(sheet)
        household = Household.objects.get()
        assert (household.name, household.name_latin, household.phone) == ("彭翠英", "Peng Cuiying", "13900000001")
        consent = Consent.objects.get(household=household)
        assert (consent.purpose, consent.given_at.date().isoformat(), consent.recorded_by) == (
            "record",
            "2026-11-01",
            centre,
        )

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"consent_on": ""}, "同意"),
            ({"consent_on": "2031-01-01"}, "三年"),
            ({"phone": "12345"}, "11"),
            ({"region": "430426101000"}, "村"),
            ({"name": IDENTITY}, "身份证号"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_kept(
        self, qidong: Stations, centre: User, changes: dict[str, str], told: str
    ) -> None:
        sheet = bring(centre, as_csv([FAMILY_HEAD, family_row(qidong, **changes)]), SheetKind.HOUSEHOLDS)
        assert sheet.state == SheetState.FAULTY and told in messages(sheet), messages(sheet)
        assert not Household.objects.exists()
        assert not any(value in messages(sheet) for value in (IDENTITY, "13900000001"))

    def test_a_family_known_in_another_village_is_said(self, qidong: Stations, centre: User) -> None:
        known = make_household(qidong.other_point, "彭翠英")
        rows = [
            FAMILY_HEAD,
            family_row(qidong, phone=known.phone),
            family_row(qidong),
            family_row(qidong, name="彭大妈"),
        ]
        sheet = bring(centre, as_csv(rows), SheetKind.HOUSEHOLDS)
        assert [row for row, _column, _message in sheet.faults] == [2, 4]
        assert "已经登记" in messages(sheet) and "第3行" in messages(sheet)

    def test_a_list_taken_out_hides_phones_and_comes_back(self, qidong: Stations, centre: User, client: Client) -> None:
        family = make_household(qidong.point)
        client.force_login(centre)
        data = client.get(f"/desk/sheets/out/households/{QIDONG}.csv").content
        assert family.phone.encode() not in data and b"138****" in data
        changed = data.decode("utf-8-sig").replace(",0,0,", ",1,0,").encode()
        sheet = bring(centre, changed, SheetKind.HOUSEHOLDS)
        assert (sheet.state, sheet.changed) == (SheetState.WRITTEN, 1), messages(sheet)
        family.refresh_from_db()
        assert (family.women_led, family.phone) == (True, "13800000000")

    def test_a_name_is_not_corrected_by_a_list(self, qidong: Stations, centre: User) -> None:
        family = make_household(qidong.point)
        row = [f"H{family.pk}", "周小兰", "138****0000", qidong.point.region_id, ""]
        sheet = bring(centre, as_csv([["编号", *FAMILY_HEAD], row]), SheetKind.HOUSEHOLDS)
        assert sheet.state == SheetState.FAULTY and "农户页面" in messages(sheet)

    def test_a_family_forgotten_meanwhile_stays_forgotten(self, qidong: Stations, centre: User) -> None:
        family = make_household(qidong.point)
        row = {
            "number": f"H{family.pk}",
            "name": family.name,
            "phone": "138****0000",
            "region": qidong.point.region_id,
            "women_led": "1",
        }
        intake = household_sheets.HouseholdIntake(by=centre, region=qidong.centre.region)
        assert intake.take(2, row) == "changed"
        Household.objects.filter(pk=family.pk).update(forgotten_at=timezone.now(), name="已注销")
        with pytest.raises(ChangedMeanwhile), transaction.atomic():
            intake.write()
        family.refresh_from_db()
        assert (family.name, family.women_led) == ("已注销", False)

    def test_a_phone_does_not_change_by_a_list(self, qidong: Stations, centre: User) -> None:
        family = make_household(qidong.point)
        head = ["编号", *FAMILY_HEAD]
        row = [f"H{family.pk}", "李秀英", "13911112222", qidong.point.region_id, ""]
        sheet = bring(centre, as_csv([head, row]), SheetKind.HOUSEHOLDS)
        assert sheet.state == SheetState.FAULTY and "验证码" in messages(sheet)

    def test_a_name_that_begins_like_a_formula_leaves_as_text(
        self, qidong: Stations, centre: User, client: Client
    ) -> None:
        make_household(qidong.point, "=1+1")
        client.force_login(centre)
        text = client.get(f"/desk/sheets/out/households/{QIDONG}.csv").content.decode("utf-8-sig")
        assert "'=1+1" in text
        book = load_workbook(io.BytesIO(client.get(f"/desk/sheets/out/households/{QIDONG}.xlsx").content))
        assert book.active["B2"].value == "'=1+1" and book.active["B2"].data_type == "s"


class TestFiles:
    def test_merged_cells_are_named(self, qidong: Stations, centre: User) -> None:
        rows = [STATION_HEAD, station_row(qidong), station_row(qidong, "430426998V")]
        sheet = bring(centre, as_xlsx(rows, merge="C2:C3"))
        assert sheet.state == SheetState.FAULTY and "C2:C3" in messages(sheet)

    def test_a_row_far_away_does_not_hold_up_the_worker(self, qidong: Stations, centre: User) -> None:
        data = as_xlsx([STATION_HEAD, station_row(qidong)])
        far = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(far, "w") as made:
            for part in packed.namelist():
                text = packed.read(part)
                if part == "xl/worksheets/sheet1.xml":
                    text = re.sub(rb'r="([A-Z]*)2"', rb'r="\g<1>100000000"', text)
                made.writestr(part, text)
        sheet = bring(centre, far.getvalue())
        assert sheet.state == SheetState.FAULTY and "20,000" in messages(sheet)

    def test_a_workbook_of_too_many_columns(self, qidong: Stations, centre: User) -> None:
        sheet = bring(centre, as_xlsx([[*STATION_HEAD, *([""] * 300), "x"]]))
        assert sheet.state == SheetState.FAULTY and "模板" in messages(sheet)

    def test_a_formula_in_a_workbook_is_not_computed(self, qidong: Stations, centre: User) -> None:
        sheet = bring(centre, as_xlsx([STATION_HEAD, station_row(qidong, name="=A1&B1")]))
        assert sheet.state == SheetState.FAULTY and "公式" in messages(sheet)

    def test_a_hundred_thousand_rows_are_too_many(self, qidong: Stations, centre: User) -> None:
        rows = [STATION_HEAD, *[station_row(qidong)] * 100_000]
        sheet = bring(centre, as_csv(rows))
        assert sheet.state == SheetState.FAULTY and "20,000" in messages(sheet)

    @pytest.mark.parametrize(
        ("data", "told"),
        [
            (b"\xff\x00\x81\x81\x00", "字符"),
            (b"PK\x03\x04 not a workbook", "损坏"),
            ("站点编号,类型\n1,2\n".encode(), "缺少"),
            ("站点编号,类型,所在地,名称,手机\n".encode(), "手机"),
            ("站点编号*,类型*,所在地*,名称*\n".encode(), "没有数据"),
            (b"", "缺少"),
        ],
    )
    def test_a_file_that_is_none_is_refused_in_words(
        self, qidong: Stations, centre: User, data: bytes, told: str
    ) -> None:
        sheet = bring(centre, data)
        assert sheet.state == SheetState.FAULTY and told in messages(sheet), messages(sheet)

    def test_a_file_is_gone_once_its_rows_are_in(self, qidong: Stations, centre: User) -> None:
        sheet = bring(centre, as_csv([STATION_HEAD, station_row(qidong)]), dry_run=True)
        kept = sheet.file
        assert storages["private"].exists(kept)
        Sheet.objects.update(brought_at="2026-01-01T00:00Z")
        assert forget_files() == 1 and not storages["private"].exists(kept)

    def test_the_same_job_run_twice_writes_once(self, qidong: Stations, centre: User) -> None:
        sheet = bring(centre, as_csv([STATION_HEAD, station_row(qidong)]))
        again = take_in(sheet, INTAKES[sheet.kind])
        assert (again.state, again.added) == (SheetState.WRITTEN, 1)
        assert Station.objects.filter(code="430426999V").count() == 1


class TestPages:
    def test_a_file_goes_from_the_page_to_its_result(self, qidong: Stations, centre: User, client: Client) -> None:
        client.force_login(centre)
        assert "导入" in client.get("/desk/sheets/").content.decode()
        file = io.BytesIO(as_csv([STATION_HEAD, station_row(qidong, name="")]))
        file.name = "站点.csv"
        answer = client.post("/desk/sheets/", {"kind": "stations", "region": QIDONG, "file": file, "check": "1"})
        sheet = Sheet.objects.get()
        assert answer["Location"] == f"/desk/sheets/{sheet.ref}/" and sheet.dry_run
        waiting = client.get(answer["Location"])
        assert waiting["Refresh"] == "2"
        take_in(sheet, INTAKES[sheet.kind])
        page = client.get(answer["Location"]).content.decode()
        assert "不能为空" in page and "未改动任何数据" in page

    def test_only_the_centre_brings_lists(self, qidong: Stations, client: Client) -> None:
        client.force_login(make_clerk(qidong.point))
        assert client.get("/desk/sheets/").status_code == 403
        assert client.get(f"/desk/sheets/out/households/{QIDONG}.csv").status_code == 403

    def test_somebody_elses_sheet_is_not_there(self, qidong: Stations, centre: User, client: Client) -> None:
        sheet = bring(centre, as_csv([STATION_HEAD, station_row(qidong)]))
        client.force_login(make_clerk(qidong.centre, "邹丽"))
        assert client.get(f"/desk/sheets/{sheet.ref}/").status_code == 404

    def test_another_countys_list_is_not_given(self, qidong: Stations, centre: User, client: Client) -> None:
        client.force_login(centre)
        assert client.get("/desk/sheets/out/stations/430822000000.csv").status_code == 404
        assert client.get("/desk/sheets/out/stations/template.xlsx").status_code == 200

    def test_every_column_has_both_headings(self) -> None:
        for column in (*station_sheets.COLUMNS, *household_sheets.COLUMNS):
            assert column.zh and column.en and not column.zh.isascii()
