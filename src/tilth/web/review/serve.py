"""Serving the page, until the person who began it ends it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from tilth.data.location import PACKAGE, resolve
from tilth.errors import DataError
from tilth.project.label_set import LabelSet
from tilth.web.review.app import review_app
from tilth.web.review.desk import Desk
from tilth.web.review.guard import allowed_hosts, tokens


def review(
    labels: LabelSet,
    people: Sequence[str],
    rounds: Sequence[str],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str | None = None,
    ready: Callable[[Mapping[str, str]], None],
) -> None:
    """Serve the review page of a label set, until Ctrl-C.

    Args:
        labels: The label set.
        people: Who works; each gets a link of his own.
        rounds: Which rounds are asked, by id.
        host: The address to listen at.
        port: The port; a free one for 0.
        token: What the links are made from; random if not given, which needs an address that
            only this machine can reach.
        ready: Told the links by person, once they work.

    Raises:
        DefinitionError: The address can be reached from elsewhere, and there is no token.
        DataError: The port is taken, or the items cannot be had.
    """
    known = tokens(people, host, token)
    desk = Desk(labels, people, rounds)
    with listening(host, port) as listener:
        port = listener.getsockname()[1]
        app = review_app(desk, known, allowed_hosts(host, port), picture_folders(labels))
        shown = f"[{host}]" if ":" in host else host
        ready({person: f"http://{shown}:{port}/{token}/" for token, person in known.items()})
        server(app).run(sockets=[listener])


def server(app: Starlette) -> uvicorn.Server:
    """What serves the page; it says nothing but errors."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="error",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )


def picture_folders(labels: LabelSet) -> list[Path]:
    """Where the pictures that rows name may lie: in the project, and beside the data."""
    project = labels.project
    entry = project.catalog.get(labels.settings.data)
    location = entry.location if entry is not None and not entry.fields else None
    folders = [project.folder]
    if location and not location.startswith(PACKAGE):
        folders.append(resolve(location, project.folder).parent)
    return folders


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        DataError: The port is taken, or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise DataError(
            f"the page cannot be served at {host}:{port}: {error.strerror}",
            hint="choose another `--port`, or none for a free one",
        ) from error
