"""The relevance sample-feature machine: which samples and which features decide. In reading order:

feature_kernels  a kernel per feature, by name
features         from a table to prepared columns, grouped and scaled
interpolation    smooth functions of many columns from few points
contraction      sums over samples or over features, never the whole tensor
"""
