"""Resources of networks: kept one by one, compared with published figures."""

import types

import pytest

from nasbench_templates.papers import paper_networks, resource_study
from nasbench_templates.papers.published import Figure, Figures

ROW = {
    "peak_memory_bytes": 40e6, "peak_memory_kind": "resident", "peak_activation_bytes": 5,
    "macs": 7, "latency_ms": 2.0, "images_per_second": 100.0, "batch_size": 8, "repeats": 30,
    "batch_repeats": 30,
    "device": "cpu", "backend": "tensorflow",
}  # fmt: skip


def measured():
    return [
        (paper_networks.classifier("vgg19", "base"), {**ROW, "trainable_params": 20_000_000}),
        (
            paper_networks.classifier("vgg19", "c"),
            {**ROW, "trainable_params": 2_000_000, "latency_ms": 1.5},
        ),
    ]


def test_reductions_are_of_the_base_and_in_columns_of_their_own():
    printed = Figure("myth", "f", "1", "r", "c", "vgg19", "c", "cifar10", "params_millions",
                     "1.89", None, None)  # fmt: skip
    base, falling = resource_study.compared_rows(measured(), Figures([printed]), "myth", "1")
    assert base["our_params_reduction_percent"] == 0
    assert falling["our_params_millions"] == pytest.approx(2)
    assert falling["our_params_reduction_percent"] == pytest.approx(90)
    assert falling["our_inference_reduction_percent"] == pytest.approx(25)
    assert (base["published_params_millions"], falling["published_params_millions"]) == (
        None, "1.89",
    )  # fmt: skip


def test_what_is_measured_is_not_measured_again(tmp_path, monkeypatch):
    calls = []

    def measure(planned, repeats, *, batch_size):
        calls.append(planned[0].template)
        return (types.SimpleNamespace(to_json=lambda base: {**ROW, "trainable_params": 1}),)

    monkeypatch.setattr(resource_study.resources, "measure_resources", measure)
    chosen = [paper_networks.classifier("mobilenet_v2", template) for template in ("base", "c")]
    resource_study.measure(chosen[:1], tmp_path, 30, 8)
    resource_study.measure(chosen, tmp_path, 30, 8)
    assert calls == ["base", "c"]
    resource_study.measure(chosen, tmp_path, 100, 8)  # other repeats are another measurement
    assert calls == ["base", "c", "base", "c"]


def test_the_same_filters_on_other_images_are_measured_too(tmp_path, monkeypatch):
    calls = []

    def measure(planned, repeats, *, batch_size):
        calls.append(planned[0].architecture.input_shape)
        return (types.SimpleNamespace(to_json=lambda base: ROW),)

    monkeypatch.setattr(resource_study.resources, "measure_resources", measure)
    shapes = [paper_networks.CIFAR_SHAPE, paper_networks.AUDIO_SHAPE]
    chosen = [paper_networks.classifier("resnet50", "a", shape) for shape in shapes]
    assert chosen[0].plan().filters == chosen[1].plan().filters
    resource_study.measure(chosen, tmp_path, 30, 8)
    assert calls == shapes


@pytest.mark.parametrize(("name", "other"), [("describe", "H200"), ("keras_backend", "jax")])
def test_another_device_or_backend_measures_again(tmp_path, monkeypatch, name, other):
    calls = []

    def measure(planned, repeats, *, batch_size):
        calls.append(planned[0].template)
        return (types.SimpleNamespace(to_json=lambda base: ROW),)

    monkeypatch.setattr(resource_study.resources, "measure_resources", measure)
    chosen = [paper_networks.classifier("mobilenet_v2", "base")]
    resource_study.measure(chosen, tmp_path, 30, 8)
    monkeypatch.setattr(resource_study.devices, name, lambda: other)
    ((_, row),) = resource_study.measure(chosen, tmp_path, 30, 8)
    assert calls == ["base", "base"]
    assert other in (row["device"], row["backend"])


def test_table_never_mixes_published_and_measured():
    rows = resource_study.compared_rows(measured(), Figures([]), "myth", "1")
    table = resource_study.resource_table("t", rows, ["n"])
    kinds = {column.key: column.title.split()[0] for column in table.columns[2:-1]}
    assert all((kind == "published") == key.startswith("published_") for key, kind in kinds.items())
