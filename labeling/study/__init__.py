"""The study: one SQLite file that holds the scheme, the clips, and all that was ever said of them.

Reading order: schema (the tables and what they refuse), records (what comes back), failures
(sentences), opening (create, open, migrate, back up), rows (statements to rows and back),
clips, suspected, saying, deciding, opened (the open file), study (``Study``), merging (two copies
become one).
"""

from .merging import Merged, merge_study
from .opening import SUFFIX, backup_study
from .records import Decision, Opinion, StudyChanged
from .saying import Said
from .study import Study, create_study, open_study

__all__ = [
    "SUFFIX",
    "Decision",
    "Merged",
    "Opinion",
    "Said",
    "Study",
    "StudyChanged",
    "backup_study",
    "create_study",
    "merge_study",
    "open_study",
]
