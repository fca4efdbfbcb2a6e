"""The whole space of NAS-Bench-101 at once, in arrays: enumeration and the atlas of templates."""
