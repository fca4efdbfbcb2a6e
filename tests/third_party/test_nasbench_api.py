"""The drop-in's queries behave as the original's, but for its documented defects."""

import base64
import concurrent.futures
import copy
import json
import multiprocessing
import os
import pickle
import random
import struct
import subprocess
import sys

import nasbench_modules
import numpy as np
import pytest

from nasbench_templates.benchmark_records import conversion, store_format, tfrecord

if nasbench_modules.IS_ORIGINAL:
    pytest.skip("the original nasbench is installed", allow_module_level=True)

from nasbench import api

INCEPTION = [
    [0, 1, 1, 1, 0, 1, 0],
    [0, 0, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 1, 0, 0],
    [0, 0, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 0, 0, 0],
]
C3, C1, POOL = "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"
INCEPTION_OPS = ["input", C1, C3, C3, C3, POOL, "output"]
INCEPTION_HASH = "28cfc7874f6d200472e1a9dcd8650aa0"
CHAIN_HASH = "53cee42601ad14d661bb6878031d6acb"  # input, maxpool3x3, output
KEYS = [
    *("module_adjacency", "module_operations", "trainable_parameters", "training_time"),
    *("train_accuracy", "validation_accuracy", "test_accuracy"),
]


def row(module_hash, epochs, bits, ops, repeat):
    """A payload whose metrics follow from epochs and repeat."""
    message = b""
    for epoch in (0.0, epochs / 2, float(epochs)):
        values = (epoch, 10 * epoch + repeat, 0.5, (epoch + repeat) / 200, 0.25)
        fields = zip((0x09, 0x11, 0x19, 0x21, 0x29), values, strict=True)
        message += b"\x0a\x2d" + b"".join(
            bytes([tag]) + struct.pack("<d", value) for tag, value in fields
        )
    message += b"\x10\xec\x29\x19" + struct.pack("<d", 1.0)  # 5356 parameters
    return json.dumps(
        [module_hash, epochs, bits, ops, base64.encodebytes(message).decode()]
    ).encode()


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "nasbench.tfrecord"
    inception = (
        INCEPTION_HASH,
        "".join(str(edge) for line in INCEPTION for edge in line),
        ",".join(INCEPTION_OPS),
    )
    cells = [inception, (CHAIN_HASH, "010001000", "input,maxpool3x3,output")]
    with path.open("wb") as stream:
        tfrecord.write_frames(
            stream,
            [
                row(name, epochs, bits, ops, repeat)
                for name, bits, ops in cells
                for epochs in (4, 108)
                for repeat in range(3)
            ],
        )
    return path


@pytest.fixture
def bench(table):
    return api.NASBench(str(table), seed=3)


@pytest.fixture
def inception():
    return api.ModelSpec(matrix=INCEPTION, ops=INCEPTION_OPS)


def spec(matrix, ops):
    return api.ModelSpec(matrix=matrix, ops=ops)


def test_a_program_for_the_original_runs_unmodified(table):
    nasbench = api.NASBench(str(table))
    model_spec = api.ModelSpec(matrix=INCEPTION, ops=INCEPTION_OPS)
    data = nasbench.query(model_spec)
    assert list(data) == KEYS
    assert nasbench.get_budget_counters() == (data["training_time"], 108)
    nasbench.reset_budget_counters()
    assert nasbench.get_budget_counters() == (0.0, 0)
    fixed_metrics, computed_metrics = nasbench.get_metrics_from_spec(model_spec)
    assert list(fixed_metrics) == KEYS[:3]
    points = [
        computed_metrics[epochs][repeat]
        for epochs in nasbench.valid_epochs
        for repeat in range(len(computed_metrics[epochs]))
    ]
    assert len(points) == 6
    seen = [nasbench.get_metrics_from_hash(unique_hash) for unique_hash in nasbench.hash_iterator()]
    assert [fixed["trainable_parameters"] for fixed, _ in seen] == [5356, 5356]


