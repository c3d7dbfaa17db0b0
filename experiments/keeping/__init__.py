"""What a run leaves, and reading it again.

Reading order: provenance (what it was made with), described (its data), model_card, outputs (the
files), run_folder (one run at a time, whole or not at all), runs (a finished run read back).
"""
