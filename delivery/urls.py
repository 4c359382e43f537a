"""The addresses of the delivery desk."""

from django.urls import URLPattern, path

from delivery.views import held, parcels, scan

urlpatterns: list[URLPattern] = [
    path("desk/scan/", scan.scan_page, name="desk_scan"),
    path("desk/parcels/", parcels.parcels, name="desk_parcels"),
    path("desk/parcels/pack/", parcels.pack, name="desk_pack"),
    path("desk/parcels/held/", held.held_scans, name="desk_held"),
    path("desk/parcels/held/<int:pk>/", held.settle_scan, name="desk_settle"),
    path("desk/parcels/<str:ref>/", parcels.parcel, name="desk_parcel"),
    path("desk/parcels/<str:ref>/label/", parcels.label, name="parcel_label"),
    path("desk/parcels/<str:ref>/plan/", parcels.plan_again, name="parcel_plan"),
]
