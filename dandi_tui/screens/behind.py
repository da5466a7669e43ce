"""Work that goes on behind a screen: what fails in it unforeseen is said and logged, never lost in silence."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from textual.dom import DOMNode
from textual.worker import Worker, WorkerState

if TYPE_CHECKING:
    from dandi_tui.app import DandiTuiApp


class WorksBehind(DOMNode):
    """A screen, or the app, with workers."""

    def run_worker(self, work: Any, *args: Any, **options: Any) -> Worker[Any]:  # noqa: ANN401 (as Textual has it)
        """Runs work behind the screen, as Textual does.

        A coroutine whose worker is replaced before it began is closed: else Python complains of it.
        """
        worker = super().run_worker(work, *args, **options)
        if inspect.iscoroutine(work) and worker._task is not None:
            worker._task.add_done_callback(lambda _task: work.close())
        return worker

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Says what nobody foresaw."""
        error = event.worker.error
        if event.state is WorkerState.ERROR and error is not None:
            event.stop()
            app: DandiTuiApp = self.app  # type: ignore[assignment]
            app.went_wrong(error)
