"""Real queries: what buyers type, and whether they get it among the first ten."""

import pytest

from bench.recall import figures, measure, read_queries, report

RECALL_FLOOR, RANK_FLOOR, KIND_FLOOR = 0.95, 0.93, 0.85


@pytest.mark.django_db
def test_real_queries_find_their_goods() -> None:
    answers = measure()
    recall, rank = figures(answers)
    assert recall >= RECALL_FLOOR, report(answers)
    assert rank >= RANK_FLOOR, report(answers)


def test_there_are_two_hundred_queries_of_all_kinds() -> None:
    queries = read_queries()
    assert len({asked.query for asked in queries}) >= 200
    assert {
        "name",
        "pinyin",
        "initials",
        "typo",
        "homophone",
        "traditional",
        "mixed",
        "place",
        "english",
        "synonym",
        "wish",
    } <= {asked.kind for asked in queries}
