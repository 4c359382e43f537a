"""The operator's view of delivery. Runs and rates are edited here; parcels, handovers and held scans move through their journeys alone."""

from django.contrib import admin

from delivery.models import CarrierRate, Handover, HeldScan, Leg, Parcel, Run
from payments.read_only import ReadOnly


@admin.register(Run)
class RunAdmin(admin.ModelAdmin[Run]):
    """The timetable."""

    list_display = ("from_station", "to_station", "departs_at", "minutes", "capacity_kg", "chilled", "active")
    list_filter = ("active", "chilled")
    list_select_related = ("from_station", "to_station")
    search_fields = ("from_station__code", "from_station__name", "to_station__code", "to_station__name")
    raw_id_fields = ("from_station", "to_station")


@admin.register(CarrierRate)
class CarrierRateAdmin(admin.ModelAdmin[CarrierRate]):
    """The carrier's price list."""

    list_display = ("centre", "province", "carrier", "carrier_en", "days", "first_kg_fen", "next_kg_fen", "chilled")
    list_filter = ("carrier", "chilled")
    list_select_related = ("centre", "province")
    search_fields = ("centre__code", "centre__name", "province__name")
    raw_id_fields = ("centre", "province")


class LegInline(ReadOnly, admin.TabularInline[Leg, Parcel]):
    """The legs of a parcel's way."""

    model = Leg
    fields = (
        "position",
        "from_station",
        "to_station",
        "to_region",
        "depart_planned",
        "departed_at",
        "arrived_at",
        "cost_fen",
    )
    readonly_fields = fields


class HandoverInline(ReadOnly, admin.TabularInline[Handover, Parcel]):
    """The hands that a parcel passed through."""

    model = Handover
    fields = ("position", "kind", "station", "giver", "taker", "device_time", "server_time", "hash")
    readonly_fields = fields


@admin.register(Parcel)
class ParcelAdmin(ReadOnly, admin.ModelAdmin[Parcel]):
    """Parcels and boxes with their legs and handovers."""

    list_display = ("number", "kind", "state", "origin", "station", "planned_arrival", "created_at")
    list_filter = ("state", "kind", "chilled")
    list_select_related = ("origin", "station")
    search_fields = ("number", "ref", "carrier_number")
    date_hierarchy = "created_at"
    exclude = ("pickup_code",)
    inlines = (LegInline, HandoverInline)


@admin.register(HeldScan)
class HeldScanAdmin(ReadOnly, admin.ModelAdmin[HeldScan]):
    """Scans that waited for a person; they are settled at the desk."""

    list_display = ("parcel", "kind", "station", "reason", "received_at", "outcome", "settled_by")
    list_filter = ("outcome", "kind")
    list_select_related = ("parcel", "station", "settled_by")
    search_fields = ("parcel__number", "reason")
