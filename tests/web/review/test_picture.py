"""Pictures are served from their folders, and nothing else is."""

from __future__ import annotations

import pytest

from tilth.web.review.picture import find_picture

PNG = b"\x89PNG\r\n\x1a\n and so on"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data" / "img").mkdir(parents=True)
    (tmp_path / "data" / "img" / "a.png").write_bytes(PNG)
    (tmp_path / "secret.png").write_bytes(PNG)
    return tmp_path / "data"


def test_a_picture_in_the_folder_is_found(folder):
    assert find_picture("img/a.png", [folder]) == (PNG, "image/png")
    assert find_picture("img/../img/a.png", [folder]) == (PNG, "image/png")
    assert find_picture("data/img/a.png", [folder.parent, folder]) == (PNG, "image/png")
    assert find_picture(str(folder / "img" / "a.png"), [folder]) == (PNG, "image/png")


@pytest.mark.parametrize("path", ["../secret.png", "img/../../secret.png", "none.png", "img", ""])
def test_what_is_outside_of_it_is_not(folder, path):
    assert find_picture(path, [folder]) is None


def test_a_whole_path_outside_is_not(folder):
    assert find_picture(str(folder.parent / "secret.png"), [folder]) is None


def test_a_link_that_leads_outside_is_not_followed(folder):
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    (folder / "up").symlink_to(folder.parent)

    assert find_picture("link.png", [folder]) is None
    assert find_picture("up/secret.png", [folder]) is None


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x1cftypavif", "image/avif"),
        (b"BM\0\0", "image/bmp"),
    ],
)
def test_what_it_is_follows_from_its_bytes(folder, data, media):
    (folder / "odd.png").write_bytes(data)

    assert find_picture("odd.png", [folder]) == (data, media)


@pytest.mark.parametrize("data", [b"", b"<html><script>", b"<svg xmlns=", b"RIFF\0\0\0\0WAVE"])
def test_what_is_no_picture_is_not_served_whatever_it_is_called(folder, data):
    (folder / "odd.png").write_bytes(data)

    assert find_picture("odd.png", [folder]) is None
