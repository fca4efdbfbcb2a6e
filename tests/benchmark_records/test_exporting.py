"""Exported tables, read by other people's code."""

import base64
import json

import pytest
import table_files
from table_files import A, B

from nasbench_templates.benchmark_records import exporting, tfrecord
from nasbench_templates.benchmark_records.cell_record import CellRecord, Run
from nasbench_templates.benchmark_records.faults import Faults
from nasbench_templates.support.errors import RecordError

RUNS = {
    4: (Run(*table_files.metrics(1)),),
    108: tuple(Run(*table_files.metrics(repeat)) for repeat in (2, 3, 4)),
}
CELLS = [
    CellRecord(name, RUNS, 20_035_018, table_files.MATRIX, table_files.OPERATIONS)
    for name in (A, B)
]


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "out.tfrecord"
    assert exporting.export_records(CELLS, file) == (8, 2)
    return file


@pytest.fixture(scope="module")
def model_metrics():
    """The message class that the protocol-buffer library makes of the schema."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="m.proto", package="nasbench", syntax="proto2")
    inner = file.message_type.add(name="EvaluationData")
    names = ("current_epoch", "training_time", "train_accuracy", "validation_accuracy")
    for number, name in enumerate((*names, "test_accuracy"), start=1):
        inner.field.add(
            name=name, number=number, type=field.TYPE_DOUBLE, label=field.LABEL_OPTIONAL
        )
    outer = file.message_type.add(name="ModelMetrics")
    outer.field.add(
        name="evaluation_data",
        number=1,
        type=field.TYPE_MESSAGE,
        type_name=".nasbench.EvaluationData",
        label=field.LABEL_REPEATED,
    )
    for name, number, kind in (
        ("trainable_parameters", 2, field.TYPE_INT32),
        ("total_time", 3, field.TYPE_DOUBLE),
    ):
        outer.field.add(name=name, number=number, type=kind, label=field.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("nasbench.ModelMetrics"))


def check_rows(payloads, model_metrics):
    rows = [json.loads(payload) for payload in payloads]
    assert [(row[0], row[1]) for row in rows] == [
        (name, epochs) for name in (A, B) for epochs in (4, 108, 108, 108)
    ]
    for row, run in zip(rows, [run for _ in CELLS for runs in RUNS.values() for run in runs],
                        strict=True):  # fmt: skip
        assert row[2:4] == list(table_files.GRAPH)
        message = model_metrics.FromString(base64.b64decode(row[4]))
        assert message.trainable_parameters == 20_035_018
        start, half, final = message.evaluation_data
        assert (start.current_epoch, start.training_time) == (0, 0)
        assert (half.current_epoch, final.current_epoch) == (row[1] / 2, row[1])
        found = [
            getattr(point, name)
            for point in (half, final)
            for name in (
                "training_time",
                "train_accuracy",
                "validation_accuracy",
                "test_accuracy",
            )
        ]
        assert found == list(run)


def test_the_protobuf_library_reads_the_messages(path, model_metrics):
    frames = list(tfrecord.read_frames(path, Faults("f")))
    check_rows([payload for each in frames for payload in each.payloads], model_metrics)


def test_tensorflow_reads_the_file(path, model_metrics):
    tf = pytest.importorskip("tensorflow")
    payloads = [each.numpy() for each in tf.data.TFRecordDataset(str(path))]
    check_rows(payloads, model_metrics)


def test_a_file_that_tensorflow_wrote_is_read(tmp_path, path):
    tf = pytest.importorskip("tensorflow")
    payloads = table_files.rows()
    with tf.io.TFRecordWriter(str(tmp_path / "t")) as writer:
        for payload in payloads:
            writer.write(payload)
    (frames,) = tfrecord.read_frames(tmp_path / "t", Faults("f"))
    assert frames.payloads == payloads


def test_the_protobuf_librarys_messages_are_read(model_metrics):
    from nasbench_templates.benchmark_records import metrics_message

    message = model_metrics(trainable_parameters=77, total_time=3.5)
    for epoch in (0.0, 54.0, 108.0):
        message.evaluation_data.add(current_epoch=epoch, training_time=epoch, test_accuracy=0.5)
    found = metrics_message.decode([message.SerializeToString()])
    assert found.trainable_parameters.tolist() == [77]
    assert found.values[0, [0, 3, 4, 7]].tolist() == [54.0, 0.5, 108.0, 0.5]


def test_parquet_has_a_row_for_each_run(tmp_path):
    import pandas as pd

    cells = [*CELLS, CELLS[0]._replace(module_hash="f" * 32, runs={108: (Run(1.5),)})]
    file = tmp_path / "out.parquet"
    assert exporting.export_records(cells, file) == (9, 3)
    frame = pd.read_parquet(file)
    assert frame["epochs"].tolist() == [4, 108, 108, 108] * 2 + [108]
    assert frame["repeat"].tolist() == [0, 0, 1, 2] * 2 + [0]
    assert frame["module_hash"].tolist() == [A] * 4 + [B] * 4 + ["f" * 32]
    assert frame.iloc[2, 6:].tolist() == list(table_files.metrics(3))
    assert frame["module_adjacency"][0] == table_files.GRAPH[0]
    assert frame["final_test_accuracy"].isna().tolist() == [False] * 8 + [True]


def test_cells_without_runs_are_counted_but_write_nothing(tmp_path):
    cells = [CELLS[0]._replace(runs={}), CELLS[1]]
    assert exporting.export_records(cells, tmp_path / "out.tfrecord") == (4, 2)


def test_nothing_to_write_leaves_no_file(tmp_path):
    with pytest.raises(RecordError, match="expected at least one run to write"):
        exporting.export_records([], tmp_path / "out.tfrecord")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_export_leaves_the_old_file(path):
    before = path.read_bytes()
    with pytest.raises(RecordError, match="expected the graph"):
        exporting.export_records([CELLS[0], CellRecord(B, RUNS)], path)
    assert path.read_bytes() == before
