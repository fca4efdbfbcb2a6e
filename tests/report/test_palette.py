"""One palette for all pictures, legible on white and in the dark."""

import pathlib
import re

import pytest

import nasbench_templates
from nasbench_templates.distributions.template import templates
from nasbench_templates.report import palette

ALL = ["base", *templates, *map(str, range(20))]


@pytest.mark.parametrize("name", ALL)
def test_every_colour_is_seen_on_white_and_in_the_dark(name):
    colour = palette.look(name).colour
    assert palette.contrast(colour, "#ffffff") >= 3
    assert palette.contrast(colour, palette.DARK_PAGE) >= 3


def test_no_two_templates_of_one_kind_look_alike():
    looks = [palette.look(name) for name in ("base", *templates)]
    assert len(set(looks)) == len(looks)
    assert len({palette.look(name).colour for name in ("base", *"abcde")}) == 6


def test_things_without_a_look_of_their_own_differ_in_one_picture():
    found = palette.looks(["base", "no pooling", "learned", "pruned", "b"])
    assert len(set(found.values())) == 5
    assert found["b"] == palette.look("b flat") == palette.look("b")


def test_no_other_module_chooses_colours():
    root = pathlib.Path(nasbench_templates.__file__).parent
    colour = re.compile(r"[\"'](C\{?\d|#[0-9a-f]{6})[\"']|[\"']tab:|colou?r[\"']?[=:] ?[\"']0\.\d")
    wrong = [
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if path.name != "palette.py" and colour.search(path.read_text("utf-8"))
    ]
    assert not wrong
