"""The classifiers beside their peers: ``python -m benchmarks accuracy`` and four more.

Reading order: generators (synthetic data with a known truth), sets (all data by name, cut into
parts), peers (all methods by name, with their settings), scores (what is counted), child (one fit,
measured in a process of its own), outcomes (children started, timed out, read), sheet (the
tables), then the benchmarks: accuracy, training (``rvm-speed``), wide (``rsfm-wide``), textbook,
prediction. Every child has one thread of linear algebra unless the table says otherwise.
"""
