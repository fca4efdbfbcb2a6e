"""The picture of a clip's features."""

import numpy as np
import pytest
from PIL import Image

from nasbench_templates.report import plots
from nasbench_templates.support.errors import ConfigError


def test_panels_share_one_scale(tmp_path):
    features = np.zeros((4, 5, 3), np.float32)
    features[..., 1] = 1.0
    path = tmp_path / "features.png"
    plots.plot_features(features, (25, 50, 100), 1.0, str(path))
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    # Lowest and highest colour of the default map: two panels of the one, one of the other.
    low, high = ((pixels == colour).all(axis=-1).sum() for colour in ((68, 1, 84), (253, 231, 36)))
    assert 1.9 < low / high < 2.1


def test_unknown_format_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="expected a file name in"):
        plots.plot_features(np.zeros((2, 2, 1)), (25,), 1.0, str(tmp_path / "features.xyz"))
