"""Administrative divisions, province to village, keyed by the official twelve-digit code."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from stations.place_names import place_name

# How many digits of a code a level uses: 43 Hunan, 4304 Hengyang, 430426 Qidong, 430426101 a township, 430426101201 a village.
DIGITS = {1: 2, 2: 4, 3: 6, 4: 9, 5: 12}


class UnknownRegion(LookupError):
    """A code that no region bears, or that is no code at all."""


class Level(models.IntegerChoices):
    """The five levels of administrative divisions."""

    PROVINCE = 1, _("province")
    PREFECTURE = 2, _("prefecture")
    COUNTY = 3, _("county")
    TOWNSHIP = 4, _("township")
    VILLAGE = 5, _("village")


def full_code(code: str) -> str:
    """The twelve digits of a code that may be given short (43, 4304, 430426, 430426101). Raises UnknownRegion otherwise."""
    if not (code.isascii() and code.isdigit() and len(code) in {*DIGITS.values()}):
        raise UnknownRegion(code)
    return code.ljust(12, "0")


def level_of(code: str) -> Level:
    """The level that a twelve-digit code stands for, read from its trailing zeros."""
    for level, digits in DIGITS.items():
        if not code[digits:].strip("0"):
            return Level(level)
    raise UnknownRegion(code)


def code_range(code: str) -> tuple[str, str]:
    """The first and last code of a region's subtree: one range scan finds everything below it."""
    head = code[: DIGITS[level_of(code)]]
    return head.ljust(12, "0"), head.ljust(12, "9")


def ancestor_codes(code: str) -> list[str]:
    """The codes of a region and all regions above it, province first."""
    return [code[: DIGITS[level]].ljust(12, "0") for level in range(1, level_of(code) + 1)]


class RegionQuerySet(models.QuerySet["Region"]):
    """Regions, in words of the domain."""

    def within(self, code: str) -> "RegionQuerySet":
        """The region of this twelve-digit code and everything below it."""
        return self.filter(code__range=code_range(code))

    def find(self, code: str) -> "Region":
        """The region of a short or full code. Raises UnknownRegion."""
        try:
            return self.get(code=full_code(code))
        except Region.DoesNotExist as error:
            raise UnknownRegion(code) from error


class Region(models.Model):  # type: ignore[django-manager-missing]
    """One administrative division; names and codes of the National Bureau of Statistics (stations/data/LICENCES.md)."""

    code = models.CharField(_("code"), primary_key=True, max_length=12)
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(_("name"), max_length=60)
    latin = models.CharField(_("name in Latin letters"), max_length=120)
    pinyin = models.CharField(max_length=120)
    initials = models.CharField(max_length=40)
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)

    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page, a village as people call it (三星村, not 三星村委会)."""
        return self.label_in(get_language() or "zh-hans")

    def label_in(self, language: str) -> str:
        """The name in one language, whatever the language of the page."""
        return self.latin if language == "en" else place_name(self.name)

    @property
    def county_code(self) -> str:
        """The six digits of the county it lies in."""
        return self.code[:6]

    @property
    def short_code(self) -> str:
        """The code without the zeros that its level does not use."""
        return self.code[: DIGITS[self.level]]
