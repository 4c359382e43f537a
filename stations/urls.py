"""The addresses of stations: the desk's pages of stations and people."""

from django.urls import URLPattern, path

from stations.views import cash, keeping, people, stations

urlpatterns: list[URLPattern] = [
    path("desk/stations/", stations.desk_stations, name="desk_stations"),
    path("desk/stations/new/", keeping.desk_station_new, name="desk_station_new"),
    path("desk/stations/map/<str:county>/", stations.desk_stations_map, name="desk_stations_map"),
    path("desk/stations/<str:code>/", stations.desk_station, name="desk_station"),
    path("desk/stations/<str:code>/edit/", keeping.desk_station_edit, name="desk_station_edit"),
    path("desk/stations/<str:code>/suspend/", keeping.desk_station_suspend, name="desk_station_suspend"),
    path("desk/stations/<str:code>/resume/", keeping.desk_station_resume, name="desk_station_resume"),
    path("desk/stations/<str:code>/photographs/", keeping.desk_station_photographs, name="desk_station_photographs"),
    path("desk/people/", people.desk_people, name="desk_people"),
    path("desk/people/new/", people.desk_posting_new, name="desk_posting_new"),
    path("desk/people/<int:pk>/", people.desk_posting, name="desk_posting"),
    path("desk/people/<int:pk>/end/", people.desk_posting_end, name="desk_posting_end"),
    path("desk/till/", cash.desk_till, name="desk_till"),
    path("desk/tills/<slug:county>/", cash.desk_tills, name="desk_tills"),
    path("desk/till/<str:ref>/", cash.desk_cash_handover, name="desk_cash_handover"),
    path("desk/till/<str:ref>/slip/", cash.desk_cash_slip, name="desk_cash_slip"),
    path("desk/till/<str:ref>/photograph/", cash.desk_cash_photograph, name="desk_cash_photograph"),
    path("desk/till/<str:ref>/<slug:action>/", cash.desk_cash_do, name="desk_cash_do"),
]
