"""The addresses of the delivery desk."""

from django.urls import URLPattern, path, re_path

from delivery.views import held, moving, parcels, scan, stopping

REF = r"(?P<ref>[A-Za-z0-9_-]{22})"

urlpatterns: list[URLPattern] = [
    path("desk/stations/<str:code>/move/", moving.desk_station_move, name="desk_station_move"),
    path("desk/scan/", scan.scan_page, name="desk_scan"),
    path("desk/parcels/", parcels.parcels, name="desk_parcels"),
    path("desk/parcels/pack/", parcels.pack, name="desk_pack"),
    path("desk/parcels/held/", held.held_scans, name="desk_held"),
    path("desk/parcels/held/<int:pk>/", held.settle_scan, name="desk_settle"),
    re_path(rf"^desk/parcels/{REF}/$", parcels.parcel, name="desk_parcel"),
    re_path(rf"^desk/parcels/{REF}/label/$", parcels.label, name="parcel_label"),
    re_path(rf"^desk/parcels/{REF}/plan/$", parcels.plan_again, name="parcel_plan"),
    re_path(rf"^desk/parcels/{REF}/stop/$", stopping.settle_stop, name="desk_parcel_stop"),
]