def test_types_and_values_of_a_query(bench, inception):
    data = bench.query(inception, epochs=4)
    assert data["module_adjacency"].dtype == np.int8
    assert data["module_adjacency"].tolist() == INCEPTION
    assert data["module_operations"] == INCEPTION_OPS
    repeat = random.Random(3).randint(0, 2)
    assert [data[key] for key in KEYS[2:]] == [5356, 40.0 + repeat, 0.5, (4 + repeat) / 200, 0.25]
    assert isinstance(data["trainable_parameters"], int)


def test_half_way(bench, inception):
    data = bench.query(inception, stop_halfway=True)
    repeat = random.Random(3).randint(0, 2)
    assert data["training_time"] == 540.0 + repeat
    assert bench.get_budget_counters() == (540.0 + repeat, 54)


def test_the_stored_order_of_vertices_is_returned(bench):
    order = [0, 5, 3, 4, 2, 1, 6]
    matrix = np.array(INCEPTION)[np.ix_(order, order)]
    data = bench.query(spec(matrix, [INCEPTION_OPS[vertex] for vertex in order]))
    assert data["module_adjacency"].tolist() == INCEPTION


def test_old_seeds_give_the_old_sequences(table, inception):
    for seed in (0, 1, 77):
        random.seed(seed)
        expected = [1080.0 + random.randint(0, 2) for _ in range(10)]
        bench = api.NASBench(table, seed)
        assert [bench.query(inception)["training_time"] for _ in range(10)] == expected


def test_the_global_generator_is_left_alone(table, inception):
    random.seed(5)
    before = random.getstate()
    api.NASBench(table, seed=1).query(inception)
    assert random.getstate() == before


def test_what_a_caller_changes_stays_his(bench, inception):
    fixed, computed = bench.get_metrics_from_spec(inception)
    fixed["module_adjacency"][:] = 0
    computed[108][0]["final_test_accuracy"] = 1.0
    computed[4].clear()
    again, others = bench.get_metrics_from_hash(INCEPTION_HASH)
    assert again["module_adjacency"].tolist() == INCEPTION
    assert others[108][0]["final_test_accuracy"] == 0.25
    assert len(others[4]) == 3


def test_attributes(bench):
    assert bench.valid_epochs == {4, 108}
    assert bench.history == {}
    assert (bench.config["num_repeats"], bench.config["module_vertices"]) == (3, 7)
    assert sorted(bench.fixed_statistics) == sorted([INCEPTION_HASH, CHAIN_HASH])
    assert len(bench.hash_iterator()) == 2
    assert CHAIN_HASH in bench.hash_iterator()
    assert "nothing" not in bench.fixed_statistics
    point = bench.computed_statistics[CHAIN_HASH][108][1]
    assert next(iter(point)) == "halfway_training_time"
    assert point["final_training_time"] == 1081.0


def edge_matrix(size, *edges):
    matrix = np.zeros((size, size), int)
    for source, target in edges:
        matrix[source, target] = 1
    return matrix


EIGHT = edge_matrix(8, *((vertex, vertex + 1) for vertex in range(7)))
TEN_EDGES = np.array(INCEPTION)
TEN_EDGES[0, 6] = 1
BAD = {
    "invalid spec, provided graph is disconnected.": ([[0, 0], [0, 0]], ["input", "output"]),
    r"too many vertices, got 8 \(max vertices = 7\)": (EIGHT, ["input", *[C3] * 6, "output"]),
    r"too many edges, got 10 \(max edges = 9\)": (TEN_EDGES, INCEPTION_OPS),
    "first operation should be 'input'": ([[0, 1], [0, 0]], ["start", "output"]),
    "last operation should be 'output'": ([[0, 1], [0, 0]], ["input", "end"]),
    r"unsupported op conv \(available ops = \['conv3x3-bn-relu', ": (
        edge_matrix(3, (0, 1), (1, 2)),
        ["input", "conv", "output"],
    ),
}


@pytest.mark.parametrize("message", BAD)
def test_cells_outside_the_benchmark(bench, message):
    cell = spec(*BAD[message])
    assert not bench.is_valid(cell)
    for ask in (bench.query, bench.get_metrics_from_spec):
        with pytest.raises(api.OutOfDomainError, match=message):
            ask(cell)
    assert bench.get_budget_counters() == (0.0, 0)


