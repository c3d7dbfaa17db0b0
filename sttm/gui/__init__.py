"""What the windows share (PySide6): one look, one way of showing video. Knows no labels, no models.

Reading order. Looks: theme and sheet (colours, style sheet), window_sheet, text_size, icons, flow,
lines, buttons, start_parts, column. Over and above a page: overlay, legend, notice, keystrokes.
The picture: decoding (frames in a worker), thumbnails, closeup (where the face is), rendering (what
is done to a frame), view (how it is drawn), controls (the bar below it), looks (zoom, light,
difference), playback (which frame is due), player (all of that as one widget), ruler. The process:
app, background (work beside the window), ending, preferences.
"""
