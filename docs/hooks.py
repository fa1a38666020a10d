"""For MkDocs: a link to a file of the repository that is no page leads to the repository, and the search has a name."""

import re
from typing import Any

REPOSITORY = "https://github.com/your-org/reconciler/blob/main/"
_OUTSIDE = re.compile(r"\]\((?:\.\./)+([^)\s]+)\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """``../examples/x`` of a page at the top is a file beside ``docs``; deeper pages reach pages by one step."""
    depth = page.file.src_uri.count("/")

    def outside(found: re.Match[str]) -> str:
        steps = found[0].count("../")
        return f"]({REPOSITORY}{found[1]})" if steps > depth else found[0]

    return _OUTSIDE.sub(outside, markdown)


def on_post_page(output: str, **_: Any) -> str:
    """The theme gives the dialog of its search no name for a screen reader."""
    dialog = 'data-md-component="search" role="dialog"'
    return output.replace(dialog, f'{dialog} aria-label="Search"')
