"""Not here: hooks of the TensorFlow 1 Estimator. Importing this says what to use instead."""

raise ImportError(
    "nasbench.lib.training_time is TensorFlow 1 graph code, which no current TensorFlow runs; "
    "nasbench-templates train takes --max_train_seconds"
)
