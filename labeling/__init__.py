"""labeling: what people say of clips. Reading order: tables (opinions, consensus), hand_csv.

>>> from labeling import published
>>> published(["smile1"], ["happiness"])["status"].tolist()
['published']
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "CODES": "verification.codes",
    "CONSENSUS": "consensus",
    "DawidSkene": "consensus",
    "FORMATS": "exchange.base",
    "Figure": "agreement.figure",
    "Finding": "verification.findings",
    "Review": "review",
    "Session": "session",
    "Verification": "verification.verify",
    "bias": "agreement.annotators",
    "bindings": "keys",
    "check_consensus": "tables",
    "check_opinions": "tables",
    "cohen_kappa": "agreement.cohen",
    "confident_joint": "suspects",
    "confident_learning": "suspects",
    "confusions": "agreement.annotators",
    "consensus_of": "consensus",
    "dawid_skene": "consensus",
    "drift": "agreement.annotators",
    "export_opinions": "exchange.transfer",
    "fleiss_kappa": "agreement.fleiss",
    "frame_at": "exchange.times",
    "framewise_kappa": "agreement.framewise",
    "from_csv": "tables",
    "icc": "agreement.icc",
    "icc_f_interval": "agreement.icc_f",
    "import_opinions": "exchange.transfer",
    "interval_overlap": "agreement.intervals",
    "intra_rater": "agreement.annotators",
    "krippendorff_alpha": "agreement.krippendorff",
    "mark_errors": "agreement.intervals",
    "match_events": "agreement.matching",
    "mean_overlap": "agreement.intervals",
    "milliseconds": "exchange.times",
    "pairwise": "agreement.tables",
    "per_class": "agreement.tables",
    "percent_agreement": "agreement.percent",
    "published": "tables",
    "ratings_of": "agreement.ratings",
    "read_hand_csv": "hand_csv",
    "read_predictions": "predicted",
    "suspects_in": "suspects",
    "terminal_lines": "verification.terminal",
    "verify_study": "verification.verify",
    "work_list": "worklist",
    "worst_level": "verification.verify",
    "write_verification": "verification.page",
}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'labeling' has no attribute {name!r}")
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)
