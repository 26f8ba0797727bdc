"""What tests of every floor may ask for."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# No test is judged by the clock. In a gate (CI=true) the examples are the same each time.
settings.register_profile("tilth", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("tilth")

_VERSION_3 = 0x20080522
_READ_EVERYTHING = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Set(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


@pytest.fixture
def as_anyone() -> Iterator[None]:
    """File permissions count, also where the tests run as the superuser.

    This thread, and whatever it starts, does without the two capabilities that let the
    superuser read and write everything; it stays the owner of its files (man 7 capabilities).
    """
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "capset"):
        pytest.skip("the superuser may read everything, and cannot do without it here")
    header, sets = _Header(_VERSION_3, 0), (_Set * 2)()
    assert libc.capget(ctypes.byref(header), sets) == 0, os.strerror(ctypes.get_errno())
    held = sets[0].effective
    sets[0].effective = held & ~_READ_EVERYTHING
    assert libc.capset(ctypes.byref(header), sets) == 0, os.strerror(ctypes.get_errno())
    yield
    sets[0].effective = held
    assert libc.capset(ctypes.byref(header), sets) == 0, os.strerror(ctypes.get_errno())