def test_a_budget_that_is_not_there_is_noticed_before_the_cell(bench):
    cell = spec([[0, 0], [0, 0]], ["input", "output"])
    with pytest.raises(api.OutOfDomainError, match="invalid number of epochs, must be one of"):
        bench.query(cell, epochs=36)


def test_a_cell_that_the_file_lacks(bench):
    cell = spec([[0, 1], [0, 0]], ["input", "output"])
    assert bench.is_valid(cell)
    with pytest.raises(KeyError, match="043721b9c7fe8c5fad811d47d83132ec"):
        bench.query(cell)
    with pytest.raises(KeyError):
        bench.get_metrics_from_hash("0" * 32)
    with pytest.raises(KeyError):
        bench.get_metrics_from_hash("no hash")


@pytest.mark.parametrize("kind", [float, bool, np.int8])
def test_matrices_of_any_type_are_the_same_cell(bench, kind):
    cell = spec(np.array(INCEPTION).astype(kind), INCEPTION_OPS)
    assert bench.query(cell)["trainable_parameters"] == 5356


def test_a_table_is_converted_once_beside_itself(table):
    api.NASBench(table)
    manifest = conversion.store_folder(table) / store_format.MANIFEST
    assert manifest.parent == table.with_name("nasbench.tfrecord.records")
    before = manifest.stat()
    api.NASBench(table)
    api.NASBench(manifest.parent)
    assert manifest.stat() == before


def test_a_missing_file():
    with pytest.raises(LookupError, match="nowhere: expected a file or a folder"):
        api.NASBench("nowhere")


def test_training_needs_the_data(bench, inception, tmp_path):
    with pytest.raises(ValueError, match="a folder with CIFAR-10 in config"):
        bench.evaluate(inception, tmp_path)


@pytest.mark.slow
def test_training(bench, data_folder, tmp_path):
    bench.config.update(
        data_dir=str(data_folder / "cifar10_lossless"),
        train_epochs=1,
        stem_filter_size=4,
        num_modules_per_stack=1,
    )
    data = bench.evaluate(
        spec([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", POOL, "output"]), tmp_path
    )
    assert list(data) == KEYS
    # By hand: stem 3*9*4 + 8; projections 4*4 + 8, 4*8 + 16, 8*16 + 32; dense 16*10 + 10.
    assert data["trainable_parameters"] == 116 + 24 + 48 + 160 + 170
    assert 0 <= data["test_accuracy"] <= 1
    written = json.loads((tmp_path / "metadata.json").read_text())
    assert written["validation_accuracy"] == data["validation_accuracy"]


def test_importing_loads_nothing_heavy_and_defines_no_flag(table):
    code = (
        "import sys; from nasbench import api; from absl import flags; "
        "assert 'batch_size' not in flags.FLAGS; "
        "sys.exit(bool({'tensorflow', 'keras', 'pandas'} & set(sys.modules)))"
    )
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, check=False
    )
    assert done.returncode == 0


def test_without_nasbench_templates_the_import_says_what_to_do():
    code = (
        "import sys; sys.modules['nasbench_templates'] = None\n"
        "try:\n import nasbench\n"
        "except ImportError as error:\n"
        " sys.exit('pip install . ./third_party/nasbench' not in str(error))\n"
        "sys.exit(2)"
    )
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, check=False
    )
    assert done.returncode == 0


def test_counters_can_be_set_and_added_to(bench, inception):
    bench.query(inception, epochs=4)
    bench.training_time_spent += 5.0
    bench.total_epochs_spent += 10
    seconds, epochs = bench.get_budget_counters()
    assert (seconds, epochs) == (45.0 + random.Random(3).randint(0, 2), 14)

    class Wrapped(api.NASBench):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.training_time_spent = 1.5
            self.total_epochs_spent = 2

    assert Wrapped(bench.dataset_file).get_budget_counters() == (1.5, 2)


