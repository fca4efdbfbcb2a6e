"""Audio clips: decoding, the front end that makes feature maps of them, its cache, and sets."""
