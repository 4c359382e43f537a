"""The machine: buyers, farmers, stations, the county, Stripe, banks and the clock do what they may, in any order, and after each step all
agrees.

A sequence is one transaction that is rolled back (tests/machine/sequence.py). Its time goes forward by `wait`; what PostgreSQL's own clock
decides (the end of a reservation) is moved there by its row. A step that cannot be taken (nothing is there to act upon, or the site
refuses it in words) is a step as well: nothing may have moved.
"""

from tests.machine.bringing import Bringing
from tests.machine.buying import Buying
from tests.machine.giving_back import GivingBack
from tests.machine.paying_out import PayingOut


class Machine(Buying, Bringing, GivingBack, PayingOut):
    """One sequence, with every rule that there is."""
