"""The way of the goods: brought, weighed, scanned, delivered; guests who come; and time, which settles what nobody answers."""

import datetime as dt
from contextlib import suppress

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from aftersales.clocks import end_silence
from delivery.custody import RECIPIENT, append_handover
from delivery.models import Parcel, ParcelState, ScanKind
from orders.collection import NothingToCollect, WeightOutOfBand, collect, take_collected, to_weigh
from orders.models import Consignment, OrderLine, WeightAnswer
from orders.receiving import NotReceived, confirm_receipt
from orders.release import release_delivered
from orders.verification import verify_delivered
from orders.visits import CameAlready, CodeUnknown, NotTheDay, check_in, take_past_places
from orders.weights import NothingAsked, answer, end_questions
from tests.machine.sequence import WHICH, Sequence


class Bringing(Sequence):
    """What farmers, stations and the calendar do."""

    @precondition(lambda self: self.world.seen["planned"])
    @rule(which=WHICH, percent=st.sampled_from((100, 100, 98, 105, 112, 80, 60, 20)), again=st.booleans())
    def bring(self, which: int, percent: int, again: bool) -> None:
        """The farmer brings a part to its point, where it weighs so many percent of what was sold."""
        part = Consignment.objects.select_related("station").get(pk=self._seen("planned", which))
        clerk = self.world.clerks[part.station.code]
        weights = {line.pk: line.unit_weight_g * line.left_units * percent // 100 for line in to_weigh(part)}
        with suppress(NothingToCollect, WeightOutOfBand):
            for _ in range(1 + again):
                collect(consignment=part, by=clerk, weights=weights, nonce=f"c{part.pk}")

    @precondition(lambda self: self.world.seen["planned"])
    @rule(which=WHICH, soon=st.booleans())
    def scan_only(self, which: int, soon: bool) -> None:
        """A parcel is scanned as collected without being weighed; the minute's job takes its stock, sooner or later."""
        part = Consignment.objects.select_related("station", "parcel").get(pk=self._seen("planned", which))
        assert part.parcel is not None
        when = timezone.now()
        append_handover(
            parcel=part.parcel, kind=ScanKind.COLLECT, station=part.station, taker=part.station.code,
            by=self.world.clerks[part.station.code], nonce=f"s{part.pk}", device_time=when, server_time=when,
        )  # fmt: skip
        Parcel.objects.filter(pk=part.parcel.pk).update(state=ParcelState.COLLECTED, collected_at=when)
        if soon:
            take_collected()

    @precondition(lambda self: self.world.seen["collected"])
    @rule(which=WHICH)
    def deliver(self, which: int) -> None:
        """A parcel reaches its buyer."""
        take_collected()
        part = Consignment.objects.select_related("station", "parcel").get(pk=self._seen("collected", which))
        assert part.parcel is not None
        if part.parcel.stop:
            return
        now = timezone.now()
        append_handover(
            parcel=part.parcel, kind=ScanKind.DELIVER, station=part.station, taker=RECIPIENT,
            by=self.world.clerks[part.station.code], nonce=f"d{part.pk}", device_time=now, server_time=now,
        )  # fmt: skip
        Parcel.objects.filter(pk=part.parcel.pk).update(state=ParcelState.DELIVERED, delivered_at=self.now)
        verify_delivered(at=self.now)

    @precondition(lambda self: self.world.seen["questions"])
    @rule(which=WHICH, word=st.sampled_from(WeightAnswer))
    def say_about_weight(self, which: int, word: WeightAnswer) -> None:
        """A buyer answers about goods that are too light."""
        line = OrderLine.objects.select_related("consignment__order").get(pk=self._seen("questions", which))
        with suppress(NothingAsked):
            answer(order=line.consignment.order, line_id=line.pk, word=word, at=self.now)

    @precondition(lambda self: self.world.seen["parts"])
    @rule(which=WHICH)
    def confirm(self, which: int) -> None:
        """A buyer confirms that a part has come."""
        part = Consignment.objects.select_related("order").get(pk=self._seen("parts", which))
        with suppress(NotReceived):
            confirm_receipt(order=part.order, number=part.number, at=self.now)

    @precondition(lambda self: self.world.seen["paid"])
    @rule(hours=st.sampled_from((1, 25, 50, 75, 24 * 8)))
    def wait(self, hours: int) -> None:
        """Time goes by: questions and cases end by themselves, sellers' money becomes available."""
        self.ahead += dt.timedelta(hours=hours)
        end_questions(at=self.now)
        with self._other_units():
            end_silence(at=self.now)
        take_past_places(at=self.now)
        release_delivered(at=self.now)

    @precondition(lambda self: self.world.seen["visits"])
    @rule(which=WHICH, again=st.booleans())
    def come(self, which: int, again: bool) -> None:
        """The day of a visit comes, and the guests say their code at the farm."""
        visit = Consignment.objects.select_related("station").get(pk=self._seen("visits", which))
        assert visit.visit_day is not None
        day = timezone.make_aware(dt.datetime.combine(visit.visit_day, dt.time(14)))
        self.ahead = max(self.ahead, day - timezone.now())
        with suppress(CameAlready, NotTheDay, CodeUnknown):
            for _ in range(1 + again):
                check_in(by=self.world.clerks[visit.station.code], code=visit.visit_code, at=self.now)
