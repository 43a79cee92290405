"""Many posts to one endpoint, several at a time."""

import queue
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing

from ingest_app.clients.delivery import (
    Courier,
    EndpointUnreachable,
    Notice,
    Patience,
    SendError,
    Stopped,
    WrongEndpoint,
    events_url,
)
from ingest_app.clients.post import Post
from ingest_app.clients.report import SendReport, Tally

__all__ = [
    "EndpointUnreachable",
    "Patience",
    "ProgressCallback",
    "SendError",
    "SendReport",
    "WrongEndpoint",
    "events_url",
    "send",
]

# Called on the caller's own thread with the number of posts answered, and the total if known.
ProgressCallback = Callable[[int, int | None], None]

QUEUED_PER_WORKER = 4
SECONDS_BETWEEN_CALLBACKS = 0.1


def send(
    posts: Iterable[Post],
    *,
    url: str,
    total: int | None = None,
    concurrency: int = 8,
    progress: ProgressCallback | None = None,
    patience: Patience | None = None,
    notice: Notice | None = None,
) -> SendReport:
    """Send every post, roughly in order, and say what became of them.

    `posts` is read as fast as the server answers and never held in memory. The first SendError of
    any worker ends the run and is raised here.
    """
    courier = Courier(
        events_url(url),
        connections=concurrency,
        patience=patience or Patience(),
        notice=notice,
    )
    with closing(courier):
        return _Run(courier, concurrency, progress, total).run(posts)


class _Run:
    def __init__(
        self,
        courier: Courier,
        concurrency: int,
        progress: ProgressCallback | None,
        total: int | None,
    ) -> None:
        self._courier = courier
        self._progress = progress
        self._total = total
        self._last_callback = 0.0
        self._tally = Tally()
        self._stop = threading.Event()
        self._errors: list[BaseException] = []
        self._queue: queue.Queue[Post | None] = queue.Queue(concurrency * QUEUED_PER_WORKER)
        self._workers = [threading.Thread(target=self._work) for _ in range(concurrency)]

    def run(self, posts: Iterable[Post]) -> SendReport:
        for worker in self._workers:
            worker.start()
        try:
            for post in posts:
                self._put(post)
                self._tell()
                if self._stop.is_set():
                    break
            for _ in self._workers:
                self._put(None)
            self._join()
        finally:
            # On the good way the workers are gone by now; on any other they end here.
            self._stop.set()
            self._dismiss()
        if self._errors:
            raise self._errors[0]
        self._tell(now=True)
        return self._tally.report()

    def _put(self, post: Post | None) -> None:
        while not self._stop.is_set():
            try:
                self._queue.put(post, timeout=SECONDS_BETWEEN_CALLBACKS)
            except queue.Full:
                self._tell()
            else:
                return

    def _join(self) -> None:
        while any(worker.is_alive() for worker in self._workers) and not self._stop.is_set():
            for worker in self._workers:
                worker.join(SECONDS_BETWEEN_CALLBACKS / len(self._workers))
            self._tell()

    def _dismiss(self) -> None:
        while not self._queue.empty():
            try:
                self._queue.get_nowait()
            except queue.Empty:
                break
        for _ in self._workers:
            self._queue.put_nowait(None)
        for worker in self._workers:
            worker.join()

    def _work(self) -> None:
        try:
            while (post := self._queue.get()) is not None and not self._stop.is_set():
                self._tally.add(self._courier.deliver(post, self._stop))
        except Stopped:
            return
        except BaseException as error:  # handed to the caller's thread, which raises it
            self._errors.append(error)
            self._stop.set()

    def _tell(self, *, now: bool = False) -> None:
        moment = time.monotonic()
        if self._progress and (now or moment - self._last_callback >= SECONDS_BETWEEN_CALLBACKS):
            self._last_callback = moment
            self._progress(self._tally.done, self._total)
