from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tilth.errors import DataError
from tilth.store.claims import Claims

A, B = "node:" + "a" * 40, "node:" + "b" * 40


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "claims"


HOLDER = """
import sys
from pathlib import Path
from tilth.store.claims import Claims
claims = Claims(Path(sys.argv[1]))
print(claims.take(sys.argv[2]), flush=True)
sys.stdin.readline()
claims.release(sys.argv[2])
print("released", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def holder(path):
    """Another process that has claimed A."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), A], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"True\n"
        yield process
        process.kill()


def test_a_claim_excludes_another_process_until_it_is_released(path, holder):
    with Claims(path) as claims:
        assert not claims.take(A)
        assert claims.take(B)

        holder.stdin.write(b"\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == b"released\n"
        assert claims.take(A)


def test_a_claim_ends_with_the_process_that_holds_it(path, holder):
    with Claims(path) as claims:
        assert not claims.take(A)
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        assert claims.take(A)


def test_a_claim_excludes_its_own_process(path):
    with Claims(path) as one, Claims(path) as two:
        assert one.take(A)
        assert not one.take(A)
        assert not two.take(A)
        two.release(A)
        assert not two.take(A)
        one.release(A)
        assert two.take(A)


def test_closing_one_does_not_let_go_of_another_s_claims(path):
    with Claims(path) as one:
        with Claims(path) as two:
            assert one.take(A)
            assert two.take(B)
        probe = subprocess.run(
            [sys.executable, "-c", HOLDER, str(path), A], input=b"", capture_output=True, check=True
        )
        assert probe.stdout.startswith(b"False\n")
        assert one.take(B)


def test_closing_lets_go_of_all(path):
    with Claims(path) as one:
        one.take(A)
    one.close()

    with Claims(path) as two:
        assert two.take(A)


PROBE = """
import sys
from pathlib import Path
from tilth.store.claims import Claims
with Claims(Path(sys.argv[1])) as claims:
    print(*[claims.take(each) for each in sys.argv[2:]])
"""


def can_take(path, *fingerprints):
    """Which of these another process can claim."""
    command = [sys.executable, "-c", PROBE, str(path), *fingerprints]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [each == "True" for each in told.split()]


@pytest.mark.parametrize("n_kept", [0, 1, 3, 5])
def test_letting_go_of_some_keeps_the_rest(path, n_kept):
    mine = [f"node:{i:040x}" for i in (7, 8, 100, 5000, 2**60 - 1)]
    with Claims(path) as claims, Claims(path) as others:
        assert all(map(claims.take, mine))
        assert others.take(A)

        for each in [*mine[n_kept:], A, B]:
            claims.release(each)

        free = [False] * n_kept + [True] * (5 - n_kept)
        assert can_take(path, *mine, A, B) == [*free, False, True]
        assert [others.take(each) for each in mine] == free


def test_the_same_file_by_another_path_is_the_same(path):
    with Claims(path) as one:
        (path.parent / "link").symlink_to(path)
        with Claims(path.parent / "link") as two:
            assert one.take(A)
            assert not two.take(A)
        assert not one.take(A)


def test_threads_exclude_one_another(path):
    at_once, most = 0, []

    def work():
        nonlocal at_once
        with Claims(path) as claims:
            for _ in range(50):
                while not claims.take(A):
                    time.sleep(0.0001)
                at_once += 1
                most.append(at_once)
                at_once -= 1
                claims.release(A)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1] * 200


COUNTER = """
import sys
import time
from pathlib import Path
from tilth.store.claims import Claims
counter = Path(sys.argv[2])
with Claims(Path(sys.argv[1])) as claims:
    for _ in range(100):
        while not claims.take("node:" + "c" * 40):
            time.sleep(0.0001)
        counter.write_text(str(int(counter.read_text()) + 1))
        claims.release("node:" + "c" * 40)
"""


def test_processes_exclude_one_another(path, tmp_path):
    counter = tmp_path / "counter"
    counter.write_text("0")
    command = [sys.executable, "-c", COUNTER, str(path), str(counter)]
    workers = [subprocess.Popen(command) for _ in range(3)]

    assert [worker.wait() for worker in workers] == [0] * 3
    assert counter.read_text() == "300"


def test_a_forked_child_does_not_think_that_it_holds_its_parent_s_claims(path):
    with Claims(path) as claims:
        assert claims.take(A)
        child = os.fork()
        if child == 0:
            with Claims(path) as others:
                os._exit(0 if not others.take(A) and others.take(B) else 1)
        _, status = os.waitpid(child, 0)
        assert status == 0
        assert claims.take(B)


def test_a_file_of_claims_that_cannot_be_opened_is_told(tmp_path):
    with pytest.raises(DataError, match="cannot open the file of claims"):
        Claims(tmp_path)
