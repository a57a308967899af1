"""A progress bar, where somebody can see it and tqdm is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from .terminal import Output


@contextmanager
def bar(
    err: Output, out: Output, quiet: bool, bodies: Callable[[], Iterable[object]] | None
) -> Iterator[Callable[[], object]]:
    """Show a bar on a terminal's standard error, unless the rows themselves are printed there.

    Args:
        bodies: yields all bodies, to count them before; None if they cannot be counted.

    Returns:
        A function to be called after each body.
    """
    if quiet or not err.draws or err.shares(out):
        yield int
        return
    try:
        from tqdm import tqdm
    except ImportError:
        yield int
        return
    tqdm.monitor_interval = 0  # no thread is needed
    total = None if bodies is None else sum(1 for _ in bodies())
    with tqdm(total=total, unit=" rows", file=err.stream, leave=False, dynamic_ncols=True) as shown:
        yield shown.update