def test_what_programs_of_the_original_take_from_inside(bench, inception):
    assert bench._hash_spec(inception) == INCEPTION_HASH
    content = {"a": np.int8(3), "b": np.array([[1, 2]]), "c": np.float32(0.5), "d": "text"}
    assert json.loads(json.dumps(content, cls=api._NumpyEncoder)) == {
        "a": 3,
        "b": [[1, 2]],
        "c": 0.5,
        "d": "text",
    }
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps({"a": object()}, cls=api._NumpyEncoder)


def asked(bench):
    """What a handle answers next, and what it has counted."""
    spec_ = api.ModelSpec(matrix=INCEPTION, ops=INCEPTION_OPS)
    return [bench.query(spec_)["training_time"] for _ in range(5)], bench.get_budget_counters()


def test_copies_go_on_where_the_handle_is(bench, inception):
    bench.query(inception)
    bench.fixed_statistics[CHAIN_HASH]["trainable_parameters"] = 7
    del bench.computed_statistics[CHAIN_HASH]
    copies = copy.deepcopy(bench), pickle.loads(pickle.dumps(bench)), copy.copy(bench)
    bench.fixed_statistics[CHAIN_HASH]["trainable_parameters"] = 8
    for each in copies[:2]:
        assert each.fixed_statistics[CHAIN_HASH]["trainable_parameters"] == 7
        assert CHAIN_HASH not in each.computed_statistics
        assert len(each.computed_statistics) == 1
    expected = asked(bench)
    assert [asked(each) for each in copies[:2]] == [expected] * 2


def test_another_process_gets_a_handle(bench):
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, context) as executor:
        found = executor.submit(api.NASBench.get_metrics_from_hash, bench, CHAIN_HASH).result()
    assert found[1] == bench.get_metrics_from_hash(CHAIN_HASH)[1]


def test_joblib_carries_a_handle(bench):
    joblib = pytest.importorskip("joblib")
    call = joblib.delayed(api.NASBench.get_metrics_from_hash)
    (found,) = joblib.Parallel(n_jobs=1)([call(bench, CHAIN_HASH)])
    assert found[0]["trainable_parameters"] == 5356


def test_statistics_are_edited_in_place(bench, inception):
    entry = bench.fixed_statistics[INCEPTION_HASH]
    entry["module_operations"].insert(0, "new")
    assert bench.fixed_statistics[INCEPTION_HASH] is entry
    assert bench.query(inception)["module_operations"][0] == "new"
    assert bench.get_metrics_from_hash(INCEPTION_HASH)[0]["module_operations"][0] == "new"
    bench.computed_statistics[INCEPTION_HASH][108] = [{"final_test_accuracy": 1.0}]
    assert bench.get_metrics_from_hash(INCEPTION_HASH)[1][108] == [{"final_test_accuracy": 1.0}]
    # The records themselves stay as they are.
    again = api.NASBench(bench.dataset_file)
    assert again.fixed_statistics[INCEPTION_HASH]["module_operations"] == INCEPTION_OPS


def test_statistics_are_dictionaries(bench):
    fixed = bench.fixed_statistics
    assert isinstance(fixed, dict)
    assert dict(fixed).keys() == fixed.keys() == {INCEPTION_HASH, CHAIN_HASH}
    assert [name for name, _ in fixed.items()] == list(fixed) == sorted(fixed)
    assert [entry["trainable_parameters"] for entry in fixed.values()] == [5356, 5356]
    assert fixed.get("0" * 32) is None
    assert fixed.get(CHAIN_HASH) is fixed[CHAIN_HASH]
    for unknown in ("0" * 32, "G" * 32, "no hash", 5):
        assert unknown not in fixed
        with pytest.raises(KeyError):
            fixed[unknown]
        with pytest.raises(KeyError):
            del fixed[unknown]
    new = {"f" * 32: {"trainable_parameters": 1}}
    everything = {name: fixed[name] for name in fixed}
    again = api.NASBench(bench.dataset_file).computed_statistics
    assert list(reversed(again)) == list(again)[::-1]
    assert again == bench.computed_statistics
    for whole in (fixed.copy(), {**fixed}, dict(fixed), fixed | {}, {} | fixed):
        assert list(whole) == list(everything)
        assert all(whole[name] is everything[name] for name in everything)
    assert list(fixed | new) == [*everything, "f" * 32]
    assert json.loads(json.dumps(again)).keys() == again.keys()
    fixed |= new
    assert len(fixed) == 3
    fixed.update(new)
    assert fixed.popitem()[0] == min(everything)
    assert repr(fixed) == "<Statistics of 2 cells of nasbench.tfrecord>"


