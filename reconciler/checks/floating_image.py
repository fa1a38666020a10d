"""Images without a fixed version: the same name may mean a newer image later."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, of_kind, warning
from reconciler.kinds.image import is_reference, split
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "floating-image"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """An image has a tag other than latest, or a digest: an image name that does not change deploys nothing."""
    for service in of_kind(SERVICE, desired):
        image = service.spec.get("image")
        if not image or not is_reference(image):
            continue
        _, tag, digest = split(image)
        if digest or tag not in ("", "latest"):
            continue
        problem = "is the tag latest" if tag else "has no tag"
        message = f"image {image!r} {problem}: a newer image with the same tag would not be deployed"
        hint = "add a fixed tag such as :2.4.1, or a digest @sha256:…"
        yield warning(NAME, service.marks(("image",)), message, hint)


CHECK = Check(NAME, "an image without a tag, or with latest", check, warns=True)
