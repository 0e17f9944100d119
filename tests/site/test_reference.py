"""The pages that are written from the package."""

import mlmteach as mlm
from mlmteach.data.datasets import datasets
from mlmteach.site.reference import api_pages, data_page


def test_every_public_name_is_in_the_reference() -> None:
    text = "\n".join(api_pages().values())
    rooms = ("plot", "explore")
    names = [f"mlmteach.{name}" for name in mlm.__all__ if name not in rooms]
    for room in rooms:
        names += [f"mlmteach.{room}.{name}" for name in getattr(mlm, room).__all__]
    elsewhere = {"mlmteach.MlmteachError", "mlmteach.MlmteachWarning"}  # with all errors
    elsewhere |= {f"mlmteach.{n}" for n in ("check", "hint", "my_data", "solution")}  # exercises
    missing = [name for name in names if f":: {name}\n" not in text]
    assert set(missing) == elsewhere
    assert ":: mlmteach.exercises.my_data\n" in text


def test_a_data_set_has_its_codebook_on_its_page() -> None:
    for name in datasets():
        page, codebook = data_page(name), mlm.load(name).attrs["codebook"]
        assert page.startswith(f"# {name}: {codebook.title}")
        for told in (codebook.description, codebook.provenance, codebook.licence):
            assert told in page
        assert all(f"| {column} |" in page for column in codebook)
