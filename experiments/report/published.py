"""Published figures to print beside ours, with their data and protocols.

Protocols differ and are often not stated. A figure from clips of people that the model knows
(sample-level folds) cannot be compared with one from people that it has never seen. A figure
carries a DOI or arXiv number only where that was looked up and found to be the paper's.
"""

from __future__ import annotations

from dataclasses import dataclass

NOTE = (
    "Protocols differ, so these figures are a backdrop and not a ranking: most papers do not say "
    "whether the people in the test clips were also in the training clips, and class sets and "
    "clip selections vary."
)

# how a data set may be written, without signs and in small letters -> its kind in configs
ALIASES = {
    "ck": "ck+",
    "ckplus": "ck+",
    "cohnkanade": "ck+",
    "ck48": "ck+48",
    "ckplus48": "ck+48",
    "casme2": "casme2",
    "casmeii": "casme2",
    "smic": "smic",
    "smicvis": "smic",
    "smichs": "smic",
    "samm": "samm",
    "megc2019": "megc2019",
    "megc": "megc2019",
    "mmi": "mmi",
    "oulucasia": "oulu-casia",
    "oulu": "oulu-casia",
    "afew": "afew",
    "fer2013": "fer2013",
    "rafdb": "raf-db",
    "raf": "raf-db",
}
POSED = frozenset({"ck+", "ck+48", "mmi", "oulu-casia"})  # sequences
MICRO = frozenset({"casme2", "smic", "samm", "megc2019"})
WILD = frozenset({"afew"})
POSED_STILLS = frozenset({"jaffe", "kdef"})
WILD_STILLS = frozenset({"fer2013", "ferplus", "raf-db", "affectnet"})


@dataclass(frozen=True, slots=True)
class Published:
    """One printed figure.

    Attributes
    ----------
    method, data, protocol : str
        As printed; ``protocol`` says "not stated" where the paper does not.
    fits : frozenset of str
        The kinds of data beside which it is printed.
    value : str
        The figure with its measure.
    source : str
        A citation, with its DOI or arXiv number where there is one.
    alike : frozenset of str
        Our protocols that divide the clips as the paper says it did; empty where it does not say.
    classes : int
        Classes told apart, 0 where that is not known.
    """

    method: str
    data: str
    fits: frozenset[str]
    protocol: str
    value: str
    source: str
    alike: frozenset[str] = frozenset()
    classes: int = 0


_STTM_2016 = (
    "Kamarol, Jaward, Parkkinen, Parthiban, IET Image Processing 10(7), 2016, 534–541 (abstract)"
)
_STTM_2015 = "Kamarol, Meli, Jaward, Kamrani, IAPR MVA 2015, 467–470, as cited in arXiv:1805.02397"
_CASME2 = "Yan et al., PLoS ONE 9(1), 2014, doi:10.1371/journal.pone.0086041"
_SMIC = "Li et al., FG 2013, doi:10.1109/FG.2013.6553717"
_MDMO = "Liu et al., IEEE Transactions on Affective Computing 7(4), 2016, 299–310"
_HIGO = "Li et al., arXiv:1511.00423"
_WOOF = "Liong et al., arXiv:1606.01721"
_MEGC = "See, Yap, Li, Hong, Wang, FG 2019, doi:10.1109/FG.2019.8756611"
_STSTNET = "Liong et al., FG 2019, arXiv:1902.03634"
_FER_HUMAN = "Goodfellow et al., arXiv:1307.0414"
_FER_VGG = "Khaireddin, Chen, arXiv:2105.03588"
_RAF = "Li, Deng, Du, CVPR 2017, doi:10.1109/CVPR.2017.277"
_LOSO = "leave one subject out"
_UNKNOWN = "not stated"
_OFFICIAL = "official split"
_BY_SUBJECT = frozenset({"loso"})
_SPLIT = frozenset({"official-split"})
_CASME2_ONLY, _SMIC_ONLY = frozenset({"casme2"}), frozenset({"smic"})
_COHN_KANADE, _MEGC_ONLY = frozenset({"ck+", "ck+48"}), frozenset({"megc2019"})
_BASELINE = "LBP-TOP (the data set's baseline)"

