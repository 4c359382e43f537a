"""What would sell goods better: a checked list, in the order in which buyers look, each with the page where it is done."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.stories import story_in_words
from catalog.models import Certificate, GoodsKind, Lot, Product, Variant
from catalog.packing import PACKING_G

# A story that says something has a sentence or two.
SHORTEST_STORY = 15
PHOTOGRAPHS = 2


@dataclass(frozen=True)
class Step:
    """One thing that buyers look for: whether it is there, and where it is done."""

    label: str | Promise
    why: str | Promise
    done: bool
    url: str


@dataclass(frozen=True)
class Progress:
    """All that can be done for goods, in order; `done` of `whole`, and what is `left`."""

    steps: list[Step]

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(step.done for step in self.steps)

    @property
    def whole(self) -> int:
        """How many there are for goods of this kind."""
        return len(self.steps)

    @property
    def left(self) -> list[Step]:
        """What is still to be done, what buyers look at first before the rest."""
        return [step for step in self.steps if not step.done]


def progress_of(product: Product, *, variants: list[Variant], lots: list[Lot], gradable: bool = True) -> Progress:
    """What is done and what is left, of goods with these packs and lots (`tests` prefetched). Two queries.

    `gradable` says whether there is a scheme to grade them by.
    """
    edit = reverse("desk_goods_edit", args=[product.ref])
    harvest = [lot for lot in lots if lot.harvested_on]
    steps = [_first_photograph(product), _more_photographs(product), _story(product, edit)]
    if product.category.kind == GoodsKind.FARM:
        if gradable:
            steps.append(_grade(product, harvest))
        steps += [_tests(product, harvest), _season(product, edit)]
    if product.category.kind != GoodsKind.BOOKING:
        steps += [_keeps(product, edit), _papers(product), _weighed(product, variants)]
    return Progress([*steps, _english(product, edit)])


def _first_photograph(product: Product) -> Step:
    url = reverse("desk_goods_photographs", args=[product.ref])
    return Step(_("A photograph"), _("Goods without one are passed over."), product.picture_id is not None, url)


def _more_photographs(product: Product) -> Step:
    number = product.pictures.count() + (product.picture_id is not None)
    url = reverse("desk_goods_photographs", args=[product.ref])
    return Step(_("A second photograph"), _("In the hand, in the pack, or on the field."), number >= PHOTOGRAPHS, url)


def _story(product: Product, edit: str) -> Step:
    told = len(story_in_words(product.story)) >= SHORTEST_STORY
    return Step(_("Its story"), _("Who grows it and how: two sentences are enough."), told, f"{edit}#id_story")


def _grade(product: Product, harvest: list[Lot]) -> Step:
    """The newest harvest counts: it is what buyers get next."""
    url = (
        reverse("desk_lot_grade", args=[harvest[0].code]) if harvest else reverse("desk_goods_lot", args=[product.ref])
    )
    graded = bool(harvest and harvest[0].grade_id)
    return Step(_("The grade of the newest lot"), _("Buyers compare by it."), graded, url)


def _tests(product: Product, harvest: list[Lot]) -> Step:
    url = (
        reverse("desk_goods_test", args=[product.ref, harvest[0].pk])
        if harvest
        else reverse("desk_goods_lot", args=[product.ref])
    )
    tested = any(test.passed for lot in harvest for test in lot.tests.all())
    return Step(_("A test report"), _("Pesticide residues are what city buyers ask about first."), tested, url)


def _season(product: Product, edit: str) -> Step:
    known = product.season_from is not None
    return Step(_("Its season"), _("It then shows among what is in season now."), known, f"{edit}#id_season_from")


def _keeps(product: Product, edit: str) -> Step:
    known = product.shelf_life_days is not None
    return Step(
        _("How long it keeps"), _("Who orders for the family wants to know."), known, f"{edit}#id_shelf_life_days"
    )


def _papers(product: Product) -> Step:
    held = Certificate.objects.of(product).valid().exists()
    url = reverse("desk_certificate_new", args=[product.store.slug])
    return Step(
        _("A certificate"), _("Green food, organic, or geographical indication, if the family has one."), held, url
    )


def _weighed(product: Product, variants: list[Variant]) -> Step:
    """A pack whose weight with packing is the usual guess was not weighed."""
    guessed = next((one for one in variants if one.gross_weight_g == one.net_weight_g + PACKING_G), None)
    url = (
        reverse("desk_goods_stock", args=[product.ref, guessed.pk])
        if guessed
        else reverse("desk_goods_pack", args=[product.ref])
    )
    done = bool(variants) and guessed is None
    return Step(_("Weight with packing"), _("Weighed once, the freight is right and no parcel is returned."), done, url)


def _english(product: Product, edit: str) -> Step:
    return Step(
        _("Name in English"),
        _("For the English pages, and for buyers abroad."),
        bool(product.name_en),
        f"{edit}#id_name_en",
    )
