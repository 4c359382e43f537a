"""What buyers type: the phrases that find something, and what was looked for in vain."""

from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

LONGEST_PHRASE, LONGEST_OPENING = 40, 6


class PhraseKind(models.TextChoices):
    """What a phrase names."""

    WORD = "word", _("goods")
    CATEGORY = "category", _("category")
    PLACE = "place", _("place")
    STORE = "store", _("store")
    HALL = "hall", _("brand hall")


class PhraseForm(models.TextChoices):
    """How a phrase is written."""

    CHINESE = "h", "汉字"
    PINYIN = "p", "pinyin"
    INITIALS = "i", "initials"
    ENGLISH = "e", "English"


class Phrase(models.Model):
    """Something that can be typed and what it names; catalog.phrases.renew_phrases keeps them, nothing refers to them.

    `key` is plain (catalog.words.plain) without spaces; `target` says which category, place (its code), store or hall;
    `goods` is how many goods on sale stand behind it.
    """

    key = models.CharField(max_length=LONGEST_PHRASE)
    form = models.CharField(max_length=1, choices=PhraseForm)
    kind = models.CharField(max_length=8, choices=PhraseKind)
    text = models.CharField(max_length=80)
    text_en = models.CharField(max_length=120)
    target = models.CharField(max_length=120, blank=True)
    goods = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("phrase")
        verbose_name_plural = _("phrases")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("key", "form", "kind", "target", "text"), name="phrase_once"),
        ]
        indexes: ClassVar = [
            # The beginning of a key is looked for, in any collation of the database.
            models.Index(OpClass("key", name="varchar_pattern_ops"), name="phrase_by_beginning"),
        ]

    def __str__(self) -> str:
        return self.text_en if get_language() == "en" else self.text


class Opening(models.Model):
    """The best phrases of those that begin with `key`, where so many do that reading them all takes long: the keys of phrases.

    Kept by catalog.phrases.renew_phrases; a phrase that is gone since is left out by whoever reads it.
    """

    key = models.CharField(max_length=LONGEST_OPENING, unique=True)
    phrases = ArrayField(models.BigIntegerField())

    class Meta:
        verbose_name = _("beginning of phrases")
        verbose_name_plural = _("beginnings of phrases")

    def __str__(self) -> str:
        return self.key


class MissedSearchQuerySet(models.QuerySet["MissedSearch"]):
    """Searches that found nothing, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "MissedSearchQuerySet":
        """Those that named a county of the user's regions."""
        return self.annotate(county=Concat("county_code", Value("000000"))).filter(scope_of(user).covers("county"))


class MissedSearch(models.Model):
    """What was looked for and not found: the words, where, on which day and how often. Never who: catalog.missed says what is kept."""

    day = models.DateField()
    county_code = models.CharField(max_length=6, blank=True)
    words = models.CharField(max_length=LONGEST_PHRASE)
    times = models.PositiveIntegerField(default=1)

    objects = MissedSearchQuerySet.as_manager()

    class Meta:
        verbose_name = _("search that found nothing")
        verbose_name_plural = _("searches that found nothing")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("day", "county_code", "words"), name="missed_once_a_day"),
        ]
        indexes: ClassVar = [models.Index(fields=("words", "day"), name="missed_by_words")]

    def __str__(self) -> str:
        return f"{self.day} {self.words}"
