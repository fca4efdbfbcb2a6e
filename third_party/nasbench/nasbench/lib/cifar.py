"""Not here: the TensorFlow 1 input pipeline. Importing this says what to use instead."""

raise ImportError(
    "nasbench.lib.cifar is TensorFlow 1 graph code, which no current TensorFlow runs; "
    'nasbench_templates.data.loading.load_dataset("cifar10", FOLDER) reads the images'
)
