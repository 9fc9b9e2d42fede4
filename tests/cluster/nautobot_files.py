"""Job files as people write them for Nautobot, and what they are run with."""

from __future__ import annotations

FILES = {
    "passing.py": """
        from celery.utils.log import get_task_logger
        from nautobot.apps.jobs import Job, register_jobs

        logger = get_task_logger(__name__)

        class Passing(Job):
            description = "Says it in the class, as Nautobot's own test jobs do."

            class Meta:
                has_sensitive_variables = False

            def run(self):
                logger.info("from the module")
                self.logger.debug("a %s", "debug line", extra={"grouping": "first"})
                self.logger.success("fine", extra={"object": self.job_result})
                self.logger.warning("only in the worker", extra={"skip_db_logging": True})
                self.helper()
                return {"set": sorted({1, 2}), "tuple": (1,)}

            def helper(self):
                self.logger.error("no name for it")

        register_jobs(Passing)
    """,
    "failing.py": """
        from nautobot.apps.jobs import Job, register_jobs
        from nautobot.extras.choices import JobResultStatusChoices

        class Raising(Job):
            def run(self):
                self.logger.info("before")
                raise ValueError("the message")

            def on_failure(self, exc, task_id, args, kwargs, einfo):
                from billiard.einfo import ExceptionInfo
                assert isinstance(exc, ValueError), type(exc)
                assert isinstance(einfo, ExceptionInfo), type(einfo)
                self.logger.info("on_failure", extra={"grouping": "hooks"})

            def after_return(self, status, retval, task_id, args, kwargs, einfo):
                assert status is JobResultStatusChoices.STATUS_FAILURE, status
                assert task_id == self.request.id
                self.logger.info("after_return", extra={"grouping": "hooks"})

        class Cleanly(Job):
            def run(self):
                self.fail("not %s", "well")
                self.logger.info("goes on")
                return "kept"

            def on_failure(self, exc, task_id, args, kwargs, einfo):
                assert (exc, einfo) == ("kept", None)

            def on_success(self, retval, task_id, args, kwargs):
                raise RuntimeError("never called")

        class Refuses(Job):
            def before_start(self, task_id, args, kwargs):
                self.fail("not today")
                return "early"

            def run(self):
                raise RuntimeError("never called")

        class RaisesEarly(Job):
            def before_start(self, task_id, args, kwargs):
                raise RuntimeError("early")

            def run(self):
                self.logger.info("never")

            def after_return(self, status, retval, task_id, args, kwargs, einfo):
                self.logger.info("after_return")

        class SpoilsSuccess(Job):
            def run(self):
                return 1

            def on_success(self, retval, task_id, args, kwargs):
                raise RuntimeError("spoilt")

            def on_failure(self, exc, task_id, args, kwargs, einfo):
                self.logger.info("on_failure")

        class Unwritten(Job):
            pass

        register_jobs(Raising, Cleanly, Refuses, RaisesEarly, SpoilsSuccess, Unwritten)
    """,
    "inputs.py": """
        import netaddr
        from nautobot.apps import jobs

        name = "Inputs"

        class Everything(jobs.Job):
            class Meta:
                name = "Every input"
                field_order = ["network", "text"]
                has_sensitive_variables = False

            text = jobs.StringVar(min_length=1)
            number = jobs.IntegerVar(min_value=0, required=False)
            flag = jobs.BooleanVar(default=True)
            choice = jobs.ChoiceVar(choices=(("a", "A"), ("b", "B")))
            many = jobs.MultiChoiceVar(choices=(("a", "A"), ("b", "B")), required=False)
            address = jobs.IPAddressVar()
            masked = jobs.IPAddressWithMaskVar()
            network = jobs.IPNetworkVar()
            data = jobs.JSONVar(required=False)
            dryrun = jobs.DryRunVar()

            def before_start(self, task_id, args, kwargs):
                assert kwargs["network"] == "10.0.0.0/24", kwargs

            def run(self, text, number, flag, choice, many, address, masked, network, data, dryrun):
                assert isinstance(address, netaddr.IPAddress)
                assert isinstance(masked, netaddr.IPNetwork)
                assert isinstance(network, netaddr.IPNetwork)
                return [text, number, flag, choice, many, str(address), data, dryrun]

        class Secretive(jobs.Job):
            who = jobs.StringVar()

            def run(self, who):
                self.logger.info("got %d letters", len(who))

        jobs.register_jobs(Everything, Secretive)
    """,
    "files.py": """
        from nautobot.apps.jobs import Job, register_jobs

        class Writer(Job):
            class Meta:
                has_sensitive_variables = False

            def run(self):
                self.create_file("text.txt", "hello")
                self.create_file("data.bin", b"\\x00\\xff")
                try:
                    self.create_file("large.txt", b"." * (10 * 1024 * 1024 + 1))
                except ValueError as error:
                    self.logger.warning("refused: %s", type(error).__name__)
                return self.load_yaml("beside.yml")["answer"]

        register_jobs(Writer)
    """,
    "beside.yml": "answer: 42\n",
    "limits.py": """
        import time
        from celery.exceptions import SoftTimeLimitExceeded
        from nautobot.apps.jobs import Job, register_jobs

        class Slow(Job):
            class Meta:
                soft_time_limit = 1
                time_limit = 60
                approval_required = True
                description = 17

            def run(self):
                try:
                    time.sleep(50)
                except SoftTimeLimitExceeded:
                    self.logger.failure("time is up")
                    return "in time"

        register_jobs(Slow)
    """,
    "redaction.py": """
        from nautobot.apps.jobs import Job, register_jobs

        class Careless(Job):
            def run(self):
                for log in (self.logger.debug, self.logger.info, self.logger.success,
                            self.logger.warning, self.logger.failure, self.logger.error,
                            self.logger.critical):
                    log("The secret is hunter2", extra={"grouping": "levels"})
                self.logger.info("password: %s", "hunter2", extra={"grouping": "arguments"})
                self.logger.info(
                    "clone https://bob:hunter2@git.example.org/lab.git", extra={"grouping": "url"}
                )
                print("username bob, password hunter2")
                self.create_file("kept.txt", "password: hunter2")
                raise ValueError("no answer from https://bob:hunter2@git.example.org/lab.git")

        register_jobs(Careless)
    """,
    "models.py": """
        from nautobot.dcim.models import Device
        from nautobot.apps.jobs import Job, register_jobs

        class NeedsModels(Job):
            def run(self):
                pass

        register_jobs(NeedsModels)
    """,
    "django_models.py": """
        from django.contrib.contenttypes.models import ContentType
        from nautobot.apps.jobs import Job, register_jobs

        class Counting(Job):
            def run(self):
                return ContentType.objects.count()

        register_jobs(Counting)
    """,
    "plugin.py": """
        from nautobot_ssot.jobs.base import DataSource
        from nautobot.apps.jobs import Job, register_jobs

        class Syncing(DataSource, Job):
            pass

        register_jobs(Syncing)
    """,
}
INPUTS = {
    "Every input": {
        "text": " x ",
        "number": 0,
        "choice": "b",
        "many": ["a"],
        "address": "10.0.0.1",
        "masked": "10.0.0.1/24",
        "network": "10.0.0.0/24",
        "data": {"a": [1]},
    },
    "Secretive": {"who": "swordfish"},
}
