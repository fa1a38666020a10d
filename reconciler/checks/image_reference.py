"""Image names that Docker cannot parse, for example because a variable for the tag is empty."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, braces, error, of_kind
from reconciler.kinds.image import is_reference
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "image-reference"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """An image is NAME, NAME:TAG, NAME@DIGEST or NAME:TAG@DIGEST (Docker: distribution reference grammar)."""
    for service in of_kind(SERVICE, desired):
        image = service.spec.get("image")
        if image and not is_reference(image):
            message = f"image {image!r} is not an image name"
            yield error(NAME, service.marks(("image",)), message, _hint(image))


def _hint(image: str) -> str:
    if braces(image):
        return braces(image)
    scheme, slashes, rest = image.partition("://")
    if slashes and is_reference(rest):
        return f"write {rest}, without {scheme}://"
    if image.endswith((":", "@")):
        return f"nothing follows the {image[-1]}; is a variable empty?"
    if is_reference("".join(image.split())):
        return "remove the spaces"
    if is_reference(image.lower()):
        return "write the name in lower case"
    return "write it like registry.example.com/clinic/api:2.4.1"


CHECK = Check(NAME, "an image name is malformed", check)
