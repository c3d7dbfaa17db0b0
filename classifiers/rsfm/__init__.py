"""The relevance sample-feature machine: which samples and which features decide. In reading order:

feature_kernels  a kernel per feature, by name
interpolation    smooth functions of many columns from few points
columns          kernels of many single columns at a time
scales           the unit of each feature's kernel
features         from a table to prepared columns, grouped and scaled
contraction      sums over samples or over features, never the whole tensor
"""
