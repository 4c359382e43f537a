"""Every address of ours by every role and method: who gets the page, who is asked to sign in, who is told no, for whom it isn't there.

A line: the address's name, whose arguments stand in it (see world.py), who gets what by GET, and who by POST of an empty form (all of
it is undone). One letter a role, in the order of `world.ROLES`:

    O the page   R on to another page   L please sign in   F your role does not allow this (403)   P not by this method (405)
    N not there (404, also for what is out of scope)   B refused as it stands (400)   C something is missing or taken (409)
    U what was sent is wrong, said on the page (422)   T not so often (429)

The names come from the URL configuration: an address without a line fails the test, and a line without an address. Lines are sorted
by who works there; add yours to its group. A new line that is wrong prints what was got; check each letter before you paste it.
The other methods (HEAD, OPTIONS, PUT, PATCH, DELETE) are answered alike everywhere, and are tested as such.
"""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.urls import reverse

from tests.access.world import ROLES, World, make_world, our_addresses

LETTERS = {200: "O", 302: "R", 400: "B", 401: "L", 403: "F", 404: "N", 405: "P", 409: "C", 422: "U", 429: "T"}
OTHER_METHODS = ("OPTIONS", "PUT", "PATCH", "DELETE", "TRACE")
# fmt: off
#                                nobody
#                                | buyer, other buyer, farmer, other farmer
#                                | |    village, other village, township, centre
#                                | |    |    official, other county's official, prefecture, province, operator
ANYONE, NOT_SO, NOBODY        = "O OOOO OOOO OOOOO", "P PPPP PPPP PPPPP", "N NNNN NNNN NNNNN"
STAFF_READ, FOR_THE_FARM      = "L NNNN ONOO ONOOO", "L NNON ONOO FNFFO"  # in the farmer's name: the farmer, and who holds the mandate
TABLE: dict[str, tuple[str, str, str]] = {
    # name of the page: (whose arguments, who gets what by GET, who gets what by POST)
    # the site, the office's own addresses
    "healthz":                       ("",             ANYONE,               NOT_SO),
    "stripe_webhook":                ("",             NOT_SO,               "B BBBB BBBB BBBBB"),
    "media":                         ("picture",      NOBODY,               NOT_SO),
    "office/login/":                 ("",             "L FFFF FFFF RFFFR",  NOT_SO),
    "fill_from_chinese":             ("nothing",      "L LLLL LLLL NLLLN",  "L LLLL LLLL NLLLN"),
    "choose_goods:choose":           ("",             "L LLLL LLLL OLLLO",  "L LLLL LLLL PLLLP"),
    "choose_goods:choose_results":   ("",             "L LLLL LLLL OLLLO",  "L LLLL LLLL PLLLP"),
    "choose_goods:chosen":           ("nothing",      "L LLLL LLLL NLLLN",  "L LLLL LLLL PLLLP"),
    "choose_goods:chosen_multiple":  ("",             "L LLLL LLLL OLLLO",  "L LLLL LLLL PLLLP"),
    "choose_stores:choose":          ("",             "L LLLL LLLL OLLLO",  "L LLLL LLLL PLLLP"),
    "choose_stores:choose_results":  ("",             "L LLLL LLLL OLLLO",  "L LLLL LLLL PLLLP"),
    "choose_stores:chosen":          ("nothing",      "L LLLL LLLL NLLLN",  "L LLLL LLLL PLLLP"),
    "choose_stores:chosen_multiple": ("",             "L LLLL LLLL OLLLO",  "L LLLL LLLL PLLLP"),
    "service_worker":                ("",             ANYONE,               NOT_SO),
    "account":                       ("",             "L OOOO OOOO OOOOO",  "L PPPP PPPP PPPPP"),
    "account_login":                 ("",             "O RRRR RRRR RRRRR",  "O RRRR RRRR RRRRR"),
    "account_phone_sign_in":         ("",             "O RRRR RRRR RRRRR",  "U RRRR RRRR RRRRR"),
    "account_phone_code":            ("",             "R RRRR RRRR RRRRR",  "R RRRR RRRR RRRRR"),
    "account_phone_open":            ("",             "R RRRR RRRR RRRRR",  "R RRRR RRRR RRRRR"),
    "account_ask_by_phone":          ("",             "L FFFF FFFF FFFFF",  "L FFFF FFFF FFFFF"),
    "account_phone_change":          ("",             "L OOOO OOOO OOOOO",  "L UUUU UUUU UUUUU"),
    "account_phone_confirm":         ("",             "L RRRR RRRR RRRRR",  "L RRRR RRRR RRRRR"),
    "usersessions_list":             ("",             "L OOOO OOOO OOOOO",  "L RRRR RRRR RRRRR"),
    "account_session_end":           ("nothing",      "L PPPP PPPP PPPPP",  "L NNNN NNNN NNNNN"),
    "account_home":                  ("",             "L RRRR RRRR RRRRR",  "L RRRR RRRR RRRRR"),
    "style":                         ("",             ANYONE,               ANYONE),
    "style_of":                      ("style",        ANYONE,               ANYONE),
    "robots":                        ("",             ANYONE,               NOT_SO),
    "sitemap":                       ("",             ANYONE,               NOT_SO),
    "sitemap_part":                  ("sitemap",      ANYONE,               NOT_SO),
    # visitors
    "home":                          ("",             ANYONE,               NOT_SO),
    "halls":                         ("",             ANYONE,               NOT_SO),
    "hall":                          ("draft_hall",   NOBODY,               NOT_SO),
    "search":                        ("",             ANYONE,               NOT_SO),
    "suggest":                       ("",             ANYONE,               NOT_SO),
    "categories":                    ("",             ANYONE,               NOT_SO),
    "season":                        ("",             ANYONE,               NOT_SO),
    "category":                      ("category",     ANYONE,               NOT_SO),
    "store":                         ("store",        ANYONE,               NOT_SO),
    # The click of a flash sale has a ticket, or is refused; its checkout is for who has a place.
    "flash_sale":                    ("flash",        ANYONE,               NOT_SO),
    "flash_claim":                   ("flash",        NOT_SO,               "F FFFF FFFF FFFFF"),
    "flash_checkout":                ("flash",        "L RRRR RRRR RRRRR",  "L RRRR RRRR RRRRR"),
    "flash_of_pack":                 ("flash_pack",   "R RRRR RRRR RRRRR",  NOT_SO),
    "product":                       ("goods",        ANYONE,               NOT_SO),
    "trace":                         ("parcel",       ANYONE,               NOT_SO),
    # buyers
    "cart":                          ("",             ANYONE,               NOT_SO),
    "back_notice_ask":               ("goods",        "R RRRR RRRR RRRRR",  "R RRRR RRRR RRRRR"),
    "back_notice":                   ("notice",       ANYONE,               ANYONE),
    "season_calendar":               ("",             ANYONE,               NOT_SO),
    "season_calendar_of":            ("region",       NOBODY,               NOT_SO),
    "cart_add":                      ("",             NOT_SO,               "C CCCC CCCC CCCCC"),
    "cart_change":                   ("",             NOT_SO,               "R RRRR RRRR RRRRR"),
    "checkout":                      ("",             "R RRRR RRRR RRRRR",  "R RRRR RRRR RRRRR"),
    "regions":                       ("",             ANYONE,               NOT_SO),
    "orders":                        ("",             "L OOOO OOOO OOOOO",  NOT_SO),
    "order_messages":                ("",             "L OOOO OOOO OOOOO",  NOT_SO),
    "order":                         ("order",        "N ONNN NNNN NNNNN",  NOT_SO),
    "order_pay":                     ("order",        NOT_SO,               "N RNNN NNNN NNNNN"),
    "order_cancel":                  ("order",        NOT_SO,               "N RNNN NNNN NNNNN"),
    "order_receipt":                 ("order",        "N ONNN NNNN NNNNN",  NOT_SO),
    "order_boxes":                   ("order",        "N RNNN NNNN NNNNN",  "N RNNN NNNN NNNNN"),
    "order_weight":                  ("order",        NOT_SO,               "N RNNN NNNN NNNNN"),
    "order_invoice":                 ("case_new",     "N ONNN NNNN NNNNN",  "N UNNN NNNN NNNNN"),
    "order_invoice_file":            ("case_new",     "N ONNN NNNN NNNNN",  NOT_SO),
    "order_regret":                  ("order",        NOT_SO,               "N RNNN NNNN NNNNN"),
    "order_call_off":                ("order",        NOT_SO,               "N RNNN NNNN NNNNN"),
    "order_received":                ("order",        NOT_SO,               "N RNNN NNNN NNNNN"),
    "after_sales_new":               ("case_new",     "N RNNN NNNN NNNNN",  "N RNNN NNNN NNNNN"),
    "after_sales":                   ("case",         "N ONNN NNNN NNNNN",  "N UNNN NNNN NNNNN"),
    "after_sales_photo":             ("case_photo",   "N ONON ONOO ONOOO",  NOT_SO),
    "order_review":                  ("case_new",     "N ONNN NNNN NNNNN",  "N UNNN NNNN NNNNN"),
    "goods_reviews":                 ("goods",        ANYONE,               NOT_SO),
    "store_reviews":                 ("store",        ANYONE,               NOT_SO),
    "review_photo":                  ("nothing",      NOBODY,               NOT_SO),
    "my_store_reviews":              ("",             "L RROO RRRR RRRRR",  "L RRRR RRRR RRRRR"),
    "desk_buyer_reviews":            ("",             "L FFFF OOOO OOOOO",  "L FFFF RRRR RRRRR"),
    "my_store_cases":                ("",             "L RROO RRRR RRRRR",  NOT_SO),
    "my_store_case":                 ("case",         "L RRON RRRR RRRRR",  "L RRUN RRRR RRRRR"),
    "desk_cases":                    ("",             "L FFFF OOOO FFFFO",  "L PPPP PPPP PPPPP"),
    "desk_case":                     ("case",         "L FFFF ONOO FFFFO",  "L FFFF UNUU FFFFU"),
    "coupons":                       ("",             "L OOOO OOOO OOOOO",  "L PPPP PPPP PPPPP"),
    "addresses":                     ("",             "L OOOO OOOO OOOOO",  "L OOOO OOOO OOOOO"),
    "my_store":                      ("",             "L OOOO OOOO OOOOO",  NOT_SO),
    "my_store_bring":                ("",             "L RROO RRRR RRRRR",  NOT_SO),
    "my_store_today":                ("",             "L RROO RRRR RRRRR",  NOT_SO),
    "my_store_boxes":                ("",             "L RROO RRRR RRRRR",  NOT_SO),
    "my_store_packing":              ("",             "L RROO RRRR RRRRR",  NOT_SO),
    "my_store_invoices":             ("",             "L RROO RRRR RRRRR",  "L RRRR RRRR RRRRR"),
    "my_store_sold":                 ("",             "L RROO RRRR RRRRR",  NOT_SO),
    "my_store_statement":            ("",             "L RROO RRRR RRRRR",  NOT_SO),
    "my_store_statement_file":       ("",             "L RROO RRRR RRRRR",  NOT_SO),
    "my_store_deeds":                ("",             "L RROO RRRR RRRRR",  NOT_SO),
    "my_store_goods":                ("",             "L RROO RRRR RRRRR",  NOT_SO),
    "my_store_switch":               ("goods",        NOT_SO,               "L RRRN RRRR RRRRR"),
    "my_store_stock":                ("stock",        NOT_SO,               "L RRNN RRRR RRRRR"),
    "my_store_helpers":              ("",             "L RROO RRRR RRRRR",  NOT_SO),
    "my_store_help_new":             ("",             "L RROO RRRR RRRRR",  "L RROO RRRR RRRRR"),
    "my_store_helper":               ("paper",        "L RRON RRRR RRRRR",  "L RRON RRRR RRRRR"),
    "my_store_take_over":            ("",             "L RRRR RRRR RRRRR",  "L RRRR RRRR RRRRR"),
    "my_store_pause":                ("store",        "L RRON RRRR RRRRR",  "L RRON RRRR RRRRR"),
    "my_store_resume":               ("paused",       NOT_SO,               "L RRRN RRRR RRRRR"),
    "my_store_close":                ("store",        "L RRON RRRR RRRRR",  "L RRON RRRR RRRRR"),
    # personal data
    "privacy":                       ("",             ANYONE,               NOT_SO),
    "account_data":                  ("",             "L OOOO OOOO OOOOO",  NOT_SO),
    "account_data_json":             ("",             "L OOOO OOOO OOOOO",  NOT_SO),
    "account_consent":               ("",             NOT_SO,               "L RRRR RRRR RRRRR"),
    "account_tell":                  ("",             NOT_SO,               "L NNRR NNNN NNNNN"),
    "account_forget":                ("",             "L OOOO OOOO OOOOO",  "L UUUU UUUU UUUUU"),
    "desk_reveal":                   ("household",    "L FFFF ONOO FNFFO",  "L FFFF UNUU FNFFU"),
    "desk_household_data":           ("household",    "L FFFF FNFO FNFFO",  "L FFFF FNFO FNFFO"),
    "desk_household_forget":         ("household",    "L FFFF FNFO FNFFO",  "L FFFF FNFU FNFFU"),
    "desk_consent_withdraw":         ("household",    "L FFFF ONOO FNFFO",  "L FFFF ONOO FNFFO"),
    "desk_consent_tell":             ("household",    NOT_SO,               "L FFFF RNRR FNFFR"),
    "desk_copied":                   ("",             "L FFFF FFFO OOFFO",  NOT_SO),
    "desk_copied_clear":             ("copied",       "L FFFF FFFO ONFFO",  "L FFFF FFFO ONFFO"),
    # the desk
    "desk":                          ("",             "L FFFF OOOO OOOOO",  "L FFFF OOOO OOOOO"),
    "desk_stores":                   ("",             "L FFFF OOOO OOOOO",  NOT_SO),
    "desk_gathering_new":            ("",             "L FFFF FFOO FFFFF",  "L FFFF FFOO FFFFF"),
    "desk_opening_begin":            ("",             "L FFFF OOOO FFFFF",  "L FFFF OOOO FFFFF"),
    "desk_opening_for":              ("household",    NOT_SO,               "L NNFN RNRR FNFFF"),
    "desk_opening":                  ("opening",      "L NNNN RNRR FNFFR",  "L NNNN RNRR FNFFR"),
    "desk_opening_code":             ("mending",      NOT_SO,               "L NNNN RNRR FNFFR"),
    "desk_mandate_form":             ("mending",      "L NNNN ONOO FNFFO",  NOT_SO),
    "desk_opening_discard":          ("opening",      NOT_SO,               "L NNNN RNRR FNFFR"),
    "desk_opening_step":             ("opening_step", "L NNNN ONOO FNFFO",  "L NNNN ONOO FNFFO"),
    "desk_store":                    ("store",        "L NNFN ONOO ONOOO",  NOT_SO),
    "desk_store_submit":             ("draft",        NOT_SO,               "L NNFN RNRR FNFFR"),
    # The operator has submitted these two: nobody decides on their own entry.
    "desk_store_recommend":          ("submitted",    NOT_SO,               "L NNFN FNRR FNFFF"),
    "desk_store_approve":            ("recommended",  NOT_SO,               "L NNFN FNFR FNFFF"),
    "desk_store_return":             ("submitted",    NOT_SO,               "L NNFN FNOO FNFFO"),
    "desk_store_mend":               ("draft",        NOT_SO,               "L NNFN RNRR FNFFR"),
    "desk_store_pause":              ("store",        "L NNFN ONOO FNFFO",  "L NNFN ONOO FNFFO"),
    "desk_store_resume":             ("paused",       NOT_SO,               "L NNFN RNRR FNFFR"),
    "desk_store_close":              ("store",        "L NNFN ONOO FNFFO",  "L NNFN ONOO FNFFO"),
    "desk_mandate_withdraw":         ("store",        NOT_SO,               "L NNFN RNRR FNFFR"),
    "desk_mandate_paper":            ("paper",        "N NNON ONOO NNNNO",  NOT_SO),
    "desk_licence_paper":            ("household",    NOBODY,               NOT_SO),
    "desk_goods":                    ("",             "L FFFF OOOO OOOOO",  NOT_SO),
    "desk_same_photographs":         ("",             "L FFFF OOOO OOOOO",  NOT_SO),
    "desk_goods_lists":              ("",             "L FFFF FFFO FFFFO",  "L FFFF FFFO FFFFO"),
    "desk_goods_list_out":           ("goods_out",    "L FFFF FFFO FFFFO",  NOT_SO),
    "desk_goods_list":               ("goods_list",   "L FFFF FFFO FFFFO",  NOT_SO),
    "desk_goods_list_take":          ("goods_list",   NOT_SO,               "L FFFF FFFR FFFFR"),
    "desk_quick":                    ("store",        FOR_THE_FARM,         FOR_THE_FARM),
    "my_store_quick":                ("store",        "L NNON NNNN NNNNN",  "L NNON NNNN NNNNN"),
    "desk_goods_new":                ("store",        FOR_THE_FARM,         FOR_THE_FARM),
    "desk_product":                  ("goods",        "L NNON ONOO ONOOO",  NOT_SO),
    "desk_goods_edit":               ("goods",        FOR_THE_FARM,         FOR_THE_FARM),
    "desk_goods_photographs":        ("goods",        FOR_THE_FARM,         FOR_THE_FARM),
    "desk_goods_pack":               ("goods",        FOR_THE_FARM,         FOR_THE_FARM),
    "desk_goods_stock":              ("pack",         FOR_THE_FARM,         FOR_THE_FARM),
    "desk_presale":                  ("goods",        FOR_THE_FARM,         FOR_THE_FARM),
    "desk_promise":                  ("promise",      FOR_THE_FARM,         FOR_THE_FARM),
    "desk_days":                     ("stay",         FOR_THE_FARM,         FOR_THE_FARM),
    "desk_day":                      ("day",          FOR_THE_FARM,         FOR_THE_FARM),
    "desk_details":                  ("stay",         FOR_THE_FARM,         FOR_THE_FARM),
    "desk_visits":                   ("",             "L FFFF OOOO FFFFO",  "L FFFF RRRR FFFFR"),
    "my_store_days":                 ("stay",         "L NNON NNNN NNNNN",  "L NNON NNNN NNNNN"),
    "my_store_day":                  ("day",          "L NNON NNNN NNNNN",  "L NNON NNNN NNNNN"),
    "my_store_visits":               ("",             "L RROO RRRR RRRRR",  "L RRRR RRRR RRRRR"),
    "desk_goods_lot":                ("goods",        FOR_THE_FARM,         FOR_THE_FARM),
    "desk_goods_test":               ("lot",          FOR_THE_FARM,         FOR_THE_FARM),
    "desk_lots":                     ("",             "L FFFF OOOO OOOOO",   NOT_SO),
    "desk_lot":                      ("lot_code",     "L NNON ONOO ONOOO",   NOT_SO),
    "desk_lot_grade":                ("lot_code",     FOR_THE_FARM,          FOR_THE_FARM),
    "desk_lot_sort":                 ("lot_code",     FOR_THE_FARM,          FOR_THE_FARM),
    "desk_lot_together":             ("lot_code",     FOR_THE_FARM,          FOR_THE_FARM),
    "desk_lot_write_off":            ("lot_code",     FOR_THE_FARM,          FOR_THE_FARM),
    "desk_lot_take_back":            ("loss",         NOT_SO,                "L NNRN RNRR FNFFR"),
    "desk_test_strike":              ("lot_test",     "L NNFN FNFO ONFFO",   "L NNFN FNFO ONFFO"),
    "desk_report":                   ("lot_test",     "N NNON ONOO NNNNO",   NOT_SO),
    "desk_grades":                   ("",             "L FFFF OOOO OOOOO",   NOT_SO),
    "desk_scheme":                   ("scheme",       "L FFFF OOOO ONOOO",   NOT_SO),
    "desk_scheme_new":               ("",             "L FFFF FFFF OOFFO",   "L FFFF FFFF OOFFO"),
    "desk_scheme_version":           ("scheme",       "L NNNN FFFF ONFFO",   "L NNNN FFFF ONFFO"),
    "desk_goods_sell":               ("goods",        NOT_SO,               "L NNRN RNRR FNFFR"),
    "desk_goods_withdraw":           ("goods",        NOT_SO,               "L NNRN RNRR FNFFR"),
    "desk_scan":                     ("",             "L FFFF OOOO FFFFO",  "L FFFF UUUU FFFFU"),
    "desk_parcels":                  ("",             "L FFFF OOOO OOOOO",  "L PPPP PPPP PPPPP"),
    "desk_pack":                     ("",             "L PPPP PPPP PPPPP",  "L FFFF RRRR FFFFR"),
    "desk_held":                     ("",             "L FFFF OOOO OOOOO",  "L PPPP PPPP PPPPP"),
    "desk_settle":                   ("held",         "L PPPP PPPP PPPPP",  "L NNNN RNRR FNFFR"),
    "desk_parcel":                   ("parcel",       STAFF_READ,           "L PPPP PPPP PPPPP"),
    "parcel_label":                  ("parcel",       STAFF_READ,           "L PPPP PPPP PPPPP"),
    "parcel_plan":                   ("parcel",       "L PPPP PPPP PPPPP",  "L NNNN RNRR FNFFR"),
    "desk_today":                    ("",             "L FFFF OOOO FFFFO",  NOT_SO),
    "desk_boxes":                    ("",             "L FFFF OOOO FFFFO",  NOT_SO),
    "desk_packing":                  ("",             "L FFFF OOOO FFFFO",  NOT_SO),
    "desk_invoices":                 ("",             "L FFFF OOOO FFFFO",  "L FFFF RRRR FFFFR"),
    "desk_collect":                  ("",             "L FFFF OOOO FFFFO",  "L PPPP PPPP PPPPP"),
    "desk_weigh":                    ("weigh",        "L FFFF ONOO FFFFO",  "L FFFF ONOO FFFFO"),
    "desk_cannot_send":              ("weigh",        "L PPPP PPPP PPPPP",  "L FFFF RNRR FFFFR"),
    "desk_till":                     ("",             "L FFFF OOOO OOOOO",  "L FFFF UUUU OOOOO"),
    "desk_tills":                    ("county",       "L FFFF NNNO ONFFO",  NOT_SO),
    "desk_cash_handover":            ("cash",         "L FFFF ONOO ONOOO",  NOT_SO),
    "desk_cash_slip":                ("cash",         "L FFFF ONOO ONOOO",  NOT_SO),
    "desk_cash_photograph":          ("cash",         "L FFFF NNNN NNNNN",  NOT_SO),
    "desk_cash_do":                  ("cash_back",    NOT_SO,               "L FFFF RNFF FNFFF"),
    "desk_cash":                     ("",             "L FFFF OOOO FFFFO",  "L FFFF OOOO FFFFO"),
    "desk_refunds":                  ("",             "L FFFF OOOO OOOOO",  "L FFFF OOOO OOOOO"),
    "desk_refund_again":             ("nothing",      "L PPPP PPPP PPPPP",  "L FFFF NNNN NNNNN"),
    "desk_promotions":               ("",             "L FFFF FFFO OOFFO",  "L FFFF FFFU UUFFU"),
    "desk_promotion_decide":         ("promotion",    NOT_SO,               "L NNNN NNNR RNFFR"),
    "desk_coupon_give":              ("promotion",    NOT_SO,               "L NNNN NNNR RNFFR"),
    "desk_store_promotions":         ("store",        FOR_THE_FARM,         "L NNUN UNUU FNFFU"),
    "desk_flash":                    ("store",        "L NNON ONOO ONFFO",  "L NNUN UNUU UNFFU"),
    # recalls: a drill of the centre's
    "desk_recalls":                  ("",             "L FFFF FFFO OOOOO",  "L PPPP PPPP PPPPP"),
    "desk_recall_new":               ("trace",        "L NNFN FNFO ONFFO",  "L NNFN FNFU UNFFU"),
    "desk_recall":                   ("recall",       "L FFFF FFFO ONOOO",  "L PPPP PPPP PPPPP"),
    "desk_recall_end":               ("recall",       "L PPPP PPPP PPPPP",  "L FFFF FFFR RNFFR"),
    "desk_recall_buyers":            ("recall",       "L FFFF FFFO ONOOO",  "L PPPP PPPP PPPPP"),
    "desk_recall_list":              ("recall",       "L FFFF FFFO ONOOO",  "L FFFF FFFF FNFFF"),
    "desk_parcel_stop":              ("parcel",       "L PPPP PPPP PPPPP",  "L NNNN RNRR RNRRR"),
    # the county's word on goods
    "desk_review_take_back":         ("goods_review", NOT_SO,               "L NNRN RNRR FNFFR"),
    "desk_reviews":                  ("",             "L FFFF FFFO OOFFO",  NOT_SO),
    "desk_review":                   ("review",       "L FFFF FFFO ONFFO",  NOT_SO),
    "desk_review_approve":           ("review",       NOT_SO,               "L NNFN FNFR RNFFR"),
    "desk_review_return":            ("review",       NOT_SO,               "L NNFN FNFU UNFFU"),
    "desk_rules":                    ("",             "L FFFF FFFO OOFFO",  NOT_SO),
    "desk_price_band":               ("",             NOT_SO,               "L FFFF FFFR RRFFR"),
    "desk_rule_new":                 ("",             "L FFFF FFFO OOFFO",  "L FFFF FFFU UUFFU"),
    "desk_rule":                     ("rule",         "L FFFF FFFO ONFFO",  "L FFFF FFFU UNFFU"),
    "desk_papers":                   ("store",        "L NNON ONOO ONOOO",  NOT_SO),
    "desk_licence_new":              ("store",        FOR_THE_FARM,         "L NNUN UNUU FNFFU"),
    "desk_certificate_new":          ("store",        FOR_THE_FARM,         "L NNUN UNUU FNFFU"),
    "desk_brand_ask":                ("store_brand",  NOT_SO,               "L NNRN RNRR FNFFR"),
    "desk_certificate_paper":        ("certificate",  "N NNON ONOO ONNNO",  NOT_SO),
    "desk_licences":                 ("",             "L FFFF FFFO OOFFO",  NOT_SO),
    "desk_licence":                  ("seller_licence", "L FFFF FFFO ONFFO", "L FFFF FFFR RNFFR"),
    "desk_seller_licence_paper":     ("seller_licence", "N NNON ONOO ONNNO", NOT_SO),
    "desk_brands":                   ("",             "L FFFF FFFO OOFFO",  NOT_SO),
    # The operator has no county of their own.
    "desk_brand_new":                ("",             "L FFFF FFFO OOFFF",  "L FFFF FFFU UUFFF"),
    "desk_brand":                    ("brand",        "L FFFF FFFO ONFFO",  "L FFFF FFFU UNFFU"),
    "desk_permission":               ("permission",   "L FFFF FFFO ONFFO",  "L FFFF FFFU UNFFU"),
    # without a line
    "desk_manifest":                 ("",             ANYONE,               NOT_SO),
    "desk_offline":                  ("",             "L FFFF OOOO FFFFF",  NOT_SO),
    "desk_take_along":               ("opening",      "L NNNN ONOO FNFFO",  NOT_SO),
    "desk_sync":                     ("",             "L OOOO OOOO OOOOO",  "L BBBB BBBB BBBBB"),
    "desk_submissions":              ("",             "L FFFF OOOO OOOOO",  NOT_SO),
    "desk_submission":               ("submission",   "L NNNN ONOO ONOOO",  "L NNNN RNRR FNFFR"),
    "desk_submission_photograph":    ("photograph",   "L NNNN ONOO NNNNO",  NOT_SO),
    # stations: the county's staff keep them, whoever sees one looks
    "desk_stations":                 ("",             "L FFFF OOOO OOOOO",  NOT_SO),
    "desk_stations_map":             ("county",       "L FFFF OOOO ONOOO",  NOT_SO),
    "desk_station_new":              ("",             "L FFFF FFFO FFFFO",  "L FFFF FFFO FFFFO"),
    "desk_station":                  ("station",      "L FFFF ONOO ONOOO",  NOT_SO),
    "desk_station_edit":             ("station",      "L FFFF FNFO FNFFO",  "L FFFF FNFO FNFFO"),
    "desk_station_move":             ("station",      "L FFFF FNFO FNFFO",  "L FFFF FNFO FNFFO"),
    "desk_station_photographs":      ("station",      "L FFFF FNFO FNFFO",  "L FFFF FNFO FNFFO"),
    "desk_station_suspend":          ("station",      "L FFFF FNFO FNFFO",  "L FFFF FNFO FNFFO"),
    "desk_station_resume":           ("station",      NOT_SO,               "L FFFF FNFR FNFFR"),
    "desk_station_close":            ("station",      "L FFFF FNFO FNFFO",  "L FFFF FNFO FNFFO"),
    # people
    "desk_sheets":                   ("",             "L FFFF FFFO FFFFO",  "L FFFF FFFO FFFFO"),
    "desk_sheet_out":                ("sheet_out",    "L FFFF FFFO FFFFO",  NOT_SO),
    "desk_sheet":                    ("sheet",        "L FFFF FFFO FFFFO",  NOT_SO),
    "desk_sheet_take":               ("sheet",        NOT_SO,               "L FFFF FFFR FFFFR"),
    "desk_people":                   ("",             "L FFFF OOOO OOOOO",  NOT_SO),
    "desk_posting_new":              ("",             "L FFFF FFOO OOOOO",  "L FFFF FFOO OOOOO"),
    # The village's own posting: it may resign, the township and the centre may end it; officials look on.
    "desk_posting":                  ("posting",      STAFF_READ,           NOT_SO),
    "desk_posting_end":              ("posting",      NOT_SO,               "L NNNN RNRR FNFFR"),
    # households
    "desk_households":               ("",             "L FFFF OOOO OOOOO",  NOT_SO),
    "desk_household":                ("household",    "L NNFN ONOO ONOOO",  NOT_SO),
    "desk_statement":                ("household",    "L NNFN ONOO FNFFO",  NOT_SO),
    "desk_statement_file":           ("household",    "L NNFN ONOO FNFFO",  NOT_SO),
    "desk_household_edit":           ("household",    "L NNFN ONOO FNFFO",  "L NNFN ONOO FNFFO"),
    "desk_household_phone":          ("household",    "L NNFN ONOO FNFFO",  "L NNFN ONOO FNFFO"),
    "desk_member_add":               ("cooperative",  "L NNNN ONOO FNFFO",  "L NNNN ONOO FNFFO"),
    "desk_member_end":               ("member",       NOT_SO,               "L NNNN RNRR FNFFR"),
    "desk_mandate_new":              ("household",    "L NNFN ONOO FNFFF",  "L NNFN ONOO FNFFF"),
    "desk_mandate_confirm":          ("asked",        "L NNFN ONOO FNFFO",  "L NNFN ONOO FNFFO"),
    "desk_mandate_code":             ("asked",        NOT_SO,               "L NNFN RNRR FNFFR"),
    "desk_mandate_print":            ("asked",        "L NNFN ONOO FNFFO",  NOT_SO),
    "desk_mandate_narrow":           ("held_mandate", NOT_SO,               "L NNFN RNRR FNFFR"),
    "desk_mandate_end":              ("held_mandate", NOT_SO,               "L NNFN RNRR FNFFR"),
    "desk_mandate_return":           ("paper",        NOT_SO,               "L NNFN FNRR FNFFR"),
    "desk_mandate_accept":           ("paper",        NOT_SO,               "L NNFN FNRR FNFFR"),
    "desk_payouts":                  ("",             "L FFFF OOOO OOOOO",  NOT_SO),
    "desk_payout":                   ("household",    "L NNFN ONOO FNFFO",  "L NNFN ONOO FNFFO"),
    "desk_payout_confirm":           ("payout",       "L NNFN ONOO FNFFO",  "L NNFN ONOO FNFFO"),
    "desk_payout_code":              ("payout",       NOT_SO,               "L NNFN RNRR FNFFR"),
    # Nobody confirmed it yet: the county centre stops it, or whoever proposed it.
    "desk_payout_cancel":            ("payout",       NOT_SO,               "L NNFN FNFR FNFFR"),
    "my_store_payout":               ("",             "L NNOO NNNN NNNNN",  "L NNOO NNNN NNNNN"),
    "my_store_payout_confirm":       ("payout",       NOT_SO,               "L NNRN NNNN NNNNN"),
    "my_store_payout_cancel":        ("payout",       NOT_SO,               "L NNRN NNNN NNNNN"),
    # Payouts: 3,000 yuan in cash that the village has begun, a run that the centre prepared, a debt that it proposed.
    "desk_pay":                      ("",             "L FFFF OOOO OOOOO",  NOT_SO),
    "desk_pay_to":                   ("household",    "L NNFN ONOO FNFFF",  "L NNFN UNUU FNFFF"),
    "desk_pay_out":                  ("begun",        "L NNFN ONOO ONOOO",  "L NNFN UNUU FNFFU"),
    "desk_pay_code":                 ("begun",        NOT_SO,               "L NNFN RNRR FNFFR"),
    "desk_pay_approve":              ("begun",        NOT_SO,               "L NNFN FNFR RNRRR"),
    "desk_pay_call_off":             ("begun",        NOT_SO,               "L NNFN RNRR FNFFR"),
    "desk_pay_slip":                 ("begun",        "L NNFN ONOO FNFFO",  NOT_SO),
    "desk_pay_photograph":           ("signed",       "N NNON ONOO NNNNO",  NOT_SO),
    "desk_runs":                     ("",             "L FFFF FFFO OOOOO",  "L FFFF FFFU FFFFF"),
    "desk_run":                      ("run",          "L FFFF FFFO ONOOO",  NOT_SO),
    "desk_run_approve":              ("run",          NOT_SO,               "L FFFF FFFF RNRRR"),
    "desk_run_drop":                 ("run",          NOT_SO,               "L FFFF FFFR RNRRR"),
    "desk_run_file":                 ("run",          NOT_SO,               "L FFFF FFFR FNFFR"),
    "desk_run_again":                ("run",          NOT_SO,               "L FFFF FFFU UNUUU"),
    "desk_run_answer":               ("run",          NOT_SO,               "L FFFF FFFU FNFFU"),
    "desk_run_answer_file":          ("answer",       NOT_SO,               "L FFFF FFFO FNFFO"),
    "desk_returns":                  ("",             "L FFFF FFFO OOOOO",  NOT_SO),
    "desk_return_new":               ("signed",       "L FFFF FNFO FNFFO",  "L FFFF FNFU FNFFU"),
    "desk_return_decide":            ("bank_return",  NOT_SO,               "L FFFF FNFF RNRRR"),
    "desk_disputes":                 ("",             "L FFFF FFFO OOOOO",  "L FFFF FFFO OOOOO"),
    "desk_dispute_decide":           ("dispute_loss", NOT_SO,               "L FFFF FFFF FNRRR"),
    "desk_debts":                    ("",             "L FFFF FFFO OOOOO",  NOT_SO),
    "desk_debt_new":                 ("household",    "L NNFN FNFO ONFFO",  "L NNFN FNFU UNFFU"),
    "desk_debt_decide":              ("debt",         NOT_SO,               "L FFFF FNFF FNRRR"),
    "end_mandate":                   ("",             ANYONE,               ANYONE),
    # Nothing was asked before.
    "end_mandate_code":              ("",             "R RRRR RRRR RRRRR",  "R RRRR RRRR RRRRR"),
    "end_mandate_stands":            ("",             "R RRRR RRRR RRRRR",  "R RRRR RRRR RRRRR"),
    # What buyers missed: officials and county centres.
    "desk_wanted":                   ("",             "L FFFF FFFO OOOOO",  "P PPPP PPPP PPPPP"),
    # the figures
    "volume":                        ("",             "L FFFF FFFR RRRRO",  "L FFFF FFFR RRRRO"),
    "volume_region":                 ("region",       "L FFFF FFFO ONOOO",  "L FFFF FFFO ONOOO"),
    "volume_order":                  ("volume_order", "L FFFF FFFO ONOOO",  "L FFFF FFFO ONOOO"),
    # Last of all: it ends the session.
    "account_logout":                ("",             "R OOOO OOOO OOOOO",  "R RRRR RRRR RRRRR"),
}
# Doors of the packages that we use; inside, each has a guard of its own (tests/cms/test_rights.py, tests/orders/test_admin.py).
THEIRS: tuple[tuple[str, str, str], ...] = (
    ("admin:index",                        "L LLLL LLLL LLLLO", "L LLLL LLLL LLLLO"),
    ("admin:accounts_user_changelist",     "L LLLL LLLL LLLLO", "L LLLL LLLL LLLLO"),
    ("admin:stations_posting_changelist",  "L LLLL LLLL LLLLO", "L LLLL LLLL LLLLO"),
    ("admin:sellers_household_changelist", "L LLLL LLLL LLLLO", "L LLLL LLLL LLLLO"),
    ("wagtailadmin_home",                  "L LLLL LLLL OLLLO", "L LLLL LLLL PLLLP"),
    ("wagtailadmin_explore_root",          "L LLLL LLLL OLLLO", "L LLLL LLLL PLLLP"),
    ("wagtailimages:index",                "L LLLL LLLL OLLLO", "L LLLL LLLL PLLLP"),
    ("wagtaildocs:index",                  "L LLLL LLLL RLLLO", "L LLLL LLLL RLLLP"),
    ("wagtailsnippets:index",              "L LLLL LLLL RLLLR", "L LLLL LLLL RLLLR"),
    ("wagtailusers_users:index",           "L LLLL LLLL RLLLO", "L LLLL LLLL RLLLP"),
)
# fmt: on


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Thousands of refusals are what is asked for here: they need not stand in the log."""
    with caplog.at_level("CRITICAL", logger="django.request"):
        yield


def test_every_address_has_its_line() -> None:
    ours, lines = set(our_addresses()), set(TABLE)
    assert not sorted(ours - lines), "New addresses: each needs a line in the table."
    assert not sorted(lines - ours), "Lines of addresses that are gone."


def test_every_page_and_form_by_every_role(world: World) -> None:
    wrong = []
    for name, (arguments, *expected) in TABLE.items():
        got = [row(world, name, arguments, method) for method in ("get", "post")]
        if got != expected:
            wrong.append(f'    "{name}": ("{arguments}", "{got[0]}", "{got[1]}"),\n        expected {expected}')
    assert not wrong, "Got, as lines of the table:\n" + "\n".join(wrong)


def test_addresses_of_others(world: World) -> None:
    """The doors of the packages: sign-in, the office and the operator's admin (each guards its own inside)."""
    wrong = []
    for name, *expected in THEIRS:
        got = [row(world, name, "", method) for method in ("get", "post")]
        if got != expected:
            wrong.append(f'    ("{name}", "{got[0]}", "{got[1]}"),\n        expected {expected}')
    assert not wrong, "Got, as lines of the table:\n" + "\n".join(wrong)


