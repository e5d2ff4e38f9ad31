"""The fourteen applications as a page of tiles, each leading to the cell that measured it."""

from dataclasses import asdict

from course_utils import data
from course_utils.language import side

from .assessment import Linked
from .explorer import Explorer


def gallery():
    """What stands in datasets/gallery.yaml, to be sifted by field, shape and verdict."""
    rows = data.gallery.applications()
    tables = {"fields": data.gallery.FIELDS, "shapes": data.gallery.SHAPES, "verdicts": data.gallery.VERDICTS}
    spoken = {name: {key: side(words) for key, words in table.items()} for name, table in tables.items()}
    page = Explorer("gallery", 1500, tiles=[asdict(row) | {"where": row.where} for row in rows], **spoken)
    return Linked(page, [(row.id, _address(*row.place), row.name) for row in rows])


def _address(notebook, cell):
    return f"{notebook}.ipynb" + (f"#cell-id={cell}" if cell else "")
