"""The page's server: a handful of addresses, all below a token."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tilth.errors import TilthError
from tilth.web.review.desk import Desk
from tilth.web.review.guard import HEADERS, is_ours, person_of
from tilth.web.review.picture import find_picture

_HERE = Path(__file__).parent

_FILES = {
    "": ("page.html", "text/html; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
    "page.js": ("page.js", "text/javascript; charset=utf-8"),
}

_MOST_BYTES = 1 << 20

Next = Callable[[Request], Awaitable[Response]]


def review_app(
    desk: Desk, tokens: Mapping[str, str], hosts: frozenset[str], folders: Sequence[Path]
) -> Starlette:
    """The server as an ASGI application.

    Args:
        desk: Takes answers and hands out questions.
        tokens: Token -> person.
        hosts: What the header `Host` may say.
        folders: Where pictures may lie.
    """

    async def guarded(request: Request, call: Next) -> Response:
        person = person_of(request.url.path.split("/")[1], tokens)
        if person is None or not is_ours(request.method, request.headers, hosts):
            response: Response = Response("there is nothing here", 404)
        else:
            request.state.person = person
            response = await call(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    async def session(request: Request) -> Response:
        return await _answer(desk.session, request.state.person)

    async def sync(request: Request) -> Response:
        data = await _body(request)
        try:
            message = json.loads(data) if data is not None else None
        except ValueError:
            message = None
        if not isinstance(message, dict):
            return JSONResponse({"error": "not a message of this page"}, 400)
        return await _answer(desk.sync, request.state.person, message)

    async def picture(request: Request) -> Response:
        path = desk.picture(request.path_params["row"], request.path_params["column"])
        found = await run_in_threadpool(find_picture, path, folders) if path else None
        if found is None:
            return Response("there is no such picture", 404)
        return Response(
            found[0], media_type=found[1], headers={"Cache-Control": "private, max-age=3600"}
        )

    return Starlette(
        routes=[
            *(Route(f"/{{token}}/{each}", _file(*_FILES[each])) for each in _FILES),
            Route("/{token}/session", session),
            Route("/{token}/sync", sync, methods=["POST"]),
            Route("/{token}/picture/{row:int}/{column:int}", picture),
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=guarded)],
    )


def _file(name: str, media: str) -> Next:
    async def send(request: Request) -> Response:
        return Response((_HERE / name).read_bytes(), media_type=media)

    return send


async def _body(request: Request) -> bytes | None:
    """What was sent, or None where it is more than a page of ours would send."""
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > _MOST_BYTES:
            return None
    return data


async def _answer(ask: Callable[..., dict[str, Any]], *given: Any) -> Response:
    try:
        return JSONResponse(await run_in_threadpool(ask, *given))
    except ValueError as error:
        return JSONResponse({"error": str(error)}, 400)
    except TilthError as error:  # such as a full disk: the page keeps the answer, and tries again
        return JSONResponse({"error": str(error), "hint": error.hint}, 507)
