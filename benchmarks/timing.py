"""Timing for all benchmarks: contenders alternate, and CPU time is measured."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

Work = Callable[[], Any]
Name = TypeVar("Name")


def least(work: Mapping[Name, Work], rounds: int) -> dict[Name, float]:
    """CPU seconds of each, the least of the rounds, since what else the machine does only adds to it; they take turns.

    What is imported and prepared is frozen, so that no contender pays for walking what another needs, and each starts
    when the garbage and the threads of the one before are done.
    """
    times = dict.fromkeys(work, math.inf)
    gc.collect()
    gc.freeze()
    try:
        for _ in range(rounds):
            for name, run in work.items():
                start_here, start = time.thread_time(), time.process_time()
                run()
                taken, taken_here = time.process_time() - start, time.thread_time() - start_here
                times[name] = min(times[name], taken)
                gc.collect()
                if taken - taken_here > 0.001:
                    settle()
    finally:
        gc.unfreeze()
    return times


def settle() -> None:
    """Wait until threads that were left behind have nothing to do."""
    busy = True
    while busy:
        before = time.process_time()
        time.sleep(0.02)
        busy = time.process_time() - before > 0.002
