"""Several pieces of work at once, for jobs that mostly wait. No job: jobs import it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def at_once(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Iterator[Result]:
    """The result for each item, in their order; some are worked on at once."""
    futures = begin(work, items, threads)
    try:
        for future in futures:
            yield future.result()
    finally:
        for future in futures:
            future.cancel()  # what has not begun does not begin


def begin(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> list[Future[Result]]:
    """Starts the work, and gives what will have the result of each item, in their order.

    Nobody waits for what nobody needs any more. ``ThreadPoolExecutor`` would: a run that is
    cancelled could not end before the last device has answered.
    """
    tasks = [(Future[Result](), item) for item in items]
    todo: SimpleQueue[tuple[Future[Result], Item]] = SimpleQueue()
    for task in tasks:
        todo.put(task)
    for number in range(min(threads, len(tasks))):
        name = f"at-once-{number}"
        threading.Thread(target=serve, args=(todo, work), name=name, daemon=True).start()
    return [future for future, _ in tasks]


def serve(todo: SimpleQueue[tuple[Future[Result], Item]], work: Callable[[Item], Result]) -> None:
    """What each thread does until there is nothing left."""
    while True:
        try:
            future, item = todo.get_nowait()
        except Empty:
            return
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(work(item))
            except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
                future.set_exception(error)
