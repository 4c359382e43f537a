"""Households, the mandates they give to station staff, their stores, and where their money goes."""

from sellers.models.household import (
    Consent,
    ConsentPurpose,
    Household,
    HouseholdKind,
    HouseholdQuerySet,
    Membership,
    Reveal,
    RevealPurpose,
    Sealed,
)
from sellers.models.licence import ENDLESS, INSTEAD, LicenceKind, LicenceState, SellerLicence
from sellers.models.mandate import Evidence, Mandate
from sellers.models.opening import (
    Opening,
    OpeningQuerySet,
    OpeningStep,
    Submission,
    SubmissionQuerySet,
    SubmissionState,
)
from sellers.models.paying import (
    SECOND_PERSON_FEN,
    BankAnswer,
    DebtState,
    DebtWriteOff,
    Payout,
    PayoutRun,
    PayoutState,
    Proof,
    RunState,
)
from sellers.models.payout import PayoutAccount, PayoutWay
from sellers.models.payout_return import PayoutReturn, PayoutReturnState
from sellers.models.store import (
    PauseReason,
    ReturnedField,
    ReturnReason,
    Store,
    StoreQuerySet,
    StoreStatus,
)
from sellers.models.taking_over import Keep, TakeOver

__all__ = [
    "ENDLESS", "INSTEAD", "SECOND_PERSON_FEN", "BankAnswer", "Consent", "ConsentPurpose", "DebtState", "DebtWriteOff",
    "Evidence", "Household", "HouseholdKind", "HouseholdQuerySet", "Keep", "LicenceKind", "LicenceState", "Mandate",
    "Membership", "Opening", "OpeningQuerySet", "OpeningStep", "PauseReason", "Payout", "PayoutAccount", "PayoutReturn",
    "PayoutReturnState", "PayoutRun",
    "PayoutState", "PayoutWay", "Proof", "ReturnReason", "ReturnedField", "Reveal", "RevealPurpose", "RunState", "Sealed",
    "SellerLicence", "Store", "StoreQuerySet", "StoreStatus", "Submission", "SubmissionQuerySet", "SubmissionState", "TakeOver",
]  # fmt: skip
