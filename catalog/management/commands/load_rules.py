"""`manage.py load_rules`: takes the rules for goods of catalog/content/rules.toml in, new ones and changed ones."""

from typing import Any

from django.core.management.base import BaseCommand

from catalog.models import GoodsRule
from catalog.rule_book import load_rules


class Command(BaseCommand):
    """Taken in again, nothing is there twice."""

    help = "Take in the rules for goods that hold everywhere (catalog/content/rules.toml)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many are new."""
        new, known = load_rules(GoodsRule)
        self.stdout.write(f"{new} new, {known} known")
