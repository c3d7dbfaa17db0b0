"""The labelling window (PySide6).

Reading order of its parts about the picture: theme and sheet (colours, style sheet), decoding
(frames in a worker), thumbnails, closeup (where the face is), rendering (what is done to a frame),
view (how it is drawn), icons and controls (the bar below it), looks (zoom, light, difference),
playback (which frame is due), player (all of that as one widget), ruler, timeline_drawing and
timeline.
"""
