"""Templates with parameters: where a to e lie among them, names, monotony, refusals."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_templates.cli import command
from nasbench_templates.design import design_json
from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import MatchSettings, NetworkSettings
from nasbench_templates.distributions import shapes
from nasbench_templates.distributions.template import templates
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.spec import RunSpec
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training.recipes import recipes


def steps(low):
    return st.integers(low * 100, 100).map(lambda each: Decimal(each) / 100)


SHAPES = st.builds(shapes.ShapeParameters, steps(0), steps(-1), steps(-1), steps(-1))


@given(st.sampled_from("abcde"), st.integers(1, 40), st.integers(1, 300), st.integers(0, 700))
def test_a_to_e_are_special_points(letter, slots, n_min, above):
    template, base = templates.get(letter), (n_min,) * slots
    shape = templates.get(shapes.SPECIAL_POINTS[letter].name)
    assert (shape.is_flat, shape.fewest_slots) == (template.is_flat, template.fewest_slots)
    if slots >= template.fewest_slots:
        assert shape.filters(base, n_min + above) == template.filters(base, n_min + above)


@given(SHAPES, st.integers(1, 40), st.integers(1, 300), st.integers(0, 300))
def test_widths_lie_between_smallest_and_peak_and_never_fall_with_it(shape, slots, n_min, above):
    low, high = (shape.widths(slots, n_min, n_min + above + more) for more in (0, 1))
    assert max(low) == n_min + above
    assert all(n_min <= small <= large for small, large in zip(low, high, strict=True))


def test_a_curve_bends_the_slopes():
    widths = [templates.get(f"shape(curve={curve})").filters((0,) * 5, 100, n_min=20)
              for curve in (1, 0, -1)]  # fmt: skip
    # From the ends to the turn 1/2 of the way: 1/4, 1/2 and 3/4 of the height.
    assert widths == [(20, 40, 100, 40, 20), (20, 60, 100, 60, 20), (20, 80, 100, 80, 20)]


def test_slopes_of_opposite_sign_share_the_span():
    assert templates.get("shape(rise=1,fall=-1)").filters((0,) * 5, 100, n_min=20) == (
        20, 40, 60, 80, 100,
    )  # fmt: skip


@settings(deadline=None)  # the first look-up searches for users' packages
@given(SHAPES)
def test_names_are_canonical(shape):
    assert shapes.ShapeParameters.parse(shape.name.removeprefix("shape(")[:-1]) == shape
    assert templates.canonical(shape.name) == templates.get(shape.name).name == shape.name
    assert shape.name in templates


def test_the_same_shape_in_other_words_has_one_name():
    words = ("Shape(turn=0.50, rise=+1)", "shape()", "shape(curve=-0,fall=1.0)")
    assert {templates.canonical(each) for each in words} == {
        "shape(turn=0.5,rise=1,fall=1,curve=0)"
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("shape(tern=1)", "each of turn, rise, fall, curve at most once .* 'tern=1'"),
        ("shape(turn=1,turn=0)", "at most once"),
        ("shape(turn=much)", "a number for turn, received 'much'"),
        ("shape(turn=nan)", r"turn in \[0, 1\], received NaN"),
        ("shape(rise=-1.5)", r"rise in \[-1, 1\], received -1.5"),
        ("shape(fall=0.1234567)", "at most 6 decimals"),
        ("form(turn=1)", "unknown template"),
    ],
)
def test_what_is_no_shape_is_refused(name, message):
    with pytest.raises(ConfigError, match=message):
        templates.get(name)


def test_a_shape_comes_back_from_json_and_has_an_identity():
    network = NetworkSettings("resnet20", options={})
    (design,) = plan(network, ["shape(turn=0.3,rise=0.5)"], MatchSettings(rule="nearest"))
    again = design_json.from_json(json.loads(json.dumps(design_json.to_json(design))))
    assert again == design
    spec = RunSpec(design, DataRequest("digits"), recipes.get("short").config())
    identity = spec.identity("checksum")
    assert identity["template"] == "shape(turn=0.3,rise=0.5,fall=1,curve=0)"
    assert (
        RunSpec.from_json(json.loads(json.dumps(spec.to_json()))).identity("checksum") == identity
    )


def test_shapes_are_named_in_flags_and_listed(capsys):
    names = "--templates=base,shape(turn=0.3, rise=0.5),d"
    assert command.run(["match", "--model=resnet20", names, "--format=json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["template"] for row in rows] == [
        "base", "shape(turn=0.3,rise=0.5,fall=1,curve=0)", "d",
    ]  # fmt: skip
    assert command.run(["match", "--model=resnet20", "--templates=shape(turn=0.3"]) == 2
    assert "unknown template 'shape(turn=0.3'" in capsys.readouterr().err
    assert command.run(["list", "templates"]) == 0
    assert "shape(turn=,rise=,fall=,curve=)" in capsys.readouterr().out
