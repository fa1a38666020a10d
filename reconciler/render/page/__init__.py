"""Plans and reports as a single HTML page that loads nothing: no request, no other file.

Jinja2 escapes every text, after ``environment`` made it visible. What a page shows is computed first, as plain values
(``changes``, ``fields``, ``order``, ``graph``); the templates only lay it out.
"""
