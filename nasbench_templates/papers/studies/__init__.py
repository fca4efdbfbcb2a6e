"""The studies, one file each: what it is about, and how it is carried out at each scale.

A new study is one file here, whose docstring is the help of `nasbench-templates study NAME`. It
registers itself as one of the kinds of work in `papers/registered.py`:

    registered.study("mine", __doc__, Trained(make_study))
"""
