"""The WSGI application that granian serves."""

import os
import sys

from django.core.wsgi import get_wsgi_application

# Threads that take the interpreter from each other every 5 ms, as is usual, do so in the middle of a page: a tenth more CPU a page.
sys.setswitchinterval(0.02)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

application = get_wsgi_application()

from catalog.words import query_terms, words_in  # noqa: E402 - once Django stands

# The dictionaries that cut Chinese into words and characters into pinyin take half a second to read: now, not while the first buyer waits.
words_in(query_terms("祁東黃花菜")[0])
