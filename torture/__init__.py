"""`manage.py torture`: the real processes are killed in the middle of checkout, payment and refund, and nothing may be lost or doubled.

Nothing of the site knows of it: settings of its own (torture.settings) lay the hooks over Django and the SDK, and a start of its own
(torture.standin) over the stand-in. No production has either.
"""
