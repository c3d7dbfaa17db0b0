"""The labelling window (PySide6). What it shares with the recognizer's window is ``sttm.gui``.

Reading order: start_page, label_page (header, ``sttm.gui.player``, timeline_drawing and timeline,
label_panel), review_page, window and app.
"""
