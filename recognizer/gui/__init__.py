"""The recognizer's window (PySide6). What it shares with the labelling window is ``sttm.gui``.

Reading order. What is worked on: record (the answers of a source), analysing (a file or a camera
beside the window), models (which there are), session (all of that), saving. What is drawn: details
and layers (over the picture), chart, bars, panel, words, page. The window: actions (all that can be
asked), permitted (what can be done now), deeds (what is done), toolbar, start_page, card, listening
(keys, what is dropped), window, app.
"""
