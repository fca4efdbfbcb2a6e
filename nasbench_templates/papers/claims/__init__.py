"""Sentences of the papers that state a result, each judged by printed figures and our counts."""
