from __future__ import annotations

from jobnb.protocol import Origin, SourceKind
from jobnb.rendering.job import render_job
from tests.rendering.described import job, variable


def plain(*variables, **values):
    return render_job(job(*variables, **values))["text/plain"]


def test_a_job_says_what_it_is_and_where_it_comes_from():
    origin = Origin(kind=SourceKind.APP, name="acme-jobs", version="1.4")
    text = plain(origin=origin)
    assert text.startswith("Hello World (Examples · hello.Hello · acme-jobs 1.4)\n\nGreets.\n")
    assert "At length." in text
    assert "Inputs" not in text


def test_each_input_says_what_it_takes_and_what_it_is_without():
    text = plain(
        variable("who", description="Whom to greet."),
        variable("count", "IntegerVar", default=3, options={"min_value": 0, "max_value": 9}),
        variable("flag", "BooleanVar", required=False, default=False),
        variable("note", "TextVar", required=False),
    )
    assert "  who    text  [required]\n         Whom to greet.\n" in text
    assert "  count  whole number, 0 to 9  [default: 3]\n" in text
    assert "  flag   true or false  [default: false]\n" in text
    assert "  note   text of any lines\n" in text


def test_choices_are_named_and_many_are_counted():
    few = [["a", "A"], ["Group", [["b", "B"], ["c", "C"]]]]
    many = [[str(number), ""] for number in range(100)]
    text = plain(
        variable("few", "ChoiceVar", options={"choices": few}),
        variable("many", "MultiChoiceVar", options={"choices": many}),
        variable("asked", "ChoiceVar"),
    )
    assert "one choice: a, b, c  " in text
    assert "choices: 0, 1, 2, 3, 4, 5, 6, 7 and 92 more" in text
    assert "  asked  one choice  [required]" in text


def test_a_type_of_the_author_is_called_as_the_author_does():
    assert "  vlan  VlanVar  [required]" in plain(variable("vlan", "VlanVar"))


def test_a_secret_default_is_not_shown():
    secret = variable("key", "SecretVar", default="env:KEY", sensitive=True)
    text = plain(secret)
    assert "env:KEY" not in text
    assert "[default: (secret)]" in text


def test_the_call_names_what_a_run_cannot_do_without():
    shown = job(variable("who"), variable("count", "IntegerVar", default=3), name="Say it's on")
    assert plain(variable("who")).endswith('jobnb.run("Hello World", who=…)')
    in_shell = render_job(shown, in_shell=True)["text/plain"]
    assert in_shell.splitlines()[-1] == """jobnb run 'Say it'"'"'s on' who=…"""


def test_the_page_says_the_same_and_what_a_job_says_is_no_markup():
    page = render_job(job(variable("who", description="<b>$x$</b>"), name="<i>Hi</i>"))["text/html"]
    assert "&lt;b&gt;$x$&lt;/b&gt;" in page
    assert "<i>" not in page
    assert "mathjax_ignore" in page
