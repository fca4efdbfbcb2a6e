import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import Budget, MatchSettings, NetworkSettings
from nasbench_templates.networks import cell_hashes
from nasbench_templates.space import atlas, enumeration, hashes
from nasbench_templates.support.errors import ConfigError, DataError

ALL = ("base", "a", "b", "c", "d", "e")
SLOW_WRITER = """
import pathlib, sys, time
from nasbench_templates.networks import cell_hashes
from nasbench_templates.space import atlas, hashes
hashes.CELLS_AT_ONCE = 200
real = cell_hashes.module_hashes
def slow(cells):
    time.sleep(0.05)
    return real(cells)
cell_hashes.module_hashes = slow
print("started", flush=True)
atlas.write(atlas.AtlasSettings(("base", "d"), max_vertices=5), pathlib.Path(sys.argv[1]))
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "atlas.parquet"


def test_columns_and_types(path):
    atlas.write(atlas.AtlasSettings(ALL, max_vertices=3), path)
    schema = pq.read_schema(path)
    assert tuple(schema.names) == (
        *("hash", "template", "filters", "peak", "macs", "published_flops", "params"),
        *("trainable_params", "activations", "gap"),
    )
    assert schema.field("filters").type == pa.list_(pa.int64())
    assert schema.field("gap").type == pa.float64()
    assert {schema.field(name).type for name in schema.names[3:-1]} == {pa.int64()}


def test_rows_are_those_of_match_for_the_canonical_cell(path):
    atlas.write(atlas.AtlasSettings(ALL, max_vertices=5), path)
    rows = pq.read_table(path).to_pylist()
    cells = enumeration.canonical_cells(5)
    assert len(rows) == len(ALL) * len(cells) == 6 * 2532
    for place in np.random.default_rng(0).integers(0, len(cells), 50).tolist():
        cell = cells.cell(place)
        planned = plan(NetworkSettings("nasbench101", options={"cell": cell}), ALL)
        for found, row in zip(rows[6 * place : 6 * place + 6], planned, strict=True):
            expected = {"hash": cell.hash(), **row.to_json()}
            assert found == {name: expected[name] for name in atlas.COLUMNS}


def test_rows_without_a_network_are_null_and_counted(path):
    network = NetworkSettings("nasbench101", options={"stem_filters": 2, "num_stacks": 2})
    settings = atlas.AtlasSettings(("base",), network, max_vertices=5)
    description = atlas.write(settings, path)
    rows = pq.read_table(path).to_pylist()
    empty = [row for row in rows if row["filters"] is None]
    # Cells with three feeders need three channels in the first stack.
    assert description.without_network["base"] == {
        "the widths are too small for all branches": len(empty)
    }
    assert 0 < len(empty) < len(rows)
    for row in empty:
        assert [name for name, value in row.items() if value is not None] == ["hash", "template"]


def test_the_file_says_what_it_holds(path):
    match = MatchSettings(budget=Budget.parse("0.5x"))
    settings = atlas.AtlasSettings(("d", "b"), match=match, max_vertices=4)
    written = atlas.write(settings, path)
    read = atlas.read_description(path)
    assert read == written
    assert read.settings == settings.to_json()
    assert read.settings != atlas.AtlasSettings(("d", "b"), max_vertices=4).to_json()
    assert (read.templates, read.cells) == (("d", "b"), 91)


def test_columns_come_back_by_cell(path):
    description = atlas.write(atlas.AtlasSettings(("base", "d"), max_vertices=3), path)
    assert atlas.read_hashes(path, description)[0] == "043721b9c7fe8c5fad811d47d83132ec"
    peaks = atlas.read_numbers(path, description, "peak")
    assert peaks.shape == (7, 2)
    assert peaks[:, 0].tolist() == [512.0] * 7


def test_progress_is_told(path, monkeypatch):
    monkeypatch.setattr(hashes, "CELLS_AT_ONCE", 40)
    told = []
    settings = atlas.AtlasSettings(("base",), max_vertices=4)
    atlas.write(settings, path, on_start=told.append, on_cells=told.append)
    assert told == [91, 40, 40, 11]


def test_finished_work_is_kept_beside_the_output_until_it_is_whole(path, monkeypatch):
    monkeypatch.setattr(hashes, "CELLS_AT_ONCE", 40)
    settings = atlas.AtlasSettings(("base", "b"), max_vertices=4)
    atlas.write(settings, path)
    whole = path.read_bytes()
    path.unlink()
    done = []

    def stop(cells):
        done.append(cells)
        if len(done) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        atlas.write(settings, path, on_cells=stop)
    assert not path.exists()
    hashed = []
    real = cell_hashes.module_hashes
    monkeypatch.setattr(
        cell_hashes, "module_hashes", lambda cells: hashed.append(cells) or real(cells)
    )
    atlas.write(settings, path)
    assert [len(cells) for cells in hashed] == [11]
    assert path.read_bytes() == whole
    assert list(path.parent.iterdir()) == [path]


def test_processes_change_nothing(path, monkeypatch):
    monkeypatch.setattr(hashes, "CELLS_AT_ONCE", 40)
    settings = atlas.AtlasSettings(("base", "b"), max_vertices=4)
    atlas.write(settings, path)
    alone = path.read_bytes()
    atlas.write(settings, path, processes=2)
    assert path.read_bytes() == alone


@pytest.mark.parametrize("content", [b"", b"PAR1 and something else", None])
def test_other_files_are_not_taken_for_an_atlas(path, content):
    if content is None:
        pq.write_table(pa.table({"hash": ["x"]}), path)
    else:
        path.write_bytes(content)
    with pytest.raises(DataError, match="expected a Parquet file that the job atlas wrote"):
        atlas.read_description(path)


def test_no_file_has_no_description(path):
    assert atlas.read_description(path) is None


@pytest.mark.parametrize("model", ["vgg19", "nasbench101"])
def test_networks_that_are_no_skeleton_are_refused(model):
    network = NetworkSettings(model, options={"order": "given"})
    with pytest.raises(ConfigError, match="expected a nasbench101 network without cell and order"):
        atlas.AtlasSettings(("base",), network)


@pytest.mark.slow
def test_a_killed_writer_leaves_no_file_that_opens(path):
    generator = np.random.default_rng(0)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for _ in range(20):
        writer = subprocess.Popen(
            [sys.executable, "-c", SLOW_WRITER, str(path)], stdout=subprocess.PIPE, env=environment
        )
        writer.stdout.readline()
        time.sleep(generator.uniform(0, 0.6))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        for file in [path, *path.parent.glob("*.parts/*.parquet")]:
            if file.exists() and file != path:
                with pytest.raises(pa.ArrowInvalid):
                    pq.read_table(file)
    settings = atlas.AtlasSettings(("base", "d"), max_vertices=5)
    if path.exists():
        assert pq.read_metadata(path).num_rows == 2 * 2532
    atlas.write(settings, path)
    assert pq.read_metadata(path).num_rows == 2 * 2532
    assert [each.name for each in pathlib.Path(path.parent).iterdir()] == [path.name]
