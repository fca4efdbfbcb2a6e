"""Hashes that belong to other graphs are noticed, wherever a source has them."""

import gzip
import hashlib

import numpy as np
import pytest
import record_files
import table_files
from table_files import A, B, C

from nasbench_templates.benchmark_records import graph_identity, importing, lookup
from nasbench_templates.benchmark_records.graph_identity import Descriptions
from nasbench_templates.networks import cell_hashes
from nasbench_templates.space import enumeration
from nasbench_templates.support.errors import RecordError


def described(cells):
    """All of them, in the order of hashes."""
    codes = []
    for place, name in enumerate(cell_hashes.module_hashes(cells).tolist()):
        cell = cells.cell(place)
        record = graph_identity.CellRecord(name.decode(), {}, 1, cell.matrix, cell.ops)
        code = graph_identity.graph_code.encode(record.matrix, record.operations)
        codes.append((name, code.edges, code.labels, code.vertices))
    names, edges, labels, vertices = map(np.array, zip(*sorted(codes), strict=True))
    numbers = graph_identity._numbers(names)
    return Descriptions(numbers[:, 0], numbers[:, 1], edges, labels, vertices)


def part(cells, chosen):
    fields = ("prefix", "suffix", "edges", "labels", "vertices")
    return Descriptions(*(getattr(cells, name)[chosen] for name in fields))


def test_right_hashes_and_two_exchanged_ones():
    cells = described(enumeration.canonical_cells(5))
    assert list(cells.wrong()) == []
    order = np.arange(2532)
    order[[70, 900]] = order[[900, 70]]
    exchanged = Descriptions(
        cells.prefix, cells.suffix, cells.edges[order], cells.labels[order], cells.vertices[order]
    )
    assert [place for place, _ in exchanged.wrong()] == [70, 900]


def test_superfluous_vertices_do_not_matter_but_a_missing_path_does():
    chain = "53cee42601ad14d661bb6878031d6acb"  # input, maxpool3x3, output
    graphs = {
        ((0, 1, 0, 0), (0, 0, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0)): None,
        ((0, 0, 0, 0), (0, 0, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0)): "cell is disconnected",
    }
    for matrix, message in graphs.items():
        operations = ("input", "maxpool3x3", "conv1x1-bn-relu", "output")
        cells = [graph_identity.CellRecord(chain, {}, 1, matrix, operations)] * 150
        for some in (cells, cells[:1]):
            if message is None:
                graph_identity.check(some, ["here"] * len(some))
                continue
            with pytest.raises(RecordError, match=f"^here: {chain}: expected .*{message}"):
                graph_identity.check(some, ["here"] * len(some))


@pytest.mark.slow
def test_the_checksums_are_those_of_the_whole_space():
    cells = described(enumeration.canonical_cells(7))
    first_digits = cells.prefix >> np.uint64(60)
    found = {
        hashlib.sha256(part(cells, first_digits == digit).content).hexdigest()[:16]
        for digit in range(16)
    }
    assert found == graph_identity._WHOLE_PARTS


def shifted(lines):
    """Lines whose first value is that of the line before."""
    names = [line.split(",", 1)[0] for line in lines]
    rest = [line.split(",", 1)[1] for line in lines]
    return [f"{name},{others}" for name, others in zip([names[-1], *names[:-1]], rest, strict=True)]


def test_a_shifted_column_of_a_real_extract_is_named(data_folder, tmp_path):
    source = data_folder / "nasbench101" / "nasbench101_val_25001.csv.gz"
    header, *lines = gzip.decompress(source.read_bytes()).decode().splitlines()
    lines[5000:] = shifted(lines[5000:])
    path = tmp_path / "shifted.csv"
    path.write_text("\n".join([header, *lines]))
    name = lines[5000].split(",")[0]
    message = rf"^shifted\.csv: line 5002: {name}: expected the graph of this hash, the graph given"
    with pytest.raises(RecordError, match=message):
        importing.import_records(path, tmp_path / "store")
    assert not (tmp_path / "store").exists()
    with pytest.raises(RecordError, match=message):
        lookup.find_cell([path], name)
    with pytest.raises(RecordError, match=message):
        lookup.read_cells([path])


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_small_extracts_too(tmp_path, suffix):
    path = tmp_path / f"t.{suffix}"
    if suffix == "csv":
        text = record_files.val_csv((record_files.A, 0.5, 1), (record_files.B, 0.25, 7))
        path.write_text(text.replace("conv3x3-bn-relu", "conv1x1-bn-relu"))
        place = "line 3"
    else:
        path.write_text(
            record_files.columns_json(
                (record_files.A, 0.5, 1), (record_files.B, 0.5, 1), operations=[[-1, 2, -2, -3]] * 2
            )
        )
        place = "entry 1"
    with pytest.raises(RecordError, match=f"{place}: {record_files.B}: expected the graph"):
        lookup.read_records([path])


def test_tables_too(tmp_path):
    rows = table_files.rows([A, C])
    message = table_files.run_message(108, table_files.metrics(1))
    rows[3:3] = [table_files.payload(B, 108, message, table_files.graph_of(A))] * 3
    path = tmp_path / "t.tfrecord"
    offsets = table_files.write(path, rows)
    expected = rf"^t\.tfrecord: record 4 at byte {offsets[3]}: {B}: expected the graph of this hash"
    with pytest.raises(RecordError, match=expected):
        importing.import_records(path, tmp_path / "store")
    with pytest.raises(RecordError, match=expected):
        lookup.find_cell([path], B)
    result = importing.import_records(path, tmp_path / "store", skip_damaged=True)
    assert (result.manifest.num_cells, result.manifest.skipped) == (2, 3)
