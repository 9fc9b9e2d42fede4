from __future__ import annotations

import base64
import json

import pytest

from jobnb.authoring.job import Job
from jobnb.authoring.showing import LONGEST_TEXT, bundle_of, type_name
from jobnb.errors import SoftTimeLimitExceeded
from jobnb.protocol import DisplayEvent

MUCH = 10_000_000


class Page:
    def _repr_html_(self):
        return "<b>bold</b>"

    def _repr_png_(self):
        return b"png"

    def _repr_json_(self):
        return {"a": 1}, {"metadata": True}

    def _repr_svg_(self):
        raise ValueError("no picture today")

    def __repr__(self):
        return "a page"


class Whole:
    def __init__(self, given):
        self.given = given

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.given

    def __repr__(self):
        return "whole"


class Broken:
    def __repr__(self):
        raise ValueError("no")

    __str__ = __repr__


def test_an_object_is_shown_by_its_own_methods():
    assert bundle_of(Page(), MUCH) == {
        "text/html": "<b>bold</b>",
        "image/png": base64.b64encode(b"png").decode(),
        "application/json": json.dumps({"a": 1}, indent=1),
        "text/plain": "a page",
    }


def test_a_class_is_its_text_and_not_what_its_objects_show():
    assert set(bundle_of(Page, MUCH)) == {"text/plain"}


@pytest.mark.parametrize("given", [{"text/html": "x"}, ({"text/html": "x"}, {"meta": 1})])
def test_a_whole_bundle_is_taken_as_it_is_with_a_text_beside_it(given):
    assert bundle_of(Whole(given), MUCH) == {"text/html": "x", "text/plain": "whole"}


@pytest.mark.parametrize(
    "given",
    [
        (),
        None,
        {"application/vnd.plotly.v1+json": {}},
        {"text/html": 3},
        {"application/json": {1, 2}},
        {"image/png": None},
        {"text/html": b"x"},
    ],
)
def test_what_nobody_here_can_show_is_left_out(given):
    assert bundle_of(Whole(given), MUCH) == {"text/plain": "whole"}


def test_text_is_shown_as_it_is():
    assert bundle_of("two\nlines", MUCH) == {"text/plain": "two\nlines"}


def test_an_object_that_cannot_say_what_it_is_is_shown_all_the_same():
    assert bundle_of(Broken(), MUCH) == {"text/plain": "<Broken: its str() failed>"}


@pytest.mark.parametrize("module", ["matplotlib.figure", "seaborn.axisgrid"])
def test_a_figure_is_saved_as_an_image(module):
    class Figure:
        __module__ = module

        def savefig(self, target, **options):
            assert options["format"] == "png"
            target.write(b"pixels")

    class Axes:
        __module__ = module
        figure = Figure()

    for shown in (Figure(), Axes()):
        assert base64.b64decode(bundle_of(shown, MUCH)["image/png"]) == b"pixels"


def test_what_else_comes_from_a_plotting_library_is_its_text():
    other = type("Colour", (), {"__module__": "matplotlib.colors", "__repr__": lambda _: "red"})

    assert bundle_of(other(), MUCH) == {"text/plain": "red"}


def test_a_part_that_is_too_long_is_left_out_and_the_text_says_so():
    bundle = bundle_of(Whole({"text/html": "h" * 3000, "image/png": b"p"}), 2000)

    assert set(bundle) == {"image/png", "text/plain"}
    assert bundle["text/plain"].startswith("whole\n… text/html of 3,000 bytes was left out")
    assert "display_limit" in bundle["text/plain"]


def test_a_text_that_is_too_long_is_cut_with_a_mark():
    assert bundle_of("x" * 50, 20)["text/plain"] == "x" * 20 + "\n… (30 more characters)"
    long = bundle_of(Whole({"text/markdown": "m" * (LONGEST_TEXT + 5)}), MUCH)
    assert long["text/markdown"].endswith("… (5 more characters)")


def test_a_job_shows_objects_in_its_log(run_job):
    class Shows(Job):
        def run(self):
            self.display(Page(), "text")

    outcome = run_job(Shows)
    [page, text] = [event for event in outcome.events if isinstance(event, DisplayEvent)]

    assert (page.grouping, page.source, page.bundle["text/plain"]) == ("run", "Page", "a page")
    assert (text.source, text.bundle) == ("str", {"text/plain": "text"})


def test_a_real_table_and_a_real_figure_are_shown():
    pandas = pytest.importorskip("pandas")
    figures = pytest.importorskip("matplotlib.figure")
    figure = figures.Figure()
    figure.add_subplot().plot([1, 2])

    assert "<table" in bundle_of(pandas.DataFrame({"a": [1]}), MUCH)["text/html"]
    assert base64.b64decode(bundle_of(figure, MUCH)["image/png"]).startswith(b"\x89PNG")
    assert type_name(figure) == "Figure"


class Late:
    """One in whose methods the time of the job is over."""

    def __init__(self, method):
        self.method = method

    def _repr_html_(self):
        self._end("_repr_html_")

    def __repr__(self):
        self._end("__repr__")
        return "late"

    def _end(self, method):
        if method == self.method:
            raise SoftTimeLimitExceeded


@pytest.mark.parametrize("method", ["_repr_html_", "__repr__"])
def test_the_end_of_the_time_is_lost_in_no_picture(method):
    with pytest.raises(SoftTimeLimitExceeded):
        bundle_of(Late(method), MUCH)
