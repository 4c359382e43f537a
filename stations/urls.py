"""The addresses of stations: the desk's pages of stations and people."""

from django.urls import URLPattern, path

from stations.views import people

urlpatterns: list[URLPattern] = [
    path("desk/people/", people.desk_people, name="desk_people"),
    path("desk/people/new/", people.desk_posting_new, name="desk_posting_new"),
    path("desk/people/<int:pk>/", people.desk_posting, name="desk_posting"),
    path("desk/people/<int:pk>/end/", people.desk_posting_end, name="desk_posting_end"),
]
