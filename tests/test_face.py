"""The names that people import, and what loading them costs."""

import json
import pickle
import pkgutil
import subprocess
import sys

import pytest

import nasbench_templates as nt
from nasbench_templates.design.designs import Designs
from nasbench_templates.support.errors import ConfigError

HEAVY = {"tensorflow", "keras", "jax", "pandas", "matplotlib", "pyarrow", "scipy", "PIL"}


def in_new_process(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_touching_every_name_loads_nothing_heavy():
    loaded = in_new_process(
        "import json, sys; import nasbench_templates as nt\n"
        "for name in nt.__all__: getattr(nt, name)\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    assert not HEAVY & set(json.loads(loaded))


def test_no_module_of_the_package_hides_a_name():
    """Importing a subpackage rebinds its name in the package; then the face would be gone."""
    names = [
        module.name
        for module in pkgutil.walk_packages(nt.__path__, "nasbench_templates.")
        if not module.name.endswith("__main__")
    ]
    in_new_process(
        "import importlib, types; import nasbench_templates as nt\n"
        f"for name in {names}: importlib.import_module(name)\n"
        "for name in nt.__all__:\n"
        "    found = getattr(nt, name)\n"
        "    assert not isinstance(found, types.ModuleType), name\n"
    )


def test_match_returns_designs_in_their_order():
    designs = nt.match("vgg19", ["base", "b"])
    assert isinstance(designs, Designs)
    base, flat = designs
    assert (base.template, flat.template) == ("base", "b")
    assert flat.architecture.input_shape == (32, 32, 3)
    assert flat.architecture.num_classes == 10
    assert pickle.loads(pickle.dumps(designs)) == designs
    assert designs["b"] is flat
    assert len({*designs}) == 2
    with pytest.raises(KeyError, match="expected one of base, b"):
        designs["c"]


def test_printed_designs_are_a_table():
    head, rule, base, flat = str(nt.match("vgg19", ["base", "b"])).splitlines()
    assert head.split() == ["template", "filters", "MMACs", "%", "of", "base", "gap", "params"]
    assert base.split()[-1] == "20,046,026"
    assert "152 x16" in flat
    assert {len(line) for line in (head, base, flat)} == {len(rule)}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nt.build(nt.match("vgg11", "bc")), r'choose one by \["b"\], \["c"\]'),
        (lambda: nt.train("vgg11", ([], []), output_dir="run"), "arrays train with what nt.build"),
        (lambda: nt.match("vgg11", "b", matchon="macs"), "received matchon; did you mean match_on"),
        (lambda: nt.cost("my_model.py"), "my_model:NAME where my_model.py can be imported"),
    ],
)
def test_what_people_try_is_answered_with_what_to_do(call, message):
    with pytest.raises(ConfigError, match=message):
        call()


def test_settings_reach_the_match():
    (half,) = nt.match("vgg19", "b", budget="0.5x", match_on="macs")
    assert half.matching.match_on == "macs"
    assert half.cost.macs < nt.match("vgg19", "base")[0].cost.macs / 2


def test_network_of_a_cell_by_name_by_graph_and_by_specification():
    cell = {
        "matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]],
        "ops": ["input", "conv3x3-bn-relu", "output"],
    }
    assert nt.network(cell=cell, stem_filters=8).options["stem_filters"] == 8
    with pytest.raises(ConfigError, match="a model or a cell"):
        nt.network()


def test_notebooks_show_the_widths():
    shown = nt.match("vgg19", ["base", "d"])._repr_html_()
    assert shown.count("<svg") == 2
    assert shown.count("<rect") == 32
    assert "script" not in shown


def test_every_value_of_the_face_is_one_line_and_a_table(tmp_path):
    """What functions return is told in a line, and shown by notebooks as one table."""
    from nasbench_templates.networks import architecture, cost_rows

    counted = cost_rows.graph_cost(architecture.build("vgg11", (32, 32, 3), 10))
    network = nt.network(cell="resnet", stem_filters=4, num_stacks=1, num_modules_per_stack=1)
    run = {"epochs": 1, "batch_size": 256, "warmup_epochs": 0.0}
    rows = nt.evaluate(network, "base", output_dir=tmp_path, **run)
    result = nt.train(rows[0].design, "digits", output_dir=tmp_path / "one", **run)
    designs = nt.match("vgg19", "b, c")
    for shown in (counted, rows, rows[0], result, designs, designs["b"]):
        html = shown._repr_html_()
        assert html.count("<table>") == html.count("</table>") == 1
        assert "<caption>" in html
        assert "<script" not in html
        assert "\n" not in repr(shown)
        assert len(repr(shown)) < 400
    assert f"{counted.macs:,}" in counted._repr_html_()
    assert f"{100 * rows[0].test.mean:.2f}" in rows._repr_html_()
    assert rows.to_pandas()["test_accuracy"].tolist() == [rows[0].test.mean]
    assert json.loads(json.dumps(result)) == result
    for value in (nt.load_dataset("digits"), network, rows[0].design.architecture):
        assert "\n" not in repr(value)
        assert len(repr(value)) < 400


def test_build_gives_every_kernel_values_of_its_own():
    import numpy as np

    (flat,) = nt.match(nt.network("vgg11", input_shape=(32, 32, 3)), "b", budget="0.05x")
    kernels = [each.numpy() for each in nt.build(flat, seed=1).weights if each.name == "kernel"]
    same = [each for each in kernels if each.shape == kernels[2].shape]
    assert len(same) > 1
    assert not np.array_equal(same[0], same[1])
    again = [each.numpy() for each in nt.build(flat, seed=1).weights if each.name == "kernel"]
    assert all(map(np.array_equal, kernels, again))


def test_plain_keras_example(tmp_path):
    """Build, compile, fit with an own tf.data pipeline, save, load."""
    import keras
    import numpy as np
    import tensorflow as tf

    skeleton = {"stem_filters": 4, "num_stacks": 2, "num_modules_per_stack": 1}
    network = nt.network(cell="resnet", input_shape=(8, 8, 1), **skeleton)
    (flat,) = nt.match(network, "b")
    model = nt.build(flat)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="sgd", loss=loss, metrics=["accuracy"])
    digits = nt.load_dataset("digits", None)
    images = digits.train.images[:64].astype("float32") / 16
    pairs = tf.data.Dataset.from_tensor_slices((images, digits.train.labels[:64])).batch(16)
    history = model.fit(pairs, epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    path = tmp_path / "model.keras"
    model.save(path)
    loaded = keras.saving.load_model(path)
    np.testing.assert_allclose(loaded(images), model(images), rtol=1e-6)


def test_train_and_evaluate_from_python(tmp_path):
    skeleton = {"stem_filters": 4, "num_stacks": 1, "num_modules_per_stack": 1}
    network = nt.network(cell="resnet", input_shape=(8, 8, 1), **skeleton)
    settings = {"epochs": 1, "batch_size": 256, "warmup_epochs": 0.0}
    rows = nt.evaluate(network, ["base", "b"], output_dir=tmp_path / "all", **settings)
    assert [row.design.template for row in rows] == ["base", "b"]
    assert all(0 <= row.test.mean <= 1 for row in rows)
    (flat,) = nt.match(network, "b")
    result = nt.train(flat, "digits", output_dir=tmp_path / "one", **settings)
    assert result["test_accuracy"] == pytest.approx(rows[1].test.mean, abs=0.1)
    assert nt.train(flat, "digits", output_dir=tmp_path / "one", **settings) == result
