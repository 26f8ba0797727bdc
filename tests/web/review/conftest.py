from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tilth import Project
from tilth.labels.entry import Question, Source
from tilth.project.label_set import LabelSet, label_set
from tilth.testing.labels import write_reviews
from tilth.web.review.app import review_app
from tilth.web.review.desk import Desk
from tilth.web.review.guard import allowed_hosts
from tilth.web.review.serve import listening, picture_folders, server

Ask = Callable[..., str]


@pytest.fixture
def labels(tmp_path: Path) -> Iterator[LabelSet]:
    """The label set of a small project; nothing is asked yet."""
    write_reviews(tmp_path / "shop")
    with Project(tmp_path / "shop") as project:
        yield label_set(project, "tone")


@pytest.fixture
def ask(labels: LabelSet) -> Ask:
    """Begins a round about the first items; gives its id."""

    def asked(
        n: int = 5, *, reviewers: int = 1, source: Source = Source.SAMPLE, **said: Any
    ) -> str:
        questions = [f"r{each}" for each in range(n)]
        return labels.ask(
            source,
            lambda id: (Question(round=id, item=each, **said) for each in questions),
            reviewers=reviewers,
            by="ada",
        ).id

    return asked


@pytest.fixture
def desk(labels: LabelSet) -> Callable[..., Desk]:
    """A desk for Ada and Bob at which some rounds are asked."""

    def made(*rounds: str) -> Desk:
        return Desk(labels, ["ada", "bob"], rounds)

    return made


TOKENS = {"a" * 32: "ada", "b" * 32: "bob"}


@dataclass(frozen=True)
class Answer:
    """What the server says."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """Asks the server, as anybody can who reaches it; headers of ours unless others are given."""

    port: int

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, message: Any, **headers: str) -> Answer:
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        ours = {"origin": f"http://127.0.0.1:{self.port}", "content-type": "application/json"}
        return self._ask("POST", path, data, ours | headers)

    def _ask(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, data, headers)
            found = connection.getresponse()
            told = {name.lower(): value for name, value in found.getheaders()}
            return Answer(found.status, told, found.read())
        finally:
            connection.close()


@pytest.fixture
def client(desk: Callable[..., Desk], ask: Ask, labels: LabelSet) -> Iterator[Client]:
    """A server that asks two people about three items, on a free port of this machine."""
    made = desk(ask(3, reviewers=2))
    with listening("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        hosts = allowed_hosts("127.0.0.1", port)
        served = server(review_app(made, TOKENS, hosts, picture_folders(labels)))
        thread = threading.Thread(target=served.run, kwargs={"sockets": [listener]})
        thread.start()
        yield Client(port)
        served.should_exit = True
        thread.join()
