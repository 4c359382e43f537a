"""Jobs of orders: the minute's, the hour's and the night's work, and by their names here what others defer."""

from procrastinate.contrib.django import app

from accounts.steps import do_all
from catalog.season_boxes import end_seasons
from orders.arrival import renew_arrivals
from orders.balance import open_balances, remind_of_balances
from orders.calling_off import text_farm as text_farm
from orders.collection import take_collected
from orders.deposit_letters import deposit_paid as deposit_paid
from orders.disputes import follow_dispute as follow_dispute
from orders.expiry import expire_reservations
from orders.flash_claims import lapse_places
from orders.flash_gate import refill_gates
from orders.forgetting import forget_old_orders, forget_withdrawn
from orders.informing import send_notice as send_notice
from orders.informing import send_waiting
from orders.notices import send_order_link as send_order_link
from orders.parcels import plan_promised, plan_wished
from orders.price_levels import keep_week
from orders.recalling import carry_on_all
from orders.reconciling import reconcile_if_stripe_answers
from orders.release import release_delivered
from orders.sessions import ask_before_ending as ask_before_ending
from orders.sessions import settle_session as settle_session
from orders.steps import find_steps
from orders.telling import tell_the_rest
from orders.verification import verify_delivered
from orders.visits import take_past_places
from orders.weights import end_questions
from orders.weights import settle_weights as settle_weights
from payments.idempotency import prune_keys
from sellers.consents import drop_identities


@app.periodic(cron="* * * * *")
@app.task(name="orders.every_minute", queueing_lock="orders.every_minute", pass_context=False)
def every_minute(timestamp: int) -> None:
    """End overdue reservations, take the stock of what was collected, verify what was delivered, ask for balances, and tell buyers; one
    that fails stops no other.
    """
    do_all(
        expire_reservations,
        lapse_places,
        refill_gates,
        take_collected,
        verify_delivered,
        carry_on_all,
        tell_the_rest,
        end_questions,
        open_balances,
        remind_of_balances,
        find_steps,
        send_waiting,
    )


@app.periodic(cron="7 * * * *")
@app.task(name="orders.every_hour", queueing_lock="orders.every_hour", pass_context=False)
def every_hour(timestamp: int) -> None:
    """Send what was promised for a week that has begun, or wished for a day that is near; renew the day of arrival that cards show."""
    do_all(plan_promised, plan_wished, renew_arrivals)


@app.periodic(cron="37 * * * *")
@app.task(name="orders.reconcile", queueing_lock="orders.reconcile", pass_context=False)
def reconcile_hourly(timestamp: int) -> None:
    """Compare Stripe's books with ours, both ways."""
    reconcile_if_stripe_answers()


@app.periodic(cron="20 3 * * *")
@app.task(name="orders.every_night", queueing_lock="orders.every_night", pass_context=False)
def every_night(timestamp: int) -> None:
    """End yesterday's visits and the sale of boxes whose season is too short by now, and release sellers' money whose after-sales window
    is over; then delete what was asked to be, and what the law no longer keeps. Once a week, keep what goods sold for. Keys of pages that
    are long closed go too."""
    take_past_places()
    end_seasons()
    release_delivered()
    drop_identities()
    forget_withdrawn()
    forget_old_orders()
    keep_week()
    prune_keys()
