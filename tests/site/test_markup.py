"""Markdown with formulas as HTML, and pictures as files."""

import base64
import io
from pathlib import Path

from PIL import Image

from mlmteach.site.markup import Pictures, blocks, code, formula, plain_text, to_html


def test_formulas_are_mathml() -> None:
    made = to_html("So $\\tau_0^2$ it is.\n\n$$\\begin{aligned}a &= b \\\\ c &= d\\end{aligned}$$")
    assert made.count("<math") == 2
    assert 'display="inline"' in made
    assert made.count("<mtr>") == 2
    assert "\\" not in plain_text(made)
    assert formula("x").startswith("<math")


def test_tables_details_and_code_become_html() -> None:
    assert "<td>1</td>" in to_html("| a |\n|---|\n| 1 |")
    assert "<summary>S</summary>" in to_html("<details>\n<summary>S</summary>\n\nIn.\n\n</details>")
    assert '<span class="kn">import</span>' in to_html("```python\nimport x\n```")
    assert "&lt;b&gt;" in code("<b>", "no such language")


def test_blocks_keep_their_source() -> None:
    text = "## H\n\nOne\ntwo.\n\n1. a\n2. b\n\n| a |\n|---|\n| 1 |\n\n$$\nx\n$$\n\n```r\ny\n```"
    kinds = ["heading", "paragraph", "ordered_list", "table", "math_block", "fence"]
    assert [kind for kind, _ in blocks(text)] == kinds
    assert "\n\n".join(source for _, source in blocks(text)) == text


def test_a_picture_becomes_a_file_with_its_size(tmp_path: Path) -> None:
    held = io.BytesIO()
    Image.new("RGB", (30, 20)).save(held, "PNG")
    text = base64.b64encode(held.getvalue()).decode()
    pictures = Pictures(tmp_path, "../figures")
    made = pictures.taken_out(f'<img alt="A &quot;b&quot;" src="data:image/png;base64,{text}"> end')
    (file,) = tmp_path.iterdir()
    assert file.read_bytes() == held.getvalue()
    start = f'<img alt="A &quot;b&quot;" src="../figures/{file.name}" width="30" height="20" '
    assert made.startswith(start)
    assert made.endswith("> end")
