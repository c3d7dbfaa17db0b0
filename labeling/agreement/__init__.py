"""How far raters agree. Reading order: figure, cells, ratings, pairable, percent, cohen, fleiss,
krippendorff, icc, icc_f, tables; then intervals and annotators, for marks in time and for one
annotator at a time.

>>> from labeling import krippendorff_alpha
>>> krippendorff_alpha([["a", "a"], ["b", "b"], ["a", "b"]]).n
3
"""
