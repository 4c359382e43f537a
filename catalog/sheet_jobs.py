"""The job that checks a list of goods and, where asked, takes it in."""

from procrastinate.contrib.django import app

from catalog.product_sheets import ProductIntake
from stations.models import Sheet
from stations.taking_in import take_in


@app.task(name="catalog.take_in_goods", retry=2)
def take_in_goods(sheet_id: int) -> None:
    """Check a list of goods with its photographs; run again, it begins again, and what is written stays once."""
    take_in(Sheet.objects.select_related("by", "region").get(pk=sheet_id), ProductIntake)
