"""The compiled prediction is the model's own, in inference."""

import keras
import numpy as np

from nasbench_templates.measure.prediction import compile_prediction


def test_prediction_is_the_models_in_inference():
    image = keras.Input((4, 4, 2))
    # Batch norm tells inference from training: here it only scales by 1 / sqrt(1 + epsilon).
    normalized = keras.layers.BatchNormalization(epsilon=3.0)(image)
    model = keras.Model(image, keras.layers.Flatten()(normalized))
    images = np.arange(96, dtype="float32").reshape(3, 4, 4, 2)
    result = keras.ops.convert_to_numpy(
        compile_prediction(model)(keras.ops.convert_to_tensor(images))
    )
    np.testing.assert_allclose(result, images.reshape(3, 32) / 2, rtol=1e-6)
