"""The recognizer's window (PySide6)."""
