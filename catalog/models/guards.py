"""What the database refuses of goods, whoever asks: a listing that nobody approved, goods without their licence, a seal without a paper.

Rows that are inserted are taken as they are (a demo, a simulation, tests); what is changed afterwards must have its reason.
"""

from typing import Final

import pgtrigger

LISTED_WITH_REASON: Final = pgtrigger.Trigger(
    name="listed_with_reason",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("status"),  # type: ignore[no-untyped-call]
    condition=pgtrigger.Q(old__status__df=pgtrigger.F("new__status")),
    func="""
    IF NEW.status = 'listed' THEN
        IF OLD.status <> 'withdrawn' AND NOT EXISTS (
            SELECT FROM catalog_review WHERE product_id = NEW.id AND kind = 'new' AND state = 'approved'
        ) THEN
            RAISE EXCEPTION 'Product % was not approved.', NEW.id USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT FROM unnest(NEW.licences) AS wanted (kind) WHERE NOT catalog_licensed(NEW.store_id, wanted.kind)
        ) THEN
            RAISE EXCEPTION 'The seller of product % lacks a licence.', NEW.id USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.status = 'withdrawn' AND OLD.status <> 'listed' THEN
        RAISE EXCEPTION 'Product % was not on sale.', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
    """,
)
SEALED_WITH_PAPER: Final = pgtrigger.Trigger(
    name="sealed_with_paper",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("seals"),  # type: ignore[no-untyped-call]
    condition=pgtrigger.Q(old__seals__df=pgtrigger.F("new__seals")),
    func="""
    IF NEW.seals & ~catalog_seals(NEW.id) <> 0 THEN
        RAISE EXCEPTION 'A seal of product % has no valid paper.', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
    """,
)
GUARDS: Final = [LISTED_WITH_REASON, SEALED_WITH_PAPER]


def _seals_follow(goods: str) -> pgtrigger.Trigger:
    """Takes seals off the goods of a paper (a condition on `p`, by OLD) as soon as it no longer holds, whoever changed it."""
    return pgtrigger.Trigger(
        name="seals_follow",
        when=pgtrigger.After,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
        UPDATE catalog_product AS p SET seals = p.seals & catalog_seals(p.id)
        WHERE p.seals <> 0 AND ({goods}) AND p.seals & catalog_seals(p.id) <> p.seals;
        RETURN NULL;
        """,
    )


SEALS_FOLLOW_CERTIFICATE: Final = _seals_follow("p.id = OLD.product_id OR p.store_id = OLD.store_id")
SEALS_FOLLOW_PERMISSION: Final = _seals_follow("p.store_id = OLD.store_id")
SEALS_FOLLOW_BRAND: Final = _seals_follow(
    "p.store_id IN (SELECT store_id FROM catalog_brandpermission WHERE brand_id = OLD.id)"
)