PUBLISHED = (
    Published("STTM + SVM", "posed expressions", POSED, _UNKNOWN, "accuracy 95.37 %", _STTM_2016),
    Published("STTM + SVM", "micro-expressions", MICRO, _UNKNOWN, "accuracy 98.56 %", _STTM_2016),
    Published(
        "STTM + SVM",
        "close-to-real-world expressions",
        WILD,
        _UNKNOWN,
        "accuracy 84.52 %",
        _STTM_2016,
    ),
    Published(
        "STTM (first)",
        "CASME II, 4 classes",
        _CASME2_ONLY,
        _UNKNOWN,
        "accuracy 91.71 %",
        _STTM_2015,
        classes=4,
    ),
    Published(
        "LBP-TOP, as the STTM authors ran it",
        "CASME II, 4 classes",
        _CASME2_ONLY,
        _UNKNOWN,
        "accuracy 91.48 %",
        _STTM_2015,
        classes=4,
    ),
    Published(
        _BASELINE,
        "CASME II, 5 classes",
        _CASME2_ONLY,
        _LOSO,
        "accuracy 63.41 %",
        _CASME2,
        _BY_SUBJECT,
        5,
    ),
    Published("MDMO", "CASME II", _CASME2_ONLY, _LOSO, "accuracy 67.37 %", _MDMO, _BY_SUBJECT),
    Published("HIGO-TOP", "CASME II", _CASME2_ONLY, _LOSO, "accuracy 57.49 %", _HIGO, _BY_SUBJECT),
    Published("Bi-WOOF", "CASME II", _CASME2_ONLY, _LOSO, "F1 0.61", _WOOF, _BY_SUBJECT),
    Published(
        _BASELINE,
        "SMIC-VIS, 3 classes",
        _SMIC_ONLY,
        _LOSO,
        "accuracy 52.11 %",
        _SMIC,
        _BY_SUBJECT,
        3,
    ),
    Published("MDMO", "SMIC", _SMIC_ONLY, _LOSO, "accuracy 80.00 %", _MDMO, _BY_SUBJECT, 3),
    Published("HIGO-TOP", "SMIC", _SMIC_ONLY, _LOSO, "accuracy 53.52 %", _HIGO, _BY_SUBJECT, 3),
    Published("Bi-WOOF", "SMIC-HS", _SMIC_ONLY, _LOSO, "F1 0.62", _WOOF, _BY_SUBJECT, 3),
    Published(
        "LBP-TOP (the challenge's baseline)",
        "composite of 442 clips, 3 classes",
        _MEGC_ONLY,
        _LOSO,
        "UF1 0.588, UAR 0.578",
        _MEGC,
        _BY_SUBJECT,
        3,
    ),
    Published(
        "STSTNet",
        "composite of 442 clips, 3 classes",
        _MEGC_ONLY,
        _LOSO,
        "UF1 0.735, UAR 0.761",
        _STSTNET,
        _BY_SUBJECT,
        3,
    ),
    Published(
        "PHOG-TOP + optical flow",
        "CK+",
        _COHN_KANADE,
        "leave one out",
        "accuracy 83.70 %",
        "Fan, Tjahjadi, Pattern Recognition 48(11), 2015",
    ),
    Published(
        "STM-ExpLet",
        "CK+",
        _COHN_KANADE,
        "10-fold",
        "accuracy 94.2 %",
        "Liu, Shan, Wang, Chen, CVPR 2014, 1749–1756",
    ),
    Published(
        "people",
        "FER2013, 7 classes",
        frozenset({"fer2013"}),
        "people were asked",
        "accuracy 65 ± 5 %",
        _FER_HUMAN,
        classes=7,
    ),
    Published(
        "VGG network, tuned (best single network in 2021)",
        "FER2013, 7 classes",
        frozenset({"fer2013"}),
        _OFFICIAL,
        "accuracy 73.28 %",
        _FER_VGG,
        _SPLIT,
        7,
    ),
    Published(
        "DLP-CNN + SVM",
        "RAF-DB, 7 basic classes",
        frozenset({"raf-db"}),
        _OFFICIAL,
        "UAR 74.2 %",
        _RAF,
        _SPLIT,
        7,
    ),
)


def kind_of(name: str) -> str:
    """Return the kind that a data set's name means, by any usual spelling, or nothing.

    >>> kind_of("CASME-II"), kind_of("CK+48"), kind_of("drawn")
    ('casme2', 'ck+48', '')
    """
    return ALIASES.get("".join(c for c in str(name).lower() if c.isalnum()), "")


def published_for(name: str) -> list[Published]:
    """Return the published figures that fit a data set.

    >>> [p.value for p in published_for("CK+")]
    ['accuracy 95.37 %', 'accuracy 83.70 %', 'accuracy 94.2 %']
    >>> published_for("drawn")
    []
    """
    kind = kind_of(name)
    return [p for p in PUBLISHED if kind and kind in p.fits]


def same_protocol(figure: Published, protocol: str, classes: int) -> bool:
    """Whether a figure is known to be found as ``protocol`` divides clips, on as many classes.

    The clips themselves may still differ: papers select them, and cut them, each in its way.
    """
    return protocol in figure.alike and figure.classes == classes