@pytest.mark.parametrize("role", ["nobody", "operator"])
def test_other_methods_are_answered_alike(world: World, role: str) -> None:
    """HEAD is GET without its body; nothing else gets through to a view."""
    for name, (arguments, *_) in TABLE.items():
        url, client = address(world, name, arguments), world.client(role)
        assert {client.generic(method, url).status_code for method in OTHER_METHODS} == {405}, name
        with transaction.atomic():
            read, headed = client.get(url), client.head(url)
            transaction.set_rollback(True)
        assert (headed.status_code, b"".join(headed)) == (read.status_code, b""), name


def test_someone_elses_order_store_and_parcel_are_not_there(world: World) -> None:
    for name, arguments, role in (
        ("order", "order", "other_buyer"),
        ("order", "order", "farmer"),
        ("desk_store", "store", "other_village"),
        ("desk_store", "store", "other_farmer"),
        ("desk_parcel", "parcel", "other_village"),
        ("desk_parcel", "parcel", "buyer"),
        ("desk_product", "goods", "other_official"),
        ("desk_product", "goods", "other_farmer"),
    ):
        theirs = ask(world, role, address(world, name, arguments), "get")
        nobodys = ask(world, role, reverse(name, args=["A" * 22]), "get")
        assert theirs == nobodys == "N", (name, role)


def address(world: World, name: str, arguments: str) -> str:
    """The address of a line."""
    return "/" + name if name.endswith("/") else reverse(name, args=world.arguments.get(arguments, ()))


def row(world: World, name: str, arguments: str, method: str) -> str:
    """What each role gets, in the table's groups."""
    url = address(world, name, arguments)
    letters = "".join(ask(world, role, url, method) for role in ROLES)
    return " ".join((letters[:1], letters[1:5], letters[5:9], letters[9:]))


def ask(world: World, role: str, url: str, method: str) -> str:
    """The letter for what this role gets; whatever the request changes is undone."""
    client = world.client(role)
    with transaction.atomic():
        response = client.get(url) if method == "get" else client.post(url)
        transaction.set_rollback(True)
    if response.status_code == 302 and "/login/" in response["Location"]:
        return "L"
    return LETTERS.get(response.status_code, str(response.status_code))
