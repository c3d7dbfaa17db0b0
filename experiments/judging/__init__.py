"""How good the predictions are, and why.

Reading order: predictions (the table), scores (totals with intervals), calibration, findings
(blocks that matter, examples).
"""