def test_cells_are_removed_and_added(bench, inception):
    fixed = bench.fixed_statistics
    assert fixed.pop(INCEPTION_HASH)["trainable_parameters"] == 5356
    assert fixed.pop(INCEPTION_HASH, None) is None
    assert INCEPTION_HASH not in fixed
    assert (len(fixed), list(fixed)) == (1, [CHAIN_HASH])
    with pytest.raises(KeyError):
        bench.query(inception)
    fixed["f" * 32] = {"trainable_parameters": 1}
    assert (len(fixed), list(fixed)) == (2, [CHAIN_HASH, "f" * 32])
    fixed[INCEPTION_HASH] = {"trainable_parameters": 2}
    assert (len(fixed), fixed[INCEPTION_HASH]["trainable_parameters"]) == (3, 2)
    fixed.clear()
    assert (len(fixed), list(fixed)) == (0, [])


def test_a_damaged_store_is_no_missing_cell(table, tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    for path in conversion.store_folder(table).iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    content = bytearray((folder / "runs_108.npy").read_bytes())
    content[-1] ^= 1
    (folder / "runs_108.npy").write_bytes(content)
    bench = api.NASBench(folder)
    for ask in (bench.get_metrics_from_hash, bench.computed_statistics.__contains__):
        with pytest.raises(LookupError, match=r"runs_108\.npy: damaged"):
            ask(CHAIN_HASH)


def test_the_first_opening_says_what_it_does(table, tmp_path, capsys):
    path = tmp_path / "new.tfrecord"
    path.write_bytes(table.read_bytes())
    api.NASBench(path)
    out, err = capsys.readouterr()
    assert f"{path}: converting it once to {path}.records" in out
    assert "new.tfrecord: 100%" in err
    path.unlink()
    api.NASBench(path)
    assert f"{path} is missing; its records are read from {path}.records" in capsys.readouterr().out


@pytest.fixture
def extract(data_folder, tmp_path, request):
    path = tmp_path / request.param
    path.write_bytes((data_folder / "nasbench101" / request.param).read_bytes())
    return api.NASBench(path)


@pytest.mark.parametrize("extract", ["nasbench101_test_143.csv"], indirect=True)
def test_an_extract_without_training_times_says_so_to_time_limited_loops(extract):
    assert len(extract.hash_iterator()) == 97
    module_hash = next(iter(extract.hash_iterator()))
    fixed, computed = extract.get_metrics_from_hash(module_hash)
    cell = api.ModelSpec(fixed["module_adjacency"], fixed["module_operations"])
    data = extract.query(cell)
    assert data["test_accuracy"] in [run["final_test_accuracy"] for run in computed[108]]
    assert np.isnan(data["training_time"])
    assert extract.total_epochs_spent == 108
    for ask in (extract.get_budget_counters, lambda: extract.training_time_spent):
        with pytest.raises(ValueError, match=r"expected training times in .*limit the search by"):
            ask()
    extract.reset_budget_counters()
    assert extract.get_budget_counters() == (0.0, 0)


@pytest.mark.parametrize("extract", ["nasbench101_val_25001.csv.gz"], indirect=True)
def test_times_of_some_budgets_are_counted(extract):
    fixed, computed = extract.get_metrics_from_hash("00005c142e6f48ac74fdcf73e3439874")
    cell = api.ModelSpec(fixed["module_adjacency"], fixed["module_operations"])
    extract.query(cell)
    assert extract.get_budget_counters() == (computed[108][0]["final_training_time"], 108)
    extract.query(cell, epochs=4)
    with pytest.raises(ValueError, match="expected training times"):
        extract.get_budget_counters()
