"""Times of predictions."""

import time

import keras

from nasbench_templates.measure import latency


def test_median_lies_between_the_quartiles():
    image = keras.Input((4, 4, 1))
    model = keras.Model(image, keras.layers.Flatten()(image))
    measured = latency.measure_latency(model, batch_size=3, repeats=30)
    first, third = measured.quartiles_ms
    assert 0 < first <= measured.median_ms <= third
    assert (measured.batch_size, measured.repeats) == (3, 30)


def test_warm_up_is_not_counted(monkeypatch):
    calls = []

    def slow_at_first(images):
        calls.append(images.shape)
        if len(calls) <= latency.WARM_UP:
            time.sleep(0.02)
        return images

    monkeypatch.setattr(latency.prediction, "compile_prediction", lambda model: slow_at_first)
    image = keras.Input((4, 4, 1))
    measured = latency.measure_latency(keras.Model(image, image), batch_size=2, repeats=30)
    assert len(calls) == latency.WARM_UP + 30
    assert set(map(tuple, calls)) == {(2, 4, 4, 1)}
    # No prediction that counts sleeps; 20 ms would be the least of those that do.
    assert measured.median_ms < 20


def test_times_are_in_milliseconds(monkeypatch):
    def slow(images):
        time.sleep(0.005)
        return images

    monkeypatch.setattr(latency.prediction, "compile_prediction", lambda model: slow)
    image = keras.Input((4, 4, 1))
    measured = latency.measure_latency(keras.Model(image, image), repeats=30)
    # Never below the sleep; in seconds it would be 0.005, in microseconds 5000.
    assert 5 <= measured.median_ms < 2000
