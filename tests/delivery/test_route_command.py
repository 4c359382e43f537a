"""`manage.py route`: what scripts read, and what bad input gets."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from delivery.models import Run
from stations.models import Region
from tests.cast import Stations

MONDAY = "2026-11-23T06:00"


def run(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("route", *arguments, "--format", "json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def test_the_route_to_a_station_as_json(qidong: Stations) -> None:
    answer = run(qidong.point.code, "--to", qidong.centre.code, "--weight-g", "1200", "--at", MONDAY)
    assert list(answer) == ["legs", "arrive", "cost_fen"]
    assert [list(leg) for leg in answer["legs"]] == [["from", "to", "depart", "arrive", "cost_fen"]] * 2
    assert answer["legs"][0]["from"] == qidong.point.code and answer["legs"][-1]["to"] == qidong.centre.code
    assert answer["legs"][0]["depart"].startswith("2026-11-23T") and answer["legs"][0]["depart"].endswith("+08:00")
    assert answer["arrive"] == answer["legs"][-1]["arrive"]
    assert answer["cost_fen"] == sum(leg["cost_fen"] for leg in answer["legs"]) > 0


@pytest.mark.parametrize("code", ["310101", "310101000000"])
def test_a_region_is_named_short_or_in_full(qidong: Stations, shanghai: Region, code: str) -> None:
    answer = run(qidong.point.code.lower(), "--to", code, "--at", MONDAY)
    assert answer["legs"][-1]["from"] == qidong.centre.code and answer["legs"][-1]["to"] == shanghai.code


def test_a_time_with_an_offset_and_one_without_name_the_same_moment(qidong: Stations) -> None:
    here = run(qidong.point.code, "--to", qidong.centre.code, "--at", MONDAY)
    there = run(qidong.point.code, "--to", qidong.centre.code, "--at", "2026-11-22T22:00+00:00")
    assert here == there


def test_a_table_for_people_ends_with_the_sum(qidong: Stations) -> None:
    out = StringIO()
    call_command("route", qidong.point.code, "--to", qidong.centre.code, "--at", MONDAY, stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == 3 and qidong.township.name in lines[0] and "0.35" in lines[-1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("nowhere", "--to", "310101"),
        ("430426C", "--to", "nowhere"),
        ("430426C", "--to", "999999"),
        ("430426C", "--to", "310101", "--weight-g", "heavy"),
        ("430426C", "--to", "310101", "--weight-g", "0"),
        ("430426C", "--to", "310101", "--weight-g", "-5"),
        ("430426C", "--to", "310101", "--weight-g", "99999999999999"),
        ("430426C", "--to", "310101", "--at", "tomorrow"),
        ("430426C", "--to", "310101", "--weight-g", "²"),
    ],
)
def test_bad_input_gets_one_line_and_status_two(qidong: Stations, arguments: tuple[str, ...]) -> None:
    assert refused(*arguments)


def test_no_way_gets_one_line_and_status_two(qidong: Stations) -> None:
    Run.objects.all().delete()
    assert qidong.point.name in refused(qidong.point.code, "--to", qidong.centre.code)


def refused(*arguments: str) -> str:
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("route", *arguments, "--format", "json", stdout=out, stderr=err)
    assert stopped.value.code == 2 and not out.getvalue()
    [line] = err.getvalue().splitlines()
    return line
