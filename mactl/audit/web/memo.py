"""Every page once, and none after the deadline."""

import asyncio

from mactl.audit.web.pages import Page, Trouble, Web


class MemoWeb:
    """Fetches every page from `web` once, also when it is wanted again meanwhile.

    `patience` seconds after it was made nobody waits for a page any more. Lives in one event loop.
    """

    def __init__(self, web: Web, patience: float | None = None) -> None:
        self._web = web
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
        try:
            async with asyncio.timeout_at(self._ends):
                # Whoever waits may be cancelled; the others still want the page.
                return await asyncio.shield(task)
        except TimeoutError:
            detail = f"not there within {self._patience:g} seconds in all"
            return Page(url, trouble=Trouble.TIMEOUT, detail=detail)
