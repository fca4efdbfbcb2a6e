"""The protocol-buffer messages of the benchmark's files, made from their schema.

    message = ModelMetrics.FromString(base64.b64decode(raw_metrics))

Made when this is imported, by the installed protobuf library, so any of its versions serves.

Source: docs/nasbench101.md, section 11.
"""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELD = descriptor_pb2.FieldDescriptorProto
_FILE = descriptor_pb2.FileDescriptorProto(
    name="model_metrics.proto", package="nasbench", syntax="proto2"
)


def _add(
    message: descriptor_pb2.DescriptorProto,
    name: str,
    kind: int,
    label: int = _FIELD.LABEL_OPTIONAL,
) -> descriptor_pb2.FieldDescriptorProto:
    return message.field.add(
        name=name, number=len(message.field) + 1, type=kind, label=label, json_name=name
    )


_METRICS = _FILE.message_type.add(name="ModelMetrics")
_add(
    _METRICS, "evaluation_data", _FIELD.TYPE_MESSAGE, _FIELD.LABEL_REPEATED
).type_name = ".nasbench.EvaluationData"
_add(_METRICS, "trainable_parameters", _FIELD.TYPE_INT32)
_add(_METRICS, "total_time", _FIELD.TYPE_DOUBLE)
_EVALUATION = _FILE.message_type.add(name="EvaluationData")
for _name in (
    "current_epoch",
    "training_time",
    "train_accuracy",
    "validation_accuracy",
    "test_accuracy",
):
    _add(_EVALUATION, _name, _FIELD.TYPE_DOUBLE)
_add(_EVALUATION, "checkpoint_path", _FIELD.TYPE_STRING)

DESCRIPTOR = descriptor_pool.Default().AddSerializedFile(_FILE.SerializeToString())
ModelMetrics = message_factory.GetMessageClass(DESCRIPTOR.message_types_by_name["ModelMetrics"])
EvaluationData = message_factory.GetMessageClass(DESCRIPTOR.message_types_by_name["EvaluationData"])
