"""Every page once, and none after the deadline."""

import asyncio

from mactl.audit.web.pages import Page, Trouble, Web


class MemoWeb:
    """Fetches every page from `web` once, also when it is wanted again meanwhile.

    `patience` seconds after it was made nobody waits for a page any more. Beyond `keep` the pages
    that were fetched first are forgotten. Lives in one event loop.
    """

    def __init__(self, web: Web, patience: float | None = None, keep: int | None = None) -> None:
        self._web = web
        self._keep = keep
        self._patience = patience
        ends = None if patience is None else asyncio.get_running_loop().time() + patience
        self._ends = ends
        self._pages: dict[tuple[str, int], asyncio.Task[Page]] = {}

    async def fetch(self, url: str, largest: int) -> Page:
        """The page, remembered where it was fetched before."""
        task = self._pages.get((url, largest))
        if task is None:
            fetching = self._web.fetch(url, largest)
            task = self._pages[url, largest] = asyncio.ensure_future(fetching)
            self._forget()
        try:
            async with asyncio.timeout_at(self._ends):
                # Whoever waits may be cancelled; the others still want the page.
                return await asyncio.shield(task)
        except TimeoutError:
            detail = f"not there within {self._patience:g} seconds in all"
            return Page(url, trouble=Trouble.TIMEOUT, detail=detail)

    def _forget(self) -> None:
        if self._keep is not None and len(self._pages) > self._keep:
            oldest = next((key for key, task in self._pages.items() if task.done()), None)
            if oldest is not None:
                del self._pages[oldest]
