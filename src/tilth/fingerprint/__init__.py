"""What a value, a file and a function *are*: tagged digests that only a real change alters."""

from __future__ import annotations
