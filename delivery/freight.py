"""Freight: what a buyer pays for one box, whatever the hour."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from delivery.routing import Goods, NoRoute, carrier_rate, cheapest_fen, destination, line_up, with_those_above
from stations.models import Region, Station, StationKind
from stations.statements import fetch


def quote_box(county_code: str, *, to: Station | Region, weight_g: int, chilled: bool = False) -> int:
    """What a buyer pays in fen for one box of a county (its code, six digits) to a station or region.

    A price, not a plan: it counts from the county centre, where the box is packed, and doesn't change with the hour or with how full the
    runs are. The way from the village to the centre is the county's own cost. At most six queries. Raises NoRoute where nobody carries it.
    """
    centre = _centre(county_code)
    goods, target = Goods(weight_g, chilled), destination(origin=centre, to=to, chilled=chilled)
    if isinstance(target, Region):
        return carrier_rate(centre=centre, to=target, chilled=chilled).freight_fen(weight_g=weight_g, chilled=chilled)
    station = fetch(with_those_above, [target.pk])[0]
    way = line_up(station)[::-1]
    down = cheapest_fen(way, goods)
    if station.county_code == county_code:
        return down
    return down + carrier_rate(centre=centre, to=way[0], chilled=chilled).freight_fen(
        weight_g=weight_g, chilled=chilled
    )


def _centre(county_code: str) -> Station:
    """The county's centre. Raises NoRoute when it has none or it takes no goods."""
    centres = fetch(_centres, f"{county_code}000000")
    if not centres:
        name = Region.objects.filter(code=f"{county_code}000000").first() or county_code
        raise NoRoute(_("The county centre of %(county)s takes no goods.") % {"county": name})
    return centres[0]


def _centres(region_code: str) -> QuerySet[Station]:
    return Station.objects.active().filter(kind=StationKind.CENTRE, region_id=region_code)
