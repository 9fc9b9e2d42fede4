"""Submission: the way of one run into the database, and on to whoever works on it."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jobnb.engine.held import HeldRun, HeldRuns
from jobnb.engine.hosts.presence import Presence
from jobnb.engine.hosts.withheld import given_files, input_options, stored_inputs
from jobnb.engine.launching.launchers import Launcher
from jobnb.engine.submitting.admission import check_admission, check_same_inputs, terms_of
from jobnb.engine.submitting.content import SharedContent, Source
from jobnb.engine.submitting.orders import Orders
from jobnb.engine.submitting.policy import fix_policy, run_options
from jobnb.engine.submitting.waiting import WaitingRoom
from jobnb.errors import SnapshotError
from jobnb.protocol import Cleaned, JobDescription, Retries, SourceKind
from jobnb.settings import Settings
from jobnb.store.content.input_files import Content
from jobnb.store.results import Results
from jobnb.store.values import Admission, NewRun


@dataclass(frozen=True, kw_only=True)
class Post:
    """Where a process hands its runs out now."""

    launcher: Launcher
    room: WaitingRoom
    presence: Presence
    look: Callable[[], bool]
    """Looks for lost runs at once; true if there were some."""
    give_up: Callable[[str, str], None]
    """Closes a run that cannot be handed out, with a sentence."""


class Submission:
    """Writes runs down and hands them out. Safe for any thread."""

    def __init__(
        self,
        results: Results,
        held: HeldRuns,
        content: SharedContent,
        orders: Orders,
        settings: Settings,
    ) -> None:
        self._results = results
        self._held = held
        self._content = content
        self._orders = orders
        self._settings = settings

    def submit(
        self,
        post: Post,
        job: JobDescription,
        cleaned: Cleaned,
        source: Source,
        files: Collection[Content],
        options: Mapping[str, Any],
    ) -> HeldRun:
        """Starts a run; see ``Dispatch.submit``."""
        post.launcher.check(self._orders.probe)
        new = self._new_run(post, job, cleaned, source, options)
        self._content.store(source, files)
        try:
            try:
                return self._start(post, new, cleaned.inputs, source.code)
            except SnapshotError:  # a cleanup may have removed what no other run refers to
                self._content.forget(source)
                self._content.store(source, files)
                return self._start(post, new, cleaned.inputs, source.code)
        except BaseException as error:  # an interrupt as well: nobody would hand it out later
            post.give_up(new.run_id, str(error) or "Interrupted.")
            raise

    def _new_run(
        self,
        post: Post,
        job: JobDescription,
        cleaned: Cleaned,
        source: Source,
        options: Mapping[str, Any],
    ) -> NewRun:
        policy = fix_policy(job, options, self._settings)
        # Whoever debugs looks at the first failure; and what was typed into a cell is kept nowhere.
        if post.launcher.is_immediate or job.origin.kind is SourceKind.CELL:
            policy = replace(policy, retries=Retries())
        return NewRun(
            run_id=str(uuid.uuid4()),
            class_path=job.class_path,
            job_name=job.name,
            grouping=job.grouping,
            inputs=stored_inputs(cleaned),
            options={**input_options(job, cleaned), **run_options(options, policy)},
            files=given_files(cleaned),
            user=self._settings.user,
            host=socket.gethostname(),
            owner_id=post.presence.worker_id,
            scheduler_id=post.launcher.scheduler_id,
            snapshot=source.snapshot.digest,
            source_root=source.snapshot.root,
            source_file=job.file,
            origin=job.origin,
            embedded=post.launcher.is_embedded,
            **vars(terms_of(job, options, cleaned.inputs)),
        )

    def _start(self, post: Post, new: NewRun, inputs: Mapping[str, Any], code: str) -> HeldRun:
        admission = self._admit(post, new)
        record = admission.record
        run = self._held.hold(admission.run_id, is_new=record is not None)
        if record is not None:
            post.presence.known_inputs.keep(record, inputs)
            order = self._orders.of(record, inputs, code)
            post.room.hand_out(order, record.class_path.rpartition(".")[2], record)
        else:
            check_same_inputs(self._results.get(admission.run_id), new.inputs)
        return run

    def _admit(self, post: Post, new: NewRun) -> Admission:
        admission = self._results.create(new)
        if admission.holders and post.look():
            admission = self._results.create(new)  # some of them were lost, and nobody knew
        check_admission(new, admission)
        return admission
