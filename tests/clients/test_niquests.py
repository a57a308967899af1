"""niquests: ``r.iter_content(-1)``, which gives what is there.

Its wheel brings urllib3-future, which overwrites urllib3. To have both side by side:
``URLLIB3_NO_OVERRIDE=1 pip install urllib3 niquests --no-binary urllib3-future``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from ..needed import needed
from .suite import AsyncSuite, SyncSuite

niquests = needed("niquests", "niquests")


class TestSync(SyncSuite):
    broken = short = reset = (niquests.exceptions.RequestException,)

    def body(self, url: str) -> Iterator[bytes]:
        with niquests.get(url, stream=True) as r:
            yield from r.iter_content(-1)


class TestAsync(AsyncSuite):
    broken = short = reset = (niquests.exceptions.RequestException,)

    async def body(self, url: str) -> AsyncIterator[bytes]:
        async with niquests.AsyncSession() as session:
            r = await session.get(url, stream=True)
            try:
                async for data in await r.iter_content(-1):
                    yield data
            finally:
                await r.close()
