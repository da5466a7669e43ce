"""Work behind a screen."""

from __future__ import annotations

import gc
import warnings

from dandi_tui.api.instances import find_instance
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings


async def test_work_that_is_replaced_before_it_began_is_closed() -> None:
    app = DandiTuiApp(find_instance("http://127.0.0.1:9/api"), None, Settings(ascii="no"))

    async def work() -> None:
        done.append(1)

    done: list[int] = []
    async with app.run_test() as pilot:
        for _ in range(20):
            app.screen.run_worker(work(), group="x", exclusive=True, exit_on_error=False)
        await pilot.pause()
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            gc.collect()
        assert not told
        assert done == [1]
