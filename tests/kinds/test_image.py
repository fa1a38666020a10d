"""Images are equal exactly if Docker would run the same image, ignoring a digest that the platform added."""

import pytest

from reconciler.kinds.image import basename, comparable, is_reference, same, split

DIGEST, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64


@pytest.mark.parametrize(
    "image, expected",
    [
        ("redis", ("docker.io/library/redis", "", "")),
        (" redis ", ("docker.io/library/redis", "", "")),
        ("docker.io/redis", ("docker.io/library/redis", "", "")),
        ("index.docker.io/redis:7", ("docker.io/library/redis", "7", "")),
        ("index.docker.io/clinic/api", ("docker.io/clinic/api", "", "")),
        ("docker.io/library/redis", ("docker.io/library/redis", "", "")),
        ("library/redis", ("docker.io/library/redis", "", "")),
        ("clinic/api:2", ("docker.io/clinic/api", "2", "")),
        ("localhost/api", ("localhost/api", "", "")),
        ("localhost:5000/api:2", ("localhost:5000/api", "2", "")),
        ("registry:5000/api", ("registry:5000/api", "", "")),
        ("registry.example/a/b/c:v1", ("registry.example/a/b/c", "v1", "")),
        ("Registry/api", ("Registry/api", "", "")),
        (f"redis:7@{DIGEST}", ("docker.io/library/redis", "7", DIGEST)),
        (f"registry:5000/api@{DIGEST}", ("registry:5000/api", "", DIGEST)),
    ],
)
def test_an_image_is_split_as_docker_reads_it(image, expected):
    assert split(image) == expected


@pytest.mark.parametrize(
    "image, expected",
    [
        ("traefik", "traefik"),
        ("registry:5000/edge/Traefik:2.1", "traefik"),
        (f"traefik@{DIGEST}", "traefik"),
        ("", ""),
    ],
)
def test_the_base_name_is_the_last_part_of_the_repository(image, expected):
    assert basename(image) == expected


@pytest.mark.parametrize(
    "desired, live",
    [
        ("redis", "redis"),
        ("redis", "docker.io/library/redis:latest"),
        ("redis:latest", "redis"),
        ("redis:7", f"docker.io/library/redis:7@{DIGEST}"),
        ("redis", f"redis:latest@{DIGEST}"),
        (f"redis@{DIGEST}", f"redis:7@{DIGEST}"),
        (f"redis:7@{DIGEST}", f"redis@{DIGEST}"),
        (f"redis:7@{DIGEST}", f"redis:7@{DIGEST}"),
        ("registry:5000/api:2", f"registry:5000/api:2@{DIGEST}"),
    ],
)
def test_equal_images_are_the_same(desired, live):
    assert same(desired, live)
    assert comparable(desired, live) == (desired, desired)


@pytest.mark.parametrize(
    "desired, live",
    [
        ("redis", "redis:7"),
        ("redis:7", "redis"),
        ("redis:7", "redis:8"),
        ("redis", "clinic/redis"),
        ("redis", "registry.example/redis"),
        ("registry:5000/api", "registry:5001/api"),
        (f"redis:7@{DIGEST}", "redis:7"),
        (f"redis:7@{DIGEST}", f"redis:7@{OTHER}"),
        (f"redis:7@{DIGEST}", f"redis:8@{DIGEST}"),
    ],
)
def test_different_images_are_not_the_same(desired, live):
    assert not same(desired, live)
    assert comparable(desired, live) == (desired, live)


@pytest.mark.parametrize("desired, live", [("redis", None), (None, "redis"), ("", "redis"), (None, None)])
def test_a_missing_image_is_compared_as_it_is(desired, live):
    assert comparable(desired, live) == (desired, live)


@pytest.mark.parametrize(
    "image",
    [
        "redis",
        "redis:7",
        "clinic/api",
        "registry:5000/a/b-c__d.e:V1.0_x",
        "UPPER/x",
        "[::1]:5000/x",
        f"redis:7@{DIGEST}",
        f"redis@{DIGEST}",
    ],
)
def test_a_valid_reference_is_accepted(image):
    assert is_reference(image)


@pytest.mark.parametrize(
    "image",
    [
        "redis:",
        "redis@",
        "redis:7@sha256:12",
        " redis",
        "re dis",
        "https://x/y",
        "clinic/Api",
        "a//b",
        "-a",
        "a:-b",
        "a\n",
        "",
    ],
)
def test_an_invalid_reference_is_refused(image):
    assert not is_reference(image)
