"""Python in a process whose clock is `AHEAD_SECONDS` ahead (PYTHONPATH has this folder)."""

import os
import time

_AHEAD_NS = int(os.environ["AHEAD_SECONDS"]) * 10**9  # noqa: TID251 (before any settings are read)
_now_ns = time.time_ns
time.time_ns = lambda: _now_ns() + _AHEAD_NS
