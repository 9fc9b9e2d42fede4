"""A job with fourteen inputs, as forms usually are; what is measured is its form."""

from jobnb import jobs


class Fourteen(jobs.Job):
    """Fourteen inputs."""

    title = jobs.StringVar(description="What it is called", min_length=1)
    site = jobs.ChoiceVar(choices=[(f"site-{number}", f"Site {number}") for number in range(12)])
    role = jobs.ChoiceVar(choices=["access", "core"], default="access")
    count = jobs.IntegerVar(min_value=0, max_value=100, default=1)
    ratio = jobs.FloatVar(required=False)
    start = jobs.DateVar(required=False)
    comment = jobs.TextVar(required=False)
    options = jobs.JSONVar(required=False)
    address = jobs.IPAddressVar(required=False)
    network = jobs.IPNetworkVar(required=False)
    tags = jobs.MultiChoiceVar(choices=["one", "two", "three"], required=False)
    contact = jobs.StringVar(required=False)
    verbose = jobs.BooleanVar()
    dryrun = jobs.DryRunVar()

    def run(self, **inputs):
        self.logger.info("%d inputs", len(inputs))


jobs.register_jobs(Fourteen)
