"""Pages for a browser: escaped, and without the key."""

from pathlib import Path

from mlmteach.grade.exports import file_name
from mlmteach.grade.homework import parse_key
from mlmteach.grade.pages import inline, page, write_feedback
from mlmteach.grade.record import Mark, Record
from mlmteach.grade.roster import Student
from tests.grade.homework import KEY, SECRET


def test_pages_are_escaped_and_have_no_key(graded: Path) -> None:
    page = (graded / "out" / "feedback" / "cyd.html").read_text()
    assert "Cyd &lt;b&gt;" in page
    assert "default-src 'none'" in page
    pages = list((graded / "out" / "feedback").iterdir())
    assert {path.name for path in pages} == {"ada.html", "ben.html", "cyd.html"}
    assert not [path for path in pages if SECRET in path.read_text()]


def test_a_message_is_escaped_before_it_becomes_html() -> None:
    assert inline("`<script>` & **bold**") == "<code>&lt;script&gt;</code> &amp; <b>bold</b>"
    assert inline(r"$\hat{\gamma}_{00}$") == "<i>γ_00</i>"
    assert inline("5 * 3 and 2 ** x") == "5 * 3 and 2 ** x"
    made = inline("Two.\n\n```text\ny = <\n    ^\n```\n\n- `a`\n- $U_{1j}$")
    assert "<pre>y = &lt;\n    ^</pre>" in made
    assert "<ul><li><code>a</code></li>\n<li><i>U_1j</i></li></ul>" in made


def test_a_title_is_plain_text() -> None:
    made = page("<b>1 & 2", "<p>body</p>")
    assert made.count("&lt;b&gt;1 &amp; 2") == 2  # title and heading
    assert "<b>1" not in made
    assert "<p>body</p>" in made
    assert "script" not in made


def test_feedback_tells_points_status_and_what_to_read(tmp_path: Path) -> None:
    homework = parse_key(KEY)
    marks = (
        Mark("1", "Mean <1>", "not yet", 0.0, 2.0, "This is the `median`."),
        Mark("2", "Spread", "cannot be checked", 0.0, 1.0, to_read="<i>mine</i>"),
    )
    record = Record("a/b", "graded", marks, 1.5, hours_late=2.04, notes=("Cell <3> failed.",))
    write_feedback(tmp_path, homework, (Student("a/b", name="Ada <A>"),), {"a/b": record})
    (path,) = (tmp_path / "feedback").iterdir()
    assert path.name == f"{file_name('a/b')}.html"
    text = path.read_text()
    assert "Ada &lt;A&gt;: <b>1.5 of 3 points so far</b> (graded, 2.0 hours late)." in text
    assert '<p class="warning">Cell &lt;3&gt; failed.</p>' in text
    assert "<b>Not yet.</b> This is the <code>median</code>." in text
    assert "<pre>&lt;i&gt;mine&lt;/i&gt;</pre>" in text
    assert "1 Mean &lt;1&gt;" in text
