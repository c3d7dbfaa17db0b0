"""The labelling window (PySide6).

Reading order of its parts about the picture: theme (colours, style sheet), decoding (frames in a
worker), closeup (where the face is), thumbnails, view (how a frame is drawn), controls (the bar
below it), player (all of that as one widget), timeline.
"""
