"""Speed and memory, side by side with peers in one run: ``python -m benchmarks [NAME ...]``.

Reading order: effort (how much is measured), machine (one core, what runs here), pairs (two ways
of doing the same thing, measured in turns), rows (one line of the table), then the benchmarks:
response, descriptors, decoding (with drawn_video, which makes its clips), startup, throughput,
memory; ``__main__`` is the command line. docs/speed.md has a printed run and says what it means.
``classifying`` holds the classifiers' benchmarks, which run when they are named.
"""
