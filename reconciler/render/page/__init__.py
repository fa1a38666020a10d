"""Plans and reports as one HTML page that needs nothing else: no request, no file beside it.

Jinja2 escapes every text, and ``environment`` passes each through ``visible`` first. What a page shows is worked out
before as plain values (``changes``, ``fields``, ``order``, ``graph``); the templates only lay it out.
"""
