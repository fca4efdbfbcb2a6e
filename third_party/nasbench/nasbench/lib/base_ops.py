"""Not here: operations as TensorFlow 1 graph code. Importing this says what to use instead."""

raise ImportError(
    "nasbench.lib.base_ops is TensorFlow 1 graph code, which no current TensorFlow runs; "
    "nasbench.lib.model_builder.build_model returns a cell's network as a Keras model"
)
