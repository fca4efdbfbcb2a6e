import pytest

from nasbench_templates.benchmark_records import ec_nas_csv, lookup
from nasbench_templates.benchmark_records.cell_record import Run
from nasbench_templates.support.errors import RecordError

HEADER = (
    "module_hash,space,repeat,num_vertices,num_edges,module_adjacency,module_operations,"
    "trainable_parameters,total_time_s,total_energy_kwh,eval_epoch,training_time,training_steps,"
    "train_accuracy,validation_accuracy,test_accuracy,energy_kwh"
)
OPERATION_OF = {
    "d32d0b26d534203b48d866facd98cc3e": "conv3x3-bn-relu",
    "6f6257bc3b12d87b8736e81cd4b7ed8b": "maxpool3x3",
}
FIRST, SECOND = OPERATION_OF


def row(module_hash, repeat, epoch, accuracy, space="4V9E", params=100):
    graph = f"011;001;000,input|{OPERATION_OF[module_hash]}|output"
    values = f"{epoch},{10 * float(epoch)},0,0.5,{accuracy},0.25,0.1"
    return f"{module_hash},{space},{repeat},3,3,{graph},{params},9.9,0.1,{values}"


def table(*rows):
    return "\n".join((HEADER, *rows)) + "\n"


def read(*rows, module_hash=None):
    found = ec_nas_csv.read(table(*rows).splitlines(), "ec.csv", module_hash)
    return [record for _, record in found]


def test_last_evaluation_is_the_result_and_that_at_half_the_epochs_is_half_way():
    (cell,) = read(row(FIRST, 1, "0.0", 0.1), row(FIRST, 1, "2.0", 0.3), row(FIRST, 1, "4.0", 0.4))
    assert cell.module_hash == FIRST
    assert cell.trainable_parameters == 100
    assert cell.matrix == ((0, 1, 1), (0, 0, 1), (0, 0, 0))
    assert cell.operations == ("input", "conv3x3-bn-relu", "output")
    assert cell.runs == {4: (Run(20.0, 0.5, 0.3, 0.25, 40.0, 0.5, 0.4, 0.25),)}


def test_training_without_an_evaluation_half_way():
    (cell,) = read(row(FIRST, 1, "1.0", 0.3), row(FIRST, 1, "4.0", 0.4))
    assert cell.runs[4][0][:4] == (None,) * 4


def test_repeats_and_spaces_of_a_cell_are_its_runs(tmp_path):
    path = tmp_path / "ec.csv"
    path.write_text(
        table(
            row(FIRST, 1, "4.0", 0.1),
            row(FIRST, 2, "4.0", 0.2),
            row(SECOND, 1, "4.0", 0.9),
            row(FIRST, 1, "4.0", 0.3, space="5V9E"),
        )
    )
    cells = lookup.read_cells([path])
    assert list(cells) == [FIRST, SECOND]
    assert [run.final_validation_accuracy for run in cells[FIRST].runs[4]] == [0.1, 0.2, 0.3]


def test_one_cell_alone_is_read_and_the_others_are_not_checked():
    (cell,) = read(row(FIRST, 1, "4.0", 7), row(SECOND, 1, "4.0", 0.5), module_hash=SECOND)
    assert cell.module_hash == SECOND


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row(FIRST, 1, "4.0", 1.5)], r"line 2: expected final_validation_accuracy in \[0, 1\]"),
        ([row(FIRST, 1, "4.0", 0.5)[:-8]], "line 2: expected 17 values, received 16"),
        ([row(FIRST, 1, "0.0", 0.1)], "line 2: expected a budget of at least 1 epoch, received 0"),
        ([row(FIRST, 1, "0.5", 0.1)], "line 2: expected a last eval_epoch in whole epochs"),
        (
            [row(FIRST, 1, "4.0", 0.1).replace(",4.0,", ",x,")],
            "line 2: expected a number in column eval_epoch",
        ),
        (
            [row(FIRST, 1, "4.0", 0.1), row(SECOND, 1, "4.0", 0.1), row(FIRST, 1, "4.0", 0.1)],
            f"line 4: expected the rows of {FIRST} 4V9E 1 in one place",
        ),
    ],
)
def test_damaged_rows_are_named(rows, message):
    with pytest.raises(RecordError, match=f"ec.csv: {message}"):
        read(*rows)


def test_missing_column_is_named(tmp_path):
    path = tmp_path / "ec.csv"
    path.write_text(table(row(FIRST, 1, "4.0", 0.1)).replace("test_accuracy", "other"))
    with pytest.raises(
        RecordError, match=r"line 1: expected the columns .*; missing test_accuracy"
    ):
        lookup.read_cells([path])


def test_the_published_file(data_folder):
    path = data_folder / "ec_nas_4epochs" / "ec_nas_4v5v_4epochs.csv.gz"
    cells = lookup.read_cells([path])
    assert len(cells) == 2532
    assert sum(len(cell.runs[4]) for cell in cells.values()) == 2805
    assert {epochs for cell in cells.values() for epochs in cell.runs} == {4}
