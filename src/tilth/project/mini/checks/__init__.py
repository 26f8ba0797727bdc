"""What is looked at once the pipeline has run on its mini data set."""

from __future__ import annotations
