"""Audio clips: decoding, the front end that makes feature maps of them, and its cache."""
