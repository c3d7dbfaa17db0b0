"""Published figures to print beside ours, with their data and protocols.

Protocols differ and are often not stated. A figure from clips of people that the model knows
(sample-level folds) cannot be compared with one from people that it has never seen.
"""

from __future__ import annotations

from dataclasses import dataclass

NOTE = (
    "Protocols differ, so these figures are a backdrop and not a ranking: most papers do not say "
    "whether the people in the test clips were also in the training clips, and class sets and "
    "clip selections vary."
)

# how a data set may be written -> the one name used below
ALIASES = {
    "ck": "ck+",
    "ckplus": "ck+",
    "cohnkanade": "ck+",
    "casme2": "casme ii",
    "casmeii": "casme ii",
    "smic": "smic",
    "smicvis": "smic",
    "smichs": "smic",
    "samm": "samm",
    "megc2019": "megc",
    "megc": "megc",
    "mmi": "mmi",
    "oulucasia": "oulu-casia",
    "oulu": "oulu-casia",
    "afew": "afew",
}
POSED = frozenset({"ck+", "mmi", "oulu-casia"})
MICRO = frozenset({"casme ii", "smic", "samm", "megc"})
WILD = frozenset({"afew"})


@dataclass(frozen=True, slots=True)
class Published:
    """One printed figure.

    ``value`` is text, as printed; ``measure`` is "accuracy" or "F1"; ``source`` is a citation
    with its DOI or arXiv number where there is one.
    """

    method: str
    data: str
    fits: frozenset[str]
    protocol: str
    measure: str
    value: str
    source: str


_STTM_2016 = (
    "Kamarol, Jaward, Parkkinen, Parthiban, IET Image Processing 10(7), 2016, 534–541 (abstract)"
)
_STTM_2015 = "Kamarol, Meli, Jaward, Kamrani, IAPR MVA 2015, 467–470, as cited in arXiv:1805.02397"
_CASME2 = "Yan et al., PLoS ONE 9(1), 2014, doi:10.1371/journal.pone.0086041"
_SMIC = "Li et al., FG 2013, doi:10.1109/FG.2013.6553717"
_MDMO = "Liu et al., IEEE TAFFC 7(4), 2016, doi:10.1109/TAFFC.2015.2485205"
_HIGO = "Li et al., arXiv:1511.00423"
_WOOF = "Liong et al., arXiv:1606.01721"
_LOSO = "leave one subject out"
_UNKNOWN = "not stated"
_CASME2_5 = "CASME II, 5 classes"

PUBLISHED = (
    Published(
        "STTM + SVM", "posed expressions", POSED, _UNKNOWN, "accuracy", "95.37 %", _STTM_2016
    ),
    Published(
        "STTM + SVM", "micro-expressions", MICRO, _UNKNOWN, "accuracy", "98.56 %", _STTM_2016
    ),
    Published(
        "STTM + SVM",
        "close-to-real-world expressions",
        WILD,
        _UNKNOWN,
        "accuracy",
        "84.52 %",
        _STTM_2016,
    ),
    Published(
        "STTM (first)",
        "CASME II, 4 classes",
        frozenset({"casme ii"}),
        _UNKNOWN,
        "accuracy",
        "91.71 %",
        _STTM_2015,
    ),
    Published(
        "LBP-TOP, as the STTM authors ran it",
        "CASME II, 4 classes",
        frozenset({"casme ii"}),
        _UNKNOWN,
        "accuracy",
        "91.48 %",
        _STTM_2015,
    ),
    Published(
        "LBP-TOP (the data set's baseline)",
        _CASME2_5,
        frozenset({"casme ii"}),
        _LOSO,
        "accuracy",
        "63.41 %",
        _CASME2,
    ),
    Published(
        "LBP-TOP (the data set's baseline)",
        "SMIC-VIS, 3 classes",
        frozenset({"smic"}),
        _LOSO,
        "accuracy",
        "52.11 %",
        _SMIC,
    ),
    Published(
        "PHOG-TOP + optical flow",
        "CK+",
        frozenset({"ck+"}),
        "leave one out",
        "accuracy",
        "83.70 %",
        "Fan, Tjahjadi, Pattern Recognition 48(11), 2015",
    ),
    Published(
        "STM-ExpLet",
        "CK+",
        frozenset({"ck+"}),
        "10-fold",
        "accuracy",
        "94.2 %",
        "Liu et al., CVPR 2014, doi:10.1109/CVPR.2014.226",
    ),
    Published("MDMO", "CASME II", frozenset({"casme ii"}), _LOSO, "accuracy", "67.37 %", _MDMO),
    Published("MDMO", "SMIC", frozenset({"smic"}), _LOSO, "accuracy", "80.00 %", _MDMO),
    Published("HIGO-TOP", "CASME II", frozenset({"casme ii"}), _LOSO, "accuracy", "57.49 %", _HIGO),
    Published("HIGO-TOP", "SMIC", frozenset({"smic"}), _LOSO, "accuracy", "53.52 %", _HIGO),
    Published("Bi-WOOF", "CASME II", frozenset({"casme ii"}), _LOSO, "F1", "0.61", _WOOF),
    Published("Bi-WOOF", "SMIC-HS", frozenset({"smic"}), _LOSO, "F1", "0.62", _WOOF),
)


def published_for(kind: str) -> list[Published]:
    """Return the published figures that fit a data set, by any usual spelling of its name.

    >>> [p.value for p in published_for("CK+")]
    ['95.37 %', '83.70 %', '94.2 %']
    >>> published_for("drawn")
    []
    """
    key = "".join(c for c in str(kind).lower() if c.isalnum())
    name = ALIASES.get(key)
    return [p for p in PUBLISHED if name is not None and name in p.fits]
