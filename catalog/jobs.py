"""Jobs of goods: certificates and stores' pauses begin and end by the calendar, and lists show them."""

from procrastinate.contrib.django import app

from catalog.models import SEALS, Certificate, CertificateKind, Product
from catalog.search import index_product
from catalog.shutters import reopen_due


@app.periodic(cron="5 0 * * *")
@app.task(name="catalog.every_midnight", queueing_lock="catalog.every_midnight", pass_context=False)
def every_midnight(timestamp: int) -> None:
    """Index the products anew whose certificates began or ended with the day."""
    renew_seals()


@app.periodic(cron="2 * * * *")
@app.task(name="catalog.every_hour", queueing_lock="catalog.every_hour", pass_context=False)
def every_hour(timestamp: int) -> None:
    """Open the stores whose pause ended with yesterday (by the hour, so that a machine that slept at midnight is not a day late)."""
    reopen_due()


def renew_seals() -> int:
    """Takes expired seals off the lists and puts new ones on; how many products changed."""
    valid: dict[int, int] = {}
    for product_id, kind in Certificate.objects.valid().values_list("product_id", "kind").distinct():
        valid[product_id] = valid.get(product_id, 0) + SEALS[CertificateKind(kind)]
    shown = dict(Product.objects.exclude(seals=0).values_list("pk", "seals"))
    changed = [pk for pk in valid.keys() | shown.keys() if valid.get(pk, 0) != shown.get(pk, 0)]
    for product in Product.objects.filter(pk__in=changed).select_related("store", "category__parent").order_by("pk"):
        index_product(product)
    return len(changed)
